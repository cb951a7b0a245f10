"""A plan on torch tensors: one function for eager code, `torch.compile` and captured graphs.

The plan's own expressions are printed as straight-line torch code: every branch of a choice is
computed and `where` chooses, so nothing waits for the device. Tables (cycles, noise) are put on the
device once, before the first call or the capture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from lrdsl.compiled.python import define, number
from lrdsl.expr import Expr, needed, parts
from lrdsl.plan import Plan
from lrdsl.torch.errors import refused

MAX_NOISE = 100_000_000  # ticks of noise that are kept as a table on the device

_INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "floordiv": "//"}


def value(plan: Plan, step: torch.Tensor, lr: float | torch.Tensor = 1.0) -> torch.Tensor:
    """The rate at a time in ticks, on the device of `step` and without waiting for it.

    May be called under ``torch.compile(fullgraph=True)`` and inside a captured graph, once
    `prepare` has been called for that device (the first eager call does it).

    Args:
        plan: a compiled program.
        step: times in ticks, of any shape and any real dtype; whole numbers below 2**53 are exact
            (a float32 tensor itself holds no step beyond 2**24: count in int64).
        lr: the base rate, a number or a tensor that broadcasts with `step`.

    Returns:
        A float64 tensor of the broadcast shape.

    Raises:
        LrdslError: noise in a plan without a total (LR701), or over too many ticks (LR707).
    """
    base = lr.to(torch.float64) if isinstance(lr, torch.Tensor) else lr
    found: torch.Tensor = prepare(plan, step.device)(step.to(torch.float64), base)
    return found


def prepare(plan: Plan, device: torch.device | str) -> Callable[..., torch.Tensor]:
    """The plan's function of (t, lr) for a device, with its tables there."""
    key = str(device)
    kept = plan.__dict__.setdefault("_tensors", {})
    if key not in kept:
        if torch.compiler.is_compiling():
            raise RuntimeError("call lrdsl.torch.prepare(plan, device) before compiling")
        kept[key] = _function(plan, torch.device(device))
    function: Callable[..., torch.Tensor] = kept[key]
    return function


def _function(plan: Plan, device: torch.device) -> Callable[..., torch.Tensor]:
    root = plan.value.whole()
    lines = ["def value(t, lr):"]
    tables: dict[str, torch.Tensor] = {}
    texts: dict[int, str] = {}

    def table(values: Any, dtype: torch.dtype) -> str:
        name = f"c{len(tables)}"
        tables[name] = torch.tensor(values, dtype=dtype, device=device)
        return name

    for e in needed([root]):
        text = _text(e, texts, table, plan)
        if e.op in ("const", "var", "out"):
            texts[e.serial] = text
        else:
            texts[e.serial] = f"v{e.serial}"
            lines.append(f"    v{e.serial} = {text}")
    lines.append(f"    return whole({texts[root.serial]}, t, lr)")
    return define("\n".join(lines) + "\n", "value", {**_WORDS, **tables})


def _text(e: Expr, texts: dict[int, str], table: Any, plan: Plan) -> str:
    if e.op == "const":
        return f"({number(e)})"
    if e.op == "var":
        return str(e.data)
    if e.op == "out":
        return f"{texts[e.args[0].serial]}[{e.data}]"
    args = [texts[a.serial] for a in e.args]
    if e.op in _INFIX:
        return f"{args[0]} {_INFIX[e.op]} {args[1]}"
    if e.op == "neg":
        return f"-{args[0]}"
    if e.op == "select":
        return _choice(e, texts)
    if e.op == "index":
        starts, side = e.data
        return f"index({table(starts.floats()[1:], torch.float64)}, {args[0]}, {side == 'right'})"
    if e.op == "item":
        return f"item({table(e.data.floats(), torch.float64)}, {args[0]})"
    if e.op == "stair":
        return f"stair({args[0]}, {args[1]}, {e.data[0]}, {e.data[1]})"
    if e.op == "draw":
        return f"item({table(_draws(e.data, plan), torch.float64)}, {args[0]})"
    return f"{e.op}_({', '.join(args)})"


def _choice(e: Expr, texts: dict[int, str]) -> str:
    x, bounds, rows, shape = parts(e)
    compare = ">=" if shape.side == "right" else ">"
    found = [texts[r.serial] for r in rows[0]]
    for bound, row in zip(bounds, rows[1:], strict=True):
        reached = f"{texts[x.serial]} {compare} {texts[bound.serial]}"
        found = [
            f"where({reached}, {texts[r.serial]}, {f}, t)" for r, f in zip(row, found, strict=True)
        ]
    return f"({', '.join(found)},)"


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
    """A number as a float64 tensor; `where` over two numbers would take the default dtype."""
    return x if isinstance(x, torch.Tensor) else torch.full_like(like, x)


def _where(reached: Any, then: Any, other: Any, t: torch.Tensor) -> Any:
    if not isinstance(reached, torch.Tensor):
        return then if reached else other
    return torch.where(reached, _lift(then, t), _lift(other, t))


def _whole(x: Any, t: torch.Tensor, lr: Any) -> torch.Tensor:
    """The result, in the shape of t and lr even where it depends on neither."""
    shaped = _lift(x, t) + torch.zeros_like(t)
    return shaped + torch.zeros_like(lr) if isinstance(lr, torch.Tensor) else shaped


def _minimum(a: Any, b: Any) -> Any:
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return torch.minimum(a, b)
    if isinstance(a, torch.Tensor):
        return a.clamp(max=b)
    return b.clamp(max=a) if isinstance(b, torch.Tensor) else min(a, b)


def _maximum(a: Any, b: Any) -> Any:
    return -_minimum(-a, -b)


def _stair(t: Any, rest: Any, unit: int, scale: int) -> Any:
    """`lrdsl.expr.stair` over tensors."""
    n = (t * scale + rest) // unit
    above = t >= ((n + 1) * unit - rest) / scale
    below = t < (n * unit - rest) / scale
    return n + above.to(torch.float64) - (below & ~above).to(torch.float64)


def _index(starts: torch.Tensor, x: torch.Tensor, right: bool) -> torch.Tensor:
    return torch.searchsorted(starts, x.contiguous(), right=right)


def _item(values: torch.Tensor, i: torch.Tensor) -> torch.Tensor:
    # not values[i]: an index of no dimensions would be read back to the host
    return values.take(i.to(torch.int64).clamp(0, values.numel() - 1))


def _either(of_tensor: Callable[..., Any], of_number: Callable[..., Any]) -> Callable[..., Any]:
    def function(x: Any) -> Any:
        return of_tensor(x) if isinstance(x, torch.Tensor) else of_number(x)

    return function


_WORDS: dict[str, Any] = {
    "where": _where,
    "whole": _whole,
    "index": _index,
    "item": _item,
    "stair": _stair,
    "min_": _minimum,
    "max_": _maximum,
    "tanh_": _either(torch.tanh, math.tanh),
    "sqrt_": _either(torch.sqrt, math.sqrt),
    "floor_": _either(torch.floor, math.floor),
    "cospi_": _either(lambda x: torch.cos(math.pi * x), lambda x: math.cos(math.pi * x)),
}
