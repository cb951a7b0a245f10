"""The command line as the tests call it, and files for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from lrdsl.cli import cli

CLEAN, FINDINGS, USAGE, COULD_NOT_RUN = 0, 1, 2, 3
WARNED = "warmup(5ep) >> cosine + noise(0.1)"  # LR801, whatever the run


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    """A command in this process; what click did not expect is raised here."""
    result = CliRunner().invoke(cli, arguments, input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def python_m(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "lrdsl", *arguments],
        text=True,
        encoding="utf-8",
        timeout=60,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )


def write(name: str, text: str | bytes) -> str:
    path = Path(name)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return name
