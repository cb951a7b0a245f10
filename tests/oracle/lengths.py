"""How long a schedule is before it has a place: fixed, pinned, open or flexible (SPEC 5)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from oracle.reading import MOST_CYCLES, Host, Node, TooLarge, number

OPEN = frozenset({"hold", "inverse", "exponential", "step", "multistep", "gaussian", "constant"})


@dataclass(frozen=True)
class Length:
    """`amount` is a length in ticks if fixed, and a run time if pinned.

    What is made of constants and plain holds alone is `neutral`: open, and without a say in how
    long a sum is.
    """

    kind: Literal["fixed", "pinned", "open", "flexible"]
    amount: Fraction = Fraction(0)
    neutral: bool = False

    @property
    def known(self) -> bool:
        return self.kind in ("fixed", "pinned")


def length(node: Node, host: Host, stretch: Fraction = Fraction(1)) -> Length:
    """The length of a schedule inside a cycle that is `stretch` times as long as the first."""

    def ticks(time: Any) -> Fraction:
        return host.ticks(time) * stretch

    kind = node["kind"]
    if kind == "sequence":
        return chain([length(n, host, stretch) for n in node["operands"]])
    if kind == "overlay":
        *above, below = [length(n, host, stretch) for n in node["operands"]]
        return below if not below.known else longest([*above, below])
    if kind in ("sum", "product", "min", "max"):
        return pointwise(node["operands"], host, stretch)
    if kind == "clip":
        return pointwise([node["body"], node["lo"], node["hi"]], host, stretch)
    if kind == "slice":
        body = length(node["body"], host, stretch)
        begin = ticks(node.get("begin") or 0)
        if node.get("end") is not None:
            return Length("fixed", ticks(node["end"]) - begin)
        if body.kind == "fixed":
            return Length("fixed", max(Fraction(0), body.amount - begin))
        return body
    if kind == "scaled":
        return length(node["body"], host, stretch)
    if kind == "modified":
        body = length(node["body"], host, stretch)
        modifier = node["modifier"]
        return cycles(body, modifier) if modifier["kind"] == "restarts" else body
    if node.get("over") is not None:
        return Length("fixed", ticks(node["over"]))
    if node.get("until") is not None:
        return Length("pinned", host.ticks(node["until"]))  # run time: never stretched
    if kind == "points":
        return Length("fixed", ticks(node["points"][-1][0]))
    return Length("open" if kind in OPEN else "flexible", neutral=kind in ("hold", "constant"))


def chain(parts: list[Length]) -> Length:
    """Of ``a >> b >> ..``: the last pinned moment and what is written after it.

    Where something after it has no length, the chain is flexible; but a chain that is all written
    up to an open last operand is open.
    """
    pins = [i for i, p in enumerate(parts) if p.kind == "pinned"]
    last = parts[pins[-1] + 1 :] if pins else parts
    if not all(p.known for p in last):
        *before, final = last
        open_end = final.kind == "open" and all(p.known for p in before)
        return Length("open" if open_end else "flexible")
    rest = sum((p.amount for p in last), Fraction(0))
    return Length("pinned", parts[pins[-1]].amount + rest) if pins else Length("fixed", rest)


def pointwise(operands: list[Node], host: Host, stretch: Fraction) -> Length:
    """Flexible if one is, else open if one is that is not neutral, else as long as the longest."""
    parts = [length(n, host, stretch) for n in operands]
    if any(p.kind == "flexible" for p in parts):
        return Length("flexible")
    if any(p.kind == "open" and not p.neutral for p in parts):
        return Length("open")
    known = [p for p in parts if p.known]
    return longest(known) if known else Length("open", neutral=True)


def longest(parts: list[Length]) -> Length:
    pinned = [p for p in parts if p.kind == "pinned"]
    return max(pinned or parts, key=lambda p: p.amount)


def cycles(body: Length, restarts: Node) -> Length:
    """Of ``s * restarts(..)``: all cycles of a known length, or a share."""
    limit = restarts.get("limit")
    if not body.known:
        return Length("flexible")
    if limit is None:
        return Length("open")
    if limit > MOST_CYCLES:
        raise TooLarge(f"{limit} cycles, one by one")
    t_mul = number(restarts.get("t_mul", 1))
    return Length("fixed", sum((body.amount * t_mul**i for i in range(int(limit))), Fraction(0)))
