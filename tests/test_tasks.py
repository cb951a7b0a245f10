"""From arguments to tasks: which files are looked at, and the run that each program is for."""

import io
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from lrdsl import tasks
from lrdsl.configs import ConfigError, read, signs
from lrdsl.settings import Found, Project, Section, SettingsError
from lrdsl.tasks import Input, Task, Workspace, files, inputs, load


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str | bytes = "") -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def never(message: str) -> None:
    raise AssertionError(message)


def in_folder(workspace: Workspace | None = None) -> list[str]:
    return [p.as_posix() for p in files(Path(), workspace or Workspace(), never)]


# --- which files ----------------------------------------------------------------------------------


def test_a_folder_is_its_configs_in_order() -> None:
    for name in ("b.yaml", "a.yml", "c/d.TOML", "c/e.json", "c/f.py", "c/g.txt", "h.lr"):
        write(name)
    assert in_folder() == ["a.yml", "b.yaml", "c/d.TOML", "c/e.json", "c/f.py"]


def test_what_is_hidden_or_installed_is_left_out() -> None:
    for folder in (".venv", ".git", "node_modules", "x/venv", "x/__pycache__", "site-packages"):
        write(f"{folder}/a.yaml")
    write(".hidden.yaml")
    write("x/a.yaml")
    assert in_folder() == ["x/a.yaml"]
    assert [str(i.path) for i in inputs([".git"], Workspace(), never)] == [".git/a.yaml"]


def test_settings_say_what_is_looked_at() -> None:
    for name in ("a.yaml", "a.cfg", "old/a.yaml", "x/old.yaml", "x/b.yaml"):
        write(name)
    write("pyproject.toml", "[tool.lrdsl]\nexclude = ['old', 'x/o*']\n")
    assert in_folder() == ["a.yaml", "pyproject.toml", "x/b.yaml"]
    config = Found(Path.cwd(), Project(include=("*.cfg", "x/**"), exclude=("x/b*",)))
    assert in_folder(Workspace(config=config)) == ["a.cfg", "x/old.yaml"]


def test_the_settings_of_a_folder_within_rule_there() -> None:
    write("pyproject.toml", "[tool.lrdsl]\nexclude = ['*.json', '*.toml']\n")
    write("a/pyproject.toml", "[tool.lrdsl]\ninclude = ['*.json']\n")
    write("a/a.json")
    write("a/b.yaml")
    write("b.json")
    assert in_folder() == ["a/a.json"]


