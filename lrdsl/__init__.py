"""lrdsl: a small declarative language for learning-rate schedules.

>>> import lrdsl
>>> plan = lrdsl.compile("warmup(5) >> cosine", total="90ep")
>>> plan(0, lr=0.1), plan(5, lr=0.1)
(0.0, 0.1)
"""

from typing import TYPE_CHECKING, Any

from lrdsl.algebra import Schedule
from lrdsl.api import check, compile, format, parse, register_recipe
from lrdsl.diagnostics import Diagnostic, Fix, LrdslError, Span
from lrdsl.plan import Plan

if TYPE_CHECKING:
    from lrdsl.hooks import Program, quote
    from lrdsl.systems import Migration, migrate

__all__ = [
    "Diagnostic",
    "Fix",
    "LrdslError",
    "Migration",
    "Plan",
    "Program",
    "Schedule",
    "Span",
    "__version__",
    "check",
    "compile",
    "format",
    "migrate",
    "parse",
    "quote",
    "register_recipe",
]


def __getattr__(name: str) -> Any:
    if name in ("Migration", "migrate"):  # seldom asked: not paid for by every import
        from lrdsl import systems

        return getattr(systems, name)
    if name in ("Program", "quote"):
        from lrdsl import hooks

        return getattr(hooks, name)
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version  # slow, and seldom asked

    try:
        return version("lrdsl")
    except PackageNotFoundError:  # a checkout that was never installed
        return "0+unknown"
