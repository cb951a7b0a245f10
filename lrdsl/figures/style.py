"""How pictures look: told apart by the colour-blind, in grey and at half size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import (
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)

from lrdsl.captions import count, level

# Okabe and Ito's colours, the darker ones first; the dashes tell curves apart without them.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (1.2, 1.2)))

INK, FAINT, LINE = "0.25", "0.95", "0.8"
SIZE = 12.0  # points: of letters in a picture of the usual width
LEAST = 0.65  # of it in a small picture
SMALLER = 0.875  # of the others' size: legends, and names of segments
MONO = 0.602  # of its size, the width of a letter of DejaVu Sans Mono
LETTER = 0.56  # of its size, about the width of one of DejaVu Sans

_RC = {
    "legend.frameon": False,
    "svg.hashsalt": "lrdsl",  # the same picture has the same ids
    "svg.fonttype": "path",  # the letters keep their widths wherever it is opened
    "pdf.fonttype": 42,
    "path.simplify": True,
}


@contextmanager
def styled(share: float = 1.0) -> Iterator[None]:
    """The style of our own pictures, whatever the settings of the user; they are left alone.

    Args:
        share: of the usual width, so that the letters of a small picture are small.
    """
    size = SIZE * min(max(share, LEAST), 1.0)
    sizes = {"font.size": size, "legend.fontsize": SMALLER * size}
    with matplotlib.style.context(["default", _RC, sizes]):
        yield


def letters() -> float:
    """The size of letters here, in points."""
    return float(matplotlib.rcParams["font.size"])


def line(i: int) -> dict[str, Any]:
    """The style of the i-th of several curves."""
    return {"color": COLORS[i % len(COLORS)], "linestyle": DASHES[i % len(DASHES)]}


def dressed(axes: Axes) -> None:
    """Axes of our own pictures: only two spines, light lines at the rates."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, axis="y", color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=letters())  # also of the marks that come later


def numbered(axes: Axes, *, log: bool, most: float) -> None:
    """Short numbers beside the axes, ``2.5e-5`` and ``20k``, and no rate above `most`."""
    shown = FuncFormatter(lambda value, _: level(value) if value <= most else "")
    axes.yaxis.set_major_formatter(shown)
    axes.yaxis.set_minor_formatter(NullFormatter())
    low, high = axes.get_ylim()
    if log and high > 20 * low:
        axes.yaxis.set_major_locator(_LogUpTo(most))
    else:
        axes.yaxis.set_major_locator(_UpTo(most))
        axes.yaxis.set_minor_locator(NullLocator())
    timed(axes.xaxis)


def timed(axis: Axis) -> None:
    """Short whole numbers beside a time axis."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))
    axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))


class _UpTo(MaxNLocator):
    """Marks at round numbers, none of them above `most`."""

    def __init__(self, most: float) -> None:
        super().__init__(nbins=6, steps=[1, 2, 2.5, 5, 10])
        self._most = most

    def tick_values(self, vmin: float, vmax: float) -> Any:
        return [value for value in super().tick_values(vmin, vmax) if value <= self._most]


class _LogUpTo(LogLocator):
    """Marks at powers of ten, none of them above `most`."""

    def __init__(self, most: float) -> None:
        super().__init__(numticks=7)
        self._most = most

    def tick_values(self, vmin: float, vmax: float) -> Any:
        return [value for value in super().tick_values(vmin, vmax) if value <= self._most]


def wrapped(text: str, letters: int, lines: int) -> str:
    """A text broken at its operators, commas or words, without its middle where it is too long."""
    text = " ".join(text.split())
    found = list(_broken(text, letters, _BREAKS))
    if len(found) > lines:
        found[lines - 1 :] = [f"… {_end(text[2 - letters :])}"]
    return "\n".join(found)


def _end(text: str) -> str:
    """The end of a text, from where it may be broken."""
    for kind in _BREAKS:
        first = kind.search(text)
        if first and first.end() < len(text) / 2:
            return text[first.end() :]
    return text


_BREAKS = tuple(
    map(re.compile, (r" (?=(?:>>|\|) )", r" (?=[+*] )", r"(?<=,) ", r" |(?<=/)|(?<=_)"))
)


def _broken(text: str, letters: int, breaks: Sequence[re.Pattern[str]]) -> Iterator[str]:
    """Lines of at most so many letters, broken at the first kind of break that will do."""
    if len(text) <= letters:
        yield text
    elif not breaks:
        yield from (text[i : i + letters] for i in range(0, len(text), letters))
    else:
        line = ""
        ends = [m.span() for m in breaks[0].finditer(text)]
        starts, stops = [0, *(end for _, end in ends)], [*(start for start, _ in ends), len(text)]
        for i, (start, stop) in enumerate(zip(starts, stops, strict=True)):
            gap = text[stops[i - 1] : start] if i else ""
            part = text[start:stop]
            if line and len(line) + len(gap) + len(part) > letters:
                yield line
                line, gap = "", ""
            if len(part) > letters:  # so the line is empty
                *before, part = _broken(part, letters, breaks[1:])
                yield from before
                gap = ""
            line += gap + part
        yield line
