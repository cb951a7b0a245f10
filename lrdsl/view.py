"""A plan for the eye in a terminal: pure functions from a plan to text."""

from __future__ import annotations

import math
import re
from io import StringIO
from typing import TYPE_CHECKING

from lrdsl import captions, curves
from lrdsl.captions import Row, described
from lrdsl.curves import Curve
from lrdsl.plan import Plan

if TYPE_CHECKING:
    from rich.text import Text

MAX_POINTS = 2_000  # more points would not be seen in a terminal
HEIGHT = 16
NARROW = 20  # columns for the text of a segment, under which a table has no room for it
FLAT = 1e-300  # a rise, like one of a few ulp, that has no room for marks on an axis

_ASCII = str.maketrans("┌┐└┘┬┤─│", "++++++-|")

__all__ = ["described", "drawn", "heading", "overview", "readings", "segments"]


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
    curve = curves.curve(plan, lr)
    table = segments(plan, lr, width=width, color=color)
    noisy = curve is not None and curve.is_noisy
    blocks.append(table + ("\n(noise left out)" if noisy else ""))
    if curve is not None:
        blocks.append(readings(curve, width=width, color=color))
        blocks.append(drawn(curve, width=width, color=color, unicode=unicode))
    else:
        blocks.append("The run has no end to draw it to: give a total.")
    return "\n\n".join(blocks) + "\n"


def heading(plan: Plan, lr: float, *, width: int = 80, color: bool = False) -> str:
    """The canonical text and the run it is for."""
    from rich.text import Text

    text = Text.assemble((plan.program, "bold"), f"\n{described(plan.run)}, lr = {lr:g}")
    return _printed(text, width, color)


# --- segments -------------------------------------------------------------------------------------


def segments(plan: Plan, lr: float, *, width: int = 80, color: bool = False) -> str:
    """Every segment: start and end in the run's clocks and as shares, its values at both."""
    rows = captions.rows(plan, lr)
    header = ["from", "to"]
    for clock in captions.shown_clocks(plan)[1:]:
        header += [f"from {clock.unit}", f"to {clock.unit}"]
    if rows and rows[0].shares:
        header += ["from %", "to %"]
    header += ["starts at", "ends at"]
    cells = [[c for span in row.spans for c in span] + [*(row.shares or ())] for row in rows]
    table = [[*c, row.first, row.last] for c, row in zip(cells, rows, strict=True)]
    taken = sum(max(map(len, column)) + 2 for column in zip(header, *table, strict=True))
    if width - taken < NARROW:
        return _listed(plan, rows, width, color)

    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in header:
        grid.add_column(name, justify="right", no_wrap=True)
    grid.add_column("segment", overflow="fold")
    for row, line in zip(rows, table, strict=True):
        style = "" if row.depth == 0 else "dim"
        grid.add_row(*line, _segment(row, style), style=style)
    return _printed(grid, width, color)


def _listed(plan: Plan, rows: list[Row], width: int, color: bool) -> str:
    """The same where a table has no room: two lines and more a segment."""
    from rich.text import Text

    units = ["", *(clock.unit for clock in captions.shown_clocks(plan)[1:])]
    lines = Text()
    for row in rows:
        style = "" if row.depth == 0 else "dim"
        lines.append_text(_segment(row, style)).append("\n")
        places = [f"{a}{unit} .. {b}{unit}" for (a, b), unit in zip(row.spans, units, strict=True)]
        values = " -> ".join(filter(None, (row.first, row.last)))
        shares = [" .. ".join(f"{share}%" for share in row.shares)] if row.shares else []
        indent = "  " * (row.depth + 1)
        line = indent + "   ".join([*places, *shares, values])
        if len(line) > width:
            line = indent + "   ".join([*places, values])
        lines.append(f"{line}\n", style)
    return _printed(lines, width, color)


def _segment(row: Row, style: str) -> Text:
    from rich.text import Text

    indent = "  " * row.depth
    segment = Text(indent + row.text, style)
    if row.note:
        segment.append(f"\n{indent}{row.note}", "dim")
    return segment


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


# --- read-outs ------------------------------------------------------------------------------------


def readings(curve: Curve, *, width: int = 80, color: bool = False) -> str:
    """First, second, peak, lowest and last rate, mean and area, with where they are."""
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(style="bold")
    table.add_column(style="dim")
    for row in captions.readings(curve):
        table.add_row(*row)
    return _printed(table, width, color)


# --- curve ----------------------------------------------------------------------------------------


def drawn(
    curve: Curve,
    *,
    width: int = 80,
    height: int = HEIGHT,
    color: bool = False,
    unicode: bool = True,
) -> str:
    """The rate over the run, drawn in characters: `width` columns, `height` lines."""
    import plotext

    plan, chosen = curve.plan, curve.seen(MAX_POINTS)
    ticks, rates = curve.ticks[chosen].tolist(), curve.rates[chosen].tolist()
    low, high = min(rates), max(rates)
    if high - low <= max(FLAT, 1e-12 * abs(high)):
        high, rates = low, [low] * len(rates)
    elif 0 < low < high / 2:
        low = 0.0
    plotext.terminal.limit(False, False)  # the size is ours to say, also where stdout is a pipe
    figure = plotext.figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(width, height)
    figure.draw(figure.signal(ticks, rates, marker="braille" if unicode else "*").lines())
    places = _round_marks(ticks[0], ticks[-1], max(2, width // 12))
    marks = [place for place in places if place.is_integer()]
    across = figure.ruler("x", "lower")
    across.ticks(marks, [f"{captions.count(m)}{plan.run.tick or ''}" for m in marks])
    levels = _round_marks(low, high, height // 4)
    up = figure.ruler("y", "left")
    up.ticks(levels, [f"{level:g}" for level in levels])
    if ticks[-1] > ticks[0]:
        across.lim(ticks[0], ticks[-1])
    if high > low:
        up.lim(low, high)
    elif abs(low) > 1e15:  # where plotext's one up and one down is nothing to a float
        up.lim(*sorted((0.0, low)))
    built = plotext.uncolorize(str(figure.build()))
    figure.clear()
    text = "\n".join(line.rstrip() for line in built.rstrip("\n").split("\n"))
    if not unicode:
        return text.translate(_ASCII)
    return re.sub("[\u2801-\u28ff]+", "\x1b[36m\\g<0>\x1b[0m", text) if color else text


def _round_marks(low: float, high: float, most: int) -> list[float]:
    """At most about `most` round numbers that cover low to high."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{k * step:.12g}") for k in range(first, last + 1)]
