"""Errors of the adapter: about a state, a rate or a run, not about a place in a program."""

from __future__ import annotations

import math
from typing import Any

from lrdsl.diagnostics import LrdslError, Problem, Span
from lrdsl.plan import as_float


def refused(code: str, message: str, help: str | None = None) -> LrdslError:
    return LrdslError([Problem(code, message, help=help).at(Span(0, 0))])


def finite(name: str, value: Any, code: str) -> float:
    """A finite float.

    Raises:
        LrdslError: it is none.
    """
    number = math.nan if isinstance(value, bool) else as_float(value)
    if not math.isfinite(number):
        raise refused(code, f"{name} is a finite number, not {value!r}")
    return number
