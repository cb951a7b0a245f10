"""What changes between two programs: for a pull request, and for a job that is running."""

from lrdsl.comparing.forms import FORMS, Change
from lrdsl.comparing.numbers import (
    Comparison,
    Difference,
    Resume,
    compare,
    first_difference,
)
from lrdsl.comparing.words import Fact, facts, floor, said

__all__ = [
    "FORMS",
    "Change",
    "Comparison",
    "Difference",
    "Fact",
    "Resume",
    "compare",
    "facts",
    "first_difference",
    "floor",
    "said",
]
