"""Comments that silence findings, and those that silence nothing."""

import pytest
from diagnosing import filed

import lrdsl
from lrdsl import ignores
from lrdsl.configs import Program
from lrdsl.reports.finding import Finding

RUN = {"total": "100ep"}
LONG = "schedule: |\n  cosine(50ep)\n  >> hold {}\nlr: 0.1\n"  # LR809 at its line 2

SILENT = {
    "on the line": "schedule: cosine(50ep) >> hold # lrdsl: ignore[LR809] the rest is evaluation",
    "without a reason": "schedule: cosine(50ep) >> hold # lrdsl: ignore[LR809]",
    "several codes": "schedule: cosine(50ep) >> hold + noise(1) # lrdsl: ignore[LR809, LR801]",
    "all": "schedule: cosine(50ep) >> hold # lrdsl: ignore",
    "spaces": "schedule: cosine(50ep) >> hold #lrdsl:ignore [ LR809 ]",
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
        ("schedule: cosine(50ep) >> hold # lrdsl: ignore[LR80]", ["LR809", "LR902"], ["LR80"]),
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
