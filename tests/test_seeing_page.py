"""What docs/seeing.md shows is what comes out: its commands are run, and draw its pictures.

``python tests/test_seeing_page.py`` writes the outputs and the pictures anew.
"""

import os
import re
import shlex
import shutil
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_checking_page import BLOCK, COMMAND

from lrdsl.cli import cli

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "seeing.md"
TEXT = PAGE.read_text(encoding="utf-8")
PICTURES = Path("docs", "pictures")
DRAWN = re.findall(r"-o docs/pictures/(\S+)$", TEXT, re.MULTILINE)
VERSION = re.compile(r"Matplotlib v[^,]+")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?")
IDENTITY = re.compile(r"\b[a-z][0-9a-f]{10}\b")  # a hash of what it names


def played() -> str:
    """The page with the outputs that its commands really have, run in the current folder."""
    PICTURES.mkdir(parents=True)
    os.symlink(ROOT / "examples", "examples")

    def output(match: re.Match[str]) -> str:
        program, *arguments = shlex.split(match[1])
        assert program == "lrdsl", match[1]
        done = CliRunner(env={"COLUMNS": "100"}).invoke(cli, arguments)
        assert done.exit_code == (arguments[0] == "diff"), done.output  # 1: something differs
        return f"$ {match[1]}\n{done.output}"

    def block(match: re.Match[str]) -> str:
        if match["kind"] != "console":
            return match[0]
        return f"```console\n{COMMAND.sub(output, match['body'])}```"

    return BLOCK.sub(block, TEXT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    pytest.importorskip("matplotlib")
    before, place = Path.cwd(), tmp_path_factory.mktemp("page")
    os.chdir(place)
    try:
        (place / "page.md").write_text(played(), encoding="utf-8")
    finally:
        os.chdir(before)
    return place


def test_what_it_shows_is_what_comes_out(folder) -> None:
    assert (folder / "page.md").read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize("name", DRAWN)
def test_its_pictures_are_those_that_its_commands_draw(folder, name: str) -> None:
    new, old = ((place / PICTURES / name).read_text(encoding="utf-8") for place in (folder, ROOT))
    versions = [VERSION.findall(text) for text in (new, old)]
    if versions[0] != versions[1]:
        pytest.skip(f"{versions[0]} draws otherwise than the {versions[1]} that drew them")
    new, old = IDENTITY.sub("", new), IDENTITY.sub("", old)
    assert NUMBER.sub("", new) == NUMBER.sub("", old)
    coordinates = [[float(n) for n in NUMBER.findall(text)] for text in (new, old)]
    # another processor's cosine may differ in its last digit, and a point by its own last one
    assert coordinates[0] == pytest.approx(coordinates[1], rel=0, abs=1e-4)


def test_every_picture_is_drawn_by_a_command_and_is_shown() -> None:
    assert len(DRAWN) >= 4
    # `make pictures` takes the one of the page with a browser, which is not everywhere
    assert set(re.findall(r"\]\(pictures/([^)]+)\)", TEXT)) == {*DRAWN, "serve.png"}


def test_links_lead_somewhere() -> None:
    heads = {h.lower().replace(" ", "-") for h in re.findall(r"^## (.*)", TEXT, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        path, _, anchor = target.partition("#")
        assert (PAGE.parent / path).exists(), target
        assert path or anchor in heads, target


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        text = played()
        for name in DRAWN:
            shutil.copy(PICTURES / name, ROOT / PICTURES / name)
        os.chdir(ROOT)
    PAGE.write_text(text, encoding="utf-8")
