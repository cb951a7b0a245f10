"""Where reports go: at most one to standard output, the others to files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import click

from lrdsl.diagnostics import closest
from lrdsl.files import write_whole
from lrdsl.reports.data import json
from lrdsl.reports.finding import Finding, Summary
from lrdsl.reports.github import github
from lrdsl.reports.gitlab import gitlab
from lrdsl.reports.sarif import sarif
from lrdsl.reports.text import colored, concise, full, wants_color

Report: TypeAlias = Callable[[Sequence[Finding], Summary], str]

REPORTS: Mapping[str, Report] = MappingProxyType(
    {
        "full": full,
        "concise": concise,
        "json": json,
        "github": github,
        "gitlab": gitlab,
        "sarif": sarif,
    }
)
FORMATS = (*REPORTS, "auto")
_COLORED = ("full", "concise")


class TargetError(ValueError):
    """Targets that cannot be served; the text says which."""


class NotWritten(Exception):
    """Reports that could not be written; the text says why, a line each."""


@dataclass(frozen=True, slots=True)
class Target:
    """A report, and the file that it goes to; None for standard output."""

    format: str
    path: str | None = None


def targets(texts: Iterable[str]) -> tuple[Target, ...]:
    """Targets as they are written: ``full``, ``sarif=lr.sarif``, ``auto``. Without any, ``full``.

    ``auto`` is what the service reads that this runs on: ``github``, ``gitlab``, or else ``full``.

    Raises:
        TargetError: an unknown format, two for standard output, or two for one file.
    """
    found = tuple(_target(text) for text in texts) or (Target("full"),)
    streamed = [target.format for target in found if target.path is None]
    if len(streamed) > 1:
        raise TargetError(
            f"{streamed[0]} and {streamed[1]} both go to standard output: "
            f"give one a file, as in {streamed[1]}=FILE"
        )
    seen: set[str] = set()
    for target in found:
        if target.path is not None:
            path = os.path.realpath(target.path)
            if path in seen:
                raise TargetError(f"{target.path} is the file of two reports")
            seen.add(path)
    return found


def _target(text: str) -> Target:
    format, equals, path = text.partition("=")
    if format not in FORMATS:
        near = closest(format, FORMATS)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(FORMATS)}"
        raise TargetError(f"{format!r} is no format: {hint}")
    if equals and not path:
        raise TargetError(f"{text} names no file")
    return Target(_automatic() if format == "auto" else format, path or None)


def _automatic() -> str:
    for variable, format in (("GITHUB_ACTIONS", "github"), ("GITLAB_CI", "gitlab")):
        if os.environ.get(variable) == "true":
            return format
    return "full"


def write(findings: Sequence[Finding], summary: Summary, targets: Iterable[Target]) -> None:
    """Write reports: those with a file first, so that they are there when a pipe breaks.

    Raises:
        NotWritten: a file could not be written; the other reports are.
    """
    failed = []
    for target in sorted(targets, key=lambda t: t.path is None):
        text = REPORTS[target.format](findings, summary)
        if target.path is None:
            color = target.format in _COLORED and wants_color(sys.stdout)
            click.echo(colored(text) if color else text, nl=False, color=color)
        else:
            try:
                _save(Path(target.path), text)
            except OSError as e:
                failed.append(f"{target.path}: {e.strerror or e}")
    if failed:
        raise NotWritten("\n".join(failed))


def _save(path: Path, text: str) -> None:
    """Write a file whole or not at all; what is no file (a pipe, /dev/null) is written to."""
    data = text.encode("utf-8", "replace")
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    write_whole(path, data)
