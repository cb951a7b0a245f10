"""Comments that silence findings, and those that silence nothing."""

from pathlib import Path

import pytest
from diagnosing import filed

import lrdsl
from lrdsl import ignores
from lrdsl.configs import Program
from lrdsl.reports.finding import Finding
from lrdsl.session import Session
from lrdsl.settings import Section
from lrdsl.tasks import Input, Workspace

RUN = {"total": "100ep"}
LONG = "schedule: |\n  cosine(50ep)\n  >> hold {}\nlr: 0.1\n"  # LR809 at its line 2

SILENT = {
    "on the line": "schedule: cosine(50ep) >> hold # lrdsl: ignore[LR809] the rest is evaluation",
    "without a reason": "schedule: cosine(50ep) >> hold # lrdsl: ignore[LR809]",
    "several codes": "schedule: cosine(50ep) >> hold + noise(1) # lrdsl: ignore[LR809, LR801]",
    "how codes begin": "schedule: cosine(50ep) >> hold + noise(1) # lrdsl: ignore[LR80]",
    "all": "schedule: cosine(50ep) >> hold # lrdsl: ignore",
    "spaces": "schedule: cosine(50ep) >> hold #lrdsl:ignore [ LR809 ]",
    "without brackets": "schedule: cosine(50ep) >> hold # lrdsl: ignore LR809 evaluation",
    "codes without brackets": "schedule: cosine(50ep) >> hold + noise(1) "
    "# lrdsl: ignore LR809 and LR801",
    "like noqa": "schedule: cosine(50ep) >> hold + noise(1) # lrdsl: ignore: LR809, LR801",
    "on the line before": "a: 1\n# lrdsl: ignore[LR809]\nschedule: cosine(50ep) >> hold\n",
    "more comments between": "# lrdsl: ignore[LR809]\n# so\nschedule: cosine(50ep) >> hold\n",
    "two in a row": "# lrdsl: ignore[LR809]\n# lrdsl: ignore[LR801]\n"
    "schedule: cosine(50ep) >> hold + noise(1)\n",
    "quoted": 'schedule: "cosine(50ep) >> hold" # lrdsl: ignore[LR809]',
    "before a block": "# lrdsl: ignore[LR809]\n" + LONG.format(""),
    "in the header of a block": LONG.format("").replace("|", "| # lrdsl: ignore[LR809]"),
    "an error": "schedule: cosin # lrdsl: ignore[LR101] our own name",
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_a_comment_silences(text):
    assert filed(text, "c.yaml", **RUN) == []


def test_a_code_without_brackets_silences_that_code_alone():
    text = "schedule: cosine(50ep) >> hold + noise(1) # lrdsl: ignore LR809 the rest is evaluation"
    (found,) = filed(text, "c.yaml", **RUN)
    assert found.diagnostic.code == "LR801"
    (unused,) = filed("schedule: cosine # lrdsl: ignore LR804, LR809", "c.yaml", **RUN)[:1]
    assert (unused.diagnostic.code, "LR804" in unused.diagnostic.message) == ("LR902", True)


def test_the_comments_of_a_program_of_many_lines_are_about_its_lines():
    own = LONG.replace("(50ep)", "(50ep) # lrdsl: ignore[LR809]").format("")
    assert filed(own, "c.yaml", **RUN) == []
    alone = LONG.replace("  cosine", "  # lrdsl: ignore[LR809]\n  cosine").format("")
    assert filed(alone, "c.yaml", **RUN) == []
    other = LONG.format("# lrdsl: ignore[LR809]")
    assert [f.diagnostic.code for f in filed(other, "c.yaml", **RUN)] == ["LR809", "LR902"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.toml", 'schedule = "cosine(50ep) >> hold" # lrdsl: ignore[LR809]\n'),
        ("c.toml", '# lrdsl: ignore[LR809]\nschedule = """\ncosine(50ep)\n>> hold"""\n'),
        ("c.toml", 'schedule = """\ncosine(50ep) # lrdsl: ignore[LR809]\n>> hold"""\n'),
        ("c.py", 'import lrdsl\nlrdsl.parse("cosine(50ep) >> hold")  # lrdsl: ignore[LR809]\n'),
        (
            "c.py",
            "import lrdsl\nlrdsl.parse(\n"
            '    "cosine(50ep)"  # lrdsl: ignore[LR809]\n    " >> hold"\n)\n',
        ),
        ("c.json", '{"schedule": "cosine(50ep) # lrdsl: ignore[LR809]\\n>> hold"}'),
    ],
)
def test_every_format_that_has_comments(name, text):
    assert filed(text, name, **RUN) == []
    loud = filed(text.replace("ignore", "look at"), name, **RUN)
    assert [f.diagnostic.code for f in loud] == ["LR809"]


