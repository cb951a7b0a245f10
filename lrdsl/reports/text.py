"""What people read: findings with the line that they are about, or a line a finding."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import click

from lrdsl.diagnostics import render
from lrdsl.reports.finding import Finding, Summary


def full(findings: Sequence[Finding], summary: Summary) -> str:
    """Message, place, the line with a caret, help and fix of each."""
    return "".join(
        f"{'' if i == 0 else chr(10)}{render([f.diagnostic], f.program)}\n"
        for i, f in enumerate(findings)
    )


def concise(findings: Sequence[Finding], summary: Summary) -> str:
    """``conf/a.yaml:4:26: error[LR101] cosin is not known here``, a line each."""
    return "".join(f"{one_line(f)}\n" for f in findings)


def one_line(finding: Finding) -> str:
    """A finding in one line, as editors, terminals and logs make links of it."""
    place, d = finding.place, finding.diagnostic
    said = f"{finding.program.name}:{place.line}:{place.column}: {d.severity}[{d.code}] {d.message}"
    return "".join(c if c.isprintable() else " " for c in said)


# --- colours --------------------------------------------------------------------------------------


def wants_color(stream: TextIO) -> bool:
    """Whether to write in colours: on a terminal, unless NO_COLOR or FORCE_COLOR say otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


_PARTS = re.compile(
    r"(?P<error>\berror\[LR\d+\])"
    r"|(?P<warning>\bwarning\[LR\d+\])"
    r"|(?P<frame>^ +-->|^ *\d* \|)"
    r"|(?P<word>^ +=.(?:help|fix):)"
    r"|(?P<caret>\^+$)",
    re.MULTILINE,
)
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "frame": {"fg": "blue"},
    "word": {"fg": "cyan"},
    "caret": {"fg": "red", "bold": True},
}


def colored(text: str) -> str:
    """A text of findings with the colours of a terminal; nothing else of it changes."""
    return _PARTS.sub(lambda m: click.style(m[0], **_STYLES[m.lastgroup or ""]), text)
