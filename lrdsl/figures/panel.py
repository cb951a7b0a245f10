"""Curves on one pair of axes: lines, bands, segments, marks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lrdsl.captions import Clock, option_name, rate, shown_clocks
from lrdsl.curves import Curve, clocks
from lrdsl.figures.fitted import Fitted
from lrdsl.figures.style import FAINT, INK, LINE, SMALLER, letters, line
from lrdsl.outline import Piece

MAX_POINTS = 3_000  # more would not be seen on paper
FEW = 30  # updates: each is a dot
MANY = 60  # segments that are not told apart any more
GID = "lrdsl"  # of the line that is the curve
AT = "lrdsl-at"  # of the one where a run resumes
KINDS = {"restart": ("^", "restart"), "milestone": ("v", "milestone")}

Entry = tuple[Artist, str]  # of a legend


@dataclass(frozen=True, slots=True)
class Time:
    """The time axis that curves share.

    Attributes:
        clock: its unit; its ticks are those of the first curve.
        ticks: how many ticks of each curve are one of it.
        beside: another unit that it converts to, with how many of the axis' are one of it.
    """

    clock: Clock
    ticks: tuple[float, ...]
    beside: tuple[Clock, float] | None

    def of(self, chosen: Sequence[int]) -> Time:
        """The same axis for some of the curves."""
        return Time(self.clock, tuple(self.ticks[i] for i in chosen), self.beside)


def time_of(curves: Sequence[Curve]) -> Time:
    """The time in the first curve's units where all convert to one of them, else in updates."""
    known = [clocks(c.plan) for c in curves]
    units = [unit for unit in known[0] if all(unit in k for k in known)]
    if not units:
        return Time(Clock("", Fraction(1)), (1.0,) * len(curves), None)
    unit = units[0]
    beside = None
    for clock in shown_clocks(curves[0].plan)[1:]:
        ratios = {k[clock.unit] / k[unit] for k in known if clock.unit in k}
        if clock.unit in units and len(ratios) == 1:
            beside = clock, float(ratios.pop())
    return Time(Clock(unit, known[0][unit]), tuple(float(k[unit]) for k in known), beside)


def draw(
    axes: Axes,
    curves: Sequence[Curve],
    time: Time,
    *,
    log: bool = False,
    at: Sequence[Fraction | None] = (),
    segments: bool = True,
    lines: Sequence[dict[str, Any]] = (),
) -> list[Entry]:
    """Draw the curves of one option; `lrdsl.figures.limits.settle` then sets the rates' axis.

    Args:
        axes: where.
        curves: at least one.
        time: of the axis, with an entry for each curve.
        log: whether the rates have a logarithmic axis; some rate is positive then.
        at: a moment of each curve, in its ticks, that is marked and read out.
        segments: whether to shade and name the segments, where there is one curve.
        lines: the style of each curve's line.

    Returns:
        The entries of a legend.
    """
    alone = len(curves) == 1
    entries: list[Entry] = []
    axes.set_xlim(0, max(float(c.end) / t for c, t in zip(curves, time.ticks, strict=True)))
    if log:
        axes.set_yscale("log", nonpositive="clip")
    if alone and segments:
        _segments(axes, curves[0].plan.pieces, float(curves[0].end), time.ticks[0])
    for i, (curve, per) in enumerate(zip(curves, time.ticks, strict=True)):
        look = lines[i] if lines else line(i)
        drawn = _curve(axes, curve, per, look, alone)
        marked = _marks(axes, curve, per, look, alone)
        tick = at[i] if at else None
        if tick is not None:
            handle, said = _resume(axes, curve, per, tick, look)
            option = option_name(curve.option)
            if alone:
                marked.append((handle, f"{option} {said}"))
            else:
                said = said if curve.option == "lr" else f"{option} {said}"
                drawn = [(line, f"{name} ({said})") for line, name in drawn]
        entries += drawn + marked
    return entries


# --- lines ----------------------------------------------------------------------------------------


def _curve(axes: Axes, curve: Curve, per: float, look: dict[str, Any], alone: bool) -> list[Entry]:
    chosen = curve.seen(MAX_POINTS)
    x, rates = curve.ticks[chosen] / per, curve.rates[chosen]
    style = {"linewidth": 1.9, "label": curve.name, "gid": GID, **look}
    if curve.updates == 1:  # a line of a single point is not to be seen
        x, rates = np.array([0, float(curve.end) / per]), np.repeat(rates, 2)
        style |= {"marker": "o", "markersize": 6, "markevery": [0], "clip_on": False}
    elif curve.updates <= FEW:
        style |= {"marker": "o", "markersize": 4}
    if not curve.is_noisy:
        (drawn,) = axes.plot(x, rates, zorder=3, **style)
        return [] if alone else [(drawn, curve.name)]
    band = []
    if curve.band is not None:
        low, high = (edge[chosen] for edge in curve.band)
        color = look["color"]
        axes.fill_between(x, low, high, color=color, alpha=0.18, linewidth=0, zorder=2)
        band = [(Patch(color=color, alpha=0.18, linewidth=0), "bounds of the noise")]
    style |= {"linewidth": look.get("linewidth", 1.0), "linestyle": "-"}
    (path,) = axes.plot(x, rates, zorder=3, **style)
    middle = {"color": "black" if alone else look["color"], "linestyle": look["linestyle"]}
    middle |= {"linestyle": (0, (4, 1.5))} if alone else {}
    (formula,) = axes.plot(x, curve.formula[chosen], zorder=4, linewidth=1.4, **middle)
    if not alone:
        return [(formula, curve.name)]
    return [(path, "rate of each update"), (formula, "without noise"), *band]