@pytest.mark.parametrize(
    ("text", "codes", "at"),
    [
        ("schedule: hold # lrdsl: ignore[LR809] why", ["LR902"], ["LR809"]),
        ("schedule: cosine(50ep) >> hold # lrdsl: ignore[L809]", ["LR809", "LR902"], ["L809"]),
        ("schedule: cosine(50ep) >> hold # lrdsl: ignore[LR809,LR101]", ["LR902"], ["LR101"]),
        ("# lrdsl: ignore\n\nschedule: cosine(50ep) >> hold", ["LR809", "LR902"], None),
        ("# lrdsl: ignored\nschedule: cosine(50ep) >> hold", ["LR809"], None),
        ('schedule: "hold"\nnote: "say # lrdsl: ignore here"\n', ["LR902"], None),
    ],
)
def test_a_comment_that_silences_nothing_is_found(text, codes, at):
    kept = filed(text, "c.yaml", **RUN)
    assert [f.diagnostic.code for f in kept] == codes
    unused = [f for f in kept if f.diagnostic.code == "LR902"]
    for finding, shown in zip(unused, at or (), strict=False):
        assert finding.diagnostic.span.of(text) == shown
        assert finding.place.line == text[: text.index(shown)].count("\n") + 1
        assert finding.diagnostic.severity == "warning"


def test_a_program_that_is_a_file_of_its_own():
    text = "# lrdsl: ignore[LR809] so\ncosine(50ep) >> hold\n"
    program = Program(text, "a.lr")
    found = [Finding(program, d) for d in lrdsl.check(text, **RUN)]
    assert [f.diagnostic.code for f in found] == ["LR809"]
    assert ignores.apply(found, [program]) == []
    assert ignores.apply(found, []) == found


def test_two_files_have_their_own_comments():
    text = "cosine(50ep) >> hold # lrdsl: ignore[LR809]"
    silent, loud = Program(text, "a.lr"), Program(text.partition(" #")[0], "b.lr")
    found = [Finding(p, d) for p in (silent, loud) for d in lrdsl.check(p.text, **RUN)]
    assert [f.program.name for f in ignores.apply(found, [silent, loud])] == ["b.lr"]


# --- and settings ---------------------------------------------------------------------------------


def session(text: str, *, mends: bool = False, **said) -> Session:
    path = Path("c.yaml")
    path.write_text(text, encoding="utf-8")
    made = Session(Workspace(Section.model_validate(said)), mends=mends)
    made.look_at([Input("c.yaml", path)], ())
    return made


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"total": "100ep"}, ["LR902"]),
        ({}, []),  # the run is not known, and some of LR8 depend on it
        ({"total": "100ep", "ignore": ["LR8"]}, []),  # nobody looks for it
    ],
)
def test_the_beginning_of_codes_that_silences_nothing(said, codes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = session("schedule: cosine # lrdsl: ignore[LR8]\n", **said)
    assert [f.diagnostic.code for f in made.findings()] == codes


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (
            "schedule: 'warmup(5%)»cosine' # lrdsl: ignore[LR006] so\n---\n"
            "schedule: 'warmup(5%)»cosine'\n",
            "schedule: 'warmup(5%)»cosine' # lrdsl: ignore[LR006] so\n---\n"
            "schedule: 'warmup(5%)>>cosine'\n",
        ),
        (
            "schedule: |\n  warmup(5%)» # lrdsl: ignore[LR0] so\n  cosine(9%)»hold»hold\n",
            "schedule: |\n  warmup(5%)» # lrdsl: ignore[LR0] so\n  cosine(9%)>>hold>>hold\n",
        ),
        (
            "schedule: |\n  warmup(5%)»cosine(9%)»\n  hold»hold # lrdsl: ignore[LR006] so\n",
            "schedule: |\n  warmup(5%)>>cosine(9%)>>\n  hold»hold # lrdsl: ignore[LR006] so\n",
        ),
    ],
)
def test_a_fix_of_what_is_silenced_is_not_applied(text, fixed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session(text, mends=True)
    assert Path("c.yaml").read_text(encoding="utf-8") == fixed
    session(text, mends=True, ignore=["LR006"])
    assert Path("c.yaml").read_text(encoding="utf-8") == text
