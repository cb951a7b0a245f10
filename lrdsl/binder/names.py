"""The names of the language, and their signatures."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import lrdsl.segments  # noqa: F401  -- its classes enter themselves as names
from lrdsl import algebra, recipes
from lrdsl.algebra import Call, Item
from lrdsl.values import Value

LR = Value(Fraction(1), Fraction(0))
CONSTANTS: dict[str, Item] = {"lr": LR, "base": LR}
VARIADIC = {"min": algebra.Minimum, "max": algebra.Maximum}


def vocabulary() -> dict[str, type[Call]]:
    """Every name that is called, and its class."""
    return _vocabulary(len(algebra.SCHEDULES) + len(algebra.MODIFIERS))


@lru_cache(maxsize=1)
def _vocabulary(kinds: int) -> dict[str, type[Call]]:
    """Looked up for every call: computed anew only when a kind has been added."""
    known = {**algebra.SCHEDULES, **algebra.MODIFIERS}
    return {k: c for k, c in known.items() if issubclass(c, Call)}


def option_words() -> set[str]:
    """The words that some option takes, such as ``both`` and ``sqrt``."""
    return _option_words(len(vocabulary()))


@lru_cache(maxsize=1)
def _option_words(kinds: int) -> set[str]:
    known = vocabulary().values()
    return {w for c in known for f in c.parameters() for w in algebra.option_words(c, f)}


def reserved() -> set[str]:
    """The names of this edition, which a binding may not take."""
    return {*vocabulary(), *VARIADIC, *CONSTANTS, *recipes.BUILT_IN}


def every_name() -> str:
    """The advice for a name of which nobody knows what it means."""
    return f"the names of the language: {', '.join(sorted(reserved()))}"


def signature(cls: type[Call]) -> str:
    """A call with all parameters as Python shows it: those after ``*`` are given by name.

    ``step(every, factor, *, over=.., until=.., start=..)``: ``..`` is a default without a spelling.
    """
    shown = []
    for f in cls.parameters():
        info = cls.model_fields[f]
        name = cls.spelling.get(f, f)
        default = cls.defaults.get(f, info.default)
        if info.is_required() or (f == "over" and getattr(cls, "needs_length", False)):
            shown.append(name)
        elif default is None:
            shown.append(f"{name}=..")
        else:
            shown.append(f"{name}={algebra.show_argument(default)}")
    count = len(cls.positional)
    marked = [*shown[:count], *(["*"] if shown[count:] else []), *shown[count:]]
    return f"{cls.model_fields['kind'].default}({', '.join(marked)})"
