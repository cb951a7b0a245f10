"""The axis of the rates: where it ends, its name and its numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from lrdsl.captions import axis_title
from lrdsl.curves import Curve
from lrdsl.figures.fitted import Fitted
from lrdsl.figures.panel import AT
from lrdsl.figures.style import LETTER, numbered

DECADES = 5  # below the peak on a logarithmic axis, at most
EQUAL = 1e-6  # of the rates: what differs by less is equal, but for rounding
MOST = 0.4  # of the height is for names: a row that needs more is left out
ABOVE = 0.05  # of the height is free above the rates, and more where names stand


def settle(axes: Axes, curves: Sequence[Curve]) -> None:
    """Make room for all rates, for noise's bounds, and for the names of segments above them.

    It depends on how high the axes are; where a layout changes that, it is done again.

    Args:
        axes: with the curves on them.
        curves: what was drawn.
    """
    log = axes.get_yscale() == "log"
    edges = [edge for c in curves for edge in (c.rates, *(c.band or ()))]
    low, high = min(float(e.min()) for e in edges), max(float(e.max()) for e in edges)
    height = _height(axes)
    names = 0.0
    for text in axes.texts:
        if isinstance(text, Fitted):
            text.set_visible(text.depth <= MOST * height)
            names = max(names, text.depth if text.get_visible() else 0.0)
    free = names / height if names else ABOVE
    if log:
        least = min(float(c.rates[c.rates > 0].min(initial=math.inf)) for c in curves)
        _log_limits(axes, least, high, free)
    else:
        _linear_limits(axes, low, high, free)
    share = 1 - free if names else 1.0
    low, high = axes.get_ylim()
    numbered(axes, log=log, most=low * (high / low) ** share if log else low + (high - low) * share)
    for line in axes.lines:
        if line.get_gid() == AT:
            line.set_ydata([0, share])
    titles = list(dict.fromkeys(axis_title(c) for c in curves))
    title = titles[0] if len(titles) == 1 else titles[0].partition(" (")[0]
    size = axes.yaxis.label.get_fontproperties().get_size_in_points()
    long = LETTER * size * len(title) > height
    axes.set_ylabel(title.replace(" (", "\n(") if long else title)


def _log_limits(axes: Axes, least: float, high: float, free: float) -> None:
    bottom, top = math.log10(max(least, high / 10**DECADES)), math.log10(high)
    bottom = math.floor(bottom + 1e-9) if top - bottom > 1 else bottom - 0.1
    axes.set_ylim(10**bottom, 10 ** (bottom + (top - bottom + 0.05) / (1 - free)))


def _linear_limits(axes: Axes, low: float, high: float, free: float) -> None:
    """From zero, unless all rates are far from it, to what leaves a share of the height free."""
    if high - low <= EQUAL * max(abs(low), abs(high)):
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        low, high = 0.0, 1.0
    if 0 < low < high / 2:
        low = 0.0
    if high < 0 and low < 2 * high:
        high = 0.0
    size = high - low
    bottom = low - (0.02 if low == 0 else 0.05) * size
    axes.set_ylim(bottom, bottom + (high + 0.02 * size - bottom) / (1 - free))
    if low < 0 < high:
        axes.axhline(0, color="0.5", linewidth=0.9, zorder=1)


def _height(axes: Axes) -> float:
    """How high the axes are, in points."""
    whole = axes.get_figure(root=True)
    return 0.0 if whole is None else axes.bbox.height / whole.dpi * 72