def test_links_do_not_lead_in_circles() -> None:
    write("a/b.yaml")
    Path("a/loop").symlink_to("..", target_is_directory=True)
    Path("a/c.yaml").symlink_to("b.yaml")
    Path("a/gone.yaml").symlink_to("nowhere.yaml")
    assert in_folder() == ["a/b.yaml", "a/c.yaml"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read all")
def test_a_folder_that_cannot_be_read_is_a_problem_and_the_rest_goes_on() -> None:
    write("a/b.yaml")
    write("c.yaml")
    Path("a").chmod(0)
    problems: list[str] = []
    try:
        assert [str(p) for p in files(Path(), Workspace(), problems.append)] == ["c.yaml"]
    finally:
        Path("a").chmod(0o755)
    assert problems == ["a: Permission denied"]


def test_a_folder_that_cannot_be_listed_is_no_sign_of_hydra(monkeypatch) -> None:
    def refuses(self: Path) -> None:
        raise PermissionError

    write("conf/train.yaml", "defaults:\n  - optimizer: sgd\n")
    path = write("conf/optimizer/sgd.yaml", "lr: 1\n")
    signs._is_under_hydra.cache_clear()
    assert signs.is_under_hydra(path)
    signs._is_under_hydra.cache_clear()
    monkeypatch.setattr(Path, "iterdir", refuses)
    assert not signs.is_under_hydra(path)
    signs._is_under_hydra.cache_clear()


def test_a_walk_that_fails_is_a_problem(monkeypatch) -> None:
    def walk(folder, onerror):
        onerror(PermissionError(13, "Permission denied", "a"))
        yield ".", [], ["c.yaml"]

    write("c.yaml")
    monkeypatch.setattr(tasks.os, "walk", walk)
    problems: list[str] = []
    assert [str(p) for p in files(Path(), Workspace(), problems.append)] == ["c.yaml"]
    assert problems == ["a: Permission denied"]


def test_arguments_are_texts_files_folders_and_stdin(monkeypatch) -> None:
    write("conf/a.yaml")
    write("conf/b.yaml")
    write("hold")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfcosine\n")))
    found = list(
        inputs(["conf/b.yaml", "conf", "cosine", "-", "hold", "gone.yaml"], Workspace(), never)
    )
    assert found == [
        Input("conf/b.yaml", Path("conf/b.yaml")),
        Input("conf/a.yaml", Path("conf/a.yaml")),
        Input("program", None, "cosine"),
        Input("<stdin>", None, "cosine\n"),
        Input("hold", Path("hold")),
        Input("gone.yaml", Path("gone.yaml")),
    ]


def given(monkeypatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_stdin_may_be_the_text_of_a_file(monkeypatch) -> None:
    write("pyproject.toml", "[tool.lrdsl]\n[[tool.lrdsl.per-glob]]\nfiles=['a']\ntotal='3ep'\n")
    asked = Workspace(stdin="a/b.yaml")
    given(monkeypatch, "x: 1\nschedule: warmup(5ep) >> hold\n")
    (found,) = inputs(["-"], asked, never)
    (task,) = load(found, asked)
    assert (found.path, task.program.title) == (Path("a/b.yaml"), "a/b.yaml: schedule")
    assert task.run["total"] == "3ep"
    (wrong,) = task.check()
    assert (wrong.code, task.program.locate(wrong.span.start)) == ("LR402", (2, 11))


def test_stdin_that_settings_exclude_is_left_out_for_hooks(monkeypatch) -> None:
    write("pyproject.toml", "[tool.lrdsl]\nexclude = ['a']\n")
    given(monkeypatch, "schedule: hold\n")
    assert list(inputs(["-"], Workspace(stdin="a/b.yaml", force_exclude=True), never)) == []


@pytest.mark.parametrize("word", ["configs", "conf/train", "../conf", "my-configs", "a/b/c"])
def test_a_word_that_means_nothing_is_a_file_that_is_not_there(word) -> None:
    problems: list[str] = []
    found = list(inputs([word], Workspace(), problems.append))
    if found:  # it looks like a path already, and is read as one
        assert found == [Input(word, Path(word))]
    else:
        (problem,) = problems
        assert problem.startswith(f"{word}: no such file or folder; as a program: ")
        assert problem.endswith(" is not known here")


@pytest.mark.parametrize("word", ["cosine", "cosin", "StepLR", "5", "lr", "0.1*lr", "hold(", "W"])
def test_a_word_that_may_mean_something_is_a_program(word) -> None:
    asked = Workspace(Section(names={"W": 5}))
    assert list(inputs([word], asked, never)) == [Input("program", None, word)]


def test_a_word_is_a_program_where_a_key_must_be_there() -> None:
    """Which no word has; it is said when it is looked at."""
    asked = Workspace(Section(total_from={"key": "epochs", "required": True}))
    assert list(inputs(["cosin"], asked, never)) == [Input("program", None, "cosin")]
    with pytest.raises(ConfigError, match="is to come from the key epochs"):
        load(Input("program", None, "cosin"), asked)


def test_stdin_that_is_no_text_is_a_problem(monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a\n\xff")))
    problems: list[str] = []
    assert list(inputs(["-"], Workspace(), problems.append)) == []
    assert problems == ["<stdin>:2: byte 3 is not UTF-8 text"]


def test_a_file_that_is_named_is_looked_at_unless_a_hook_names_it() -> None:
    write("old/a.yaml")
    write("pyproject.toml", "[tool.lrdsl]\nexclude = ['old']\n")
    assert len(list(inputs(["old/a.yaml"], Workspace(), never))) == 1
    assert list(inputs(["old/a.yaml"], Workspace(force_exclude=True), never)) == []


# --- what is in them ------------------------------------------------------------------------------


def loaded(name: str, text: str | bytes, **said: Any) -> list[Task]:
    path = write(name, text)
    return load(Input(name, path), Workspace(Section(**said)))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: \xff", "c.yaml:1: byte 4 is not UTF-8 text"),
        (b"a: \0", "c.yaml: a binary file"),
        (b"a: [1", "c.yaml:1:6: not YAML"),
        (b"#" * (tasks.LARGEST + 1), "c.yaml: it has more than 16 MiB, which no config has"),
        (None, "c.yaml: No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_read(data, message) -> None:
    if data is not None:
        write("c.yaml", data)
    with pytest.raises(ConfigError) as caught:
        load(Input("c.yaml", Path("c.yaml")), Workspace())
    assert str(caught.value).startswith(message)


def test_settings_that_cannot_be_used() -> None:
    write("pyproject.toml", "[tool.lrdsl]\nkyes = []\n")
    with pytest.raises(SettingsError, match="did you mean keys"):
        loaded("c.yaml", "schedule: cosine\n")


def test_a_file_with_another_suffix_is_one_program() -> None:
    (task,) = loaded("a.lr", b"\xef\xbb\xbfwarmup(5)\r\n>> cosin\r", total="90ep")
    assert task.program.text == "warmup(5)\n>> cosin\n"
    assert [(d.code, task.program.locate(d.span.start)) for d in task.check()] == [
        ("LR101", (2, 4))
    ]


def test_python_that_is_not_about_us_is_not_read() -> None:
    assert loaded("a.py", "print 'old'\n") == []
    assert loaded("a.py", "X = 1  # rate\n") == []
    with pytest.raises(ConfigError, match="not Python"):
        loaded("a.py", "import lrdsl\nprint 'old'\n")


def test_the_marker_is_a_setting() -> None:
    text = "a: cosine  # rate\nb: hold  # lrdsl\n"
    assert [t.program.key for t in loaded("c.yaml", text, marker="rate")] == ["a"]
    assert [t.program.key for t in loaded("c.yaml", text)] == ["b"]


def test_fields_of_an_f_string_are_holes() -> None:
    text = 'import lrdsl\nlrdsl.compile(f"warmup({w}) >> cosin")\nlrdsl.compile("warmup({w})")\n'
    formatted, plain = loaded("a.py", text, total=90)
    assert [d.code for d in formatted.check()] == ["LR101"]
    assert "LR006" in {d.code for d in plain.check()}


def test_a_task_pickles() -> None:
    (task,) = loaded("c.yaml", "w: 5\nschedule: warmup(${w}) >> cosin\n", total="90ep")
    again = pickle.loads(pickle.dumps(task))
    assert again.check() == task.check() != []


# --- the run --------------------------------------------------------------------------------------

CONFIG = """\
trainer: {max_epochs: 90, max_steps: -1, spe: 1251, text: "1e3", on: true, auto: auto, none: null}
derived: ${trainer.max_epochs}
warmup: 5ep
optim:
  lr: 1e-3
  schedule:
    lr: warmup(W) >> cosine
    weight_decay: hold
"""


def told(**said: Any) -> Task:
    return loaded("c.yaml", CONFIG, **said)[0]


@pytest.mark.parametrize(
    ("origins", "total"),
    [
        ("trainer.max_epochs", 90),
        ({"key": "trainer.max_epochs", "unit": "ep"}, "90ep"),
        (["trainer.max_steps", {"key": "trainer.max_epochs", "unit": "ep"}], "90ep"),
        ({"key": "trainer.text", "unit": "st"}, "1e3st"),
        ({"key": "derived", "unit": "ep"}, "90ep"),
        ({"key": "warmup", "unit": "st"}, "5ep"),
        ({"key": "...trainer.max_epochs"}, 90),
        ("trainer.max_steps", None),
        ("trainer.on", None),
        ("trainer.auto", None),
        ("trainer.none", None),
        ("trainer", None),
        ("nowhere", None),
        ("......nowhere", None),
    ],
)
def test_the_run_is_what_the_file_says(origins, total) -> None:
    assert told(total_from=origins, holes=["W"]).run.get("total") == total


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("nowhere", "there is no such key"),
        ("trainer.none", "it is not a plain value"),
        ("trainer.max_steps", "the total must be positive, not -1"),
        ("trainer.auto", "total: 'auto': auto is not known here"),
    ],
)
def test_a_key_that_must_be_there_must_be_usable(key, why) -> None:
    with pytest.raises(ConfigError) as caught:
        told(total_from={"key": key, "required": True})
    assert str(caught.value).startswith(f"c.yaml: {key}: {why}")


def test_each_document_of_a_stream_has_its_own_run() -> None:
    text = (
        "epochs: 100\nw: 1\nschedule: hold\n---\n"
        "epochs: 50\nw: 2\nschedule: warmup(${w}) >> hold\n---\n"
        "schedule: hold\n"
    )
    write("c.yaml", text)
    path = Path("c.yaml")
    found = load(Input("c.yaml", path), Workspace(Section(total_from="epochs", lr_from="w")))
    assert [(t.run.get("total"), t.lr) for t in found] == [(100, 1), (50, 2), (None, None)]
    assert found[1].values == {"${w}": "2"}


def test_rates_and_names_come_from_the_file_too() -> None:
    task = told(
        total="90ep",
        steps_per_epoch_from="trainer.spe",
        lr_from="..lr",
        names={"V": 3},
        names_from={"W": "warmup", "U": "nowhere"},
    )
    assert task.run == {
        "total": "90ep",
        "steps_per_epoch": 1251,
        "names": {"V": 3, "W": "5ep"},
    }
    assert (task.lr, task.unknown) == (0.001, ("U",))
    assert task.check() == []
    assert told(lr_from="trainer.auto").lr is None
    with pytest.raises(ConfigError, match="'auto' is not a finite number"):
        told(lr_from={"key": "trainer.auto", "required": True})


def test_the_base_rate_is_not_that_of_other_options() -> None:
    rate, decay = loaded("c.yaml", CONFIG, lr=0.1, holes=["W"])
    assert (rate.program.key, rate.lr) == ("optim.schedule.lr", 0.1)
    assert (decay.program.key, decay.lr) == ("optim.schedule.weight_decay", None)


def test_a_text_takes_the_settings_of_its_folder() -> None:
    write("pyproject.toml", "[tool.lrdsl]\ntotal = '90ep'\nlr-from = 'optim.lr'\n")
    (task,) = load(Input("program", None, "cosine(95ep)"), Workspace())
    assert [d.code for d in task.check()] == ["LR402"]
    with pytest.raises(ConfigError, match=r"^program: total is to come from the key a of a config"):
        load(
            Input("program", None, "x"),
            Workspace(Section(total_from=[{"key": "a", "required": True}])),
        )


def test_a_program_that_repeats_another_is_looked_at_once() -> None:
    text = (
        "a: {schedule: cosin}\nb: {schedule: '${a.schedule}'}\nc: {schedule: '${..a.schedule}'}\n"
        "d: {schedule: '${d.schedule}'}\ne: {schedule: '${elsewhere}'}\n"
    )
    assert [t.program.key for t in loaded("c.yaml", text)] == [
        "a.schedule",
        "d.schedule",
        "e.schedule",
    ]


def test_rules_judge_what_is_found() -> None:
    text = "schedule: warmup(5ep) >> cosine + noise(0.1)\nlr_schedule: 3\n"
    noisy, wrong = loaded("c.yaml", text, total="90ep", severity={"LR801": "error"})
    assert [(d.code, d.severity) for d in noisy.check()] == [("LR801", "error")]
    assert [d.severity for d in wrong.check()] == ["error"]
    assert loaded("c.yaml", text, total="90ep", ignore=["LR"])[0].check() == []
    quiet = loaded("c.yaml", "schedule: warmup(5ep) >> cosine\n", total="90ep", select=["LR815"])
    assert [d.code for d in quiet[0].check()] == ["LR815"]


def test_a_config_with_and_without_a_key_are_both_read() -> None:
    document = read("schedule: hold\n", "c.yaml")
    settings = Found(Path()).settings(None, Section(total_from="a"))
    assert [t.run for t in tasks.tasks(document, settings)] == [{}]
