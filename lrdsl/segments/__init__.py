"""The vocabulary: one class a kind. Adding a kind is adding a class here."""

from lrdsl.segments.base import Clock, Segment, Shape
from lrdsl.segments.decays import Exponential, Gaussian, Inverse, Step
from lrdsl.segments.levels import Cooldown, Hold, Warmup
from lrdsl.segments.modifiers import Noise, Restarts, Snap
from lrdsl.segments.shapes import Cosine, Geometric, Linear, Poly, Tanh, Wave
from lrdsl.segments.tables import Multistep, Points

__all__ = [
    "Clock",
    "Cooldown",
    "Cosine",
    "Exponential",
    "Gaussian",
    "Geometric",
    "Hold",
    "Inverse",
    "Linear",
    "Multistep",
    "Noise",
    "Points",
    "Poly",
    "Restarts",
    "Segment",
    "Shape",
    "Snap",
    "Step",
    "Tanh",
    "Warmup",
    "Wave",
]
