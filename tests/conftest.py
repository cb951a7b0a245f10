"""Settings of the property tests, and which files need what is not installed."""

import os
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No deadline, no complaint about slow data: a shared machine may pause any example. No complaint
# about refused data either: programs are drawn from the registry, and many do not fit their run.
settings.register_profile(
    "few",
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    derandomize=bool(os.environ.get("CI")),  # in CI the same examples every time
    print_blob=True,
)
few = settings.get_profile("few")
# One bug at a time: every generated function is a place of its own, and would count as another.
settings.register_profile(
    "fuzz", few, max_examples=5_000, derandomize=False, report_multiple_bugs=False
)
settings.load_profile("few")  # pytest's --hypothesis-profile is read later and wins


# --- without torch --------------------------------------------------------------------------------

HERE = Path(__file__).parent
OPTIONAL = ("torch", "timm", "matplotlib", "transformers", "hydra")
MISSING = {name for name in OPTIONAL if find_spec(name) is None}


def needed(path: Path) -> set[str]:
    """What a file of the tests imports at its top, itself or through its helpers beside it."""
    names = set(re.findall(r"^(?:import|from) (\w+)", path.read_text(encoding="utf-8"), re.M))
    beside = [HERE / f"{n}.py" for n in names if (HERE / f"{n}.py").is_file()]
    return names.union(*(needed(helper) for helper in beside))


left_out = {p.name: needs for p in HERE.glob("test_*.py") if (needs := needed(p) & MISSING)}
collect_ignore = sorted(left_out)


def pytest_report_header() -> list[str]:
    return [f"left out, {' and '.join(sorted(n))} is missing: {f}" for f, n in left_out.items()]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> None:
    """A folder of the test's own, in a terminal of 80 columns that is none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
