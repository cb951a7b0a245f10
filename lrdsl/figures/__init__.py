"""Pictures of schedules, drawn by matplotlib: no other package of ours knows it."""

try:
    import matplotlib  # noqa: F401  # before all else, so that one sentence says what is missing
except ImportError as e:
    raise ImportError(
        "pictures are drawn by matplotlib: pip install 'lrdsl[plot]'", name=e.name
    ) from None

from lrdsl.figures.picture import Picture, figure, onto, plot

__all__ = ["Picture", "figure", "onto", "plot"]
