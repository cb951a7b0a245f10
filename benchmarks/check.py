"""How long `lrdsl check` takes for many config files, and how much memory, beside other checkers.

Run it as ``python benchmarks/check.py [COUNT ...]``: the median of three runs for each number of
files, and how long a check of a single file takes to start. Tools that are not installed are left
out. yamllint and check-jsonschema read the same files; neither looks into the programs.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

RUNS = 3
PROGRAMS = (
    "warmup({w}ep) >> cosine",
    "warmup({w}ep, start=1e-3) >> cosine(end=0.01)",
    "warmup({w}%) >> hold(60%) >> linear(end=0)",
    "multistep(at=[{w}ep, 60ep, 80ep], factor=0.1)",
    "warmup({w}ep) >> poly(power=2, end=0.05)",
)
CONFIG = """\
# experiment {i}
seed: {i}
trainer:
  epochs: 90
  precision: bf16
model:
  name: resnet50
  width: {width}
  stages: [3, 4, 6, 3]
data:
  root: /data/imagenet
  batch_size: 256
  workers: 8
optimizer:
  name: sgd
  momentum: 0.9
  weight_decay: 0.0005
  lr: 0.1
  schedule: "{program}"
"""
# What is installed has its modules compiled, whatever is said of a checkout.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
SCHEMA = {"type": "object", "required": ["trainer", "optimizer"]}


def configs(folder: Path, count: int) -> None:
    """That many files, 100 to a folder; one program in 50 is wrong."""
    for i in range(count):
        program = "warmup(5ep) >> cosin" if i % 50 == 7 else PROGRAMS[i % len(PROGRAMS)]
        path = folder / f"{i // 100:03}" / f"{i:05}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(CONFIG.format(i=i, width=64 + i % 8, program=program.format(w=1 + i % 9)))


def measured(command: Sequence[str]) -> tuple[float, float]:
    """Seconds, and MiB at the peak of the largest of its processes."""
    start = time.perf_counter()
    quiet = os.open(os.devnull, os.O_WRONLY)
    actions = [(os.POSIX_SPAWN_DUP2, quiet, 1), (os.POSIX_SPAWN_DUP2, quiet, 2)]
    pid = os.posix_spawn(command[0], command, ENVIRONMENT, file_actions=actions)
    os.close(quiet)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in (0, 1):  # clean, or findings
        raise SystemExit(f"{' '.join(command)}: exit {os.waitstatus_to_exitcode(status)}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return seconds, usage.ru_maxrss / unit


def median(command: Sequence[str]) -> tuple[float, float]:
    runs = [measured(command) for _ in range(RUNS)]
    seconds, peaks = zip(*runs, strict=True)
    return statistics.median(seconds), max(peaks)


def tools(folder: Path) -> Iterator[tuple[str, list[str]]]:
    lrdsl = [sys.executable, "-m", "lrdsl", "check", str(folder), "--format", "concise"]
    run = ["--total-from", "trainer.epochs", "--tick", "ep"]
    yield "lrdsl check --jobs 1", [*lrdsl, *run, "--jobs", "1"]
    cores = os.cpu_count() or 1
    yield f"lrdsl check --jobs {cores}", [*lrdsl, *run, "--jobs", str(cores)]
    places = os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", "")))
    if yamllint := shutil.which("yamllint", path=places):
        yield "yamllint", [yamllint, "-d", "relaxed", str(folder)]
    if jsonschema := shutil.which("check-jsonschema", path=places):
        schema = folder / "schema.json"
        schema.write_text(json.dumps(SCHEMA))
        named = map(str, sorted(folder.glob("*/*.yaml")))
        yield "check-jsonschema", [jsonschema, "--schemafile", str(schema), *named]


def start() -> Iterator[tuple[str, list[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        configs(Path(folder), 1)
        one = str(Path(folder, "000", "00000.yaml"))
        check = [sys.executable, "-m", "lrdsl", "check", one, "--total", "90ep"]
        yield "lrdsl check, one file", check
    yield "import lark, pydantic", [sys.executable, "-c", "import lark, pydantic"]


def row(name: str, files: str, seconds: float, peak: float) -> None:
    print(f"{name:24} {files:>6} {seconds:9.2f} {peak:9.0f}", flush=True)


def main() -> None:
    counts = [int(argument) for argument in sys.argv[1:]] or [1_000, 10_000]
    print(f"{'':24} {'files':>6} {'seconds':>9} {'peak MiB':>9}")
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            configs(Path(name), count)
            for tool, command in tools(Path(name)):
                row(tool, str(count), *median(command))
    for name, command in start():
        measured(command)  # what it compiles is there from the second time on
        row(name, "1", *median(command))


if __name__ == "__main__":
    main()
