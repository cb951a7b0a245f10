"""What docs/checking.md shows is what comes out: its files are written, its commands are run.

A section is a folder of its own. A block under a line that ends in "`name`:" is a file in it.
``python tests/test_checking_page.py`` writes the outputs anew.
"""

import contextlib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

import pytest
import yaml

from lrdsl import cli, reports, settings

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "checking.md"
TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = re.split(r"^(?=## )", TEXT, flags=re.MULTILINE)
BLOCK = re.compile(
    r"(?:`(?P<file>[^`\n]+)`:\n\n)?^```(?P<kind>\w*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def title(section: str) -> str:
    return section.splitlines()[0].lstrip("# ")


def played(section: str) -> str:
    """A section with the outputs that its commands really have, run in the current folder."""
    status = 0

    def output(match: re.Match[str]) -> str:
        nonlocal status
        said, status = terminal(match[1], status)
        return f"$ {match[1]}\n{said}"

    def block(match: re.Match[str]) -> str:
        if match["file"]:
            path = Path(match["file"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(match["body"], encoding="utf-8")
            settings._nearest.cache_clear()  # a run of its own would know of no older file
        elif match["kind"] == "console":
            return f"```console\n{COMMAND.sub(output, match['body'])}```"
        return match[0]

    return BLOCK.sub(block, section)


def terminal(line: str, status: int) -> tuple[str, int]:
    """What a terminal shows of a command, and its exit status."""
    command, *arguments = shlex.split(line)
    if line == "echo $?":
        return f"{status}\n", 0
    if command == "cat":
        return "".join(Path(name).read_text(encoding="utf-8") for name in arguments), 0
    if command == "python":
        done = subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        return done.stdout, done.returncode
    assert command == "lrdsl", line
    said = StringIO()
    with (
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        pytest.raises(SystemExit) as ended,
    ):
        cli.cli(arguments)
    return said.getvalue(), int(ended.value.code or 0)


@pytest.mark.parametrize("section", SECTIONS, ids=title)
def test_what_it_shows_is_what_comes_out(section, tmp_path, monkeypatch):
    if "$ lrdsl check --hydra" in section or "import OmegaConf" in section:
        pytest.importorskip("hydra")
    monkeypatch.chdir(tmp_path)
    assert played(section) == section


def test_every_block_is_a_file_or_is_run():
    for block in BLOCK.finditer(TEXT):
        assert block["file"] or block["kind"] == "console", block[0]


def test_the_commands_of_recipes_are_commands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("conf").mkdir()
    Path("conf/a.yaml").write_text("schedule: warmup(5ep) >> cosin\n", encoding="utf-8")
    ended = {}
    for block in BLOCK.finditer(TEXT):
        if block["kind"] == "yaml" and block["file"].startswith("."):
            for text in texts(yaml.safe_load(block["body"])):
                for line in re.findall(r"^lrdsl .*", text, re.MULTILINE):
                    ended[line] = terminal(line, 0)[1]
    assert {line: 0 if "--exit-zero" in line else 1 for line in ended} == ended
    assert len(ended) == 3


def texts(node):
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        return [text for child in node for text in texts(child)]
    return [node] if isinstance(node, str) else []


def test_the_pre_commit_recipe_names_a_hook_that_there_is():
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (body,) = [b["body"] for b in BLOCK.finditer(TEXT) if b["file"] == ".pre-commit-config.yaml"]
    used = [hook["id"] for repo in yaml.safe_load(body)["repos"] for hook in repo["hooks"]]
    assert set(used) <= {hook["id"] for hook in hooks}


def test_the_hook_takes_the_files_of_a_commit_and_passes_over_the_excluded(tmp_path, monkeypatch):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("schedule: warmup(5ep) >> cosin\n", encoding="utf-8")
    Path("b.yaml").write_text("jobs: []\n", encoding="utf-8")
    settings._nearest.cache_clear()
    said, status = terminal(f"{hook['entry']} a.yaml b.yaml", 0)
    assert status == 1
    assert "a.yaml:1:26" in said
    assert terminal(f"{hook['entry']} b.yaml", 0)[1] == 0
    Path("pyproject.toml").write_text('[tool.lrdsl]\nexclude = ["a.yaml"]\n', encoding="utf-8")
    settings._nearest.cache_clear()
    assert terminal(f"{hook['entry']} a.yaml b.yaml", 0)[1] == 0


def test_every_format_and_every_setting_is_named():
    for name in reports.FORMATS:
        assert f"`{name}`" in TEXT, name
    for name, field in settings.Project.model_fields.items():
        assert f"`{field.alias or name}`" in TEXT, name


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", TEXT):
        if "://" not in target:
            assert (PAGE.parent / target).exists(), target


if __name__ == "__main__":
    os.environ["NO_COLOR"] = "1"
    written = []
    for part in SECTIONS:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            written.append(played(part))
            os.chdir(ROOT)
    PAGE.write_text("".join(written), encoding="utf-8")
    sys.exit("".join(written) != TEXT)
