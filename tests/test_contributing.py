"""The promises of CONTRIBUTING.md: a kind is one class, a system one function; the rest follows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)

USE_KIND = """
import json
import pickle

import numpy as np
import lrdsl

text = "warmup(2) >> smoothstep(8, end=0.1*lr, bend=2.5, grid=right) >> hold"
schedule = lrdsl.parse(text)
assert str(schedule) == text
assert lrdsl.Schedule.model_validate_json(schedule.model_dump_json()) == schedule
schema = lrdsl.Schedule.model_json_schema()
assert schema["$defs"]["Schedule"]["discriminator"]["mapping"]["smoothstep"]

plan = lrdsl.compile(text, total="20st")
for k in range(2, 10):
    u = min((k - 2 + 1) / 8, 1)
    expected = 0.3 * (1 - 0.9 * u**2 * (2.5 - 1.5 * u))
    assert abs(plan(k, 0.3) - expected) < 1e-15, (k, plan(k, 0.3), expected)
assert abs(plan(15, 0.3) - 0.03) < 1e-16  # its exit is carried
ticks = np.linspace(0, 20, 101)
assert np.allclose(plan(ticks, 0.3), [plan(t, 0.3) for t in ticks], rtol=0, atol=1e-16)
assert pickle.loads(pickle.dumps(plan)) == plan
assert "smoothstep(8, end=0.1*lr, bend=2.5, grid=right)" in plan.explain()

(unknown,) = lrdsl.check("smoothstp(10)")
assert unknown.fix.apply("smoothstp(10)") == "smoothstep(10)"
(argument,) = lrdsl.check("smoothstep(10, bnd=2)")
assert argument.fix.apply("smoothstep(10, bnd=2)") == "smoothstep(10, bend=2)"
(rule,) = lrdsl.check("smoothstep(10, bend=0)")
assert rule.code == "LR501" and rule.span.of("smoothstep(10, bend=0)") == "0", rule

from lrdsl.python import ep, lr, smoothstep
assert smoothstep(8 * ep, end=0.1 * lr) == lrdsl.parse("smoothstep(8ep, end=0.1*lr)")
print("all of it follows")
"""


USE_SYSTEM = """
import lrdsl
from click.testing import CliRunner
from lrdsl.cli import cli

def run(*words, stdin=""):
    return CliRunner().invoke(cli, ["import", *words], input=stdin)

arguments = {"lr": 5e-4, "warmup_updates": 100, "warmup_init_lr": "1e-7"}
migration = lrdsl.migrate("fairseq.inverse_sqrt", arguments, base_lr=5e-4)
assert migration.program == "warmup(100, start=1e-7) >> inverse(scale=100)", migration
assert migration.run == {"tick": "st"}
plan = migration.compile()
for t in range(1000):
    rising, falling = 1e-7 + t * (5e-4 - 1e-7) / 100, 5e-4 * (100 / max(t, 1))**0.5
    assert abs(plan(t, lr=5e-4) - (rising if t < 100 else falling)) < 1e-18, t

done = run("fairseq.inverse_sqrt", "lr=5e-4", "--base-lr", "1,2")
assert done.stdout == "warmup(4000, end=0.0005) >> inverse(scale=4000)\\n", done.stdout
assert "fairseq.inverse_sqrt" in run("--list").stdout.split()
assert "did you mean fairseq.inverse_sqrt?" in run("fairseq.inv_sqrt").stderr
done = run("fairseq.inverse_sqrt", "warmup_updates=0", "warmup=4000")
assert done.exit_code == 1
for said in ("needs lr", "warmup_updates: 0 is not positive", "did you mean warmup_updates?"):
    assert said in done.stderr, done.stderr
print("all of it follows")
"""


BLOCKS = BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text())


@pytest.mark.parametrize(
    ("block", "use"),
    list(zip(BLOCKS, [USE_KIND, USE_SYSTEM], strict=True)),
    ids=["a kind is one class", "a system is one function"],
)
def test_all_follows_from_the_block(block, use):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block + use],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "all of it follows\n"


def test_the_floors_named_are_the_floors_there_are():
    rows = re.findall(r"^\| (`[^|]*) \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    named = {name.strip("/") for row in rows for name in re.findall(r"`([\w/]+)`", row)}
    modules = {p.stem for p in (ROOT / "lrdsl").iterdir() if not p.name.startswith("_")}
    modules -= {"py", "lrdsl"}
    assert named == {m for m in modules if (ROOT / "lrdsl" / m).is_dir() or _is_code(m)}


def _is_code(module: str) -> bool:
    return (ROOT / "lrdsl" / f"{module}.py").is_file()
