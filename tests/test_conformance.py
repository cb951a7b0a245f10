"""The conformance vectors of grammar/, through lrdsl: each case as grammar/conformance says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrdsl

VECTORS = Path(__file__).resolve().parents[1] / "grammar" / "conformance"
FILES = sorted(VECTORS.glob("*.json"))
CASES = [case for f in FILES for case in json.loads(f.read_text("utf-8"))["cases"]]


def having(key: str) -> list[Any]:
    """The cases with that key, by their id."""
    return [pytest.param(c, id=c["id"]) for c in CASES if key in c]


def test_there_are_many_cases_and_each_says_something() -> None:
    kinds = {"values", "canonical", "same_as", "errors", "lints", "clean"}
    assert len(CASES) >= 600
    assert len({c["id"] for c in CASES}) == len(CASES)
    assert all(kinds & set(c) for c in CASES)


@pytest.mark.parametrize("case", having("values"))
def test_values(case: dict[str, Any]) -> None:
    plan = lrdsl.compile(case["program"], **case.get("run", {}))
    lr = case.get("lr", 1.0)
    times = [t for t, _ in case["values"]]
    values = np.array([v for _, v in case["values"]])
    tolerance = case.get("tolerance", 1e-12) * (np.abs(values).max() or 1)
    one_by_one = np.array([plan(t, lr) for t in times])
    backwards = plan(np.array(times[::-1]), lr)[::-1]
    np.testing.assert_allclose(one_by_one, values, rtol=0, atol=tolerance)
    np.testing.assert_allclose(backwards, values, rtol=0, atol=tolerance)


@pytest.mark.parametrize("case", having("values"))
def test_the_array_form_is_the_scalar_form(case: dict[str, Any]) -> None:
    """Within SPEC's 4 eps of the largest rate: numpy's tanh, cos and pow are not libm's."""
    plan = lrdsl.compile(case["program"], **case.get("run", {}))
    times = np.linspace(0, 1.1 * (plan.total or 200), 301)
    one_by_one = np.array([plan(t, 0.1) for t in times])
    bound = 4 * 2.0**-52 * np.abs(one_by_one).max()
    np.testing.assert_allclose(plan(times, 0.1), one_by_one, rtol=0, atol=bound)


@pytest.mark.parametrize("case", having("canonical"))
def test_canonical_text(case: dict[str, Any]) -> None:
    assert lrdsl.format(case["program"]) == case["canonical"]
    assert lrdsl.format(case["canonical"]) == case["canonical"]


@pytest.mark.parametrize("case", having("same_as"))
def test_the_same_tree(case: dict[str, Any]) -> None:
    assert lrdsl.parse(case["program"]) == lrdsl.parse(case["same_as"])


@pytest.mark.parametrize("case", having("errors"))
def test_errors(case: dict[str, Any]) -> None:
    text, run = case["program"], case.get("run", {})
    with pytest.raises(lrdsl.LrdslError) as error:
        lrdsl.compile(text, **run)
    found = error.value.diagnostics
    wanted = {e["code"] for e in case["errors"]}
    codes = {d.code for d in found}
    assert wanted <= codes if case.get("more") else wanted == codes
    for expected in case["errors"]:
        same = [d for d in found if d.code == expected["code"]]
        if "at" in expected:
            places = [m.span() for m in re.finditer(re.escape(expected["at"]), text)]
            assert any(
                d.span.start < max(end, start + 1) and start < max(d.span.end, d.span.start + 1)
                for d in same
                for start, end in places
            ), f"{[d.span.of(text) for d in same]} is not at {expected['at']!r}"
        if "fix" in expected:
            assert expected["fix"] in [d.fix.apply(text) for d in same if d.fix]


@pytest.mark.parametrize("case", [c for c in having("errors") if c.values[0].get("run")])
def test_check_says_what_compile_refuses(case: dict[str, Any]) -> None:
    run = case.get("run", {})
    with pytest.raises(lrdsl.LrdslError) as error:
        lrdsl.compile(case["program"], **run)
    found = [d for d in lrdsl.check(case["program"], **run) if d.severity == "error"]
    assert set(found) == set(error.value.diagnostics)


@pytest.mark.parametrize("case", having("lints"))
def test_lints(case: dict[str, Any]) -> None:
    found = lrdsl.check(case["program"], **case.get("run", {}))
    assert {d.severity for d in found} == {"warning"}
    assert set(case["lints"]) <= {d.code for d in found}


@pytest.mark.parametrize("case", having("clean"))
def test_clean(case: dict[str, Any]) -> None:
    assert lrdsl.check(case["program"], **case.get("run", {})) == []


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in CASES if "errors" not in c])
def test_a_case_without_errors_is_accepted(case: dict[str, Any]) -> None:
    found = lrdsl.check(case["program"], **case.get("run", {}))
    assert [d for d in found if d.severity == "error"] == []


def test_the_files_are_what_their_sources_generate(tmp_path: Path) -> None:
    shutil.copytree(VECTORS / "source", tmp_path / "source")
    shutil.copy(VECTORS / "generate.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys, runpy; sys.path.insert(0, {str(tmp_path)!r}); "
         f"runpy.run_path({str(tmp_path / 'generate.py')!r}, run_name='__main__')"],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if not k.startswith("COV_")},
        capture_output=True,
        text=True,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = {p.name: p.read_bytes() for p in tmp_path.glob("*.json")}
    kept = {p.name: p.read_bytes() for p in FILES}
    assert made.keys() == kept.keys()
    assert [name for name in kept if made[name] != kept[name]] == []
