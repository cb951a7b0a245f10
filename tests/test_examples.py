"""The examples, run as a person runs them, each in a process of its own."""

import csv
import math
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from matplotlib.image import imread

import lrdsl

ROOT = Path(__file__).parents[1]
CONFIGS = sorted((ROOT / "examples" / "configs").glob("*.yaml"))
PROGRAM = "warmup(10%) >> (tanh * restarts(limit=2, decay=0.5) + noise(0.1))"
EPOCHS, STEPS = 2, 45

# The runs share what a fixture has trained.
pytestmark = pytest.mark.xdist_group("examples")


def python(*arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV_")}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=environment | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=240,
    )


def train(*arguments: object) -> subprocess.CompletedProcess[str]:
    done = python("examples/train.py", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def experiment(folder: Path, schedule: str = PROGRAM) -> Path:
    """The first example's config with a short run and a schedule for it."""
    content = yaml.safe_load((ROOT / "examples/configs/digits.yaml").read_text(encoding="utf-8"))
    content["schedule"] = schedule
    content["run"]["total"] = f"{EPOCHS}ep"
    assert content["run"]["steps_per_epoch"] == STEPS
    path = folder / "experiment.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def log_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A run from start to end."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, train(experiment(folder), "--out", folder)


# --- training -------------------------------------------------------------------------------------


def test_every_update_used_the_rate_of_the_plan(whole) -> None:
    folder, _ = whole
    plan = lrdsl.compile(PROGRAM, total=f"{EPOCHS}ep", tick="st", steps_per_epoch=STEPS)
    rows = log_of(folder)
    assert [int(row["step"]) for row in rows] == list(range(EPOCHS * STEPS))
    rates = [float(row["rate"]) for row in rows]
    assert rates == [plan(k, 0.1) for k in range(EPOCHS * STEPS)]
    # numpy has a tanh of its own: the last bits may differ
    np.testing.assert_allclose(rates, plan.table(0.1), rtol=0, atol=4 * np.finfo(float).eps * 0.1)


def test_the_network_learns(whole) -> None:
    folder, done = whole
    losses = [float(row["loss"]) for row in log_of(folder)]
    assert losses[0] == pytest.approx(math.log(10), abs=0.1)  # it knows nothing of ten digits yet
    assert sum(losses[-10:]) / 10 < 1
    found = re.search(r"^accuracy    ([\d.]+)% of the test images$", done.stdout, re.MULTILINE)
    assert found is not None
    assert float(found[1]) > 80  # one in ten would be right by chance


def test_it_says_what_it_did(whole) -> None:
    folder, done = whole
    program = lrdsl.format(PROGRAM)
    assert f"program     {program}\nsteps       90 of 90, in " in done.stdout
    assert re.search(r"\nrate        first 0, peak 0\.\d+ at \d+st, last ", done.stdout)
    for name, file in [
        ("log", "log.csv"),
        ("checkpoint", "checkpoint.pt"),
        ("picture", "rate_and_loss.png"),
    ]:
        assert f"{name:10}  {folder / file}\n" in done.stdout
        assert (folder / file).is_file()
    assert [line.split("  ")[0] for line in done.stdout.splitlines()[:2]] == [
        "epoch 1/2",
        "epoch 2/2",
    ]


def test_the_picture_is_one(whole) -> None:
    folder, _ = whole
    data = (folder / "rate_and_loss.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])  # its first chunk says so
    assert (width, height) == (1440, 1044)
    pixels = imread(folder / "rate_and_loss.png")[:, :, :3]
    rate, loss = rows_of("#0072B2", pixels), rows_of("#D55E00", pixels)
    assert len(rate) > 200
    assert len(loss) > 100
    assert max(rate) < min(loss)  # one above the other


def rows_of(colour: str, pixels: np.ndarray) -> list[int]:
    """The rows of a picture that hold a colour."""
    wanted = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return np.flatnonzero((abs(pixels - wanted).max(axis=2) < 0.01).any(axis=1)).tolist()


# --- resuming -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stopped(tmp_path_factory) -> Path:
    """The folder of a run that was stopped after its first epoch."""
    folder = tmp_path_factory.mktemp("stopped")
    done = train(experiment(folder), "--out", folder, "--stop-after", 1)
    assert done.stdout.endswith("stopped early; --resume goes on\n")
    assert len(log_of(folder)) == STEPS
    return folder


def test_another_program_does_not_resume_it(stopped, tmp_path) -> None:
    config = experiment(tmp_path, schedule="warmup(10%) >> cosine")
    done = python("examples/train.py", config, "--out", stopped, "--resume")
    assert done.returncode == 1
    assert done.stderr.startswith("cannot resume: error[LR708]: the state is of another program")
    assert len(log_of(stopped)) == STEPS


def test_a_log_that_lost_its_end_is_not_gone_on_with(stopped, tmp_path) -> None:
    shutil.copy(stopped / "checkpoint.pt", tmp_path)
    lines = (stopped / "log.csv").read_text().splitlines(keepends=True)
    (tmp_path / "log.csv").write_text("".join(lines[:31]))
    config = stopped / "experiment.yaml"
    done = python("examples/train.py", config, "--out", tmp_path, "--resume")
    assert done.returncode == 1
    assert done.stderr == ("cannot resume: the log ends before the checkpoint, at step 30\n")


def test_a_resumed_run_is_the_run_that_never_stopped(stopped, whole) -> None:
    with (stopped / "log.csv").open("a") as file:  # it was killed in its second epoch
        file.write("45,0.5,9.75\n46,0.5,9.5\n")
    train(stopped / "experiment.yaml", "--out", stopped, "--resume")
    assert log_of(stopped) == log_of(whole[0])


# --- bad configs ----------------------------------------------------------------------------------


def test_a_wrong_program_is_shown_before_anything_is_loaded(tmp_path) -> None:
    config = tmp_path / "wrong.yaml"
    text = (ROOT / "examples/configs/digits_cosine.yaml").read_text(encoding="utf-8")
    config.write_text(text.replace("cosine(end", "cosin(end"), encoding="utf-8")
    line = 1 + text[: text.index("schedule: warmup")].count("\n")
    done = python("-X", "importtime", "examples/train.py", config, "--out", tmp_path / "run")
    assert done.returncode == 1
    assert f"error[LR101]: cosin is not known here\n  --> {config}:{line}:25\n" in done.stderr
    shown = done.stderr.splitlines()
    (caret,) = [i for i, row in enumerate(shown) if set(row) <= set(" |^") and "^" in row]
    start = shown[caret].index("^")
    assert shown[caret - 1][start : start + shown[caret].count("^")] == "cosin"
    imported = {
        row.rpartition("|")[2].strip().partition(".")[0]
        for row in shown
        if row.startswith("import time:")
    }
    assert "lrdsl" in imported
    assert imported & {"torch", "sklearn", "matplotlib", "numpy"} == set()
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lr: 0.1", "lr: fast", "optimizer.lr: Input should be a valid number"),
        ("momentum:", "momentun:", "optimizer.momentun: Extra inputs are not permitted"),
        ("name: sgd", "name: sdg", "optimizer.name: Input should be 'sgd' or 'adamw'"),
    ],
)
def test_a_wrong_config_names_the_key(tmp_path, old, new, message) -> None:
    config = tmp_path / "wrong.yaml"
    text = (ROOT / "examples/configs/digits_cosine.yaml").read_text(encoding="utf-8")
    assert old in text
    config.write_text(text.replace(old, new), encoding="utf-8")
    done = python("examples/train.py", config)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{config}: {message}")
    assert "Traceback" not in done.stderr


