"""A label that stays inside its stretch of an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.text import Text
from matplotlib.transforms import Bbox, blended_transform_factory, offset_copy

PADDING = 3.0  # points that are left free on both sides
LINE = 1.65  # of the size of the letters: a row


class Fitted(Text):
    """The longest of several texts that fits between two places of the x axis, or none.

    It is chosen whenever it is drawn, so labels of a row never overlap, at any size or zoom.

    Args:
        axes: where it stands, below the upper edge.
        start, end: its stretch, in data.
        choices: the texts, the longest first.
        row: from 0, each below the one before.
        style: of `matplotlib.text.Text`.
    """

    def __init__(
        self, axes: Axes, start: float, end: float, choices: Sequence[str], row: int, **style: Any
    ) -> None:
        super().__init__(0, 1, "", ha="center", va="top", clip_on=True, **style)
        self._stretch, self._choices, self._points = (start, end), tuple(choices), style["size"]
        self.set_in_layout(False)
        axes.add_artist(self)
        below = -PADDING - row * LINE * style["size"]
        self.depth = LINE * style["size"] + 2 * PADDING - below
        """How far it reaches down from the upper edge, with a gap below it, in points."""
        place = blended_transform_factory(axes.transData, axes.transAxes)
        self.set_transform(offset_copy(place, axes.get_figure(root=True), 0, below, "points"))

    def draw(self, renderer: RendererBase) -> None:
        self._choose(renderer)
        super().draw(renderer)

    def get_window_extent(
        self, renderer: RendererBase | None = None, dpi: float | None = None
    ) -> Bbox:
        return super().get_window_extent(renderer, dpi) if self.get_text() else Bbox.null()

    def _choose(self, renderer: RendererBase) -> None:
        axes = self.axes
        assert axes is not None  # it was added to some
        low, high = sorted(axes.get_xlim())
        start, end = max(self._stretch[0], low), min(self._stretch[1], high)
        self.set_x((start + end) / 2)
        pixels = axes.transData.transform([(start, 0), (end, 0)])[:, 0]
        room = float(pixels[1] - pixels[0]) - 2 * self._padding()
        sizes = [(text, self._points) for text in self._choices]
        sizes += [(text, 0.85 * self._points) for text in self._choices[-1:]]
        for text, size in sizes:
            self.set_text(text)
            self.set_fontsize(size)
            if super().get_window_extent(renderer).width <= room:
                return
        self.set_text("")

    def _padding(self) -> float:
        """In pixels."""
        whole = self.get_figure(root=True)
        return 0.0 if whole is None else PADDING * whole.dpi / 72
