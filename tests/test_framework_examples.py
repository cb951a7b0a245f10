"""The framework examples, run as a person runs them, where their framework is installed."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "examples" / "frameworks"
NEEDS = {
    "plain": "torch",
    "lightning": "pytorch_lightning",
    "trainer": "transformers",
    "accelerated": "accelerate",
    "ranks": "torch",
    "timm_loop": "torch",
}


def test_every_example_is_run():
    assert {path.stem for path in FOLDER.glob("*.py")} == set(NEEDS)


@pytest.mark.parametrize("name", NEEDS)
def test_an_example_prints_rates_that_rise_and_fall(name):
    if importlib.util.find_spec(NEEDS[name]) is None:
        pytest.skip(f"{NEEDS[name]} is not installed")
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [sys.executable, *(torchrun if name == "ranks" else []), str(FOLDER / f"{name}.py")]
    for _ in range(3):
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            check=False,
        )
        # torch 2.13's own threads now and then abort an interpreter that is ending
        if "terminate called without an active exception" not in done.stderr:
            break
    assert done.returncode == 0, done.stderr
    rates = [float(rate) for rate in re.findall(r"lr (\d\.\d+)", done.stdout)]
    assert len(rates) >= 4
    assert rates[-1] < max(rates) <= 0.012  # 0.01, and the noise of `ranks` above it
    if name == "ranks":
        pairs = re.findall(r"lr (\d\.\d+) (\d\.\d+)", done.stdout)
        assert len(pairs) == 10
        assert all(one == other for one, other in pairs)
