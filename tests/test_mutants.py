"""The mutants that tests/data/mutants.json explains (see tools/mutants.py)."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXPLAINED = json.loads((ROOT / "tests" / "data" / "mutants.json").read_text(encoding="utf-8"))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="3.10 prints more brackets")
@pytest.mark.parametrize("module", sorted({entry["module"] for entry in EXPLAINED}))
def test_no_explanation_outlives_its_code(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "tools")
    from mutants import mutants

    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    made = {(m.within, m.was, m.becomes) for m, _, _ in mutants(tree, module)}
    for entry in EXPLAINED:
        if entry["module"] == module:
            assert (entry["within"], entry["was"], entry["becomes"]) in made
            assert entry["why"]
