"""Pictures of schedules, drawn by matplotlib: no other package of ours knows it."""

from importlib.util import find_spec

if find_spec("matplotlib") is None:  # before all else, so that one sentence says what is missing
    raise ImportError("pictures are drawn by matplotlib: pip install 'lrdsl[plot]'")

from lrdsl.figures.picture import Picture, figure, onto, plot

__all__ = ["Picture", "figure", "onto", "plot"]
