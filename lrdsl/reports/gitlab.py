"""GitLab's code quality report, which merge requests show."""

from __future__ import annotations

import json
from collections.abc import Sequence

from lrdsl.reports.finding import Finding, Summary
from lrdsl.reports.identity import fingerprints
from lrdsl.reports.paths import in_repository

_SEVERITIES = {"error": "major", "warning": "minor"}


def gitlab(findings: Sequence[Finding], summary: Summary) -> str:
    """A list of issues as GitLab reads it."""
    issues = [
        {
            "description": f"{f.diagnostic.code}: {f.diagnostic.message}",
            "check_name": f.diagnostic.code,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[f.diagnostic.severity],
            "location": {
                "path": in_repository(f.program.name),
                "lines": {"begin": f.place.line, "end": f.place.end_line},
            },
        }
        for f, fingerprint in zip(findings, fingerprints(findings), strict=True)
    ]
    return json.dumps(issues, indent=2) + "\n"
