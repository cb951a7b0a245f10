"""What the pages show, as plain JSON data: the same for the file and for the server."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lrdsl import api
from lrdsl.captions import described
from lrdsl.curves import Curve, Reading, Readouts, clocks, curve
from lrdsl.diagnostics import Diagnostic, Fix, LrdslError
from lrdsl.outline import Piece
from lrdsl.plan import Plan
from lrdsl.run import Run
from lrdsl.values import LARGEST

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_POINTS = 4_000  # a screen has no more columns
RUN = ("total", "tick", "steps_per_epoch", "tokens_per_step", "examples_per_step")


def shown(curves: Sequence[Curve]) -> dict[str, Any]:
    """The data of a page for curves that are there already; the first one's run is the page's."""
    return {
        "run": _run(curves[0].plan, curves[0].lr) if curves else _no_run(1.0),
        "programs": [
            {**_blank(c.name, c.plan.program, c.lr, c.option), **_plan(c.plan, c.lr, c, {})}
            for c in curves
        ],
    }


def looked_at(programs: Iterable[tuple[str, str]], lr: float = 1.0, **run: Any) -> dict[str, Any]:
    """The data of a page for texts, right or wrong.

    Args:
        programs: names and texts.
        lr: the base rate of all of them.
        run: what `lrdsl.compile` takes, also for all of them.

    Returns:
        A dictionary of JSON data. What is wrong with a text is among its ``diagnostics``.
    """
    found = []
    described: dict[str, Any] | None = None
    for name, text in programs:
        entry = _blank(name, text, lr, "lr")
        entry["diagnostics"] = [_diagnostic(d, text) for d in api.check(text, lr=lr, **run)]
        try:
            plan = api.compile(text, **run)
            entry |= _plan(plan, lr, curve(plan, lr, name=name), run)
            described = described or _run(plan, lr)
        except LrdslError as e:
            known = {(d["code"], d["start"]) for d in entry["diagnostics"]}
            late = [_diagnostic(d, text) for d in e.diagnostics]
            entry["diagnostics"] += [d for d in late if (d["code"], d["start"]) not in known]
        found.append(entry)
    return {"run": described or _no_run(lr), "programs": found}


def _blank(name: str, text: str, lr: float, option: str) -> dict[str, Any]:
    empty = dict.fromkeys(("canonical", "curve", "readouts", "explain", "python", "torch"))
    lists: dict[str, Any] = {"diagnostics": [], "segments": [], "marks": []}
    return {"name": name, "option": option, "text": text, "lr": lr, **empty, **lists}


def _no_run(lr: float) -> dict[str, Any]:
    return {"described": "", "tick": "", "total": None, "lr": lr, "clocks": []}


def _run(plan: Plan, lr: float) -> dict[str, Any]:
    return {
        "described": described(plan.run),
        "tick": plan.run.tick or "",
        "total": plan.total,
        "lr": lr,
        "clocks": [[unit, float(ticks)] for unit, ticks in clocks(plan).items()],
    }


def _plan(plan: Plan, lr: float, sampled: Curve | None, run: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "canonical": plan.program,
        "segments": [_segment(piece, plan.run, lr) for piece in plan.pieces],
        "explain": plan.explain(),
        "python": python_code(plan.program, run or plan.run.as_dict(), lr),
        "torch": torch_code(plan.program, run or plan.run.as_dict(), plan.run.tick),
    }
    if sampled is not None:
        data["curve"] = _points(sampled)
        data["readouts"] = _readouts(sampled.readouts)
        data["marks"] = [
            {"tick": float(m.tick), "kind": m.kind, "text": m.text} for m in sampled.marks
        ]
    return data


def _points(sampled: Curve) -> dict[str, Any]:
    chosen = sampled.seen(MAX_POINTS)

    def listed(values: NDArray[np.float64]) -> list[float]:
        found: list[float] = values[chosen].tolist()
        return found

    low, high = sampled.band or (None, None)
    return {
        "ticks": listed(sampled.ticks),
        "rates": listed(sampled.rates),
        "formula": listed(sampled.formula) if sampled.is_noisy else None,
        "low": None if low is None else listed(low),
        "high": None if high is None else listed(high),
        "whole": sampled.whole and len(chosen) == len(sampled.ticks),
    }


def _readouts(readouts: Readouts) -> dict[str, Any]:
    data = {k: v for k, v in asdict(readouts).items() if not isinstance(v, dict)}
    for name in ("first", "peak", "lowest", "last"):
        reading: Reading = getattr(readouts, name)
        data[name] = {"tick": reading.tick, "rate": reading.rate}
    data["area"] = _finite(readouts.area)
    return data


def _segment(piece: Piece, run: Run, lr: float) -> dict[str, Any]:
    first, last = piece.values(lr)
    return {
        "from": float(piece.start),
        "to": None if piece.end is None else float(piece.end),
        "from_text": run.show(piece.start),
        "to_text": run.show(piece.end),
        "from_share": _share(piece.start, run),
        "to_share": 1.0 if piece.end is None and run.total else _share(piece.end, run),
        "first": _finite(first),
        "last": None if last is None else _finite(last),
        "text": piece.text,
        "note": piece.note,
        "depth": piece.depth,
    }


def _share(tick: Fraction | None, run: Run) -> float | None:
    if tick is None or not run.total:
        return None
    return float(min(tick / run.total, LARGEST))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _diagnostic(found: Diagnostic, text: str) -> dict[str, Any]:
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "help": found.help,
        "start": min(found.span.start, len(text)),
        "end": min(found.span.end, len(text)),
        "fix": None if found.fix is None or not found.fix.edits else _fix(found.fix, text),
    }


def _fix(fix: Fix, text: str) -> dict[str, Any]:
    """A fix as one replacement, whatever it is made of."""
    edits = sorted(fix.edits, key=lambda e: e.span)
    start, end = edits[0].span.start, edits[-1].span.end
    pieces, at = [], start
    for edit in edits:
        pieces += [text[at : edit.span.start], edit.text]
        at = edit.span.end
    return {
        "message": fix.title,
        "start": start,
        "end": end,
        "text": "".join(pieces),
        "certain": fix.certain,
    }


# --- code to paste --------------------------------------------------------------------------------


def python_code(program: str, run: Mapping[str, Any], lr: float) -> str:
    """A script that prints the rate of every update."""
    arguments = _arguments(program, run)
    rate = "" if lr == 1 else f", lr={lr!r}"
    return (
        "import lrdsl\n\n"
        f"plan = lrdsl.compile(\n{arguments})\n"
        f"plan(0{rate})  # the rate of the first update\n"
        + (f"plan.table({rate.removeprefix(', ')})  # of every update\n" if "total" in run else "")
    )


def torch_code(program: str, run: Mapping[str, Any], tick: str | None) -> str:
    """The scheduler of a training loop in torch."""
    unit = "epoch" if tick == "ep" else "update"
    return (
        "from lrdsl.torch import Scheduler\n\n"
        f"scheduler = Scheduler(\n    optimizer,\n{_arguments(program, run)})\n"
        "# after every " + unit + ":\nscheduler.step()\n"
    )


def _arguments(program: str, run: Mapping[str, Any]) -> str:
    given = [(k, run[k]) for k in RUN if run.get(k) is not None]
    lines = [_quoted(program), *(f"{k}={_literal(k, v)}" for k, v in given)]
    return "".join(f"    {line},\n" for line in lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # which Python reads alike


def _literal(name: str, value: Any) -> str:
    """A number as a number, where the text is one."""
    if isinstance(value, str) and name not in ("tick",):
        try:
            number = float(value)
        except ValueError:
            return _quoted(value)
        return value if repr(number) == value or value.isdecimal() else repr(number)
    return _quoted(value) if isinstance(value, str) else repr(value)


__all__ = ["MAX_POINTS", "looked_at", "python_code", "shown", "torch_code"]
