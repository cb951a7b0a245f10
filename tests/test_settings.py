"""Settings: what pyproject.toml may say, where it is wrong, and who has the last word."""

import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdsl.codes import CODES
from lrdsl.diagnostics import Diagnostic, Span
from lrdsl.lint import OFF
from lrdsl.settings import (
    Choice,
    Found,
    Origin,
    PerGlob,
    Project,
    Rules,
    Section,
    Settings,
    SettingsError,
    load,
    matches,
    nearest,
)


def project(folder: Path, text: str) -> Found:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, "utf-8")
    return nearest(folder)


FULL = """\
[project]
name = "ours"

[tool.lrdsl]
keys = ["**.schedule", "optimizer.lr_schedule"]
include = ["*.yaml", "conf/**/*.json"]
exclude = ["conf/old/**"]
marker = "rate"
total-from = ["trainer.max_steps", { key = "trainer.max_epochs", unit = "ep" }]
tick = "st"
steps-per-epoch = 1251
lr-from = ".lr"
holes = ["HOST"]
select = ["LR815"]
ignore = ["LR80"]
severity = { LR802 = "error" }

[tool.lrdsl.names]
W = "5ep"
F = 0.1

[[tool.lrdsl.per-glob]]
files = ["conf/exp/**"]
total = "90ep"
names = { W = "2ep" }
select = ["LR801"]

[[tool.lrdsl.per-glob]]
files = ["smoke.yaml"]
truncate = true
keys = ["lr"]
names-from = { F = "trainer.factor" }
"""


def test_all_of_it(tmp_path) -> None:
    found = project(tmp_path, FULL)
    settings = found.settings(tmp_path / "conf" / "a.yaml")
    assert settings.keys == ("**.schedule", "optimizer.lr_schedule")
    assert settings.marker == "rate"
    assert settings.run == {"tick": "st", "steps_per_epoch": 1251}
    assert settings.origins == {
        "total": (Origin(key="trainer.max_steps"), Origin(key="trainer.max_epochs", unit="ep")),
        "lr": (Origin(key=".lr"),),
    }
    assert (settings.names, settings.holes) == ({"W": "5ep", "F": 0.1}, ("HOST",))
    assert settings.rules.severity("LR815") == "warning"
    assert settings.rules.severity("LR802") is None
    assert found.settings(None) == settings
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_glob_has_the_last_word_and_the_command_line_after_it(tmp_path) -> None:
    found = project(tmp_path, FULL)
    path = tmp_path / "conf" / "exp" / "smoke.yaml"
    settings = found.settings(path)
    assert settings.run == {
        "tick": "st",
        "steps_per_epoch": 1251,
        "total": "90ep",
        "overflow": "truncate",
    }
    assert list(settings.origins) == ["lr"]
    assert settings.keys == ("lr",)
    assert (settings.names, list(settings.names_from)) == ({"W": "2ep"}, ["F"])
    assert settings.rules.severity("LR801") == "warning"

    last = Section(
        total_from=[{"key": "t", "required": True}], lr=0.1, ignore=["LR801"], holes=["W"]
    )
    settings = found.settings(path, last)
    assert settings.origins == {"total": (Origin(key="t", required=True),)}
    assert settings.run["lr"] == 0.1
    assert (settings.names, settings.holes) == ({}, ("HOST", "W"))
    assert settings.rules.severity("LR801") is None


def test_without_settings_there_are_defaults(tmp_path) -> None:
    assert Found(tmp_path).settings(tmp_path / "a.yaml") == Settings().under(Project())
    assert Settings().keys == ("**.schedule", "**.lr_schedule")


# --- where they are -------------------------------------------------------------------------------


def test_the_nearest_table_counts(tmp_path) -> None:
    outer = project(tmp_path, "[tool.lrdsl]\ntotal = 1\n")
    assert project(tmp_path / "a", "[project]\nname = 'a'\n") == outer
    inner = project(tmp_path / "a" / "b", "[tool.lrdsl]\n")
    assert nearest(tmp_path / "a" / "b" / "c") == inner
    assert (inner.folder, inner.project) == (tmp_path / "a" / "b", Project())