def _marks(axes: Axes, curve: Curve, per: float, look: dict[str, Any], alone: bool) -> list[Entry]:
    """A small triangle where a cycle starts anew, and one where the rate falls to a new level."""
    entries: list[Entry] = []
    starts = {p.start for p in curve.segments}
    for kind, (marker, name) in KINDS.items():
        moments = [m.tick for m in curve.marks if m.kind == kind]
        if kind == "milestone":  # the start of a segment is seen as it is
            moments = [t for t in moments if t not in starts]
        if not moments:
            continue
        updates = [math.ceil(t) for t in moments if math.ceil(t) < curve.updates]
        found = np.searchsorted(curve.ticks, updates)
        style: dict[str, Any] = {
            "marker": marker,
            "markersize": 7,
            "markerfacecolor": "white",
            "markeredgecolor": "black" if alone else look["color"],
            "linestyle": "none",
            "zorder": 5,
        }
        axes.plot(curve.ticks[found] / per, curve.formula[found], **style)
        if alone:
            entries.append((Line2D([], [], **style), name))
    return entries


def _resume(axes: Axes, curve: Curve, per: float, tick: Fraction, look: dict[str, Any]) -> Entry:
    """A line across at a moment, a dot on the curve, and the rate there."""
    x, value = float(tick) / per, curve.plan(float(tick), curve.lr)
    dashes = (0, (2, 2))
    axes.axvline(x, gid=AT, color="black", linewidth=1.2, linestyle=dashes, zorder=2.5)
    style: dict[str, Any] = {"marker": "D", "markersize": 6.5, "linestyle": "none", "zorder": 6}
    style |= {"markerfacecolor": look["color"], "markeredgecolor": "white"}
    axes.plot([x], [value], clip_on=False, **style)
    place = " = ".join(clock.show(tick) for clock in shown_clocks(curve.plan))
    return Line2D([], [], **style), f"{rate(value)} at {place}"


# --- segments -------------------------------------------------------------------------------------


def _segments(axes: Axes, pieces: Sequence[Piece], end: float, per: float) -> None:
    """Shade and name the segments: a row of names for them, and one for their parts."""
    levels = [_row(pieces, depth, end) for depth in (0, 1)]
    levels = [row for row in levels if row]
    leaves = _leaves(*levels) if levels else []
    if not 1 < len(leaves) <= MANY:
        return
    for i, (start, stop, _) in enumerate(leaves):
        if i % 2:
            axes.axvspan(start / per, stop / per, facecolor=FAINT, linewidth=0, zorder=0)
    for start, _, _ in levels[0][1:]:
        axes.axvline(start / per, color=LINE, linewidth=0.9, zorder=1)
    for i, row in enumerate(levels):
        for start, stop, text in row:
            size = letters() * SMALLER ** (1 + i)
            color = INK if i == 0 else "0.4"
            names = _names(text)
            names = names[1:] if len(levels) > 1 and i == 0 and len(names) > 2 else names
            Fitted(axes, start / per, stop / per, names, i, size=size, color=color, zorder=6)


def _row(pieces: Iterable[Piece], depth: int, end: float) -> list[tuple[float, float, str]]:
    """The segments of a depth that do not lie over each other, with their starts and ends."""
    found: list[tuple[float, float, str]] = []
    for p in pieces:
        if p.depth != depth:
            continue
        start, stop = float(p.start), end if p.end is None else min(float(p.end), end)
        if start < stop and (not found or found[-1][1] <= start):
            found.append((start, stop, p.text))
    return found


def _leaves(
    outer: list[tuple[float, float, str]], inner: Sequence[tuple[float, float, str]] = ()
) -> list[tuple[float, float, str]]:
    found: list[tuple[float, float, str]] = []
    for start, stop, text in outer:
        inside = [i for i in inner if start <= i[0] and i[1] <= stop]
        found += inside or [(start, stop, text)]
    return found


def _names(text: str) -> list[str]:
    """A segment's text, and shorter names for it: ``tanh(-6, 4) * restarts(..)``, ``tanh``."""
    cycle = re.fullmatch(r"cycle (\d+)(?: of [\d,]+)?", text)
    if cycle:
        return [text, f"cycle {cycle[1]}", cycle[1]]
    name = re.match(r"\w+", text)
    short = re.sub(r"\([^()]*\)", "", text)
    return list(dict.fromkeys([text, short, *([name[0]] if name else [])]))