# --- what ships -----------------------------------------------------------------------------------


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: c.name)
def test_the_configs_are_clean(config) -> None:
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    run, data = content["run"], content["data"]
    assert data["train_images"] == run["batch_size"] * run["steps_per_epoch"]
    findings = lrdsl.check(
        content["schedule"],
        lr=content["optimizer"]["lr"],
        total=run["total"],
        tick="st",
        steps_per_epoch=run["steps_per_epoch"],
    )
    assert findings == []


def test_the_three_meanings_are_printed_side_by_side() -> None:
    done = python("examples/schedules.py")
    assert done.returncode == 0, done.stderr
    shown = {}
    for line in done.stdout.splitlines()[2:6]:
        text, *numbers = re.split(r"  +", line)
        shown[text] = numbers
    assert shown.pop("") == ["t=0", "t=1", "t=3", "t=5", "t=10", "t=15", "t=19"]

    def up(k: int) -> float:
        return min(1, k / 5)

    def down(u: float) -> float:
        return (1 + math.cos(math.pi * u)) / 2

    by_hand = {
        "warmup(5) >> cosine": lambda k: up(k) if k < 5 else down((k - 5) / 15),
        "warmup(5) | cosine": lambda k: up(k) if k < 5 else down(k / 20),
        "warmup(5) * cosine": lambda k: up(k) * down(k / 20),
    }
    assert list(shown) == list(by_hand)
    for text, curve in by_hand.items():
        rates = [0.1 * curve(k) for k in (0, 1, 3, 5, 10, 15, 19)]
        assert shown[text] == [f"{rate:.3g}" for rate in rates]


def test_the_programs_of_the_readme_are_printed() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = re.search(r"\| you write \| you get \|\n(.*?)\n\n", readme, re.DOTALL)
    assert table is not None
    programs = re.findall(r"^\| `(.*?)` \|", table[1], re.MULTILINE)
    assert len(programs) >= 8
    done = python("examples/schedules.py")
    for program in programs:
        assert f"\n{program} " in done.stdout


def test_every_example_is_listed() -> None:
    listed = re.findall(
        r"^\| \[(.*?)\]", (ROOT / "examples/README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    folder = ROOT / "examples"
    files = [f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file()]
    assert sorted(listed) == sorted(
        f for f in files if f.endswith((".py", ".yaml", ".ipynb")) and "__pycache__" not in f
    )
