"""Keys: dotted paths with wildcards, and what they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrdsl.configs.document import Node

DEFAULT_KEYS = ("**.schedule", "**.lr_schedule")

# Options of an optimizer whose programs have another base than the learning rate.
NOT_RATES = frozenset(
    {
        "weight_decay",
        "wd",
        "momentum",
        "dampening",
        "beta1",
        "beta2",
        "betas",
        "alpha",
        "rho",
        "eps",
    }
)
OPTIONS = NOT_RATES | {"lr", "learning_rate"}
SAME = {"learning_rate": "lr", "wd": "weight_decay"}  # other names of an option


class ConfigError(ValueError):
    """A config that cannot be read; its text says why, and where."""


def option_of(key: str) -> tuple[str, str]:
    """The optimizer's option that a program at a key is for, and the key without it.

    A key that names no option is one of a learning rate: ``("lr", key)``.
    """
    rest, _, last = key.rpartition(".")
    return (SAME.get(last, last), rest) if last in OPTIONS else ("lr", key)


def walk(roots: Iterable[Node], key: str) -> Iterator[tuple[str, Node]]:
    """The nodes that a key leads to, each once, with their dotted paths.

    Args:
        roots: where the key's first step is taken.
        key: a dotted path, in which ``*`` is any one step or any part of one, as in
            ``groups.*.lr_*``, and ``**`` any number of steps.
    """
    pattern = tuple(key.split("."))
    seen: set[tuple[int, int]] = set()  # aliases make a graph of the tree
    for root in roots:
        yield from _walk(root, pattern, 0, (), seen)


def _walk(
    node: Node, pattern: tuple[str, ...], at: int, path: tuple[str, ...], seen: set[tuple[int, int]]
) -> Iterator[tuple[str, Node]]:
    if (id(node), at) in seen:
        return
    seen.add((id(node), at))
    if at == len(pattern):
        yield ".".join(path), node
        return
    if pattern[at] == "**":
        yield from _walk(node, pattern, at + 1, path, seen)
    for step, child in getattr(node, "children", {}).items():
        if pattern[at] == "**":
            yield from _walk(child, pattern, at, (*path, step), seen)
        elif step == pattern[at] or fnmatchcase(step, pattern[at]):
            yield from _walk(child, pattern, at + 1, (*path, step), seen)
