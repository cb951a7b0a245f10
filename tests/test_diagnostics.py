"""Every code and every message: what is said, where, and whether the fix does it."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from diagnosing import TABLE, filed, raised, row

import lrdsl
from lrdsl.codes import CODES, Code
from lrdsl.diagnostics import Diagnostic, Edit, Fix, LrdslError, Span, render, summarize
from lrdsl.parser import parse_text

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [p for p in sorted((ROOT / "lrdsl").rglob("*.py")) if p.name != "codes.py"]
MESSAGES = json.loads(TABLE.read_text(encoding="utf-8"))
RUN = {"total": "90ep", "steps_per_epoch": 100}


# --- codes ----------------------------------------------------------------------------------------


def test_the_registry_has_the_codes_of_the_source() -> None:
    used = {code for p in SOURCES for code in re.findall(r"LR\d{3}", p.read_text("utf-8"))}
    assert used == set(CODES)


def test_codes_are_documented_in_order() -> None:
    assert list(CODES) == sorted(CODES)
    for code in CODES.values():
        assert code.title
        assert code.text.endswith((".", "`"))
        assert bool(code.call) == bool(code.right_call)


def checked(code: Code, text: str, run: Any) -> list[Diagnostic]:
    if code.file:
        return [f.diagnostic for f in filed(text, code.file, **run)]
    return lrdsl.check(text, **run)


EXAMPLES = [pytest.param(c, id=c.code) for c in CODES.values() if not c.call]
CALLS = [pytest.param(c, id=c.code) for c in CODES.values() if c.call]


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_wrong_example_yields_its_code_and_nothing_else(code: Code) -> None:
    found = checked(code, code.wrong, code.run)
    assert {(d.code, d.severity) for d in found} == {(code.code, code.severity)}


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_right_example_is_clean(code: Code) -> None:
    assert checked(code, code.right, code.right_run) == []


@pytest.mark.parametrize("code", CALLS)
def test_the_python_examples(code: Code) -> None:
    with pytest.raises(LrdslError) as error:
        exec(code.call, {"lrdsl": lrdsl})
    assert {d.code for d in error.value.diagnostics} == {code.code}
    exec(code.right_call, {"lrdsl": lrdsl})


@pytest.fixture
def generate(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import generate

    yield generate
    sys.modules.pop("generate")
    sys.modules.pop("stub", None)


def test_the_generated_files_are_up_to_date(
    generate: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main(["--check"]) == 0, capsys.readouterr().out


def test_a_stale_file_is_named_and_then_written(
    generate: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "FILES", {"docs/page.md": lambda: "new\n"})
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/page.md is stale: run make docs\n"
    assert not (tmp_path / "docs").exists()
    assert generate.main([]) == 0
    assert (tmp_path / "docs" / "page.md").read_text("utf-8") == "new\n"
    assert generate.main(["--check"]) == 0


# --- messages -------------------------------------------------------------------------------------

PROGRAMS = [
    pytest.param(m["program"], m["run"], m["found"], id=f"{m['found'][0]['code']}-{i}")
    for i, m in enumerate(MESSAGES)
    if "program" in m
]
FILES = [
    pytest.param(m["file"], m["text"], m["run"], m["found"], id=f"{m['found'][0]['code']}-{i}")
    for i, m in enumerate(MESSAGES)
    if "file" in m
]
EXPRESSIONS = [pytest.param(m["call"], m["found"], id=m["call"]) for m in MESSAGES if "call" in m]


@pytest.mark.parametrize(("program", "run", "found"), PROGRAMS)
def test_what_is_said_of_a_program(program: str, run: Any, found: Any) -> None:
    assert [row(d, program) for d in lrdsl.check(program, **run)] == found


@pytest.mark.parametrize(("name", "text", "run", "found"), FILES)
def test_what_is_said_of_a_file(name: str, text: str, run: Any, found: Any) -> None:
    assert [row(f.diagnostic, f.program.text) for f in filed(text, name, **run)] == found


@pytest.mark.parametrize(("call", "found"), EXPRESSIONS)
def test_what_is_said_of_a_python_call(call: str, found: Any) -> None:
    if "plot(" in call:
        pytest.importorskip("matplotlib")
    assert raised(call) == found


@pytest.mark.parametrize(("program", "run", "found"), PROGRAMS)
def test_a_fix_removes_its_finding_and_leaves_a_text_that_parses(
    program: str, run: Any, found: Any
) -> None:
    before = lrdsl.check(program, **run)
    others = {d.message for d in parse_text(program).diagnostics}
    for d in before:
        if d.fix is None:
            continue
        fixed = d.fix.apply(program)
        after = lrdsl.check(fixed, **run)
        assert (d.code, d.message) not in {(n.code, n.message) for n in after}
        assert {n.message for n in parse_text(fixed).diagnostics} <= others - {d.message}
        if d.fix.certain and len(before) == 1:
            assert [n.code for n in after if n.severity == "error"] == []


def test_a_fix_that_says_did_you_mean_is_only_probable() -> None:
    fixes = {
        (d.fix.title, d.help): d.fix.certain
        for typos in TYPOS.values()
        for text in typos
        for d in lrdsl.check(text, **RUN)
        if d.fix is not None
    }
    asked = {k for k in fixes if (k[1] or "").startswith("did you mean")}
    assert len(asked) > 10
    assert not any(fixes[k] for k in asked)
    assert sum(fixes.values()) > 10


def test_to_write_from_for_start_is_certain() -> None:
    (found,) = lrdsl.check("warmup(5ep, from=1e-6) >> cosine", **RUN)
    assert found.fix is not None
    assert found.fix.certain


# Messages that no program, run or call leads to: guards behind other checks, and JSON by hand.
ELSEWHERE = {
    "unknown\\ kind\\ .*",
    "a\\ schedule\\ is\\ wanted\\ here,\\ not\\ .*",
    "unknown\\ unit\\ .*",
    "a\\ value\\ has\\ the\\ parts\\ lr\\ and\\ plus,\\ not\\ .*",
    # tests/test_configs.py
    ".*\\ is\\ .*,\\ and\\ a\\ program\\ is\\ a\\ text",
    # a tick that is not known is refused before anything is placed
    "it\\ is\\ not\\ known\\ what\\ a\\ tick\\ is,\\ so\\ .*.*\\ has\\ no\\ length",
    # the limits on nesting are reached first
    "the\\ program\\ has\\ too\\ many\\ choices\\ inside\\ choices\\ to\\ compile",
    "the\\ program\\ is\\ nested\\ too\\ deeply\\ to\\ compile",
}


def texts(node: ast.expr) -> list[str]:
    """The patterns of the texts that an expression can be."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    if isinstance(node, ast.BinOp):
        return [a + b for a in texts(node.left) for b in texts(node.right)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [re.escape(node.value)]
    if isinstance(node, ast.JoinedStr):
        parts = [
            re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".*" for v in node.values
        ]
        return ["".join(parts)]
    return []


MESSAGE_AT = {
    **dict.fromkeys(("Problem", "Diagnostic", "_refused", "_report", "_Mend"), 1),
    "_mismatch": 0,
    "_other_brackets": 2,
}


def templates(source: Path) -> Iterator[str]:
    """The messages that a module can report, as patterns."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = MESSAGE_AT.get(name)
            if place is not None and len(node.args) > place:
                yield from texts(node.args[place])
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "message":
            yield from texts(node.value)


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_every_message_of_the_source_is_in_the_table(source: Path) -> None:
    said = [f["message"] for m in MESSAGES for f in m["found"]]
    missing = [
        t
        for t in templates(source)
        if t not in ELSEWHERE and not any(re.fullmatch(t, s, re.DOTALL) for s in said)
    ]
    assert missing == []


def test_the_messages_are_found_in_the_source() -> None:
    """The test above looks where the messages are."""
    assert sum(len(list(templates(p))) for p in SOURCES) > 150
    everywhere = {t for p in SOURCES for t in templates(p)}
    assert everywhere >= ELSEWHERE


# --- one mistake, one finding ---------------------------------------------------------------------

TYPOS = {
    "LR002": [
        "warmup(5ep) >> cosine(end=0.1**2)",
        "warmup(5ep) >> cosine(end=10^-5)",
        "warmup(5ep) >> cosine.",
        "warmup(5ep) & cosine",
        "warmup(5ep) >> cosine // then zero",
        "warmup(5ep) >> cosine?",
        "warmup(5ep) >> @cosine",
    ],
    "LR003": [
        "warmup(5ep) >> >> cosine",
        "warmup(5ep) | | cosine",
        "warmup(5ep) + + cosine",
        "warmup(5ep) >> | cosine",
        ">> warmup(5ep) >> cosine",
        "warmup(5ep) >> cosine >>",
        "warmup(5ep) then cosine",
        "warmup(5ep) and cosine",
        "warmup(5ep) cosine",
        "warmup(5ep), cosine",
        "warmup(5ep); cosine",
        "warmup(5ep) >> cosine;",
        "warmup(5ep) >> cosine,",
        "warmup(5ep,, 0) >> cosine",
        "warmup(,5ep) >> cosine",
        "warmup(5ep 1e-6) >> cosine",
        "warmup(5ep start=1e-6) >> cosine",
        "warmup(5 start=1e-6) >> cosine",
        "warmup(5ep, start=) >> cosine",
        "warmup(5ep, start: 1e-6) >> cosine",
        "warmup(5ep) >> cosine(end=10% lr)",
        "multistep([30ep, 60ep,, 80ep])",
        "multistep([30 60])",
        "multistep((30ep, 60ep))",
        "warmup[5ep] >> cosine",
        "warmup(5ep) >> tanh[-6, 4]",
        "(warmup(5ep) >> cosine)[5ep]",
        "W = 5ep, warmup(W) >> cosine",
        "W = 5ep warmup(W) >> cosine",
        "W : 5ep; warmup(W) >> cosine",
        "W = 5ep;",
        "W = 5ep",
        "let W = 5ep; warmup(W) >> cosine",
        "schedule = warmup(5ep) >> cosine",
        "warmup(1 000) >> cosine(8_000)",
        "warmup(5ep) >> ()",
        "warmup(5ep) >> * cosine",
        "warmup 5ep >> cosine",
        "warmup 500 steps >> cosine",
        "warmup 5% >> cosine",
        "cosine(10)(5)",
        "warmup(5ep)(start=0) >> cosine",
    ],
    "LR004": [
        "warmup(5ep >> cosine",
        "warmup 5ep) >> cosine",
        "warmup(5ep)) >> cosine",
        "(warmup(5ep) >> cosine",
        "warmup(5ep) >> cosine(end=1e-5",
        "warmup(5ep) >> cosine(end=1e-5))",
        "warmup(5ep) >> cosine)",
        "multistep([30ep, 60ep)",
        "multistep([30ep, 60ep]])",
        "(warmup(5ep) >> cosine(end=(0.1*lr)) + noise(0.1)",
        "warmup(5ep) >> (",
    ],
    "LR005": ["warmup(5ep, 1e-) >> cosine", "hold(value=1.2.3)", "hold(value=1_)"],
    "LR006": [
        "warmup(5ep) > cosine",
        "warmup(5ep) >>> cosine",
        "warmup(5ep) -> cosine",
        "warmup(5ep) => cosine",
        "warmup(5ep) || cosine",
        "warmup(5ep, start==1e-6) >> cosine",
        "W := 5ep; warmup(W) >> cosine",
        'warmup(5ep, shape="cosine") >> cosine',
        "warmup(5ep, shape='cosine') >> cosine",
        '"warmup(5ep) >> cosine"',
        "warmup{5ep} >> cosine",
        "multistep({30ep, 60ep})",
        "warmup(5ep) \u2192 cosine",
        "warmup(5ep) >> cosine(end=1e\u22125 + lr)",
        "warmup(5ep\uff09 >> cosine",
    ],
    "LR101": [
        "warmpu(5ep) >> cosine",
        "warmup(5ep) >> cosin",
        "warmup(5ep) >> Cosine",
        "warmup(5ep) >> cosine * restart(3)",
        "warmup(5ep, start=None) >> cosine",
        "warmup(5*ep) >> cosine",
        "warmup(W) >> cosine",
        "warmup(5ep) >> cosine(end=min_lr)",
        "warmup(5ep) >> StepLR(30ep, 0.1)",
        "warmup(5ep) >> plateau(0.1, 10)",
        "warmup(5ep) >> cosine(end=inf)",
    ],
    "LR102": [
        "warmup(5ep, start_lr=1e-6) >> cosine",
        "warmup(5ep, lr=1e-6) >> cosine",
        "warmup(epochs=5) >> cosine",
        "cosine * restarts(3, t_mult=2)",
        "multistep([30ep, 60ep], gamma=0.1)",
        "cosine(eta_min=1e-5)",
    ],
    "LR103": ["warmup >> cosine", "warmup() >> cosine", "poly", "step(30ep)", "tanh(-6)"],
    "LR104": ["cosine(50ep, 0)", "multistep(30ep, 60ep, 80ep)", "cosine(50ep, 0, 1, 2, 3)"],
    "LR106": ["warmup(5ep, shape=cosin) >> cosine", "warmup(5ep, grid=center) >> cosine"],
    "LR202": [
        "warmup(5 epohcs) >> cosine",
        "warmup(500 iters) >> cosine",
        "warmup(5 min) >> cosine",
        "warmup(5pct) >> cosine",
        "warmup(10K) >> cosine",
        "cosine(end=0.1lr)",
        "cosine(end=0.1 lr)",
    ],
    "LR203": ["warmup(0.05) >> cosine", "warmup(5ep) >> hold(1e-4)"],
    "LR303": ["warmup(5ep) >> restarts(3) * cosine", "warmup(5ep) >> noise(0.1) + cosine"],
    "LR304": ["warmup(5ep) >> 1e-4", "warmup(5ep) >> lr", "5ep >> cosine"],
    "LR305": [
        "cosine + restarts(3)",
        "warmup(5ep) >> cosine * noise(0.1)",
        "warmup(5ep) >> noise(0.1)",
    ],
}


@pytest.mark.parametrize(
    ("text", "code"), [pytest.param(t, code, id=t) for code, typos in TYPOS.items() for t in typos]
)
def test_one_mistake_is_one_finding(text: str, code: str) -> None:
    found = lrdsl.check(text, **RUN)
    assert [d.code for d in found] == [code], render(found, text)


def test_two_mistakes_are_two_findings() -> None:
    found = lrdsl.check("warmpu(5ep) >> cosine(ends=1e-5) >> >> linear[5ep]", **RUN)
    assert [d.code for d in found] == ["LR101", "LR102", "LR003", "LR003"]


def test_a_text_of_errors_is_given_up_after_twenty() -> None:
    assert len(lrdsl.check(">> " * 20_000)) == 2  # none before the first, and one too many
    assert len(lrdsl.check("warmup(5ep) >> ? " * 1_000)) == 20


# --- rendering ------------------------------------------------------------------------------------


def finding(text: str, part: str, **extra: Any) -> Diagnostic:
    start = text.index(part)
    return Diagnostic("LR999", "this is wrong", Span(start, start + len(part)), **extra)


def caret_line(rendered: str) -> tuple[str, str]:
    """The shown line and the line of carets, both from where the text begins."""
    lines = rendered.split("\n")
    at = next(i for i, line in enumerate(lines) if set(line.partition("|")[2]) == {" ", "^"})
    margin = lines[at].index("|") + 2
    return lines[at - 1][margin:], lines[at][margin:]


def marked(rendered: str) -> str:
    """What the carets mark."""
    shown, carets = caret_line(rendered)
    start = carets.index("^")
    return shown[start : start + carets.count("^")]


def test_a_finding_in_full() -> None:
    text = "warmup(5ep) >> cosin"
    assert render(lrdsl.check(text, **RUN), text) == (
        "error[LR101]: cosin is not known here\n"
        "  --> program:1:16\n"
        "  |\n"
        "1 | warmup(5ep) >> cosin\n"
        "  |                ^^^^^\n"
        "   = help: did you mean cosine?\n"
        "   = fix: write cosine: warmup(5ep) >> cosine"
    )


def test_the_caret_in_a_program_of_several_lines() -> None:
    text = "# a comment\nW = 5ep;\n\nwarmup(W)\n  >> cosin\n"
    rendered = render(lrdsl.check(text, **RUN), text, "lr.txt")
    assert "--> lr.txt:5:6" in rendered
    assert marked(rendered) == "cosin"


def test_the_margin_grows_with_the_line_number() -> None:
    text = "\n" * 99 + "cosin"
    lines = render(lrdsl.check(text, **RUN), text).split("\n")
    assert lines[2:5] == ["    |", "100 | cosin", "    | ^^^^^"]


@pytest.mark.parametrize("before", ["\t", "\t\t", "\u00e9", "# \u4f60\u597d\n", "lr + "])
def test_the_caret_stands_under_its_character(before: str) -> None:
    text = f"{before}(warmup(5ep)) >> cosin"
    rendered = render([finding(text, "cosin")], text)
    shown, carets = caret_line(rendered)
    assert marked(rendered) == "cosin"
    assert "\t" not in shown + carets


def test_what_a_terminal_would_act_on_is_not_printed() -> None:
    text = "cosine \x1b[31m\u202e >> cosin"
    rendered = render([finding(text, "cosin")], text)
    assert not {"\x1b", "\u202e"} & set(rendered)
    assert marked(rendered).startswith("cosin")


@pytest.mark.parametrize("where", [0, 30, 500, 995])
def test_a_long_line_is_an_excerpt_around_the_caret(where: int) -> None:
    text = "x" * where + "?!?" + "x" * (1000 - where)
    rendered = render([finding(text, "?!?")], text)
    shown, _ = caret_line(rendered)
    assert marked(rendered) == "?!?"
    assert len(shown) <= 108  # the excerpt and its dots
    assert shown.startswith("... ") == (where > 100)
    assert shown.endswith(" ...") == (where < 900)


def test_a_span_over_lines_is_marked_to_the_end_of_its_first() -> None:
    text = "warmup(5ep) >>\ncosine >>\nlinear"
    rendered = render([finding(text, ">>\ncosine")], text)
    assert marked(rendered) == ">>"


def test_an_empty_span_has_one_caret() -> None:
    rendered = render([Diagnostic("LR999", "ends too soon", Span(6, 6))], "cosine")
    assert caret_line(rendered) == ("cosine", "      ^")


def test_a_finding_without_a_text_has_no_excerpt() -> None:
    rendered = render([Diagnostic("LR001", "empty", Span(0, 0), help="one\ntwo")], "")
    assert rendered == "error[LR001]: empty\n  --> program:1:1\n   = help: one\n           two"


def test_a_finding_about_the_run_has_no_place() -> None:
    (finding,) = lrdsl.check("cosine", total="abc")
    assert render([finding], "cosine").startswith("error[LR704]: total: ")
    assert "-->" not in render([finding], "cosine")


def test_a_fix_that_does_not_fit_is_named_only() -> None:
    text = "cosin\n>> hold"
    fix = Fix("write cosine", (Edit(Span(0, 5), "cosine"),))
    rendered = render([finding(text, "cosin", fix=fix)], text)
    assert rendered.endswith("\n   = fix: write cosine")


def test_findings_stand_apart_and_are_counted() -> None:
    text = "cosin >> W"
    found = [finding(text, "cosin"), finding(text, "W", severity="warning")]
    first, second, summary = render(found, text, summary=True).split("\n\n")
    assert first.startswith("error[LR999]")
    assert second.startswith("warning[LR999]")
    assert summary == "1 error, 1 warning"
    assert summarize([]) == "no findings"
    assert summarize(found[:1] * 2) == "2 errors"
    assert summarize(found[1:] * 3) == "3 warnings"


def test_an_error_prints_what_check_prints() -> None:
    text = "warmup(5ep) >> cosin"
    with pytest.raises(LrdslError) as error:
        lrdsl.compile(text, **RUN)
    assert str(error.value) == render(lrdsl.check(text, **RUN), text)


def test_a_finding_as_plain_data() -> None:
    (found,) = lrdsl.check("cosin", **RUN)
    assert json.loads(json.dumps(found.as_dict())) == {
        "code": "LR101",
        "severity": "error",
        "message": "cosin is not known here",
        "span": [0, 5],
        "help": "did you mean cosine?",
        "fix": {
            "title": "write cosine",
            "certain": False,
            "edits": [{"span": [0, 5], "text": "cosine"}],
        },
    }
