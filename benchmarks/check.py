"""How long `lrdsl check` takes for many config files, and how much memory, beside other checkers.

Run it as ``python benchmarks/check.py [COUNT ...]``: the median of three runs for each number of
files, and how long a check of a single file takes to start. The last column compares with the first
row of its group. A cold cache is written, a warm one knows all files. Tools that are not installed
are left out. yamllint and check-jsonschema read the same files; neither looks into the programs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from timing import report

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
SETTINGS = """\
keys = ["optimizer.schedule"]
total-from = { key = "trainer.epochs", unit = "ep" }
lr-from = "optimizer.lr"
"""
SCHEMA = {"type": "object", "required": ["trainer", "optimizer"]}


def configs(folder: Path, count: int) -> None:
    """That many files, 100 to a folder; one program in 50 is wrong."""
    for i in range(count):
        program = "warmup(5ep) >> cosin" if i % 50 == 7 else PROGRAMS[i % len(PROGRAMS)]
        path = folder / f"{i // 100:03}" / f"{i:05}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CONFIG.format(i=i, width=64 + i % 8, program=program.format(w=1 + i % 9)))


def nothing() -> None:
    pass


class Tool(NamedTuple):
    """A line of the table: what is run, and what is done before each run."""

    name: str
    command: Sequence[str]
    before: Callable[[], None] = nothing


def measured(command: Sequence[str]) -> tuple[float, float]:
    """Seconds, and MiB at the peak of the largest of its processes."""
    with tempfile.TemporaryFile() as said:
        actions = [(os.POSIX_SPAWN_DUP2, said.fileno(), stream) for stream in (1, 2)]
        start = time.perf_counter()
        pid = os.posix_spawn(command[0], command, ENVIRONMENT, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        seconds = time.perf_counter() - start
        said.seek(0)
        text = said.read()
        if os.waitstatus_to_exitcode(status) not in (0, 1) or b"Traceback" in text:
            raise SystemExit(f"{' '.join(command)[:200]}: failed\n{text.decode()[-1000:]}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return seconds, usage.ru_maxrss / unit


def median(tool: Tool) -> tuple[float, float]:
    runs = []
    for _ in range(RUNS):
        tool.before()
        runs.append(measured(tool.command))
    seconds, peaks = zip(*runs, strict=True)
    return statistics.median(seconds), max(peaks)


def tools(home: Path) -> Iterator[Tool]:
    """The checkers of the files in ``conf``."""
    config, folder = home / "lrdsl.toml", home / "conf"
    config.write_text(SETTINGS)
    check = [sys.executable, "-m", "lrdsl", "check", str(folder), "--config", str(config)]
    check += ["--format", "concise"]
    cores = str(os.cpu_count() or 1)
    yield Tool("lrdsl check --jobs 1", [*check, "--jobs", "1", "--no-cache"])
    yield Tool(f"lrdsl check --jobs {cores}", [*check, "--jobs", cores, "--no-cache"])
    yield Tool(
        f"  --jobs {cores}, cold cache",
        [*check, "--jobs", cores],
        lambda: shutil.rmtree(home / ".lrdsl_cache", ignore_errors=True),
    )
    yield Tool("  warm cache", check)
    places = os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", "")))
    if yamllint := shutil.which("yamllint", path=places):
        yield Tool("yamllint", [yamllint, "-d", "relaxed", str(folder)])
    if jsonschema := shutil.which("check-jsonschema", path=places):
        schema = home / "schema.json"
        schema.write_text(json.dumps(SCHEMA))
        named = map(str, sorted(folder.glob("*/*.yaml")))
        yield Tool("check-jsonschema", [jsonschema, "--schemafile", str(schema), *named])


def start(home: Path) -> Iterator[Tool]:
    """How long one file takes, beside what its check has to import."""
    yield Tool("import lark, pydantic", [sys.executable, "-c", "import lark, pydantic"])
    configs(home / "one", 1)
    one = str(home / "one" / "000" / "00000.yaml")
    check = [sys.executable, "-m", "lrdsl", "check", one, "--config", str(home / "lrdsl.toml")]
    yield Tool("lrdsl check, one file", [*check, "--no-cache"])
    yield Tool("  warm cache", check)


def timed(tools: Iterator[Tool], files: int) -> Iterator[dict[str, object]]:
    first = None
    for tool in tools:
        if files == 1:
            measured(tool.command)  # what it compiles is there from the second time on
        seconds, peak = median(tool)
        first = first or seconds
        cells = {"tool": tool.name, "files": files, "seconds": seconds, "peak MiB": peak}
        yield {**cells, "ratio": seconds / first}


def main() -> None:
    parser = argparse.ArgumentParser(description="time lrdsl check beside other checkers")
    parser.add_argument("counts", metavar="COUNT", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--json", metavar="FILE", help="save the table there as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home, rows = Path(name), []
        for count in options.counts:
            with tempfile.TemporaryDirectory() as folder:
                configs(Path(folder, "conf"), count)
                rows += timed(tools(Path(folder)), count)
        (home / "lrdsl.toml").write_text(SETTINGS)
        rows += timed(start(home), 1)
    report("checking files", rows, options.json)


if __name__ == "__main__":
    main()
