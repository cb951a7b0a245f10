"""Whole pictures: panels on one time axis, with a title, a legend, and a file to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lrdsl.algebra import Schedule
from lrdsl.captions import Clock
from lrdsl.curves import Curve
from lrdsl.diagnostics import LrdslError, Problem, Span
from lrdsl.figures.limits import settle
from lrdsl.figures.panel import GID, Entry, Time, draw, time_of
from lrdsl.figures.style import (
    LETTER,
    MONO,
    SMALLER,
    dressed,
    letters,
    line,
    styled,
    timed,
    wrapped,
)
from lrdsl.nominal import plan_to_show, seen
from lrdsl.plan import Plan

FORMATS = ("png", "svg", "pdf")
DPI = 200
WIDTH, HEIGHT, LOWER = 7.5, 3.2, 2.2  # inches: a picture of one panel, and one more below it
LINES = 0.24  # inches: a line of the title or of the legend
MOST = 1e300  # ticks, and of a rate: axes are a little longer than what is on them
_UNDATED: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


class Picture(Figure):
    """A figure that a notebook shows without pyplot."""

    def data(self, form: str, dpi: float = DPI) -> bytes:
        """The bytes of a file: ``png``, ``svg`` or ``pdf``. The same picture has the same."""
        file = BytesIO()
        with styled(self.get_figwidth() / WIDTH):
            self.savefig(file, format=form, dpi=dpi, metadata=_UNDATED[form])
        return file.getvalue()

    def _repr_svg_(self) -> str:
        return self.data("svg").decode()


class Panel(Axes):
    """Axes that a notebook shows as the picture that they are in."""

    def _repr_svg_(self) -> str | None:
        whole = self.get_figure(root=True)
        return whole._repr_svg_() if isinstance(whole, Picture) else None


def figure(
    curves: Sequence[Curve],
    *,
    log: bool = False,
    both: bool = False,
    at: Sequence[Fraction | None] = (),
    title: str | None = None,
    size: tuple[float, float] | None = None,
    segments: bool = True,
) -> Picture:
    """A picture of curves: those of one option over each other, options below each other.

    Args:
        curves: at least one.
        log: whether the rates have logarithmic axes.
        both: whether there is a linear and a logarithmic panel, side by side.
        at: a moment of each curve, in its ticks, that is marked and read out: where a run resumes.
        title: what stands above; the program, where there is but one.
        size: width and height in inches.
        segments: whether segments are shaded and named where a panel has one curve.

    Raises:
        LrdslError: no rate of an option is positive, and the axis is logarithmic; or a rate or
            the run's length is beyond `MOST` (LR707).
    """
    _drawable(curves)
    moments = list(at) or [None] * len(curves)
    options = list(dict.fromkeys(c.option for c in curves))
    names = list(dict.fromkeys(c.name for c in curves))
    overlaid = len(curves) > len(options)
    scales = (False, True) if both else (log,)
    if True in scales:
        _positive(curves)
    if title is None and len({c.plan.program for c in curves}) == 1:
        title = curves[0].plan.program
    width = size[0] if size else WIDTH * (1.5 if both else 1)
    with styled(width / WIDTH):
        room = int(width * 72 * 0.95 / (MONO * letters()))
        heading = wrapped(title, room, 3) if title else ""
        above = LINES * len(heading.splitlines())
        height = size[1] if size else HEIGHT + LOWER * (len(options) - 1) + above
        picture = Picture(figsize=(width, height), layout="constrained")
        grid = picture.subplots(len(options), len(scales), sharex=True, squeeze=False)
        entries: dict[str, Entry] = {}
        time = time_of(curves)
        panels: list[tuple[Axes, list[Curve]]] = []
        for row, option in zip(grid, options, strict=True):
            chosen = [i for i, c in enumerate(curves) if c.option == option]
            ours = [curves[i] for i in chosen]
            for axes, logarithmic in zip(row, scales, strict=True):
                dressed(axes)
                found = draw(
                    axes,
                    ours,
                    time.of(chosen),
                    log=logarithmic,
                    at=[moments[i] for i in chosen],
                    segments=segments,
                    lines=[line(names.index(curves[i].name) if overlaid else 0) for i in chosen],
                )
                entries.update((text, (handle, text)) for handle, text in found)
                panels.append((axes, ours))
        _times(grid, time)
        picture.align_ylabels(grid)
        if heading:
            picture.suptitle(heading, family="monospace", size=letters())
        if entries:
            rows = _legend(picture, list(entries.values()), width)
            if size is None:
                picture.set_figheight(height + LINES * rows)
        for axes, ours in panels:
            settle(axes, ours)
        picture.draw_without_rendering()  # how high the panels are follows from the layout
        for axes, ours in panels:
            settle(axes, ours)
        return picture


def _drawable(curves: Sequence[Curve]) -> None:
    for c in curves:
        if c.end > MOST or any(np.abs(e).max() > MOST for e in (c.rates, *(c.band or ()))):
            more = Problem(
                "LR707",
                f"a picture shows times and rates up to {MOST:g}, and {c.name} has more",
            )
            raise LrdslError([more.at(Span(0, 0))])


def _positive(curves: Sequence[Curve]) -> None:
    for option in dict.fromkeys(c.option for c in curves):
        if not any((c.rates > 0).any() for c in curves if c.option == option):
            none = Problem(
                "LR707", f"a logarithmic axis needs a positive rate, and {option} has none"
            )
            raise LrdslError([none.at(Span(0, 0))])


def _times(grid: Any, time: Time) -> None:
    """Name the time axes; the uppermost panels have the other unit on top, if there is one."""
    for axes in grid[-1]:
        axes.set_xlabel(time.clock.name)
    if time.beside is None:
        return
    clock, per = time.beside
    for axes in grid[0]:
        beside(axes, clock, per)


def beside(axes: Axes, clock: Clock, per: float) -> None:
    """A second time axis on top, each of whose units is `per` of those below."""
    functions = (lambda x: np.divide(x, per), lambda x: np.multiply(x, per))
    top = axes.secondary_xaxis("top", functions=functions)
    top.set_xlabel(clock.name)
    timed(top.xaxis)
    top.tick_params(labelsize=letters())
    top.spines["top"].set_linewidth(0.8)


def _legend(picture: Picture, entries: Sequence[Entry], width: float) -> int:
    """Below the panels, in as many columns as fit; how many lines it has."""
    room = int(width * 72 * 0.88 / (LETTER * SMALLER * letters()))
    texts = [wrapped(text, room, 2) for _, text in entries]
    longest = max(len(part) for text in texts for part in text.split("\n"))
    columns = max(1, min(len(texts), 4, int(room / (longest + 6))))
    columns = -(-len(texts) // -(-len(texts) // columns))  # as many in each row
    picture.legend(
        [handle for handle, _ in entries],
        texts,
        loc="outside lower center",
        ncols=columns,
        handlelength=2.6,
        columnspacing=1.6,
    )
    return sum(
        max(text.count("\n") + 1 for text in texts[i : i + columns])
        for i in range(0, len(texts), columns)
    )


# --- for Python -----------------------------------------------------------------------------------


def plot(
    programs: Plan | Schedule | str | Iterable[Plan | Schedule | str] | Mapping[str, Any],
    labels: Sequence[str] | None,
    lr: float,
    run: Mapping[str, Any],
    **look: Any,
) -> Picture:
    """What `lrdsl.plot` does; `look` is what `figure` takes."""
    if isinstance(programs, Mapping):
        labels, programs = labels or list(programs), list(programs.values())
    elif isinstance(programs, (str, Plan, Schedule)):
        programs = [programs]
    several = list(programs)
    names = list(labels) if labels is not None else [""] * len(several)
    if not several or len(names) != len(several):
        raise ValueError(f"{len(several)} programs and {len(names)} labels")
    curves = []
    for what, name in zip(several, names, strict=True):
        plan, _ = plan_to_show(what, **run)
        curves.append(seen(plan, lr, name=name))
    return figure(curves, **look)


def onto(curve: Curve, axes: Axes | None = None, *, log: bool = False, **style: Any) -> Axes:
    """Draw a curve on axes, or on new ones that a notebook shows.

    Args:
        curve: what to draw.
        axes: where; what is on them already stays in sight.
        log: whether the rates have a logarithmic axis.
        style: of the line, as `matplotlib.axes.Axes.plot` takes it.

    Returns:
        The axes. The line's label is the curve's name, for a legend.
    """
    _drawable([curve])
    if log:
        _positive([curve])
    if axes is None:
        with styled():
            picture = Picture(figsize=(WIDTH, HEIGHT), layout="constrained")
            axes = picture.add_subplot(axes_class=Panel)
            dressed(axes)
            _onto(axes, curve, log, style)
        return axes
    _onto(axes, curve, log, style)
    return axes


def _onto(axes: Axes, curve: Curve, log: bool, style: dict[str, Any]) -> None:
    before = sum(text.get_gid() == GID for text in axes.lines)
    shown = (axes.get_xlim(), axes.get_ylim()) if axes.has_data() else None
    time = time_of([curve])
    draw(axes, [curve], time, log=log, segments=shown is None, lines=[{**line(before), **style}])
    settle(axes, [curve])
    if shown is None:
        axes.set_xlabel(time.clock.name)
        return
    (left, right), (low, high) = shown
    axes.set_xlim(min(left, axes.get_xlim()[0]), max(right, axes.get_xlim()[1]))
    axes.set_ylim(min(low, axes.get_ylim()[0]), max(high, axes.get_ylim()[1]))
