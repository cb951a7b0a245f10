"""Work on many files, shared out to processes; the results come in the order of the files."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Sequence
from threading import current_thread, main_thread
from typing import Any, TypeVar

from lrdsl.cli.shell import CouldNotRun

MANY = 200  # files: fewer are checked before processes have started
CHUNK = 16  # files that a process is given at a time

Given = TypeVar("Given")
Result = TypeVar("Result")


def wanted(jobs: int | None, files: int) -> int:
    """How many processes to use for a number of files; where none is asked for with None."""
    if jobs is None:
        jobs = _cores() if files >= MANY else 1
    return max(1, min(jobs, files))


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def each(
    work: Callable[[Given], Result], given: Sequence[Given], jobs: int
) -> Generator[Result, None, None]:
    """What the work makes of each, one after the other. Closed early, it drops what waits.

    Args:
        work: a function of a module, or a `functools.partial` of one: it is pickled.
        given: what to work on; pickled like the results.
        jobs: how many processes; 1 for none but this one.

    Raises:
        CouldNotRun: a process has died.
        Exception: what the work has raised.
    """
    if jobs == 1:
        yield from map(work, given)
        return
    # Few runs need them, and all would wait for them.
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import active_children

    pool = ProcessPoolExecutor(jobs, initializer=_deaf)
    before = _pipes_may_break()
    try:
        yield from pool.map(work, given, chunksize=max(1, min(CHUNK, len(given) // jobs)))
    except BrokenProcessPool:
        raise CouldNotRun("a worker process died; --jobs 1 needs none") from None
    except (KeyboardInterrupt, GeneratorExit):
        for process in active_children():  # nobody waits for them, whatever they are at
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        if before is not None:
            signal.signal(signal.SIGPIPE, before)


def _pipes_may_break() -> Any:
    """Have a pipe that is closed raise an error, as the pool expects of its own when it ends.

    Returns:
        What `signal.signal` takes to have it as it was; None where there is no such signal, or
        where it is the main thread's business: a program that runs this in another thread.
    """
    if not hasattr(signal, "SIGPIPE") or current_thread() is not main_thread():
        return None
    return signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def _deaf() -> None:  # pragma: no cover - run in a worker, whose end nobody sees
    """Leave an interruption to the process that hands out the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