def test_a_file_may_be_all_settings(tmp_path) -> None:
    path = tmp_path / "lrdsl.toml"
    path.write_text("total = '90ep'\n", "utf-8")
    assert load(path) == Found(tmp_path, Project(total="90ep"))
    path.write_text("[tool.lrdsl]\ntotal = '9ep'\n", "utf-8")
    assert load(path).project.total == "9ep"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("pyproject.toml", b"a = 1\n", "there is no [tool.lrdsl]"),
        ("pyproject.toml", b"a = \n", "not TOML: Invalid value (at line 1, column 5)"),
        ("lrdsl.toml", b"a = '\xff'\n", "byte 6 is not UTF-8 text"),
        ("gone.toml", None, "No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path, name, data, message) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: {message}"


def test_what_is_none_is_not_set() -> None:
    assert Section(total=None, tick=None, names=None, holes=None) == Section()


# --- what is wrong with them ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("kyes = ['a']", "there is no setting kyes: did you mean keys?"),
        (
            "steps-per-epochs = 3",
            "there is no setting steps-per-epochs: did you mean steps-per-epoch?",
        ),
        ("keys = 'a'", "keys: a list is wanted"),
        ("keys = []", "keys: it is empty"),
        ("keys = [1]", "keys.0: a text is wanted"),
        ("marker = ''", "marker: it is empty"),
        ("total = true", "total: a number or a text is wanted"),
        ("total = '90 parsecs'", "total: '90 parsecs': parsecs is not a unit"),
        ("total = '10%'", "total: the total is the run's length, and 10% is a share of it"),
        ("tick = 'epo'", "tick: a tick is ep, st, ex or tok, not 'epo'"),
        ("steps-per-epoch = 0", "steps-per-epoch: a positive number is wanted"),
        ("steps-per-epoch = '5'", "steps-per-epoch: a number is wanted"),
        ("lr = inf", "lr: a finite number is wanted"),
        ("truncate = 1", "truncate: true or false is wanted"),
        ("total = 1\ntotal-from = 'a'", "total and total-from exclude each other"),
        ("total-from = 3", "total-from.0: a table is wanted"),
        ("total-from = {ky = 'a'}", "total-from.0.key: it is missing"),
        (
            "total-from = {key = 'a', unit = 'epos'}",
            "total-from.0.unit: 'epos' is not a unit: did you mean epochs?",
        ),
        ("names = {cosine = 1}", "names: cosine is a name of the language"),
        ("names-from = {cosine = 'a'}", "names-from: cosine is a name of the language"),
        ("holes = ['1']", "holes: '1' is not a name"),
        ("select = ['LR999']", "select.0: there is no code LR999"),
        ("ignore = ['LRR802']", "ignore.0: there is no code LRR802: did you mean LR802?"),
        (
            "severity = {LR802 = 'fatal'}",
            "severity.LR802: 'error' or 'warning' is wanted, not 'fatal'",
        ),
        ("severity = {XX = 'error'}", "severity.XX: there is no code XX"),
        ("per-glob = [{total = 1}]", "per-glob.0.files: it is missing"),
        ("per-glob = [{files = ['a'], exclude = ['a']}]", "there is no setting exclude"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, line, message) -> None:
    with pytest.raises(SettingsError) as caught:
        project(tmp_path, f"[tool.lrdsl]\n{line}\n")
    first = str(caught.value).split("\n")[0]
    place, _, said = first.partition(": ")
    assert said.startswith(message)
    assert place in (f"{tmp_path}/pyproject.toml:2", f"{tmp_path}/pyproject.toml:3")


def test_what_is_wrong_with_a_whole_file_has_no_line(tmp_path) -> None:
    path = tmp_path / "lrdsl.toml"
    path.write_text("total = 5\ntotal-from = 'epochs'\n", "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: total and total-from exclude each other"


def test_all_of_it_is_said(tmp_path) -> None:
    with pytest.raises(SettingsError) as caught:
        project(
            tmp_path,
            "[tool.lrdsl]\n\nkyes = ['a']\ntotal = []\n[[tool.lrdsl.per-glob]]\nfile = ['b']\n",
        )
    path = tmp_path / "pyproject.toml"
    assert str(caught.value).split("\n") == [
        f"{path}:4: total: a number or a text is wanted",
        f"{path}:6: per-glob.0.files: it is missing",
        f"{path}:6: there is no setting file: did you mean files?",
        f"{path}:3: there is no setting kyes: did you mean keys?",
    ]


# --- globs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("*.yaml", ["a.yaml", "x/a.yaml"], ["a.yml", "a.yaml.bak"]),
        ("conf", ["conf/a", "x/conf/y/a"], ["config/a"]),
        ("conf/", ["conf/a", "x/conf/a"], ["config/a"]),
        ("/a.yaml", ["a.yaml"], ["x/a.yaml"]),
        ("./a.yaml", ["a.yaml"], ["x/a.yaml"]),
        ("conf/*.yaml", ["conf/a.yaml"], ["conf/x/a.yaml", "x/conf/a.yaml"]),
        ("conf/**/*.yaml", ["conf/a.yaml", "conf/x/y/a.yaml"], ["a.yaml"]),
        ("conf/**", ["conf/a", "conf/x/a"], ["a"]),
        ("conf/exp_?", ["conf/exp_1/a"], ["conf/exp_10/a"]),
        ("**/[ab].yaml", ["a.yaml", "x/b.yaml"], ["c.yaml"]),
    ],
)
def test_globs_are_those_of_a_gitignore(glob, yes, no) -> None:
    assert [path for path in (*yes, *no) if matches(path.split("/"), glob)] == yes


