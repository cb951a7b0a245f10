"""Fuzz lrdsl for as long as you like: ``python tools/fuzz.py --minutes 60 --seed 1``.

Every input is a text and a run: a program drawn from the registry of kinds, one that people wrote,
or a mutation of either. Each is held against the properties of tests/fuzzing/properties.py. What
fails is made small and saved, one file per bug, with all that is needed to see it again::

    python tools/fuzz.py --again runs/fuzz/oracle-1a2b3c4d.json

The exit status is 1 if anything failed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from fuzzing import mutating  # noqa: E402 - the tests are no package
from fuzzing.properties import PROPERTIES  # noqa: E402
from fuzzing.reducing import reduced  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from strategies import Allowed, schedules  # noqa: E402

import lrdsl  # noqa: E402

SECONDS = 20  # of processor time: the guard against work that is not bounded
MEMORY = 8 << 30  # of address space, torch's own included
BATCH = 60  # programs drawn from the registry at a time
EVERY = 400  # inputs between two batches
SELDOM = 4  # one input in so many is looked at too
KEPT = 4_000  # texts that mutations start from


class TooSlow(Exception):
    """A property was still at work when its time was up."""


def drawn(number: int, depth: int) -> list[str]:
    """A batch of valid programs from hypothesis, always the same for a number."""
    found: list[str] = []

    @seed(number)
    @settings(
        max_examples=BATCH,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(schedules(Allowed(depth=depth, pinned=True)))
    def collect(s: lrdsl.Schedule) -> None:
        found.append(str(s))

    collect()
    return found


def inputs(start: int) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Texts and runs without end, and where each came from."""
    rng = Random(start)
    corpus, n = mutating.seeds(), 0
    for text in corpus:
        yield text, mutating.run(rng), "written"
    while True:
        batch = drawn(start * 1_000_003 + n, 2 + n % 3)
        n += 1
        for text in batch:
            yield text, mutating.run(rng), "drawn"
        corpus += batch
        for _ in range(EVERY):
            text = mutating.mutated(rng, rng.choice(corpus), corpus)
            yield text, mutating.run(rng), "mutated"
            if len(text) < 400 and rng.random() < 0.05:
                corpus.append(text)  # a mutation of mutations goes further
        if len(corpus) > KEPT:
            rng.shuffle(corpus)
            del corpus[KEPT:]


def failure(name: str, text: str, run: dict[str, Any]) -> tuple[str, str] | None:
    """Which bug a property shows for an input, and how; none where it holds."""
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        PROPERTIES[name](text, run)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        if isinstance(error, TooSlow) and any("/oracle/" in f.filename for f in frames):
            return None  # it is the judge that takes long
        place = next((f for f in reversed(frames) if "/lrdsl/" in f.filename), frames[-1])
        last = frames[-1]
        what = getattr(error, "kind", last.line)
        bug = f"{name} {type(error).__name__} {Path(place.filename).name}:{place.name} {what}"
        return bug, "".join(traceback.format_exception(error))
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return None


def _late(*_: Any) -> None:
    raise TooSlow(f"{SECONDS} s of processor time")


def save(folder: Path, bug: str, text: str, run: dict[str, Any], said: str) -> Path:
    name = bug.split()[0]
    path = folder / f"{name}-{hashlib.sha256(bug.encode()).hexdigest()[:8]}.json"
    folder.mkdir(parents=True, exist_ok=True)
    found = {"property": name, "text": text, "run": run, "said": said.splitlines()[-40:]}
    path.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return path


def fuzz(minutes: float, start: int, folder: Path, names: list[str]) -> int:
    """Go on until the time is up; returns how many bugs there are."""
    began, said = time.monotonic(), 0.0
    count: Counter[str] = Counter()
    bugs: dict[str, int] = {}
    slowest = (0.0, "")
    often = [name for name in names if name != "views"]  # which take longer than all the others
    for number, (text, run, source) in enumerate(inputs(start)):
        count[source] += 1
        for name in often if number % SELDOM else names:
            before = time.process_time()
            failed = failure(name, text, run)
            took = time.process_time() - before
            if took > slowest[0]:
                slowest = took, f"{name} of {len(text)} characters: {text[:60]!r}"
            if failed is None:
                continue
            bug, how = failed
            bugs[bug] = bugs.get(bug, 0) + 1
            if bugs[bug] == 1:

                def same(t: str, name: str = name, run: Any = run, bug: str = bug) -> bool:
                    again = failure(name, t, run)
                    return again is not None and again[0] == bug

                small = reduced(text, same)
                how = (failure(name, small, run) or failed)[1]
                path = save(folder, bug, small, run, how)
                print(f"BUG {bug}\n    {ascii(small)[:300]} {run} -> {path}", flush=True)
        now = time.monotonic() - began
        if now - said > 30 or now > minutes * 60:
            said = now
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            print(
                f"{now / 60:6.1f} min  {sum(count.values())} inputs {dict(count)}  "
                f"{len(bugs)} bugs  {peak} MiB  slowest {slowest[0]:.2f} s {slowest[1]}",
                flush=True,
            )
        if now > minutes * 60:
            break
    for bug, times in sorted(bugs.items()):
        print(f"{times:6} times  {bug}")
    return len(bugs)


def again(path: Path) -> int:
    found = json.loads(path.read_text("utf-8"))
    failed = failure(found["property"], found["text"], found["run"])
    print(failed[1] if failed else "it holds now")
    return int(failed is not None)


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    ask.add_argument("--minutes", type=float, default=60)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--save", type=Path, default=ROOT / "runs" / "fuzz")
    ask.add_argument("--property", action="append", choices=list(PROPERTIES))
    ask.add_argument("--again", type=Path, help="a saved failure: does it still fail?")
    asked = ask.parse_args()
    warnings.simplefilter("error")
    signal.signal(signal.SIGVTALRM, _late)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if asked.again:
        return again(asked.again)
    return int(fuzz(asked.minutes, asked.seed, asked.save, asked.property or [*PROPERTIES]) > 0)


if __name__ == "__main__":
    sys.exit(main())
