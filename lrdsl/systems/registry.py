"""The systems by their names, and the reading of their arguments."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from lrdsl.algebra import Schedule
from lrdsl.diagnostics import LrdslError, Problem, Span, closest

Interval = Literal["step", "epoch"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a system's function makes of its arguments.

    Attributes:
        schedule: the rate, in terms of the optimizer's base rate.
        interval: how often the system sets the rate; a tick of the program.
        run: further arguments of `lrdsl.compile`: ``total`` where the system has an end, and
            conversions. ``tick`` follows from the interval.
        notes: what a reader should know.
        momentum: the momentum, where the system drives it too.
    """

    schedule: Schedule
    interval: Interval = "step"
    run: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    momentum: Schedule | None = None


System = Callable[..., Draft]  # from a host, and a constructor's keyword arguments


_systems: dict[str, System] = {}


def system(*names: str) -> Callable[[System], System]:
    """Register a function as the systems of these names.

    Its first parameter is the `Host`, all others are by keyword: the real constructor's own names,
    with its defaults, and types from `lrdsl.systems.arguments`.
    """

    def register(make: System) -> System:
        for name in names:
            _systems[name] = make
        return make

    return register


@cache
def _loaded() -> Mapping[str, System]:
    package = __name__.rpartition(".")[0]
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
        importlib.import_module(module.name)
    return _systems


def names() -> tuple[str, ...]:
    """The names of all systems, in alphabetical order."""
    return tuple(sorted(_loaded()))


def find(name: str) -> System:
    """The system of a name.

    Raises:
        LrdslError: there is none (LR721).
    """
    found = _loaded().get(name) if isinstance(name, str) else None
    if found is None:
        raise refused("LR721", f"{name!r} is no system that lrdsl knows", help=_meant(str(name)))
    return found


def _meant(name: str) -> str:
    likeness, _, near = max((_likeness(name, n), -len(n), n) for n in names())
    meant = near if likeness else closest(name, names())
    return f"did you mean {meant}?" if meant else "`lrdsl import --list` prints the names"


# What a library's class or function adds to the name of a schedule: TanhLRScheduler, get_..
_ADDED = re.compile(r"^get_|_?lr$|_?(lr|param)?_?scheduler?|_with_warmup|_")


def _likeness(asked: str, name: str) -> float:
    """How well the name of a system suits one that is none; 0 for not at all.

    What it is called counts most, then the library, whatever modules stand in between.
    """
    (path, _, own), (library, _, known) = (n.lower().rpartition(".") for n in (asked, name))
    alike = _alike(_ADDED.sub("", own), _ADDED.sub("", known))
    if alike < 0.7:
        return 0
    same_library = max(_alike(path, library), _alike(path.partition(".")[0], library))
    return alike + (same_library / 2 if same_library > 0.6 else 0) + (own == known) / 4


def _alike(a: str, b: str) -> float:
    return difflib.SequenceMatcher(None, a, b).ratio()


def read(name: str, make: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A system's arguments, checked and converted.

    Raises:
        LrdslError: an unknown argument (LR722), a missing one (LR723), a bad value (LR724).
    """
    model = _model(name, make)
    try:
        given = model.model_validate(dict(arguments))
    except ValidationError as e:
        known = [a for f, i in model.model_fields.items() for a in (i.alias or f,)]
        problems = [_problem(name, error, known) for error in e.errors(include_url=False)]
        raise LrdslError([p.at(Span(0, 0)) for p in problems]) from None
    return {f: getattr(given, f) for f in model.model_fields}


@cache
def _model(name: str, make: Callable[..., Any]) -> type[BaseModel]:
    hints = get_type_hints(make, include_extras=True)
    parameters = list(inspect.signature(make).parameters.values())[1:]
    fields: dict[str, Any] = {
        p.name: (hints[p.name], ... if p.default is p.empty else p.default) for p in parameters
    }
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, protected_namespaces=())
    config["validate_default"] = True
    return create_model(name, __config__=config, **fields)


def _problem(name: str, error: Any, known: list[str]) -> Problem:
    where, kind = error["loc"], error["type"]
    argument = str(where[0]) if where else ""
    if kind == "extra_forbidden":
        meant = closest(argument, known)
        hint = f"did you mean {meant}?" if meant else f"it takes {', '.join(known)}"
        return Problem("LR722", f"{name} has no argument {argument!r}", help=hint)
    if kind == "missing" and len(where) == 1:
        return Problem("LR723", f"{name} needs {argument}", help=f"give {argument}=..")
    message = str(error["msg"]).removeprefix("Value error, ")  # one of ours
    if kind != "value_error":
        message = message[0].lower() + message[1:]
    place = argument + "".join(f"[{part!r}]" for part in where[1:])
    return Problem("LR724", f"{name}: {place}: {message}")


def refused(code: str, message: str, help: str | None = None) -> LrdslError:
    """An error about a system or its arguments, which have no place in a text."""
    shown = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}.."  # it may quote
    return LrdslError([Problem(code, shown, help=help).at(Span(0, 0))])


_LONGEST = 300  # characters of a message


def unusable(argument: str, message: str, help: str | None = None) -> LrdslError:
    """A value that the real constructor refuses, or that no schedule can stand for (LR724)."""
    return refused("LR724", f"{argument}: {message}", help)


def timeless(what: str, help: str) -> LrdslError:
    """A scheduler that is not a function of time (LR725)."""
    return refused("LR725", f"{what} is not a function of time", help)
