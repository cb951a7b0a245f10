"""What tells a finding from all others, today and after the file around it has changed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from lrdsl.reports.finding import Finding
from lrdsl.reports.paths import in_repository


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """A fingerprint for each, no two the same.

    It is made of the code, the file, the key and the program without its white space, and of the
    count among those that share them; lines are no part of it.
    """
    seen: Counter[str] = Counter()
    found = []
    for f in findings:
        program = f.program
        path, text = in_repository(program.name), "".join(program.text.split())
        parts = "\0".join((f.diagnostic.code, path, program.key, text))
        digest = hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        seen[digest] += 1
        found.append(f"{digest}:{seen[digest]}")
    return found
