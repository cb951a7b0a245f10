"""A plan on torch tensors: one function for eager code, `torch.compile` and captured graphs.

The text is that of the scalar form, in a straight line: every branch of a choice is computed and
`where` chooses, so nothing waits for the device. Tables (cycles, noise) are put on the device once,
before the first call or the capture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, SupportsFloat

import torch

from lrdsl.compiled.python import (
    Printer,
    Result,
    define,
    in_branch,
    last_choice,
    name_outputs,
    whole,
)
from lrdsl.expr import Expr, Side, parts
from lrdsl.noise import Stream
from lrdsl.plan import Plan
from lrdsl.torch.errors import finite, refused

MAX_NOISE = 100_000_000  # ticks of noise that are kept as a table on the device


def value(plan: Plan, step: torch.Tensor, lr: SupportsFloat | torch.Tensor = 1.0) -> torch.Tensor:
    """The rate at a time in ticks, on the device of `step` and without waiting for it.

    May be called under ``torch.compile(fullgraph=True)`` and inside a captured graph, once
    `prepare` has been called for that device (the first eager call does it).

    Args:
        plan: a compiled program.
        step: times in ticks, of any shape and any real dtype; whole numbers below 2**53 are exact
            (a float32 tensor itself holds no step beyond 2**24: count in int64). They are not
            checked, which would wait for the device: where `plan` refuses a time (negative,
            infinite, NaN) or a rate that is not finite, numbers come out that mean nothing.
        lr: the base rate, a number or a tensor that broadcasts with `step`.

    Returns:
        A float64 tensor of the broadcast shape.

    Raises:
        LrdslError: `lr` is neither a number nor a tensor (LR707), noise in a plan without a total
            (LR701), or over too many ticks (LR707).
    """
    if isinstance(lr, torch.Tensor):
        lr = lr.to(torch.float64)
    elif not isinstance(lr, (int, float)):  # those stay as they are: they may be traced
        lr = finite("lr", lr, "LR707")
    found: torch.Tensor = prepare(plan, step.device)(step.to(torch.float64), lr)
    return found


def prepare(plan: Plan, device: torch.device | str) -> Callable[..., torch.Tensor]:
    """The plan's function of (t, lr) for a device, with its tables there."""
    key = str(device)
    kept = plan.__dict__.setdefault("_tensors", {})
    if key not in kept:
        if torch.compiler.is_compiling():  # pragma: no cover - torch.compile runs it, not Python
            raise RuntimeError("call lrdsl.torch.prepare(plan, device) before compiling")
        kept[key] = _function(plan, torch.device(device))
    function: Callable[..., torch.Tensor] = kept[key]
    return function


def _function(plan: Plan, device: torch.device) -> Callable[..., torch.Tensor]:
    roots = [plan.value.a, plan.value.b]
    printer = _TensorPrinter(roots)
    source = printer.function("value", "t, lr", roots, whole)
    tables = {
        name: torch.tensor(
            _draws(values, plan) if isinstance(values, Stream) else values,
            dtype=torch.float64,
            device=device,
        )
        for name, values in printer.constants.items()
    }
    return define(source, "value", tables, _WORDS)


class _TensorPrinter(Printer):
    """Prints a function over tensors, in which every branch is computed."""

    power = "power({}, {})"
    item = "{}.take({})"  # not {}[{}]: an index of no dimensions would be read back to the host
    draw = "drawn({}, {})"
    has_calls_for_bounds = True

    @staticmethod
    def held(constant: Any) -> Any:
        return constant

    def _tail(self, roots: list[Expr], result: Result, scope: dict[int, str], depth: int) -> None:
        self._emit(depth, f"return full({self._joined(roots, result, scope, depth)}, t, lr)")

    def _joined(self, roots: list[Expr], result: Result, scope: dict[int, str], depth: int) -> str:
        """The text of the result, chosen from those of the branches."""
        node = last_choice(roots)
        if node is None:
            return result(self._texts(roots, scope, depth))

        def leave(row: Sequence[Expr]) -> list[str]:
            return [self._joined(in_branch(roots, row), result, scope, depth)]

        return self._where(node, leave, scope, depth)[0]

    def _select(self, node: Expr, scope: dict[int, str], depth: int) -> None:
        def leave(row: Sequence[Expr]) -> list[str]:
            return self._texts(row, scope, depth)

        name_outputs(node, self._where(node, leave, scope, depth), scope)

    def _where(
        self,
        node: Expr,
        leave: Callable[[Sequence[Expr]], list[str]],
        scope: dict[int, str],
        depth: int,
    ) -> list[str]:
        """The names of what a choice gives, where `leave` says what its branches give."""
        x, bounds, rows, shape = parts(node)
        at = self._named(x, scope, depth)
        names: list[str] = []
        for text in leave(rows[0]):
            names.append(self._fresh())
            self._emit(depth, f"{names[-1]} = {text}")
        reached = self._fresh()
        compare = ">=" if shape.side == "right" else ">"
        for bound, row in zip(bounds, rows[1:], strict=True):
            texts = leave(row)
            self._emit(depth, f"{reached} = {at} {compare} {self._text(bound, scope, depth)}")
            for name, text in zip(names, texts, strict=True):
                self._emit(depth, f"{name} = where({reached}, {text}, {name}, t)")
        return names


