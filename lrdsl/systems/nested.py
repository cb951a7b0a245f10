"""Schedulers among a scheduler's arguments: named, with their own arguments."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeAlias

from pydantic import PlainValidator

from lrdsl.systems.host import Host
from lrdsl.systems.registry import Draft, find, names, read, unusable


@dataclass(frozen=True, slots=True)
class Nested:
    """A scheduler's name in its own library, and its arguments."""

    name: str
    by_position: tuple[Any, ...]
    by_name: Mapping[str, Any]

    def arguments(self, make: Callable[..., Any], unless: tuple[str, ...] = ()) -> dict[str, Any]:
        """All of them by their names; those by position are not meant for `unless`."""
        known = [p for p in list(inspect.signature(make).parameters)[1:] if p not in unless]
        if len(self.by_position) > len(known):
            raise unusable(self.name, f"takes {len(known)} arguments: {', '.join(known)}")
        given = dict(zip(known, self.by_position, strict=False))
        twice = [n for n in given if n in self.by_name]
        if twice:
            raise unusable(twice[0], "is given by position and by name")
        return {**given, **self.by_name}


def _nested(value: Any) -> Nested:
    if isinstance(value, str):
        return _called(value)
    if isinstance(value, list | tuple) and len(value) == 2:
        name, given = value
        if isinstance(name, str) and isinstance(given, Mapping):
            return Nested(name, (), given)
    if isinstance(value, Mapping) and isinstance(value.get("name"), str):
        return Nested(value["name"], (), {str(k): v for k, v in value.items() if k != "name"})
    raise ValueError('a scheduler is wanted, as ["its name", {its arguments}]')


def _called(text: str) -> Nested:
    """``Name(1, key=2)``: literals and further calls only, nothing is evaluated."""
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if isinstance(call, ast.Call):
            name = ast.unparse(call.func).rpartition(".")[2]  # the library's own name may be said
            by_position = tuple(_literal(a) for a in call.args)
            by_name = {k.arg: _literal(k.value) for k in call.keywords if k.arg}
            return Nested(name, by_position, by_name)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        pass
    raise ValueError(f"{text!r} is no call of a scheduler with plain numbers")


def _literal(tree: ast.expr) -> Any:
    """A plain value; of a call within its text again, but what ``dict(..)`` makes."""
    match tree:
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=entries):
            return {entry.arg: _literal(entry.value) for entry in entries}
        case ast.Call():
            return ast.unparse(tree)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_literal(item) for item in items]
    return ast.literal_eval(tree)


Scheduler: TypeAlias = Annotated[Nested, PlainValidator(_nested)]
"""One scheduler: ``["Name", {its arguments}]``, ``{"name": "Name", ..}``, or ``Name(1, key=2)``."""


def among_others(host: Host) -> Host:
    """The host of a scheduler whose run is not all of the run."""
    return replace(host, about={**host.about, "joined": True})


def draft(host: Host, part: Nested, *families: str, unless: tuple[str, ...] = ()) -> Draft:
    """What a scheduler is here; its name is looked up in one library after the other.

    Raises:
        LrdslError: no library has it, or its arguments are wrong.
    """
    found = [f"{family}.{part.name}" for family in families]
    name = next((n for n in found if n in names()), found[0])
    make = find(name)
    return make(host, **read(name, make, part.arguments(make, unless)))
