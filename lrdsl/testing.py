"""What a project's own tests call: a bad schedule fails them as any other mistake does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lrdsl.reports import REPORTS
from lrdsl.session import Session
from lrdsl.settings import Section
from lrdsl.tasks import Input, Workspace, files

__all__ = ["assert_valid"]


def assert_valid(*paths: str | os.PathLike[str], **settings: Any) -> None:
    """Check files and folders as ``lrdsl check`` does, with the settings of their pyproject.toml.

    Args:
        paths: files, and folders whose files are checked.
        settings: what has the last word, by its name with underscores: ``total="90ep"``,
            ``lr_from="optimizer.lr"``, ``severity={"LR8": "error"}``.

    Raises:
        AssertionError: there are errors, a file cannot be read, or no program is found, so that
            nothing was tested: a line for each, warnings among them.
        SettingsError: the settings cannot be used.
        ValidationError: nor can those given here.
    """
    __tracebackhide__ = True  # pytest shows the line of the test
    asked = Workspace(Section.model_validate(settings))
    session = Session(asked)
    every = []
    for path in map(Path, paths):
        found = files(path, asked, session.unread.append) if path.is_dir() else [path]
        every += [Input(str(file), file) for file in found]
    session.look_at(every, [str(path) for path in paths])
    findings = session.findings()
    summary = session.summary(findings)
    if summary.errors or summary.unread:
        lines = [*summary.unread, *REPORTS["concise"](findings, summary).splitlines(), str(summary)]
        raise AssertionError("\n".join(lines))
    if not session.programs:
        raise AssertionError(f"no program in {', '.join(map(str, paths)) or 'no files'}")