def _draws(stream: Any, plan: Plan) -> Any:
    import numpy as np

    total = plan.run.total
    if total is None:
        raise refused("LR701", "noise on tensors is a table, and the run has no total")
    if total > MAX_NOISE:
        raise refused("LR707", f"noise on tensors is a table of at most {MAX_NOISE:,} ticks")
    return stream.table(np.arange(math.ceil(total) + 1, dtype=np.int64))


# --- what the printed functions call, on tensors or numbers ------------------------------------


def _lift(x: Any, like: torch.Tensor) -> torch.Tensor:
    """A number as a float64 tensor without dimensions, filled on the device."""
    return x if isinstance(x, torch.Tensor) else like.new_full((), x)


def _where(reached: Any, then: Any, other: Any, t: torch.Tensor) -> Any:
    if not isinstance(reached, torch.Tensor):  # a choice between constants
        return then if reached else other
    # of two numbers, one has to be lifted: they would become the default dtype
    return torch.where(reached, then, other if isinstance(then, torch.Tensor) else _lift(other, t))


def _full(x: Any, t: torch.Tensor, lr: Any) -> torch.Tensor:
    """The result, in the shape of t and lr even where it depends on neither."""
    is_narrow = not isinstance(lr, torch.Tensor) or lr.ndim == 0
    if isinstance(x, torch.Tensor) and is_narrow and x.shape == t.shape and x is not t:
        return x.clone() if x is lr else x
    shaped = _lift(x, t) + torch.zeros_like(t)
    return shaped + torch.zeros_like(lr) if isinstance(lr, torch.Tensor) else shaped


def _bound(
    of_tensors: Callable[..., Any], side: str, of_numbers: Callable[..., Any]
) -> Callable[..., Any]:
    """``min`` or ``max``; `side` is what a tensor's ``clamp`` calls a bound that is a number."""

    def function(a: Any, b: Any) -> Any:
        if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
            return of_tensors(a, b)
        if isinstance(a, torch.Tensor):
            return a.clamp(**{side: b})
        return b.clamp(**{side: a}) if isinstance(b, torch.Tensor) else of_numbers(a, b)

    return function


def _power(a: Any, b: Any) -> Any:
    try:
        return a**b
    except OverflowError:  # of two numbers; tensors are infinite there
        return math.inf


def _stair(t: Any, rest: Any, unit: Any, scale: float) -> Any:
    """`lrdsl.expr.stair` over tensors."""
    n = (t * scale + rest) // unit
    above = t >= ((n + 1) * unit - rest) / scale
    below = t < (n * unit - rest) / scale
    return n + above.to(torch.float64) - (below & ~above).to(torch.float64)


def _search(side: Side) -> Callable[..., torch.Tensor]:
    def function(starts: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return torch.searchsorted(starts, x.contiguous(), side=side)

    return function


def _drawn(values: torch.Tensor, tick: torch.Tensor) -> torch.Tensor:
    return values.take(tick.to(torch.int64).clamp(0, values.numel() - 1))


def _either(of_tensor: Callable[..., Any], of_number: Callable[..., Any]) -> Callable[..., Any]:
    def function(x: Any) -> Any:
        return of_tensor(x) if isinstance(x, torch.Tensor) else of_number(x)

    return function


_WORDS: dict[str, Any] = {
    "where": _where,
    "full": _full,
    "bisect_right": _search("right"),
    "bisect_left": _search("left"),
    "drawn": _drawn,
    "stair": _stair,
    "power": _power,
    "min": _bound(torch.minimum, "max", min),
    "max": _bound(torch.maximum, "min", max),
    "tanh": _either(torch.tanh, math.tanh),
    "sqrt": _either(torch.sqrt, math.sqrt),
    "floor": _either(torch.floor, math.floor),
    "cos": _either(torch.cos, math.cos),
    "pi": math.pi,
}
