"""Findings as plain JSON, for tools of one's own."""

from __future__ import annotations

import json as _json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from lrdsl.reports.finding import Finding, Summary


def json(findings: Sequence[Finding], summary: Summary) -> str:
    """A list of findings: file, key, place, and what `Diagnostic.as_dict` has."""
    return _json.dumps([_as_dict(f) for f in findings], indent=2) + "\n"


def _as_dict(finding: Finding) -> dict[str, Any]:
    program = finding.program
    where = {"file": program.name, "key": program.key or None}
    return {**where, **asdict(finding.place), **finding.diagnostic.as_dict()}
