"""torch.optim.lr_scheduler (PyTorch 2.13): the schedulers that go up and down.

`OneCycleLR` and `CyclicLR` set the rates that they are given, whatever the optimizer's are, and
drive the momentum against them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

from lrdsl.algebra import Schedule
from lrdsl.python import cosine, hold, linear, lr, pct, restarts, st
from lrdsl.systems.arguments import (
    AtLeastOne,
    Integer,
    Natural,
    Number,
    PerGroup,
    Positive,
    Share,
    ticks,
)
from lrdsl.systems.host import Host
from lrdsl.systems.registry import system, unusable
from lrdsl.systems.scale import STEPS, Scale, cycles, power, read_scale, triangles
from lrdsl.systems.torch_parts import Cut, Part, entered, flat
from lrdsl.values import Time, Value, show_number

_LAST = Fraction(-1)


@system("torch.CosineAnnealingWarmRestarts")
def cosine_annealing_warm_restarts(
    host: Host,
    /,
    *,
    T_0: AtLeastOne,
    T_mult: AtLeastOne = Fraction(1),
    eta_min: Number = Fraction(0),
    last_epoch: Integer = _LAST,
) -> Part:
    """``eta_min + (base - eta_min)*(1 + cos(pi*T_cur/T_i))/2``, where ``T_i = T_0*T_mult**i``."""
    return Part(cosine(T_0, end=host.rate(eta_min)) * restarts(t_mul=T_mult))


@system("torch.OneCycleLR")
def one_cycle_lr(
    host: Host,
    /,
    *,
    max_lr: PerGroup,
    total_steps: AtLeastOne | None = None,
    epochs: AtLeastOne | None = None,
    steps_per_epoch: AtLeastOne | None = None,
    pct_start: Share = Fraction(3, 10),
    anneal_strategy: Literal["cos", "linear"] = "cos",
    cycle_momentum: bool = True,
    base_momentum: PerGroup = (Fraction(85, 100),),
    max_momentum: PerGroup = (Fraction(95, 100),),
    div_factor: Positive = Fraction(25),
    final_div_factor: Positive = Fraction(10_000),
    three_phase: bool = False,
    last_epoch: Integer = _LAST,
) -> Part:
    """From ``max_lr/div_factor`` up to ``max_lr`` at ``pct_start*total_steps - 1``, and down.

    Down to ``max_lr/div_factor/final_div_factor`` at ``total_steps - 1``; with three_phase first
    as steeply to where it came from. The momentum goes from max_momentum to base_momentum and back.
    """
    total = total_steps
    if total is None:
        if epochs is None or steps_per_epoch is None:
            raise unusable("total_steps", "give total_steps, or epochs and steps_per_epoch")
        total = epochs * steps_per_epoch
    if pct_start * total == 1:
        raise unusable(
            "pct_start",
            "torch's OneCycleLR divides by zero where pct_start*total_steps is 1",
            help="give it more steps to rise, or none",
        )
    (top,) = _rates(host, max_lr=max_lr)
    low = top / div_factor
    last = low / final_div_factor
    rates = [low, top, low, last] if three_phase else [low, top, last]
    shape = cosine if anneal_strategy == "cos" else linear
    phases = _Phases(pct_start, total, shape, shares="joined" not in host.about)

    def momentum(idle: Value, busy: Value) -> Schedule:
        return phases.through([idle, busy, idle, idle][: len(rates)])

    def cut(n: Fraction) -> Cut:
        if n > total:
            raise unusable("milestones", f"OneCycleLR raises after {show_number(total)} steps")
        return schedule[:n], None

    driven, notes = _driven(cycle_momentum, max_momentum, base_momentum, momentum)
    if total_steps is not None and (epochs or steps_per_epoch):
        notes += ("OneCycleLR ignores epochs and steps_per_epoch where total_steps is given",)
    schedule = phases.through(rates)
    return Part(schedule, run={"total": total}, notes=notes, momentum=driven, cut=cut)


@dataclass(frozen=True, slots=True)
class _Phases:
    """The phases of a OneCycleLR: the first ends at ``rise*total - 1``, the last at ``total - 1``.

    Attributes:
        shares: the run is the scheduler's, so that lengths may be shares of it.
    """

    rise: Fraction
    total: Fraction
    shape: Callable[..., Schedule]
    shares: bool

    def through(self, values: Sequence[Value]) -> Schedule:
        """From each value to the next, in phases."""
        top, last = self.rise * 100 * pct - 1 * st, 100 * pct - 1 * st
        ends = [top, last] if len(values) == 3 else [top, 2 * top, last]
        begin, curve = 0 * st, None
        for i, end in enumerate(ends):
            here, there, *_ = ahead = values[i:]
            if ahead[:3] == [here, here, here]:
                continue  # one flat phase of two
            if self._at(end) >= 0 and (curve is None or self._at(begin) < self._at(last)):
                phase = self._phase(begin, end, last, here, there)
                if curve is not None:
                    curve = curve if here == there else curve >> phase
                elif {*ahead} == {here}:
                    return flat(here).schedule
                else:
                    curve = phase if here == lr else entered(phase, here)
            begin = end
        assert curve is not None, "the last phase ends at 0 or later"
        return curve

    def _phase(self, begin: Time, end: Time, last: Time, here: Value, there: Value) -> Schedule:
        length = self._written(end - begin)
        phase = hold(length) if here == there else self.shape(length, end=there)
        if self._at(begin) < 0:  # where torch counts from
            return phase[self._written(-1 * begin) :]
        return phase[: self._written(last - begin)] if self._at(end) > self._at(last) else phase

    def _at(self, moment: Time) -> Fraction:
        amounts = dict(moment.amounts)
        return amounts.get("%", Fraction(0)) / 100 * self.total + amounts.get("st", Fraction(0))

    def _written(self, length: Time) -> Time | Fraction:
        share = self.shares and "%" in length.units and "/" not in show_number(100 * self.rise)
        return length if share else ticks(self._at(length))


@system("torch.CyclicLR")
def cyclic_lr(
    host: Host,
    /,
    *,
    base_lr: PerGroup,
    max_lr: PerGroup,
    step_size_up: Positive = Fraction(2000),
    step_size_down: Natural | None = None,
    mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
    gamma: Number = Fraction(1),
    scale_fn: Any = None,
    scale_mode: Literal["cycle", "iterations"] = "cycle",
    cycle_momentum: bool = True,
    base_momentum: PerGroup = (Fraction(8, 10),),
    max_momentum: PerGroup = (Fraction(9, 10),),
    last_epoch: Integer = _LAST,
) -> Part:
    """``base_lr + (max_lr - base_lr)*triangle(t)*scale_fn(x)``; x is the cycle, from 1, or t.

    scale_fn is 1 (triangular), ``1/2**(cycle - 1)`` (triangular2) or ``gamma**t`` (exp_range). The
    momentum goes from max_momentum down to base_momentum and back.
    """
    down = step_size_up if step_size_down is None else step_size_down
    cycle = cycles(step_size_up + down)
    notes = []
    if scale_fn is not None:
        scale = read_scale(scale_fn, cycle if scale_mode == "cycle" else STEPS)
        if mode != "triangular":
            notes.append("CyclicLR ignores mode where scale_fn is given")
    elif mode == "exp_range":
        scale = power(gamma, STEPS, name="gamma")
    else:
        scale = power(Fraction(1, 2), cycle, -1) if mode == "triangular2" else Scale()
    if gamma != 1 and (mode != "exp_range" or scale_fn is not None):
        notes.append("CyclicLR uses gamma in the mode exp_range only")
    low, high = _rates(host, base_lr=base_lr, max_lr=max_lr)
    if host.base and not low.lr and not high.lr:
        notes.append("CyclicLR goes by base_lr and max_lr, whatever the optimizer's rate is")

    def curve(foot: Value, peak: Value) -> Schedule:
        return triangles(step_size_up, down, foot, peak, scale)

    driven, more = _driven(cycle_momentum, max_momentum, base_momentum, curve)
    return Part(curve(low, high), notes=(*notes, *more), momentum=driven)


def _rates(host: Host, **given: tuple[Fraction, ...]) -> list[Value]:
    """The rates of all groups; where no base rate is known, lr is the last of those given."""
    *_, top = given.values()
    groups = host.groups or len(host.base)
    groups = groups if groups > 1 else max(map(len, given.values()))
    for name, wanted in given.items():
        if len(wanted) not in (1, groups):
            message = f"{len(wanted)} values for {groups} parameter groups"
            raise unusable(name, message, help="give a value for each group, or one for all")
    if not host.base and "joined" not in host.about:
        host = replace(host, base=top if host.group is None else (top[host.group % len(top)],))
    return [host.rate(wanted) for wanted in given.values()]


def _driven(
    wanted: bool,
    maximum: tuple[Fraction, ...],
    minimum: tuple[Fraction, ...],
    curve: Callable[[Value, Value], Schedule],
) -> tuple[Schedule | None, tuple[str, ...]]:
    """The curve of the momentum from its maximum to its minimum and back, and notes about it."""
    if not wanted:
        return None, ()
    high, low = set(maximum), set(minimum)
    if len(high) > 1 or len(low) > 1:
        return None, ("the momentum differs between the groups: migrate one group alone for it",)
    return curve(0 * lr + high.pop(), 0 * lr + low.pop()), ()
