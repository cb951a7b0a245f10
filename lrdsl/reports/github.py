"""Workflow commands, which GitHub shows as annotations at the lines of a change."""

from __future__ import annotations

from collections.abc import Sequence

from lrdsl.reports.finding import Finding, Summary
from lrdsl.reports.paths import in_repository
from lrdsl.reports.text import one_line

_IN_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = {**_IN_DATA, **str.maketrans({":": "%3A", ",": "%2C"})}


def github(findings: Sequence[Finding], summary: Summary) -> str:
    """``::error file=..,line=..::message``, a line each.

    The message begins with the place, because the log shows nothing else of the command.
    """
    return "".join(f"{_command(f)}\n" for f in findings)


def _command(finding: Finding) -> str:
    place, d = finding.place, finding.diagnostic
    properties: dict[str, str | int] = {
        "file": in_repository(finding.program.name),
        "line": place.line,
    }
    if place.line == place.end_line:  # the runner refuses columns of two lines
        properties |= {"col": place.column, "endLine": place.line, "endColumn": place.end_column}
    else:
        properties |= {"endLine": place.end_line}
    properties["title"] = d.code
    listed = ",".join(f"{k}={str(v).translate(_IN_PROPERTY)}" for k, v in properties.items())
    message = one_line(finding) + (f"\nhelp: {d.help}" if d.help else "")
    return f"::{d.severity} {listed}::{message.translate(_IN_DATA)}"
