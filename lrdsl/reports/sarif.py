"""SARIF 2.1.0, which code scanning services and editors read."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from lrdsl.diagnostics import Fix
from lrdsl.reports.finding import Finding, Place, Summary
from lrdsl.reports.identity import fingerprints
from lrdsl.reports.paths import in_repository
from lrdsl.reports.replacing import replacements

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(findings: Sequence[Finding], summary: Summary) -> str:
    """A log of one run, with the rules that it found something for."""
    codes = sorted({f.diagnostic.code for f in findings})
    index = {code: i for i, code in enumerate(codes)}
    pairs = zip(findings, fingerprints(findings), strict=True)
    run = {
        "tool": {"driver": _driver(codes)},
        "invocations": [_invocation(summary)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, print_, index) for f, print_ in pairs],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(summary: Summary) -> dict[str, Any]:
    found: dict[str, Any] = {"executionSuccessful": not summary.unread}
    if summary.unread:
        notes = [{"level": "error", "message": {"text": text}} for text in summary.unread]
        found["toolExecutionNotifications"] = notes
    return found


# --- results --------------------------------------------------------------------------------------


def _result(finding: Finding, fingerprint: str, index: Mapping[str, int]) -> dict[str, Any]:
    program, d = finding.program, finding.diagnostic
    physical = {"artifactLocation": _artifact(program.name), "region": _region(finding.place)}
    location: dict[str, Any] = {"physicalLocation": physical}
    if program.key:
        location["logicalLocations"] = [{"fullyQualifiedName": program.key, "kind": "property"}]
    result: dict[str, Any] = {
        "ruleId": d.code,
        "ruleIndex": index[d.code],
        "level": d.severity,
        "message": {"text": d.message + (f"\nhelp: {d.help}" if d.help else "")},
        "locations": [location],
        # A name of our own: GitHub's action takes its own for a line's hash, computes that anew
        # and warns where they differ.
        "partialFingerprints": {"lrdslProgramHash/v1": fingerprint},
    }
    fixes = [] if d.fix is None else _fixes(finding, d.fix)
    return {**result, "fixes": fixes} if fixes else result


def _artifact(name: str) -> dict[str, str]:
    path = in_repository(name)
    if PurePath(path).is_absolute():
        return {"uri": PurePath(path).as_uri()}
    return {"uri": quote(os.fsencode(path)), "uriBaseId": "%SRCROOT%"}


def _region(place: Place) -> dict[str, int]:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _fixes(finding: Finding, fix: Fix) -> list[dict[str, Any]]:
    replaced = [
        {"deletedRegion": _region(r.place), "insertedContent": {"text": r.text}}
        for r in replacements(finding.program, fix)
    ]
    if not replaced:
        return []
    artifact = {"artifactLocation": _artifact(finding.program.name), "replacements": replaced}
    return [{"description": {"text": fix.title}, "artifactChanges": [artifact]}]


# --- rules ----------------------------------------------------------------------------------------


def _driver(codes: Sequence[str]) -> dict[str, Any]:
    from lrdsl import __version__

    pages = _pages()
    driver: dict[str, Any] = {"name": "lrdsl", "version": __version__}
    if "Homepage" in pages:
        driver["informationUri"] = pages["Homepage"]
    return {**driver, "rules": [_rule(code, pages.get("Diagnostics")) for code in codes]}


def _pages() -> dict[str, str]:
    """The addresses that the installed package names, by their labels."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        named = metadata("lrdsl").get_all("Project-URL", [])
    except PackageNotFoundError:  # a checkout that was never installed
        return {}
    return dict(entry.split(", ", 1) for entry in named)


def _rule(name: str, page: str | None) -> dict[str, Any]:
    from lrdsl.codes import CODES  # a long table, which no other report needs

    code = CODES[name]
    right = code.right_call or code.right
    shown = [("Wrong", code.call or code.wrong), ("Right", right)]
    shown = [(word, text) for word, text in shown if text]
    rule: dict[str, Any] = {
        "id": name,
        "name": "".join(w[0].upper() + w[1:] for w in re.findall(r"[^\W_]+", code.title)),
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.text},
        "help": {
            "text": "\n\n".join([code.text, *(f"{word}:\n\n{text}" for word, text in shown)]),
            "markdown": "\n\n".join(
                [code.text, *(f"{word}:\n\n```text\n{text}\n```" for word, text in shown)]
            ),
        },
        "defaultConfiguration": {"level": code.severity},
    }
    return rule if page is None else {**rule, "helpUri": f"{page}#{name}"}
