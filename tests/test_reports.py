"""Reports: what each format says of findings in real files, and where reports are written."""

import io
import json
import os
import re
import stat
import threading
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdsl
import lrdsl.codes
from lrdsl import reports
from lrdsl.configs import Config, Program
from lrdsl.diagnostics import Diagnostic, Edit, Fix, Source, Span, render
from lrdsl.reports import (
    FORMATS,
    REPORTS,
    Finding,
    NotWritten,
    Summary,
    Target,
    TargetError,
    targets,
)
from lrdsl.reports.identity import fingerprints
from lrdsl.reports.paths import in_repository
from lrdsl.reports.replacing import replacements
from lrdsl.reports.text import colored, wants_color

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0-subset.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)

CONFIG = """\
trainer: {epochs: 90}
optim:
  schedule: warmup(5) >> cosin
  groups:
    - lr_schedule: 'hold(10%) >>'
    - lr_schedule: "warmup(5) \\x3e> cosin + noize(0.1)"
    - lr_schedule: "warmup(5) -> cosine"
    - lr_schedule: |
        warmup(5)
        >> cosine
        + noise(0.1)
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch) -> None:
    """Every test in a repository of its own, in no service and without wishes for colours."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def findings(text: str = CONFIG, name: str = "conf/a.yaml") -> list[Finding]:
    """What `check` finds in a config file, which is written where its name says."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    programs = Config(text, name).programs()
    return [
        Finding(program, d)
        for program in programs
        for d in ([program.wrong] if program.wrong else lrdsl.check(program.text))
    ]


def one(program: str, name: str = "a.lr") -> list[Finding]:
    """What `check` finds in a program that is alone in its file."""
    return [Finding(Program(program, name), d) for d in lrdsl.check(program)]


def report(format: str, found: list[Finding], **summary) -> str:
    return REPORTS[format](found, Summary.of(found, **summary))


# --- findings -------------------------------------------------------------------------------------


def test_a_place_is_in_the_file() -> None:
    found = findings()
    lines = CONFIG.split("\n")
    shown = [lines[f.place.line - 1][f.place.column - 1 : f.place.end_column - 1] for f in found]
    assert shown[:5] == ["cosin", ">>", "cosin", "noize", "->"]


@pytest.mark.parametrize("span", [Span(0, 9), Span(2, 99), Span(70, 99), Span(3, 1)])
def test_a_place_stays_in_the_program(span: Span) -> None:
    place = Finding(Program("hold", "a.lr"), Diagnostic("LR101", "?", span)).place
    assert 1 <= place.column <= place.end_column <= 5


def test_what_is_wrong_with_the_run_points_at_the_first_character() -> None:
    config = Config("a:\n  schedule: hold(5ep) >> cosine", "c.yaml").programs()[0]
    place = Finding(config, Diagnostic("LR705", "no steps are known", Span(3, 8))).place
    assert (place.line, place.column, place.end_line, place.end_column) == (2, 13, 2, 14)
    empty = Finding(Program("", "a.lr"), Diagnostic("LR705", "no steps", Span(0, 0))).place
    assert (empty.line, empty.column, empty.end_line, empty.end_column) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        (Summary(1, 1), "checked 1 program: no findings"),
        (Summary(2, 3, 1, 2), "checked 3 programs in 2 files: 1 error, 2 warnings"),
        (
            Summary(unread=("a: ?",)),
            "checked 0 programs: no findings; 1 file could not be read",
        ),
        (
            Summary(2, 2, 0, 1, ("a: ?", "b: ?")),
            "checked 2 programs in 2 files: 1 warning; 2 files could not be read",
        ),
    ],
)
def test_a_summary_in_words(summary: Summary, said: str) -> None:
    assert str(summary) == said


def test_a_summary_counts() -> None:
    found = one("warmup(5ep) >> cosine + noise(0.1)") + one("cosin")
    assert Summary.of(found, files=2, programs=2) == Summary(2, 2, 1, 1)


# --- for people -----------------------------------------------------------------------------------


def test_full_is_what_errors_print() -> None:
    found = one("warmup(5ep) >> cosin + noize")
    shown = render([f.diagnostic for f in found], found[0].program)
    assert report("full", found) == shown + "\n"


def test_concise_is_a_line_each() -> None:
    assert report("concise", findings()).splitlines()[:2] == [
        "conf/a.yaml:3:26: error[LR101] cosin is not known here",
        "conf/a.yaml:5:31: error[LR003] the program ends after `>>`: something is missing",
    ]
    warned = report("concise", one("warmup(5ep) >> cosine + noise(0.1)"))
    assert re.fullmatch(r"a\.lr:1:\d+: warning\[LR801\] .*\n", warned)


def test_a_line_stays_one() -> None:
    found = Finding(Program("x", "a\nb\x1b.lr"), Diagnostic("LR101", "a\nb\r\x1b[2J", Span(0, 1)))
    assert REPORTS["concise"]([found], Summary()) == "a b .lr:1:1: error[LR101] a b  [2J\n"


@pytest.mark.parametrize("format", ["full", "concise", "github"])
def test_no_findings_are_no_text(format: str) -> None:
    assert report(format, []) == ""


@pytest.mark.parametrize("format", ["full", "concise"])
def test_colours_change_nothing_else(format: str) -> None:
    text = report(format, findings() + one("warmup(5ep) >> cosine + noise(0.1)"))
    shown = colored(text)
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown) == text
    assert "\x1b[31m\x1b[1merror[LR101]\x1b[0m" in shown
    assert "\x1b[33m\x1b[1mwarning[LR801]\x1b[0m" in shown


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "terminal", "wanted"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm"}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1", "TERM": "xterm"}, True, False),
        ({"NO_COLOR": "", "TERM": "xterm"}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_who_wants_colours(environment, terminal: bool, wanted: bool, monkeypatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wants_color(_Terminal() if terminal else io.StringIO()) == wanted


# --- for machines ---------------------------------------------------------------------------------


def test_json_is_a_list() -> None:
    found = json.loads(report("json", findings()))
    fix = found[0].pop("fix")
    assert found[0] == {
        **{"file": "conf/a.yaml", "key": "optim.schedule", "code": "LR101"},
        **{"line": 3, "column": 26, "end_line": 3, "end_column": 31, "span": [13, 18]},
        **{"severity": "error", "message": "cosin is not known here"},
        "help": "did you mean cosine?",
    }
    assert fix["edits"] == [{"span": [13, 18], "text": "cosine"}]
    assert json.loads(report("json", one("cosin")))[0]["key"] is None
    assert report("json", []) == "[]\n"


def test_github_commands() -> None:
    first = report("github", findings()).splitlines()[0]
    assert first == (
        "::error file=conf/a.yaml,line=3,col=26,endLine=3,endColumn=31,title=LR101::"
        "conf/a.yaml:3:26: error[LR101] cosin is not known here%0Ahelp: did you mean cosine?"
    )
    warned = report("github", one("warmup(5ep) >> cosine + noise(0.1)"))
    assert warned.startswith("::warning file=a.lr,line=1,")


def test_github_takes_no_columns_of_two_lines() -> None:
    found = Finding(Program("hold\n>> hold", "a.lr"), Diagnostic("LR402", "long", Span(2, 8)))
    properties = report("github", [found]).split("::")[1]
    assert properties == "error file=a.lr,line=1,endLine=2,title=LR402"


@given(message=st.text(), name=st.text(min_size=1), help=st.none() | st.text())
def test_github_commands_are_a_line_whatever_is_in_them(message, name, help) -> None:
    """Read back as the runner does: split at the signs, then unescape."""
    name = name.replace("\0", "_")
    diagnostic = Diagnostic("LR101", message, Span(0, 1), help=help)
    text = report("github", [Finding(Program("x", name), diagnostic)])
    assert len(re.split(r"[\r\n]", text)) == 2
    empty, command, data = text.removesuffix("\n").split("::", 2)
    assert empty == ""
    pairs = [p.split("=", 1) for p in command.removeprefix("error ").split(",")]
    assert [k for k, _ in pairs] == ["file", "line", "col", "endLine", "endColumn", "title"]
    file = _unescaped(pairs[0][1])
    assert file == in_repository(name)
    for line in _unescaped(data).split("\n")[1:2]:
        assert help is not None
        assert line == f"help: {help}".split("\n")[0]


def _unescaped(text: str) -> str:
    for escape, character in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r")):
        text = text.replace(escape, character)
    return text.replace("%25", "%")


def test_gitlab_issues() -> None:
    found = findings()
    issues = json.loads(report("gitlab", found))
    first = dict(issues[0])
    assert re.fullmatch(r"[0-9a-f]{32}:1", first.pop("fingerprint"))
    assert first == {
        "description": "LR101: cosin is not known here",
        "check_name": "LR101",
        "severity": "major",
        "location": {"path": "conf/a.yaml", "lines": {"begin": 3, "end": 3}},
    }
    assert len({issue["fingerprint"] for issue in issues}) == len(found)
    warned = json.loads(report("gitlab", one("warmup(5ep) >> cosine + noise(0.1)")))
    assert warned[0]["severity"] == "minor"
    assert report("gitlab", []) == "[]\n"


# --- fingerprints and paths -----------------------------------------------------------------------


def prints(text: str, name: str = "conf/a.yaml") -> list[str]:
    return fingerprints(findings(text, name))


def test_fingerprints_do_not_know_lines_or_white_space() -> None:
    moved = "# new\n\nseed: 3\n" + CONFIG.replace("warmup(5) >> cosin\n", "warmup( 5 )>>cosin\n")
    assert prints(moved) == prints(CONFIG)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (CONFIG.replace("warmup(5)", "warmup(6)"), "conf/a.yaml"),
        (CONFIG.replace("optim:", "optimizer:"), "conf/a.yaml"),
        (CONFIG, "conf/b.yaml"),
    ],
)
def test_fingerprints_know_program_key_and_file(text: str, name: str) -> None:
    assert prints(text, name)[0] != prints(CONFIG)[0]


def test_two_findings_of_a_kind_have_two_fingerprints() -> None:
    first, second = fingerprints(one("cosin + cosin"))
    assert first.removesuffix(":1") == second.removesuffix(":2")


def test_paths_are_the_repositorys_from_every_folder(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "conf" / "deep"
    folder.mkdir(parents=True)
    (folder / "a.yaml").touch()
    outside = tmp_path.parent / f"{tmp_path.name}-outside.yaml"
    outside.touch()
    assert in_repository("conf/deep/a.yaml") == "conf/deep/a.yaml"
    assert in_repository("./conf/../conf/deep/a.yaml") == "conf/deep/a.yaml"
    monkeypatch.chdir(folder)
    assert in_repository("a.yaml") == "conf/deep/a.yaml"
    assert in_repository(str(folder / "a.yaml")) == "conf/deep/a.yaml"
    assert in_repository(str(outside)) == outside.resolve().as_posix()
    assert in_repository("<stdin>") == "<stdin>"


def test_without_a_repository_paths_are_from_here(tmp_path, monkeypatch) -> None:
    (tmp_path / ".git").rmdir()
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "a.yaml").touch()
    monkeypatch.chdir(tmp_path / "conf")
    assert in_repository(str(tmp_path / "conf" / "a.yaml")) == "a.yaml"


# --- SARIF ----------------------------------------------------------------------------------------


def sarif(found: list[Finding], **summary) -> dict:
    document = json.loads(report("sarif", found, **summary))
    VALIDATOR.validate(document)
    return document["runs"][0]


def test_the_subset_of_sarif_is_a_schema_that_refuses() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    document = json.loads(report("sarif", findings()))
    VALIDATOR.validate(document)
    place = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    place["region"]["startColumn"] = 0
    assert not VALIDATOR.is_valid(document)
    place["region"] = {"startLine": 1, "startLin": 1}
    assert not VALIDATOR.is_valid(document)


def test_sarif_results() -> None:
    run = sarif(findings())
    rules, result = run["tool"]["driver"]["rules"], run["results"][0]
    assert run["tool"]["driver"]["version"] == lrdsl.__version__
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"] == [{"executionSuccessful": True}]
    assert [r["id"] for r in rules] == sorted({r["ruleId"] for r in run["results"]})
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"])
    assert result["level"] == "error"
    assert result["message"]["text"] == "cosin is not known here\nhelp: did you mean cosine?"
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "conf/a.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3, "startColumn": 26, "endLine": 3, "endColumn": 31},
            },
            "logicalLocations": [{"fullyQualifiedName": "optim.schedule", "kind": "property"}],
        }
    ]
    marks = [tuple(r["partialFingerprints"].values()) for r in run["results"]]
    assert marks == [(mark,) for mark in fingerprints(findings())]


def test_sarif_rules_say_what_the_code_means() -> None:
    run = sarif(one("warmup(5ep) >> cosine + noise(0.1)"))
    (rule,) = run["tool"]["driver"]["rules"]
    code = lrdsl.codes.CODES["LR801"]
    assert rule["shortDescription"]["text"] == code.title
    assert rule["help"]["text"].startswith(code.text)
    assert f"```text\n{code.right}\n```" in rule["help"]["markdown"]
    assert rule["defaultConfiguration"] == {"level": "warning"}
    assert re.fullmatch(r"([A-Z0-9][A-Za-z0-9]*)+", rule["name"])


def test_every_code_has_a_sarif_rule() -> None:
    span = Span(0, 1)
    found = [Finding(Program("x", "a.lr"), Diagnostic(c, "?", span)) for c in lrdsl.codes.CODES]
    assert len(sarif(found)["tool"]["driver"]["rules"]) == len(found)


def test_sarif_links_where_the_package_names_its_pages(monkeypatch) -> None:
    from email.message import Message

    named = Message()
    named["Project-URL"] = "Homepage, https://example.org/lrdsl"
    named["Project-URL"] = "Diagnostics, https://example.org/diagnostics.md"
    monkeypatch.setattr("importlib.metadata.metadata", lambda name: named)
    driver = sarif(one("cosin"))["tool"]["driver"]
    assert driver["informationUri"] == "https://example.org/lrdsl"
    assert driver["rules"][0]["helpUri"] == "https://example.org/diagnostics.md#LR101"


def test_sarif_says_what_could_not_be_read() -> None:
    run = sarif([], unread=["b.yaml:2:2: not YAML"])
    assert run["results"] == []
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    notes = invocation["toolExecutionNotifications"]
    assert [n["message"]["text"] for n in notes] == ["b.yaml:2:2: not YAML"]


@pytest.mark.parametrize(
    ("name", "uri"),
    [("<stdin>", "%3Cstdin%3E"), ("a b#1.lr", "a%20b%231.lr"), ("ä:1.lr", "%C3%A4%3A1.lr")],
)
def test_sarif_addresses_are_quoted(name: str, uri: str) -> None:
    place = sarif(one("cosin", name))["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": uri, "uriBaseId": "%SRCROOT%"}


def test_sarif_addresses_outside_of_the_repository_are_whole(tmp_path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name} outside.lr"
    outside.touch()
    place = sarif(one("cosin", str(outside)))["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": outside.resolve().as_uri()}


# --- fixes in files -------------------------------------------------------------------------------


def _replaced(text: str, fix: dict) -> str:
    """A file after a fix of SARIF, as an editor applies it."""
    (change,) = fix["artifactChanges"]
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:i]) for i in range(len(lines))]
    edits = []
    for r in change["replacements"]:
        region = r["deletedRegion"]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        edits.append(Edit(Span(start, end), r["insertedContent"]["text"]))
    return Fix("", tuple(edits)).apply(text)


TOML = r"""
lr = 0.1 # base
[optim]
schedule = "warmup(5) \u003e> cosin"
[[groups]]
lr_schedule = 'warmup(5) -> cosine' # up, then down
"""
JSON = r"""{"schedule": "warmup(5) -\u003e cosin", "a": [{"lr_schedule": "cosin(5ep"}]}"""


@pytest.mark.parametrize(("text", "name"), [(CONFIG, "a.yaml"), (TOML, "a.toml"), (JSON, "a.json")])
def test_a_fix_of_sarif_does_to_the_file_what_the_fix_does_to_the_program(text, name) -> None:
    found = findings(text, name)
    results = sarif(found)["results"]
    fixed = 0
    for finding, result in zip(found, results, strict=True):
        for fix in result.get("fixes", ()):
            fixed += 1
            assert finding.diagnostic.fix is not None
            programs = {p.key: p.text for p in Config(_replaced(text, fix), name).programs()}
            before = {p.key: p.text for p in Config(text, name).programs()}
            key = finding.program.key
            after = finding.diagnostic.fix.apply(finding.program.text)
            assert programs == {**before, key: after}
    assert fixed == sum(f.diagnostic.fix is not None for f in found)


def test_a_fix_replaces_words_where_they_stand() -> None:
    first = sarif(findings())["results"][0]["fixes"][0]
    assert first["description"] == {"text": "write cosine"}
    (change,) = first["artifactChanges"]
    region = {"startLine": 3, "startColumn": 26, "endLine": 3, "endColumn": 31}
    assert change["replacements"] == [
        {"deletedRegion": region, "insertedContent": {"text": "cosine"}}
    ]


def test_a_fix_of_a_program_alone_is_its_edits() -> None:
    (finding,) = one("warmup(5ep)\n>> cosin")
    fix = sarif([finding])["results"][0]["fixes"][0]
    assert _replaced(finding.program.text, fix) == "warmup(5ep)\n>> cosine"


def test_what_the_file_does_not_say_is_not_fixed() -> None:
    """A program that a host has filled in, and one whose text stands nowhere as it is."""
    (finding,) = findings('schedule: "warmup(5) >> cosin"\n')
    program, fix = finding.program, finding.diagnostic.fix
    assert fix is not None
    assert replacements(program, fix)
    filled = Program(
        **{f: getattr(program, f) for f in ("name", "key", "file", "scalar", "document")},
        text=program.text.replace("5", "6"),
        places=program.places,
    )
    assert replacements(filled, fix) == ()
    elsewhere = Program("cosin", "a.yaml", "k", Source("co  sin"), (0, 1, 4, 5, 6, 7))
    assert replacements(elsewhere, Fix("", (Edit(Span(0, 5), "cosine"),))) == ()


@given(new=st.text(alphabet="ab01 >#:,'\"\\%*()\n", max_size=12), at=st.integers(0, 17))
@pytest.mark.parametrize("style", ["{}", "'{}'", '"{}"', "|-\n  {}", ">-\n  {}"])
def test_no_fix_breaks_a_file(style: str, new: str, at: int) -> None:
    text = f"a: 1\nschedule: {style.format('warmup(5) >> cosin')}\nb: 2 # why\n"
    config = Config(text, "a.yaml")
    (program,) = config.programs()
    fix = Fix("", (Edit(Span(at, at + 1), new),))
    edits = []
    for r in replacements(program, fix):
        start, end = (
            sum(len(line) + 1 for line in text.split("\n")[: n - 1]) + column - 1
            for n, column in (
                (r.place.line, r.place.column),
                (r.place.end_line, r.place.end_column),
            )
        )
        edits.append(Edit(Span(start, end), r.text))
    if edits:
        again = Config(Fix("", tuple(edits)).apply(text), "a.yaml")
        assert [p.text for p in again.programs()] == [fix.apply(program.text)]
        assert (again.value("a"), again.value("b")) == (1, 2)


# --- targets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        ([], [Target("full")]),
        (["json"], [Target("json")]),
        (["sarif=lr.sarif"], [Target("sarif", "lr.sarif")]),
        (["full", "sarif=a=b.sarif"], [Target("full"), Target("sarif", "a=b.sarif")]),
        (["json=a.json", "json=b.json"], [Target("json", "a.json"), Target("json", "b.json")]),
        (["auto"], [Target("full")]),
    ],
)
def test_targets(texts: list[str], wanted: list[Target]) -> None:
    assert targets(texts) == tuple(wanted)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["sarf"], "'sarf' is no format: did you mean sarif?"),
        (["xml"], f"'xml' is no format: there are {', '.join(FORMATS)}"),
        (["json="], "json= names no file"),
        (
            ["full", "json"],
            "full and json both go to standard output: give one a file, as in json=FILE",
        ),
        (["json=a", "sarif=./a"], "./a is the file of two reports"),
    ],
)
def test_targets_that_cannot_be_served(texts: list[str], message: str) -> None:
    with pytest.raises(TargetError) as error:
        targets(texts)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("variable", "format"), [("GITHUB_ACTIONS", "github"), ("GITLAB_CI", "gitlab")]
)
def test_auto_knows_its_service(variable: str, format: str, monkeypatch) -> None:
    monkeypatch.setenv(variable, "true")
    assert targets(["auto", "sarif=lr.sarif"])[0] == Target(format)
    monkeypatch.setenv(variable, "false")
    assert targets(["auto"]) == (Target("full"),)


def write(found: list[Finding], *texts: str) -> None:
    reports.write(found, Summary.of(found), targets(texts))


@pytest.mark.parametrize("format", REPORTS)
def test_stdout_has_the_document_and_nothing_else(format: str, capsys) -> None:
    found = findings()
    write(found, format, *(f"{other}={other}.txt" for other in REPORTS))
    captured = capsys.readouterr()
    assert captured == (report(format, found), "")
    for other in REPORTS:
        assert Path(f"{other}.txt").read_text("utf-8") == report(other, found)


def test_with_files_only_stdout_stays_empty(capsys) -> None:
    write(one("cosin"), "full=a.txt")
    assert capsys.readouterr() == ("", "")
    assert Path("a.txt").read_text("utf-8").startswith("error[LR101]")


def test_colours_are_for_stdout(monkeypatch, capsys) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    write(one("cosin"), "full", "full=a.txt", "concise=b.txt")
    assert "\x1b[" in capsys.readouterr().out
    assert "\x1b[" not in Path("a.txt").read_text("utf-8") + Path("b.txt").read_text("utf-8")
    write(one("cosin"), "github")
    assert "\x1b[" not in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_said_after_the_others(capsys) -> None:
    with pytest.raises(NotWritten, match=r"^no/such\.json: No such file or directory$"):
        write(one("cosin"), "json=no/such.json", "full=a.txt", "concise")
    assert capsys.readouterr().out.startswith("a.lr:1:1: ")
    assert Path("a.txt").exists()


def test_a_report_is_written_whole_or_not_at_all(monkeypatch) -> None:
    Path("a.json").write_text("old")

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(NotWritten, match="No space left"):
        write(one("cosin"), "json=a.json")
    assert Path("a.json").read_text() == "old"
    assert [p.name for p in Path().iterdir() if p.name != ".git"] == ["a.json"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes, links and pipes")
def test_a_report_keeps_mode_and_link_and_goes_into_pipes() -> None:
    Path("new.json").touch()
    usual = stat.S_IMODE(Path("new.json").stat().st_mode)
    write(one("cosin"), "json=made.json")
    assert stat.S_IMODE(Path("made.json").stat().st_mode) == usual
    Path("new.json").chmod(0o640)
    Path("link.json").symlink_to("new.json")
    write(one("cosin"), "json=link.json")
    assert Path("link.json").is_symlink()
    assert stat.S_IMODE(Path("new.json").stat().st_mode) == 0o640
    assert json.loads(Path("new.json").read_text())[0]["code"] == "LR101"
    os.mkfifo("pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe").read_text()))
    reader.start()
    write(one("cosin"), "json=pipe")
    reader.join()
    assert json.loads(read[0])[0]["code"] == "LR101"
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)
