"""A plan for the eye: pure functions from a plan to text, for terminals and notebooks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import StringIO
from typing import TYPE_CHECKING

from lrdsl.algebra import Node
from lrdsl.outline import Piece
from lrdsl.plan import Plan
from lrdsl.run import Run
from lrdsl.segments import Noise
from lrdsl.values import LONG_NAMES

if TYPE_CHECKING:
    from rich.text import Text

MAX_SAMPLES = 100_000  # a longer run is looked at in so many places
MAX_POINTS = 2_000  # more points would not be seen in a terminal
HEIGHT = 16
NARROW = 64  # columns under which a table of segments has no room for itself

_ASCII = str.maketrans("┌┐└┘┬┤─│", "++++++-|")


@dataclass(frozen=True, slots=True)
class Reading:
    """The rate of one update: `tick` is where it stands in the run, from 0."""

    name: str
    tick: int
    rate: float


@dataclass(frozen=True, slots=True)
class Samples:
    """Rates at whole ticks, ascending, as lists of one length; `whole` if none is left out."""

    ticks: list[int]
    rates: list[float]
    whole: bool


def overview(
    plan: Plan, lr: float, *, width: int = 80, color: bool = False, unicode: bool = True
) -> str:
    """Everything at once: program, run, segments, read-outs and curve.

    Args:
        plan: what to show.
        lr: the base rate.
        width: columns of the terminal.
        color: whether to use ANSI colours.
        unicode: whether to draw with more than ASCII.

    Raises:
        LrdslError: the rate is not finite somewhere in the run (LR502).
    """
    blocks = [heading(plan, lr, width=width, color=color)]
    table = segments(plan, lr, width=width, color=color)
    blocks.append(table + ("\n(noise left out)" if _is_noisy(plan) else ""))
    samples = sample(plan, lr)
    if samples is not None:
        blocks.append(readings(plan, samples, width=width, color=color))
        blocks.append(curve(plan, samples, width=width, color=color, unicode=unicode))
    else:
        blocks.append("The run has no end to draw it to: give a total.")
    return "\n\n".join(blocks) + "\n"


def heading(plan: Plan, lr: float, *, width: int = 80, color: bool = False) -> str:
    """The canonical text and the run it is for."""
    from rich.text import Text

    text = Text.assemble((plan.program, "bold"), f"\n{described(plan.run)}, lr = {lr:g}")
    return _printed(text, width, color)


def described(run: Run) -> str:
    """``145 epochs, an update per epoch``."""
    if run.tick is None:
        return "open-ended" if run.total is None else f"{run.show(run.total)} updates"
    name = LONG_NAMES[run.tick]
    per = f"{'an' if run.tick in ('ep', 'ex') else 'a'} {name}"
    if run.total is None:
        return f"open-ended, a tick is {per}"
    number = run.show(run.total).removesuffix(run.tick)
    return f"{number} {name}{'' if run.total == 1 else 's'}, a tick is {per}"


# --- segments -------------------------------------------------------------------------------------


def segments(plan: Plan, lr: float, *, width: int = 80, color: bool = False) -> str:
    """Every segment: start and end in ticks and as shares of the run, its values at both."""
    from rich.text import Text

    rows = [_row(piece, plan.run, lr) for piece in plan.pieces]
    if width < NARROW:
        lines = Text()
        for piece, cells in zip(plan.pieces, rows, strict=True):
            style = "" if piece.depth == 0 else "dim"
            lines.append_text(_segment(piece, style)).append("\n")
            values = " -> ".join(cell for cell in cells[-2:] if cell)
            indent = "  " * (piece.depth + 1)
            lines.append(f"{indent}{cells[0]} .. {cells[1]}   {values}\n", style)
        return _printed(lines, width, color)

    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    shares = ("from %", "to %") if plan.run.total else ()
    for name in ("from", "to", *shares, "starts at", "ends at"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("segment", overflow="fold")
    for piece, cells in zip(plan.pieces, rows, strict=True):
        style = "" if piece.depth == 0 else "dim"
        table.add_row(*cells, _segment(piece, style), style=style)
    return _printed(table, width, color)


def _row(piece: Piece, run: Run, lr: float) -> list[str]:
    first, last = piece.values(lr)
    cells = [_moment(piece.start, run), _moment(piece.end, run)]
    if run.total:
        cells += [_share(piece.start, run.total), _share(piece.end, run.total)]
    return [*cells, _rate(first), "" if last is None else _rate(last)]


def _segment(piece: Piece, style: str) -> Text:
    from rich.text import Text

    indent = "  " * piece.depth
    segment = Text(indent + piece.text, style)
    if piece.note:
        segment.append(f"\n{indent}{piece.note}", "dim")
    return segment


def _moment(tick: Fraction | None, run: Run) -> str:
    if tick is None:
        return "the end"
    text = str(tick) if tick.denominator == 1 else f"{float(tick):.3f}".rstrip("0").rstrip(".")
    return text + (run.tick or "")


def _share(tick: Fraction | None, total: Fraction) -> str:
    return f"{float(100 * (total if tick is None else tick) / total):.1f}"


def _rate(rate: float) -> str:
    return "depends" if math.isnan(rate) else f"{rate:.4g}"


def _printed(renderable: object, width: int, color: bool) -> str:
    from rich.console import Console

    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
        legacy_windows=False,
    )
    with console.capture() as captured:
        console.print(renderable)
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n"))


def _is_noisy(plan: Plan) -> bool:
    """Whether the rates differ from the formula that the table of segments shows."""
    nodes: list[Node] = [plan.schedule]
    while nodes:
        node = nodes.pop()
        if isinstance(node, Noise):
            return True
        nodes.extend(node.children())
    return False


# --- rates ----------------------------------------------------------------------------------------


def horizon(plan: Plan) -> Fraction | None:
    """How far to look: the run, or what a program without one settles; None where it never does."""
    if plan.run.total is not None:
        return plan.run.total
    ends = [piece.end or 2 * piece.start for piece in plan.pieces]
    return max(ends, default=None) or None


def sample(plan: Plan, lr: float) -> Samples | None:
    """The rate of every update, or of `MAX_SAMPLES` of them with those at the junctions.

    Returns:
        None where the plan has no horizon.

    Raises:
        LrdslError: the rate is not finite somewhere (LR502).
    """
    end = horizon(plan)
    if end is None:
        return None
    updates = math.ceil(end)
    ticks: Sequence[int] = range(updates)
    if updates > MAX_SAMPLES:
        ticks = _thinned(ticks, _junctions(plan.pieces, updates), MAX_SAMPLES)
    import numpy as np

    rates = plan(np.array(ticks, dtype=np.float64), lr)
    return Samples(list(ticks), rates.tolist(), updates <= MAX_SAMPLES)


def _junctions(pieces: Iterable[Piece], updates: int) -> set[int]:
    """The last update before and the first one after every junction."""
    moments = {t for p in pieces for t in (p.start, p.end) if t is not None}
    around = {k for t in moments for k in (math.ceil(t) - 1, math.ceil(t))}
    return {k for k in around if 0 <= k < updates}


def _thinned(ticks: Sequence[int], keep: set[int], most: int) -> list[int]:
    """Evenly spaced ones, the last, and those to keep."""
    step = -(-len(ticks) // most)
    return sorted({*ticks[::step], ticks[-1], *keep})


def read(samples: Samples) -> tuple[Reading, Reading, Reading]:
    """The first, the highest (the first of equals) and the last rate."""
    ticks, rates = samples.ticks, samples.rates
    peak = max(range(len(rates)), key=rates.__getitem__)
    return (
        Reading("first", ticks[0], rates[0]),
        Reading("peak", ticks[peak], rates[peak]),
        Reading("last", ticks[-1], rates[-1]),
    )


def readings(plan: Plan, samples: Samples, *, width: int = 80, color: bool = False) -> str:
    """The first, the highest and the last rate, with the update that uses each."""
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(style="bold")
    table.add_column(style="dim")
    for reading in read(samples):
        place = f"update {reading.tick + 1:,}, at {plan.run.show(Fraction(reading.tick))}"
        if reading.name == "peak" and not samples.whole:
            place += f", of {len(samples.ticks):,} updates looked at"
        table.add_row(reading.name, _rate(reading.rate), place)
    return _printed(table, width, color)


# --- curve ----------------------------------------------------------------------------------------


def curve(
    plan: Plan,
    samples: Samples,
    *,
    width: int = 80,
    height: int = HEIGHT,
    color: bool = False,
    unicode: bool = True,
) -> str:
    """The rate over the run, drawn in characters: `width` columns, `height` lines."""
    import plotext

    ticks, rates = samples.ticks, samples.rates
    if len(ticks) > MAX_POINTS:
        junctions = _junctions(plan.pieces, ticks[-1] + 1)
        chosen = set(_thinned(ticks, junctions, MAX_POINTS))
        pairs = [(t, r) for t, r in zip(ticks, rates, strict=True) if t in chosen]
        ticks, rates = [t for t, _ in pairs], [r for _, r in pairs]
    low, high = min(rates), max(rates)
    if 0 < low < high / 2:
        low = 0.0
    plotext.terminal.limit(False, False)  # the size is ours to say, also where stdout is a pipe
    figure = plotext.figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(width, height)
    figure.draw(figure.signal(ticks, rates, marker="braille" if unicode else "*").lines())
    marks = _round_marks(ticks[0], ticks[-1], max(2, width // 12))
    across = figure.ruler("x", "lower")
    across.ticks(marks, [plan.run.show(Fraction(m)) for m in marks])
    levels = _round_marks(low, high, height // 4)
    up = figure.ruler("y", "left")
    up.ticks(levels, [f"{level:g}" for level in levels])
    if ticks[-1] > ticks[0]:
        across.lim(ticks[0], ticks[-1])
    if high > low:
        up.lim(low, high)
    drawn = plotext.uncolorize(str(figure.build()))
    figure.clear()
    drawn = "\n".join(line.rstrip() for line in drawn.rstrip("\n").split("\n"))
    if not unicode:
        return drawn.translate(_ASCII)
    return re.sub("[\u2801-\u28ff]+", "\x1b[36m\\g<0>\x1b[0m", drawn) if color else drawn


def _round_marks(low: float, high: float, most: int) -> list[float]:
    """At most about `most` round numbers that cover low to high."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{k * step:.12g}") for k in range(first, last + 1)]
