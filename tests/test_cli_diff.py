"""`lrdsl diff`: programs, files, and files at revisions of a real repository."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import terminal

import lrdsl

OLD = "trainer:\n  epochs: 90\noptimizer:\n  lr: 0.1\n  schedule: 'warmup(5ep) >> cosine'\n"
NEW = OLD.replace("5ep", "10ep")
SETTINGS = """
[tool.lrdsl]
tick = "ep"
total-from = { key = "trainer.epochs" }
lr-from = { key = "optimizer.lr" }
"""
diff = partial(terminal.run, "diff")


def test_two_programs() -> None:
    run = ("--total", "90ep", "--lr", "0.1")
    found = diff("warmup(5) >> cosine", "warmup(10) >> cosine", *run, "--at", "12ep")
    assert found.exit_code == 1
    lines = found.stdout.split("\n")
    assert lines[:2] == ["- warmup(5) >> cosine", "+ warmup(10) >> cosine"]
    assert lines[3].startswith("The first update that differs is update 2, at 1ep: 0.02 -> 0.01")
    assert "a job that has made 12 updates changes from update 2 on" in lines[5]


def test_the_same_rates_exit_0_however_they_are_written() -> None:
    found = diff("warmup(5) >> cosine", "warmup( 5 ) >> cosine(85)", "--total", "90ep")
    assert found.exit_code == 0
    assert "No rate differs in the 90 updates." in found.stdout
    assert diff("linear", "cosine", "--total", "9", "--exit-zero").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cosine", "cosin", "--total", "9"), "The new program does not compile: LR101"),
        (("hold", "hold"), "give a total"),
        (("nothing.yaml", "cosine"), "nothing.yaml: No such file"),
        (("none.yaml", "cosine"), "Error: none.yaml: there is no program in it"),
        (("cosine", "none.yaml"), "Error: none.yaml: there is no program in it"),
        (("hold", "linear", "--total", "9", "-o", "no/x.txt"), "no/x.txt: No such file"),
        (("cosine", "cosin", "--total", "9", "-o", "x.svg"), "Error: there is nothing to draw"),
    ],
)
def test_what_cannot_be_compared_exits_3(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "x.svg" in arguments:
        pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    Path("none.yaml").write_text("lr: 0.1\n")
    found = diff(*arguments)
    assert found.exit_code == 3
    assert said in found.stderr


@pytest.mark.parametrize("arguments", [("cosine",), ("a", "b", "c"), ("a", "b", "--format", "x")])
def test_usage_exits_2(arguments: tuple[str, ...]) -> None:
    assert diff(*arguments).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "x.jpg"), "'x.jpg' ends in none of .txt, .md, .json, .svg"),
        (("--at", "1000st"), "Invalid value for --at: 1000st does not convert"),
        (("--at=-1ep",), "-1ep is no moment of a run"),
        (("--at", "1e400"), "1e400 is no moment of a run"),
        (("--at", "1e400/3"), "1e400/3 is no moment of a run"),
    ],
)
def test_what_cannot_be_asked_exits_2(arguments: tuple[str, ...], said: str) -> None:
    found = diff("linear", "cosine", "--total", "9ep", *arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert said in found.stderr
    assert not Path("x.jpg").exists()


def test_a_job_within_an_update_has_made_it() -> None:
    found = diff("linear", "cosine", "--total", "9", "--at", "50%")
    assert "a job that has made 5 updates" in found.stdout  # at 0, 1, 2, 3 and 4


def test_an_option_of_the_optimizer_is_compared_as_what_it_is(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    figures = pytest.importorskip("lrdsl.figures")
    sides = [tmp_path / "old.yaml", tmp_path / "new.yaml"]
    for file, end in zip(sides, ("0.1", "0.2"), strict=True):
        file.write_text(f"schedule:\n  weight_decay: 'cosine(end={end})'\n")
    curves: list[Any] = []

    def figure(given: list[Any], **style: object) -> Any:
        curves.extend(given)
        return figures.Picture()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lrdsl.figures.figure", figure)
        found = diff(*map(str, sides), "--total", "9", "--lr", "5", "--format", "svg")
    assert found.exit_code == 1
    assert [(c.option, c.lr) for c in curves] == [("weight_decay", 1.0)] * 2


def test_a_picture_shows_both(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "d.svg"
    found = diff("linear", "cosine", "--total", "9", "-o", str(file))
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr == f"wrote {file}\n"
    text = file.read_text()
    assert text.startswith("<?xml")
    assert "old" in text
    assert "new" in text


def test_a_picture_is_of_one_program(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "c.yaml"
    file.write_text("schedule: {lr: hold, momentum: linear}\n")
    found = diff(str(file), str(file), "--total", "9", "--format", "svg")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "choose one of schedule.lr, schedule.momentum with --key" in found.stderr


def test_a_picture_needs_matplotlib_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [m for m in sys.modules if m.startswith("lrdsl.figures")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(lrdsl, "figures", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    found = diff("linear", "cosine", "--total", "9", "--format", "png")
    assert (found.exit_code, found.stdout) == (3, "")
    assert found.stderr == "Error: pictures are drawn by matplotlib: pip install 'lrdsl[plot]'\n"


def test_the_markdown_may_show_a_picture_that_is_elsewhere() -> None:
    found = diff("linear", "cosine", "--total", "9", "--format", "md", "--image", "http://a/b.svg")
    assert found.stdout.endswith("\n![the curves](http://a/b.svg)\n")


@pytest.mark.parametrize("name", ["d.txt", "d", "d.TXT"])
def test_a_file_that_ends_in_txt_or_in_nothing_is_text(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    found = diff("linear", "cosine", "--total", "9", "-o", str(file))
    assert (found.exit_code, found.stdout) == (1, "")
    assert file.read_text() == diff("linear", "cosine", "--total", "9").stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)

    def git(*arguments: str) -> None:
        settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *settings, *arguments], check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    Path("conf").mkdir()
    Path("pyproject.toml").write_text(SETTINGS)
    Path("conf/a.yaml").write_text(OLD)
    Path("conf/gone.yaml").write_text("schedule: hold\n")
    Path("conf/same.yaml").write_text(OLD)
    Path("conf/notes.txt").write_text("1\n")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    git("checkout", "-q", "-b", "longer")
    Path("conf/a.yaml").write_text(NEW)
    Path("conf/notes.txt").write_text("2\n")
    Path("conf/gone.yaml").unlink()
    git("commit", "-q", "-a", "-m", "two")
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("main:conf/a.yaml", "conf/a.yaml"),
        ("main:conf/a.yaml", "longer:conf/a.yaml"),
        ("--rev", "main", "conf/a.yaml"),
        ("--rev", "main..longer", "conf/a.yaml"),
        ("--rev", "main...", "conf/a.yaml"),
    ],
)
def test_a_file_at_two_revisions(repository: Path, arguments: tuple[str, ...]) -> None:
    found = diff(*arguments)
    assert found.exit_code == 1, found.output
    assert "- warmup(5ep) >> cosine\n+ warmup(10ep) >> cosine\n" in found.stdout
    # the run and the base rate are those that the file says
    assert "update 2, at 1ep: 0.02 -> 0.01" in found.stdout


def test_a_folder_at_two_revisions(repository: Path) -> None:
    found = diff("--rev", "main", "conf", "--format", "json")
    assert found.exit_code == 1
    changes = {change["name"]: change for change in json.loads(found.stdout)}
    assert list(changes) == [
        "conf/a.yaml: optimizer.schedule",
        "conf/gone.yaml: schedule",
    ]
    assert changes["conf/gone.yaml: schedule"]["reason"] == "Removed."


def test_settings_say_which_files_of_a_folder_are_compared(repository: Path) -> None:
    settings = SETTINGS + 'include = ["gone.*", "a.*"]\nexclude = ["a.yaml"]\n'
    Path("pyproject.toml").write_text(settings)
    found = diff("--rev", "main", "conf", "--format", "json")
    assert [change["name"] for change in json.loads(found.stdout)] == ["conf/gone.yaml: schedule"]


@pytest.mark.parametrize(
    "arguments", [("--rev", "main", "conf/a.yaml"), ("conf/a.yaml", "conf/same.yaml")]
)
def test_settings_that_cannot_be_used_exit_2(repository: Path, arguments: tuple[str, ...]) -> None:
    Path("pyproject.toml").write_text("[tool.lrdsl]\nnothing = 1\n")
    found = diff(*arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert "nothing" in found.stderr


def test_a_changed_run_is_a_change(repository: Path) -> None:
    Path("conf/a.yaml").write_text(OLD.replace("epochs: 90", "epochs: 100"))
    found = diff("--rev", "main", "conf/a.yaml", "--format", "md")
    assert "- The run is 10 updates longer: 90 -> 100." in found.stdout
    assert (
        "| run | 90 epochs, a tick is an epoch | 100 epochs, a tick is an epoch |" in found.stdout
    )


def test_a_key_that_moved_is_the_same_program_where_it_is_the_only_one(repository: Path) -> None:
    Path("conf/a.yaml").write_text(OLD.replace("schedule:", "lr_schedule:"))
    found = diff("--rev", "main", "conf/a.yaml")
    assert found.exit_code == 0
    assert found.stdout.startswith("# conf/a.yaml: optimizer.lr_schedule\n")


def test_a_revision_that_is_none_exits_3(repository: Path) -> None:
    found = diff("--rev", "nothing", "conf/a.yaml")
    assert found.exit_code == 3
    assert "nothing" in found.stderr
    found = diff("main:conf/none.yaml", "conf/a.yaml")
    assert found.exit_code == 3
    assert "conf/none.yaml: there is no such file at main" in found.stderr
