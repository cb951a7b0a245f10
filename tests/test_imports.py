"""What a command must not pay for: reading schedules needs no array library.

Each case is a fresh interpreter whose own ``-X importtime`` report says what it imported.
"""

import os
import subprocess
import sys
from importlib import import_module

import pytest

import lrdsl

ARRAYS = {"numpy", "torch", "jax", "keras"}
PLOTS = {"matplotlib"}
TEXT = "warmup(5ep) >> cosine(85ep)"


def imported_by(*arguments: str, stdin: str = "") -> set[str]:
    """Run ``python *arguments`` and return the top-level names that it imported."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        input=stdin,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # One line a module: "import time:  self [us] | cumulative | imported package"
    report = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    names = {line.rpartition("|")[2].strip().partition(".")[0] for line in report}
    assert "lrdsl" in names  # the report was read
    return names


@pytest.mark.parametrize(
    "code",
    [
        "import lrdsl",
        f"import lrdsl; lrdsl.parse({TEXT!r})",
        f"import lrdsl; assert lrdsl.format(lrdsl.parse({TEXT!r})) == {TEXT!r}",
        f"import lrdsl; assert lrdsl.check({TEXT!r}, total='90ep') == []",
        "import lrdsl; assert lrdsl.check('cosin', total='90ep')",
        f"import lrdsl; assert lrdsl.Program({TEXT!r}) == {TEXT!r}",
        "import lrdsl.testing",
        "from lrdsl.python import cosine, ep, warmup; warmup(5 * ep) >> cosine(85 * ep)",
    ],
)
def test_reading_a_schedule_imports_no_array_library(code: str) -> None:
    assert imported_by("-c", code) & (ARRAYS | PLOTS) == set()


def test_the_check_command_imports_no_array_library() -> None:
    assert imported_by("-m", "lrdsl", "check", "-", stdin=TEXT) & (ARRAYS | PLOTS) == set()


def test_the_check_command_reads_a_file_without_an_array_library(tmp_path) -> None:
    program = tmp_path / "schedule.lr"
    program.write_text(TEXT)
    assert imported_by("-m", "lrdsl", "check", str(program)) & (ARRAYS | PLOTS) == set()


def test_the_import_command_imports_no_array_library() -> None:
    words = ["torch.OneCycleLR", "max_lr=0.1", "total_steps=100", "--base-lr", "0.1"]
    assert imported_by("-m", "lrdsl", "import", *words) & (ARRAYS | PLOTS) == set()


@pytest.mark.parametrize(
    "code",
    [
        "import lrdsl; lrdsl.compile('cosine', total=90)(3, lr=0.1)",
        "import lrdsl.cli",
        "from lrdsl.cli import cli; cli(['check', 'cosine'], standalone_mode=False)",
    ],
)
def test_other_libraries_systems_are_not_paid_for(code: str) -> None:
    code += "; import sys; assert not [m for m in sys.modules if m.startswith('lrdsl.systems')]"
    imported_by("-c", code)


@pytest.mark.parametrize(
    ("code", "spared"),
    [
        ("import lrdsl", {"pydantic", "click", "json"}),
        ("import lrdsl; lrdsl.check('cosin', total=9)", {"lark", "click", "yaml", "rich"}),
        ("import lrdsl.cli", {"lark", "yaml", "rich", "plotext", "hydra"}),
    ],
)
def test_nobody_pays_for_what_is_not_asked(code: str, spared: set[str]) -> None:
    assert imported_by("-c", code) & spared == set()


@pytest.mark.parametrize("then", ["", "plan.explain()", "plan(3, lr=0.1)", "plan.affine(3)"])
def test_one_rate_at_a_time_needs_no_torch(then: str) -> None:
    code = f"import lrdsl; plan = lrdsl.compile({TEXT!r}, total='90ep'); {then}"
    assert imported_by("-c", code) & (ARRAYS - {"numpy"} | PLOTS) == set()


def test_an_array_of_rates_needs_numpy_alone() -> None:
    code = f"import lrdsl; lrdsl.compile({TEXT!r}, total='90ep').table()"
    assert imported_by("-c", code) & (ARRAYS | PLOTS) == {"numpy"}


def test_type_checkers_know_the_names_of_the_package_and_no_others(tmp_path) -> None:
    pytest.importorskip("mypy")
    module = tmp_path / "use.py"
    uses = [f"lrdsl.{name}" for name in (*lrdsl.__all__, "compil")]
    module.write_text("\n".join(["import lrdsl", *uses, ""]))
    line = [sys.executable, "-m", "mypy", "--follow-imports=skip", "--cache-dir", os.devnull]
    line += ["--no-error-summary", str(module), lrdsl.__file__]  # what it imports is not looked at
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    (wrong,) = done.stdout.splitlines()
    assert 'has no attribute "compil"' in wrong, done.stderr


def test_the_names_of_the_package_are_listed_before_they_are_imported() -> None:
    assert set(lrdsl.__all__) <= set(dir(lrdsl))


def test_importing_the_command_does_not_run_it() -> None:
    assert callable(import_module("lrdsl.__main__").main)
