"""lrdsl: a small declarative language for learning-rate schedules.

>>> import lrdsl
>>> plan = lrdsl.compile("warmup(5) >> cosine", total="90ep")
>>> plan(0, lr=0.1), plan(5, lr=0.1)
(0.0, 0.1)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lrdsl.algebra import Schedule
    from lrdsl.api import check, compile, format, parse, register_recipe
    from lrdsl.diagnostics import Diagnostic, Fix, LrdslError, Span
    from lrdsl.hooks import Program, quote
    from lrdsl.plan import Plan
    from lrdsl.showing import plot
    from lrdsl.systems import Migration, migrate

    __version__: str

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
    "plot",
    "quote",
    "register_recipe",
]

# Where each name is from. A module is imported when the first of its names is asked for: a part of
# lrdsl, such as its command line, costs what it uses.
_HOMES = {
    **dict.fromkeys(("check", "compile", "format", "parse", "register_recipe"), "api"),
    **dict.fromkeys(("Plan", "Schedule"), "api"),  # which knows every kind of schedule
    **dict.fromkeys(("Diagnostic", "Fix", "LrdslError", "Span"), "diagnostics"),
    **dict.fromkeys(("Migration", "migrate"), "systems"),
    **dict.fromkeys(("Program", "quote"), "hooks"),
    "plot": "showing",
}


# A type checker that sees it takes every name for one of ours.
if not TYPE_CHECKING:  # pragma: no branch - only a type checker takes the other

    def __getattr__(name: str) -> Any:
        if name in _HOMES:
            value = getattr(import_module(f"lrdsl.{_HOMES[name]}"), name)
        elif name == "__version__":
            value = _version()
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value  # the next time nobody asks
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # slow, and seldom asked

    try:
        return version("lrdsl")
    except PackageNotFoundError:  # a checkout that was never installed
        return "0+unknown"
