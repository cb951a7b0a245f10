"""The Keras callback LRScheduler with policies (inzapp, commits ea0cc36, f0e550f and bc4ab89).

Of ``iterations`` N a warm-up takes W, and rises as half a cosine while ``i <= W``: its last step
has the full rate, and what follows begins at the next whole iteration.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator

from lrdsl.algebra import Schedule
from lrdsl.python import cosine, geometric, hold, multistep, snap, warmup, wave
from lrdsl.python import lr as base
from lrdsl.systems.arguments import AtLeastOne, Natural, Number, Share, exact, ticks
from lrdsl.systems.cycles import truncated
from lrdsl.systems.host import Host
from lrdsl.systems.registry import Draft, system, unusable
from lrdsl.values import Value

_LOWEST, _HIGHEST = Fraction(85, 100), Fraction(95, 100)  # momentum
_LENGTH, _WEIGHT = Fraction(2500), Fraction(2)  # of the policy cosine's cycles

_MOMENTUM = (
    "the momentum program is for the momentum of SGD and for beta_1 of Adam, AdamW, Nadam and "
    "Adamax; the callback leaves every other optimizer's alone"
)
_STATEFUL = (
    "the callback counts its own calls, so that a resumed run begins with the first cycle again; "
    "the program goes by the iteration"
)
_TRUNCATED = "the callback truncates the cycles' lengths to integers"
_CONSTANT = "the policy constant never touches the optimizer: it has no warm-up"
_RISE = "the policy onecycle ignores warm_up: it rises during 30 % of the iterations"
_FLOOR = "the policy step ignores min_lr"


@dataclass(frozen=True, slots=True)
class _WarmUp:
    """An argument warm_up, of which the newest callback asks whether it is a float."""

    amount: Fraction
    pointed: bool

    @classmethod
    def read(cls, value: Any) -> _WarmUp:
        if isinstance(value, cls):
            return value
        amount = exact(value)
        if amount < 0:
            raise ValueError(f"{value} is not zero or positive")
        text = isinstance(value, str) and not value.strip().isdigit()
        return cls(amount, text or isinstance(value, float))

    def of(self, iterations: Fraction, counted: bool) -> Fraction:
        """Its length: a share; where it may be `counted`, ``1`` is one iteration, ``1.0`` all."""
        if counted and not (self.pointed and self.amount <= 1):
            return min(self.amount, iterations)
        if self.amount > 1:
            raise unusable("warm_up", "it is a share of the iterations here, at most 1")
        return self.amount * iterations


_WarmUpArgument: TypeAlias = Annotated[_WarmUp, BeforeValidator(_WarmUp.read)]

_TENTH, _NONE = _WarmUp(Fraction(1, 10), pointed=True), _WarmUp(Fraction(0), pointed=True)


@dataclass(frozen=True, slots=True)
class _Rates:
    """The policies' curves, from N iterations, W of warm-up, and the rate after it."""

    N: Fraction
    W: Fraction
    peak: Value

    @property
    def first(self) -> int:
        """The first iteration after the warm-up."""
        return math.floor(self.W) + 1 if self.W else 0

    @property
    def start(self) -> Value | None:
        """The start of a segment that would begin at ``lr``; None where that is right."""
        return None if self.peak == base else self.peak

    def rise(self, start: Value = 0 * base) -> Schedule:
        return warmup(ticks(self.W), start, end=self.peak, shape="cosine")

    def steps(self, at: tuple[int, int], factor: Fraction) -> Schedule:
        """Two drops, at whole percentages of N, but not during the warm-up."""
        when = [Fraction(max(self.N * share // 100, self.first)) for share in at]
        if factor:
            return self._risen(multistep([*when], factor, start=self.start))
        return self._risen(multistep([*when[:1]], to=[0], start=self.start))

    def stairs(self, low: Value) -> Schedule:
        """Four equal drops, where ``i > W + q*k`` with ``q = (N - W) // 5``."""
        q = (self.N - self.W) // 5
        if not q or low == 0 * base:  # all four at once, or nothing is left for the last three
            drop = math.floor(self.W) + q + 1
            return self._risen(multistep([drop], to=[low], start=self.start))
        down = geometric(4 * q, end=low) * snap(q)
        if not self.W:
            return hold(1, value=self.start) >> down
        return self.rise() >> (down if self.W % 1 else hold(1) >> down)

    def _risen(self, curve: Schedule) -> Schedule:
        return self.rise() | curve if self.W else curve

    def onecycle(self, rise: Schedule, low: Value) -> tuple[Schedule, Fraction]:
        """After the rise down to low as ``(1 + cos(pi*j/(N - W)))/2``, ``j = i - W - 1``.

        So the top is seen twice, and N is the last iteration. The top of a broken W lies between
        two iterations. With W = 0 the callback begins below the top, the program on it.
        """
        fall = self.N - self.W
        if fall < 1:
            return rise, self.N
        if self.W % 1:
            bump = wave(2 * fall, start=low, periods=1, low=self.peak)
            return rise >> bump[ticks(fall - 1) :], self.N + 1
        top = rise >> hold(1) if self.W else hold(1, value=self.start)
        return top >> cosine(end=low), self.N + 1

    def cycles(self, low: Value, length: Fraction, weight: Fraction) -> Draft:
        """Cosines after the warm-up, each ``int(weight * length)`` long of the one before it."""

        def cycle(length: Fraction, again: bool) -> Schedule:
            return cosine(length, end=low, start=self.peak if again else self.start)

        room = max(self.N - self.first, Fraction(1))
        curve, end = truncated(cycle, length, weight, room, "cycle_weight")
        if self.W:
            curve = self.rise() >> hold(ticks(self.first - self.W)) >> curve
        if end is None:
            return Draft(curve, notes=(_STATEFUL,))
        return Draft(curve, run={"total": self.first + end}, notes=(_STATEFUL, _TRUNCATED))

    def constant(self) -> Draft:
        return Draft(hold(value=self.start), notes=(_CONSTANT,))

    def with_momentum(
        self, start: Value, low: Value, lowest: Fraction, highest: Fraction, *notes: str
    ) -> Draft:
        """The policy onecycle: the rate up and down, the momentum down and up."""
        curve, total = self.onecycle(self.rise(start), low)
        least, most = 0 * base + lowest, 0 * base + highest
        fall = cosine(ticks(self.W), start=most, end=least)
        momentum, _ = _Rates(self.N, self.W, least).onecycle(fall, most)
        return Draft(curve, run={"total": total}, notes=(*notes, _MOMENTUM), momentum=momentum)


def _agree(policy: str | None, name: str) -> None:
    if policy not in (None, name):
        raise unusable("policy", f"{policy!r} is not {name!r}, which the system's name says")


def _first_version(name: str) -> None:
    @system(f"inzapp-2022.{name}")
    def make(
        host: Host,
        /,
        *,
        iterations: AtLeastOne,
        lr: Share,
        policy: str | None = None,
        warm_up: _WarmUpArgument = _TENTH,
        min_lr: Natural = Fraction(0),
        decay_step: Natural = Fraction(1, 10),
        initial_cycle_length: AtLeastOne = _LENGTH,
        cycle_weight: Natural = _WEIGHT,
        min_momentum: Number = _LOWEST,
        max_momentum: Number = _HIGHEST,
    ) -> Draft:
        """``ea0cc36``: an absolute lowest rate; onecycle rises from it, for ``int(0.3*N)``."""
        _agree(policy, name)
        host = host.assuming(lr)
        low = host.rate(min_lr)
        rates = _Rates(iterations, warm_up.of(iterations, counted=False), host.rate(lr))
        if name == "constant":
            return rates.constant()
        if name == "cosine":
            return rates.cycles(low, initial_cycle_length, cycle_weight)
        if name == "step":
            ignored = (_FLOOR,) if min_lr else ()
            return Draft(rates.steps((80, 90), decay_step), notes=ignored)
        if iterations < 4:
            raise unusable("iterations", "onecycle divides by int(0.3*iterations), which is zero")
        rates = _Rates(iterations, Fraction(3 * iterations // 10), rates.peak)
        return rates.with_momentum(low, low, min_momentum, max_momentum, _RISE)


def _later_version(
    version: str, name: str, at: tuple[int, int], counted: bool, default: _WarmUp
) -> None:
    @system(f"inzapp-{version}.{name}")
    def make(
        host: Host,
        /,
        *,
        iterations: AtLeastOne,
        lr: Share,
        policy: str | None = None,
        warm_up: _WarmUpArgument = default,
        lrf: Natural = Fraction(1, 20),
        initial_cycle_length: AtLeastOne = _LENGTH,
        cycle_weight: Natural = _WEIGHT,
        min_momentum: Number = _LOWEST,
        max_momentum: Number = _HIGHEST,
    ) -> Draft:
        """``f0e550f`` and ``bc4ab89``: the lowest rate is ``lr*lrf``; the drops share its way."""
        _agree(policy, name)
        rates = _Rates(iterations, warm_up.of(iterations, counted), host.assuming(lr).rate(lr))
        low = lrf * rates.peak
        if name == "constant":
            return rates.constant()
        if name == "cosine":
            return rates.cycles(low, initial_cycle_length, cycle_weight)
        if name == "step":
            return Draft(rates.steps(at, _root(lrf)))
        if name == "step2":
            return Draft(rates.stairs(low))
        return rates.with_momentum(0 * base, low, min_momentum, max_momentum)


def _root(x: Fraction) -> Fraction:
    exactly = Fraction(math.isqrt(x.numerator), math.isqrt(x.denominator))
    return exactly if exactly**2 == x else exact(math.sqrt(x))


for _name in ("constant", "step", "cosine", "onecycle"):
    _first_version(_name)
for _name in ("constant", "step", "step2", "cosine", "onecycle"):
    _later_version("2024-04", _name, (80, 90), counted=False, default=_TENTH)
    _later_version("head", _name, (75, 92), counted=True, default=_NONE)
