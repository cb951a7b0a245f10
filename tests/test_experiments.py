"""A repository of experiments with thirty planted mistakes: these are found, and nothing else.

It is in tests/experiments, after real projects: timm's YAML arguments, a Hydra tree, Lightning's
CLI, axolotl's flat files, and a file each of TOML, JSON and Python. Its expected.json says where
each mistake begins, ``at`` what characters, and what a trainer is to read about it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lrdsl.cli import cli

EXPERIMENTS = Path(__file__).parent / "experiments"
EXPECTED = json.loads((EXPERIMENTS / "expected.json").read_text(encoding="utf-8"))

# Whatever imports one of these fails, as where they are not installed.
WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(("torch", "numpy", "matplotlib")))
from lrdsl.cli import main
main()
"""


@pytest.fixture
def repository(tmp_path) -> Path:
    """A copy of the experiments, where nothing around them says anything."""
    ignored = shutil.ignore_patterns("expected.json", "__pycache__")
    return shutil.copytree(EXPERIMENTS, tmp_path / "repository", ignore=ignored)


def check(
    repository: Path, *options: str, python: tuple[str, ...] = ("-m", "lrdsl")
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *python, "check", ".", *options],
        cwd=repository,
        env={k: v for k, v in os.environ.items() if k not in ("GITHUB_ACTIONS", "GITLAB_CI")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def found(repository: Path, **more: Any) -> list[tuple[str, int, int, str]]:
    done = check(repository, "--format", "json", **more)
    assert done.returncode == 1, done.stderr
    return places(json.loads(done.stdout))


def places(findings: list[dict[str, Any]]) -> list[tuple[str, int, int, str]]:
    return sorted((f["file"], f["line"], f["column"], f["code"]) for f in findings)


def expected() -> list[tuple[str, int, int, str]]:
    return places(EXPECTED)


def test_what_is_expected_says_where_it_is() -> None:
    assert len(EXPECTED) == len(set(expected())) == 30
    for mistake in EXPECTED:
        lines = (EXPERIMENTS / mistake["file"]).read_text(encoding="utf-8").split("\n")
        assert lines[mistake["line"] - 1][mistake["column"] - 1 :].startswith(mistake["at"])


def test_every_mistake_is_found_at_its_place_and_nothing_else(repository) -> None:
    done = check(repository, "--format", "json")
    assert done.returncode == 1, done.stderr
    findings = json.loads(done.stdout)
    assert places(findings) == expected()
    said = {(f["file"], f["line"]): f"{f['message']}\n{f['help']}" for f in findings}
    for mistake in EXPECTED:
        assert mistake["says"] in said[mistake["file"], mistake["line"]]


def test_a_line_a_finding(repository) -> None:
    done = check(repository, "--format", "concise")
    assert done.returncode == 1
    line = re.compile(r"(.+?):(\d+):(\d+): (?:error|warning)\[(LR\d+)\] \S.*")
    matches = [line.fullmatch(text) for text in done.stdout.splitlines()]
    assert all(matches)
    assert sorted((m[1], int(m[2]), int(m[3]), m[4]) for m in matches if m) == expected()


def test_line_ends_and_a_byte_order_mark_move_nothing(repository) -> None:
    for path in repository.rglob("*"):
        if path.is_file() and path.name != "pyproject.toml":
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert found(repository) == expected()


def test_torch_and_numpy_are_not_needed(repository) -> None:
    assert found(repository, python=("-c", WITHOUT)) == expected()


def test_without_the_files_that_have_mistakes_it_is_clean(repository) -> None:
    """There are some of every kind, and comments in them that silence something on purpose."""
    for name in {mistake["file"] for mistake in EXPECTED}:
        (repository / name).unlink()
    left = {path.parent.name for path in repository.rglob("*.yaml")}
    assert {"timm", "conf", "schedule", "lightning", "axolotl"} <= left
    done = check(repository, "--format", "json")
    assert (done.returncode, json.loads(done.stdout)) == (0, []), done.stderr


# --- composed by Hydra ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overrides", "files"),
    [
        ([], []),
        (["schedule=wsd"], ["conf/schedule/wsd.yaml"]),
        (["schedule=budget"], ["conf/schedule/budget.yaml"]),
        (["schedule=folded"], ["conf/schedule/folded.yaml"]),
        (["+experiment=short"], ["conf/experiment/short.yaml"]),
        (["+experiment=restarts"], ["conf/experiment/restarts.yaml"]),
        (["+experiment=long"], ["conf/experiment/long.yaml", "conf/schedule/wsd.yaml"]),
    ],
)
def test_a_composed_config_has_the_mistakes_of_its_parts(
    overrides, files, repository, monkeypatch
) -> None:
    """Where they stand in those files, though the run is that of the composed config."""
    pytest.importorskip("hydra")
    monkeypatch.chdir(repository)
    asked = [word for override in overrides for word in ("--override", override)]
    done = CliRunner().invoke(cli, ["check", "--hydra", "conf", *asked, "--format", "json"])
    assert places(json.loads(done.stdout)) == [e for e in expected() if e[0] in files]
