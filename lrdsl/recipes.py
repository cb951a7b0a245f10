"""Names that stand for a program with parameters, expanded before binding."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from lrdsl import syntax as S
from lrdsl.diagnostics import Diagnostic, LrdslError, Span
from lrdsl.parser import parse_text


@dataclass(frozen=True, slots=True)
class Parameter:
    """A recipe's parameter; `default` is an expression over the parameters before it."""

    name: str
    default: S.Tree | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """A program with parameters. One with `modes` has a program for each."""

    name: str
    parameters: tuple[Parameter, ...]
    text: str
    modes: dict[str, str] = field(default_factory=dict)
    shown: str = ""

    def body(self, mode: str | None) -> S.Tree:
        """The program's tree, in a mode (None: the first)."""
        text = self.modes[mode or next(iter(self.modes))] if self.modes else self.text
        return _expression(text)

    def signature(self) -> str:
        return self.shown


@cache
def _expression(text: str) -> S.Tree:
    parsed = parse_text(text)
    if parsed.diagnostics or parsed.tree is None:
        raise LrdslError(parsed.diagnostics, text)
    if parsed.tree.bindings:
        raise _refused(text, "a recipe is one expression: it has parameters, and no bindings")
    return parsed.tree.body


def recipe(signature: str, text: str | dict[str, str]) -> Recipe:
    """A recipe from its signature, such as ``wsd(warmup, cooldown=10%)``, and its program.

    Raises:
        LrdslError: the signature or a program does not parse.
    """
    match = re.fullmatch(r"\s*([A-Za-z]\w*)\s*(?:\((.*)\))?\s*", signature, re.DOTALL)
    if match is None:
        raise _refused(
            signature, "a signature is a name with parameters: wsd(warmup, cooldown=10%)"
        )
    name, inside = match[1], match[2] or ""
    parameters = []
    call = _expression(f"{name}({inside})") if inside.strip() else None
    for a in call.arguments if isinstance(call, S.CallTree) else ():
        if a.name is not None:
            parameters.append(Parameter(a.name.text, a.value))
        elif isinstance(a.value, S.NameTree):
            parameters.append(Parameter(a.value.text))
        else:
            raise _refused(signature, "a parameter is a name, or a name with a default")
    modes = text if isinstance(text, dict) else {}
    for body in modes.values() or [str(text)]:
        _expression(body)
    shown = f"{name}({inside}{', mode' if modes else ''})"
    return Recipe(name, tuple(parameters), "" if modes else str(text), modes, shown)


def _refused(text: str, message: str) -> LrdslError:
    return LrdslError([Diagnostic("LR003", message, Span(0, len(text)))], text)


_TRIANGLE = "(linear(up, start=0, end=lr - low) >> linear(down, end=0)) * restarts"
_WAVE = "wave(T, periods=periods) + beta*lr"

_SOURCES: dict[str, str | dict[str, str]] = {
    # Smith & Topin 2018, in PyTorch's OneCycleLR's proportions
    "onecycle": "cosine(30%, start=lr/25, end=lr, grid=both) >> cosine(end=lr/250000, grid=right)",
    # warmup, stable, decay (Hu et al. 2024, MiniCPM)
    "wsd(warmup, cooldown)": "warmup(warmup) >> hold >> cooldown(cooldown)",
    # Smith 2017
    "cyclic(up, down=up, low=0, gamma=0.99)": {
        "triangular": f"{_TRIANGLE} + low",
        "triangular2": f"{_TRIANGLE} * step(every=up + down, factor=0.5) + low",
        "exp_range": f"{_TRIANGLE} * exponential(every=1, factor=gamma) + low",
    },
    # Bello et al. 2017, section 4.2, with Keras' defaults
    "linear_cosine(T, periods=1/2, alpha=0, beta=1e-3)": f"(linear(T) + alpha*lr) * {_WAVE}",
    "noisy_linear_cosine(T, variance=1, decay=0.55, periods=1/2, alpha=0, beta=1e-3)": (
        f"(linear(T) + gaussian(variance, decay=decay) + alpha*lr) * {_WAVE}"
    ),
    # Vaswani et al. 2017, eq. 3, with lr the peak
    "noam(W)": "warmup(W) >> inverse(scale=W)",
}
BUILT_IN = {re.match(r"\w+", s)[0]: s for s in _SOURCES}  # type: ignore[index]
_registered: dict[str, Recipe] = {}
_edition = object()


@cache
def _built_in(name: str) -> Recipe:
    return recipe(BUILT_IN[name], _SOURCES[BUILT_IN[name]])


def find(name: str) -> Recipe | None:
    """The recipe of that name."""
    return _built_in(name) if name in BUILT_IN else _registered.get(name)


def names() -> set[str]:
    return {*BUILT_IN, *_registered}


def register(made: Recipe) -> None:
    """Let programs call a recipe by its name, from now on."""
    global _edition
    _registered[made.name] = made
    _edition = object()  # last: what was made with an older recipe is not taken for newer


def edition() -> object:
    """What stays the same while the same recipes are registered."""
    return _edition
