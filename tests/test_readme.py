"""What the README shows is what a new user gets: every block is run."""

import contextlib
import doctest
import io
import re
import shlex
from pathlib import Path

import pytest

import lrdsl
from lrdsl.cli import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
RUN = {
    "total": "90ep",
    "steps_per_epoch": 100,
    "tokens_per_step": 10**6,
    "tick": "st",
}


def blocks(language: str) -> list[str]:
    found = [text for name, text in BLOCKS if name == language]
    assert found, language
    return found


def test_no_block_is_left_out():
    assert {name for name, _ in BLOCKS} == {"lrdsl", "sh", "console", "python"}


@pytest.mark.parametrize("program", blocks("lrdsl"))
def test_programs(program):
    assert lrdsl.compile(program, total="145ep")(5, lr=0.1) == pytest.approx(0.157567, abs=1e-6)


def test_python():
    pytest.importorskip("torch")
    text = "\n".join(blocks("python"))
    test = doctest.DocTestParser().get_doctest(text, {}, "README.md", "README.md", 0)
    said = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.FAIL_FAST)
    runner.run(test, out=said.write)
    assert runner.summarize(verbose=False).failed == 0, said.getvalue()
    assert test.examples


def test_console(monkeypatch):
    monkeypatch.chdir(ROOT)  # it names examples
    for block in blocks("console"):
        for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            said = io.StringIO()
            with (
                contextlib.redirect_stdout(said),
                contextlib.redirect_stderr(io.StringIO()),
                pytest.raises(SystemExit),
            ):
                cli(shlex.split(command)[1:])
            assert said.getvalue() == expected, command


def test_shell():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", "".join(blocks("sh")), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_programs_in_tables():
    cells = re.findall(r"^\| `(.+?)` \|", README, re.MULTILINE)
    assert len(cells) >= 10
    for cell in cells:
        lrdsl.compile(cell.replace("\\|", "|"), **RUN)


def test_the_three_operators():
    (header,) = re.findall(r"^\| \| t=0 (.*)\|$", README, re.MULTILINE)
    ticks = [0, *(int(t) for t in header.split("|") if t.strip())]
    rows = re.findall(r"^\| `(warmup\(5\) (?:>>|\\\||\*) cosine)` \|(.*)\|$", README, re.MULTILINE)
    assert len(rows) == 3
    for program, values in rows:
        plan = lrdsl.compile(program.replace("\\|", "|"), total=20)
        shown = [v.strip() for v in values.split("|")]
        assert [f"{plan(t, 0.1):.3g}" for t in ticks] == shown


def test_every_name_of_the_language_is_named():
    from lrdsl.binder import vocabulary
    from lrdsl.recipes import BUILT_IN

    for name in [*vocabulary(), *BUILT_IN]:
        assert f"`{name}`" in README or f"{name}(" in README, name


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