def test_globs_start_from_the_folder_of_the_settings(tmp_path) -> None:
    found = Found(tmp_path / "a", Project(include=("x/*.yaml",), exclude=("old",)))
    assert found.includes(tmp_path / "a" / "x" / "c.yaml") is True
    assert found.includes(tmp_path / "x" / "c.yaml") is False
    assert found.excludes(tmp_path / "a" / "old" / "c.yaml")
    assert not found.excludes(tmp_path / "old" / "c.yaml")
    assert Found(tmp_path).includes(tmp_path / "c.yaml") is None


# --- rules ----------------------------------------------------------------------------------------


def rules(*choices: dict[str, Any]) -> Rules:
    return Rules(tuple(Section(**choice).choice for choice in choices))


def test_by_default_a_code_is_what_it_is() -> None:
    for code, about in CODES.items():
        assert Rules().severity(code) == (None if code in OFF else about.severity)
    assert Rules().enabled() == frozenset()


@pytest.mark.parametrize(
    ("choices", "code", "severity"),
    [
        ([{"ignore": ["LR8"]}], "LR802", None),
        ([{"ignore": ["LR8"], "select": ["LR802"]}], "LR802", "warning"),
        ([{"ignore": ["LR8"], "select": ["LR802"]}], "LR803", None),
        ([{"ignore": ["LR802"], "select": ["LR8"]}], "LR802", None),
        ([{"ignore": ["LR802"], "select": ["LR802"]}], "LR802", None),
        ([{"ignore": ["LR802"]}, {"select": ["LR8"]}], "LR802", "warning"),
        ([{"ignore": ["LR"]}], "LR402", None),
        ([{"severity": {"LR8": "error"}}], "LR802", "error"),
        ([{"severity": {"LR8": "error", "LR802": "warning"}}], "LR802", "warning"),
        ([{"severity": {"LR802": "error"}}, {"severity": {"LR803": "error"}}], "LR802", "error"),
        ([{"severity": {"LR402": "warning"}}], "LR402", "warning"),
        ([{"severity": {"LR815": "error"}}], "LR815", None),
        ([{"severity": {"LR815": "error"}, "select": ["LR815"]}], "LR815", "error"),
    ],
)
def test_the_longest_start_wins_and_then_the_last_section(choices, code, severity) -> None:
    assert rules(*choices).severity(code) == severity


def test_findings_are_judged() -> None:
    found = [Diagnostic(code, "", Span(0, 1), "warning") for code in ("LR801", "LR802", "LR803")]
    chosen = rules({"ignore": ["LR802"], "severity": {"LR803": "error"}, "select": ["LR815"]})
    assert [(d.code, d.severity) for d in chosen.judged(found)] == [
        ("LR801", "warning"),
        ("LR803", "error"),
    ]
    assert chosen.enabled() == {"LR815"}


STARTS = st.lists(st.sampled_from(["LR", "LR8", "LR80", "LR802", "LR815", "LR4"]), max_size=3)


@given(before=STARTS, select=STARTS, ignore=STARTS, code=st.sampled_from(sorted(CODES)))
def test_a_later_section_that_does_not_name_a_code_changes_nothing(
    before, select, ignore, code
) -> None:
    first = Choice(ignore=tuple(before))
    both = Rules((first, Choice(tuple(select), tuple(ignore)))).severity(code)
    named = {s for s in select if code.startswith(s)}, {i for i in ignore if code.startswith(i)}
    if not any(named):
        assert both == Rules((first,)).severity(code)
    elif not all(named):
        assert (both is not None) == bool(named[0])


def test_settings_are_documented() -> None:
    """The attributes of the docstrings are the fields."""
    for model in (Section, Project, Origin):
        own = set(model.model_fields) - (set(Section.model_fields) if model is Project else set())
        documented = (model.__doc__ or "").partition("Attributes:")[2]
        assert all(name.removesuffix("_from") in documented for name in own)
    assert set(PerGlob.model_fields) == {"files", *Section.model_fields}
