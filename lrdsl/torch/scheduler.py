"""A program as a torch scheduler: a shell around plans and one counter of updates."""

from __future__ import annotations

import operator
import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import isfinite
from typing import Any, Literal

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from lrdsl.diagnostics import Problem
from lrdsl.plan import Plan
from lrdsl.torch import state as states
from lrdsl.torch.errors import finite, refused
from lrdsl.torch.options import LR, Group, Option
from lrdsl.torch.programs import Drive, Programs, assignment, evaluated
from lrdsl.torch.state import Change, Mismatch
from lrdsl.values import Time, number

Interval = Literal["step", "epoch"]


@dataclass(slots=True)
class _Member:
    """A parameter group as the scheduler knows it: its drives and their base values.

    Attributes:
        of: its first parameter, held weakly: another one may get the same id when that is gone.
        now, used: what was last written there, and what the last update used where that is known.
    """

    drives: tuple[Drive, ...]
    bases: dict[str, float]
    of: weakref.ref[torch.Tensor] | None = None
    now: dict[str, float] = field(default_factory=dict)
    used: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Even:
    """One plan for the `lr` of all groups, as most runs have, and nothing else to do for them.

    Attributes:
        plan: what it is.
        rate: the plan as a function of the tick and a base, unchecked.
        base: of all groups, or the largest.
        since: the tick up to which the members know what was written and used.
        mark: the rate once more, in every group: told to all of them by one assignment.
        pair: the plan as a function of the tick to the share of a base and what is added to it;
            for groups of several bases, which are then in `bases`, and each has its own mark.
    """

    plan: Plan
    rate: Callable[[float, float], float]
    base: float
    since: int | float
    mark: list[float]
    pair: Callable[[float], tuple[float, float]] | None = None
    bases: Sequence[float] = ()


class Scheduler(LRScheduler):
    """Sets the rate of every parameter group from a program.

    The rate is a pure function of the number of steps: the optimizer's first update uses
    ``value(0)``, and each `step` moves on by one tick. Call it once per tick of the run: after
    every update where a tick is a step, after every epoch where it is an epoch. Every group keeps
    its own base rate, the ``lr`` that it had when the scheduler was made, so ratios are kept; a
    group's ``lr_scale`` multiplies last.

    A scale may come or change at any time: a hook on the optimizer sees to it that the next update
    uses `next()`. A tensor that a group holds as its rate is filled in place. Put one there before
    the scheduler is made, or right before an update: one that comes after the update, and before
    `step`, may be replaced by a number.

    Args:
        optimizer: its groups' ``lr`` are the base rates.
        schedule: a program, a schedule, or a plan (which brings its run along), or a mapping from
            options to those: ``{"lr": .., "weight_decay": .., "betas[0]": ..}``.
        groups: the same for parameter groups by name, as regular expressions; all others are
            driven by `schedule`.
        interval: ``"step"`` or ``"epoch"``: how often `step` is called; says what a tick is where
            `tick` does not.
        step: where to begin, on a fresh optimizer as well.
        base: base rates instead of those that the groups hold: one, or one for each group.
        count_updates: count the optimizer's own updates with a hook on it; `step` without an
            argument then does nothing, so a framework that calls it does no harm.
        on_mismatch: what `load_state_dict` does with a state of another program, run or base.
        total, tick, steps_per_epoch, tokens_per_step, examples_per_step, names, overflow: as for
            `lrdsl.compile`.

    Raises:
        LrdslError: the program is wrong or does not fit the run.
    """

    optimizer: Optimizer
    last_epoch: int | float  # type: ignore[assignment]  # torch's name for the position
    _seen: list[Group]  # the groups as they were last looked at
    _listed: list[_Member]  # what is known of each of them
    _even: _Even | None  # set where they are so alike
    _scales: list[Any]  # what the groups' rates were last multiplied by

    def __init__(
        self,
        optimizer: Optimizer,
        schedule: Programs | None = None,
        *,
        groups: Mapping[str, Programs] | None = None,
        interval: Interval | None = None,
        step: int | float = 0,
        base: float | list[float] | None = None,
        count_updates: bool = False,
        on_mismatch: Mismatch = "error",
        total: str | float | Fraction | None = None,
        tick: str | None = None,
        steps_per_epoch: float | Fraction | None = None,
        tokens_per_step: float | Fraction | None = None,
        examples_per_step: float | Fraction | None = None,
        names: Mapping[str, Any] | None = None,
        overflow: str = "error",
    ) -> None:
        # torch's own constructor wraps optimizer.step and takes a first step: neither is wanted
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not a torch optimizer")
        run = {
            "total": total,
            "tick": tick if tick is not None or interval is None else _tick_of(interval),
            "steps_per_epoch": steps_per_epoch,
            "tokens_per_step": tokens_per_step,
            "examples_per_step": examples_per_step,
            "names": names,
            "overflow": overflow,
        }
        self._programs = assignment(schedule, groups, run)
        self.optimizer = optimizer
        self.on_mismatch = states.checked(on_mismatch)
        self._factor = 1.0
        self.last_epoch = _position(step)
        self._before: float | None = self._one_before()
        self._counts = count_updates
        self._members: dict[int, _Member] = {}
        self._look_anew()
        self._scales = []
        for i, group in enumerate(optimizer.param_groups):
            self._join(group, i, None if base is None else _base_of(base, i, optimizer))
        self._rates(self.last_epoch)  # refuses a bad step
        self._write()
        for pattern in self._programs.unmatched(optimizer.param_groups):
            warnings.warn(f"groups: {pattern!r} is the name of no parameter group", stacklevel=2)
        self._hook()

    # -- the clock --

    def step(
        self, epoch: float | None = None, metric: Any = None, progress: float | None = None
    ) -> None:
        """Move on by one tick, and set the rates for the update that follows.

        Args:
            epoch: move to this epoch instead, as timm's loops do at the end of each; where ticks
                are steps it is converted with ``steps_per_epoch``.
            metric: not used; timm's loops pass it.
            progress: move to this time in ticks instead: the tokens or examples consumed so far,
                where they are the run's tick.

        Raises:
            LrdslError: an epoch that does not convert to ticks (LR703), or a time that is no
                number, or negative (LR707).
        """
        even = self._even
        if even is not None and epoch is None and progress is None:
            at = self.last_epoch + 1
            groups = self.optimizer.param_groups
            try:
                if groups == self._seen and at > 0:  # `_same`; at -1 it was not our turn
                    if even.pair is None:
                        rate = even.rate(at * 1.0, even.base)
                        if isfinite(rate):
                            for group in groups:
                                group["lr"] = rate
                            even.mark[0] = rate
                            self.last_epoch = at
                            return
                    else:
                        share, plus = even.pair(at * 1.0)
                        if isfinite(abs(share * even.base) + abs(plus)):
                            for group, base in zip(groups, even.bases, strict=True):
                                group["lr"] = group["scheduled_lr"] = share * base + plus
                            self.last_epoch = at
                            return
            except (ArithmeticError, RuntimeError, TypeError, ValueError):
                pass  # what is wrong is found below, group by group
        if progress is not None:
            self.set_step(progress)
        elif epoch is not None:
            self.set_step(self._ticks(epoch, "ep"))
        elif not self._counts:
            self._advance()

    def step_update(self, num_updates: int, metric: Any = None) -> None:
        """Move to the time after so many updates, as timm's loops do after each.

        Where ticks are epochs and ``steps_per_epoch`` is not given it does nothing, as in timm.
        """
        if self._run.tick == "ep" and self._run.steps_per_epoch is None:
            return
        self.set_step(self._ticks(num_updates, "st"))

    def set_step(self, k: float) -> None:
        """Move to tick k, forwards or backwards: every order gives the same rates."""
        self._move(_position(k))

    @property
    def factor(self) -> float:
        """What the rates of all groups are multiplied by."""
        return self._factor

    def set_factor(self, factor: float) -> None:
        """Multiply the rates of all groups by a factor that is no function of time.

        It is not part of the state: whoever sets it keeps it, as `Plateau` does.
        """
        self._factor = finite("factor", factor, "LR707")
        self._write()

    def _advance(self) -> None:
        self._move(self.last_epoch + 1)

    def _move(self, at: int | float) -> None:
        rates = self._rates(at)  # refuses a bad tick, or rate, before anything has changed
        if at > self.last_epoch >= 0:  # forwards: what was in force has been used
            for member in self._one_by_one():
                member.used = member.now
            self._before = self.last_epoch
            self.last_epoch = at
        elif at != self.last_epoch:
            self._jump(at)
        self._write(rates)

    def _jump(self, at: int | float) -> None:
        for member in self._one_by_one():
            member.used = {}
        self.last_epoch = at
        self._before = self._one_before()

    def _one_before(self) -> float | None:
        return self.last_epoch - 1 if self.last_epoch >= 1 else None

    def _ticks(self, amount: float, unit: str) -> float:
        run = self._run
        # 0 is the start in any unit: older torch begins a later part of SequentialLR by step(0)
        if run.tick in (None, unit) or not amount:
            return amount
        try:
            return float(run.ticks(Time({unit: number(amount)})))
        except Problem as p:
            raise refused(p.code, p.message, p.help) from None

    def _hook(self) -> None:
        """Look at the optimizer's own updates, by hooks that hold the scheduler weakly.

        Before one, a group that came since the last step joins, and a tensor or a scale that came
        into one is found; after one, it may be counted.
        """
        this = weakref.ref(self)

        def before(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
            scheduler = this()
            if scheduler is None:
                early.remove()
            else:
                scheduler._look_before()

        self.optimizer.register_state_dict_post_hook(_unshare)
        early = self.optimizer.register_step_pre_hook(before)
        if not self._counts:
            return

        def after(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
            scheduler = this()
            if scheduler is None:
                late.remove()
            elif not _skipped(optimizer):
                scheduler._advance()

        late = self.optimizer.register_step_post_hook(after)

    # -- values --

    @property
    def plan(self) -> Plan:
        """The plan of `lr`, or the only one."""
        return self._programs.plans[self._main()]

    @property
    def interval(self) -> Interval:
        """How often `step` is called."""
        return "epoch" if self._run.tick == "ep" else "step"

    @property
    def _run(self) -> Any:
        return self._programs.plans[0].run

    def _main(self) -> int:
        every = [*self._programs.default, *(d for _, ds in self._programs.named for d in ds)]
        return next((d.which for d in every if d.option.name == "lr"), every[0].which)

    @property
    def base_lrs(self) -> list[float]:  # type: ignore[override]
        """The base rate of every group."""
        live = self.optimizer.param_groups
        return [
            m.bases["lr"] if "lr" in m.bases else LR.read(g)
            for m, g in zip(self._group_members(), live, strict=True)
        ]

    def value(self, k: float | None = None, option: str = "lr") -> list[float]:
        """The rates of all groups at tick k (default: now), without moving there.

        Raises:
            LrdslError: k is no number of ticks, or nothing drives that option (LR707).
        """
        at = max(self.last_epoch, 0) if k is None else k
        rates = self._rates(at)
        if not any(option in r for r in rates):
            raise refused("LR707", f"no program drives {option}")
        live = self.optimizer.param_groups
        missing = Option.named(option)
        return [
            r[option] if option in r else missing.read(g) for r, g in zip(rates, live, strict=True)
        ]

    def next(self, option: str = "lr") -> list[float]:
        """The rates that the next update will use."""
        return self.value(None, option)

    def last_used(self, option: str = "lr") -> list[float] | None:
        """The rates that the last update used; None before the first."""
        self._settle()
        if self._before is None:
            return None
        rates = self.value(self._before, option)
        return [m.used.get(option, r) for m, r in zip(self._group_members(), rates, strict=True)]

    def get_lr(self) -> list[Any]:
        """The rates that are in force: torch's name for `next()`."""
        driven = any("lr" in m.bases for m in self._group_members())
        return list(self.value()) if driven else self.get_last_lr()

    def get_last_lr(self) -> list[Any]:
        """The rates as the optimizer has them."""
        rates = [group["lr"] for group in self.optimizer.param_groups]
        return [float(r.detach()) if isinstance(r, torch.Tensor) else float(r) for r in rates]

    # torch's own schedulers keep these two, for whoever looks at them. Here they follow from the
    # rest, so what somebody assigns is dropped: accelerate adds to the count.

    @property
    def _last_lr(self) -> list[Any]:
        return self.get_last_lr()

    @_last_lr.setter
    def _last_lr(self, rates: list[Any]) -> None: ...

    @property
    def _step_count(self) -> int:
        return int(max(self.last_epoch, 0)) + 1

    @_step_count.setter
    def _step_count(self, count: int) -> None: ...

    def _rates(self, at: float) -> list[dict[str, float]]:
        value = evaluated(self._programs.plans, at)
        factor = self._factor
        found = []
        for group, member in zip(self.optimizer.param_groups, self._group_members(), strict=True):
            rates = {}
            for drive in member.drives:
                name = drive.option.name
                rates[name] = value(drive.which, member.bases[name])
            if "lr" in rates:
                rates["lr"] *= factor * _scale(group)
            found.append(rates)
        return found

    def _write(self, rates: list[dict[str, float]] | None = None) -> None:
        """Put the rates of this tick into the groups, and remember them."""
        if self.last_epoch < 0:  # a later part of torch's SequentialLR: not its turn yet
            return
        members = self._group_members()
        groups = self.optimizer.param_groups
        rates = self._rates(self.last_epoch) if rates is None else rates
        for group, member, now in zip(groups, members, rates, strict=True):
            member.now = now
            for drive in member.drives:
                option = drive.option
                group[option.scheduled] = option.write(group, now[option.name])
                group[option.initial] = member.bases[option.name]
        self._scales = _scales(groups)
        self._even = self._evenly(members)

    def _look_before(self) -> None:
        """Before an update: what a new group or another scale changes is written."""
        groups = self.optimizer.param_groups
        if _scales(groups) != self._scales and self._is_ours():
            self._write()
        elif self._even is not None and not _all_plain(groups):
            self._one_by_one()

    def _is_ours(self) -> bool:
        """Whether the rates that stand in the groups are those that were written there.

        Another number lasts until the next step: it may be a later scheduler's, or the 0 with which
        torch.distributed.checkpoint makes a step.
        """
        for group, member in zip(self.optimizer.param_groups, self._group_members(), strict=True):
            if "lr" in member.now and group["lr"] != member.now["lr"]:
                return False
        return True

    def _evenly(self, members: list[_Member]) -> _Even | None:
        """What is needed to write the rates of all groups; None where they are not so alike."""
        one = members[0] if members else None
        if (
            one is None
            or self._counts  # then `step` has nothing to do
            or self._factor != 1.0
            or [d.option for d in one.drives] != [LR]
            or any(m.drives != one.drives for m in members)
            or not _all_plain(self.optimizer.param_groups)
        ):
            return None
        plan = self._programs.plans[one.drives[0].which]
        mark = [one.now["lr"]]
        bases = [m.bases["lr"] for m in members]
        if len(set(bases)) > 1:
            largest = max(bases, key=abs)
            even = _Even(plan, plan.scalar, largest, self.last_epoch, mark, plan.pair, bases)
            return even if plan.is_affine else None
        for group in self.optimizer.param_groups:
            group[LR.scheduled] = mark
        return _Even(plan, plan.scalar, bases[0], self.last_epoch, mark)

    # -- groups --

    def _group_members(self) -> list[_Member]:
        """What is known of every group of the optimizer; one that came later joins now."""
        self._settle()
        groups = self.optimizer.param_groups
        if not _same(groups, self._seen):
            self._even = None
            self._listed = [self._member(group, i) for i, group in enumerate(groups)]
            self._seen = list(groups)
        return self._listed

    def _one_by_one(self) -> list[_Member]:
        """The same, and no rates are written for all of them at once until the next `_write`."""
        members = self._group_members()
        self._even = None
        return members

    def _member(self, group: Group, position: int) -> _Member:
        member = self._members.get(_identity(group))
        gone = member is not None and member.of is not None and member.of() is None
        return self._join(group, position) if member is None or gone else member

    def _look_anew(self) -> None:
        """Nothing is known yet of how the groups stand."""
        self._seen = []
        self._listed = []
        self._even = None

    def _settle(self) -> None:
        """Tell every member what was written and used while that was done for all of them."""
        even, at = self._even, self.last_epoch
        if even is None or at <= even.since:
            return
        for member in self._listed:
            base = member.bases["lr"]
            member.now = {"lr": even.plan(at * 1.0, base)}
            member.used = {"lr": even.plan((at - 1) * 1.0, base)}
        self._before = at - 1
        even.since = at

    def _join(self, group: Group, position: int, base: float | None = None) -> _Member:
        drives = self._programs.of(group, position)
        bases = {d.option.name: d.option.base(group) for d in drives}
        if base is not None and "lr" in bases:
            bases["lr"] = base
        return self._enter(group, _Member(drives, bases))

    def _enter(self, group: Group, member: _Member) -> _Member:
        member.of = weakref.ref(group["params"][0]) if group["params"] else None
        self._members[_identity(group)] = member
        return member

    # -- state --

    def state_dict(self) -> dict[str, Any]:
        """Plain JSON: the step, the canonical program, the run, the base values, the edition."""
        return states.state(
            self.last_epoch, self._programs, [m.bases for m in self._group_members()]
        )

    def load_state_dict(
        self, state_dict: Mapping[str, Any], on_mismatch: Mismatch | None = None
    ) -> None:
        """Go on where a state was taken, and write its values into the optimizer at once.

        Args:
            state_dict: what `state_dict` returned; it is not changed.
            on_mismatch: what to do with the state of another program, run or base: ``"error"``;
                ``"rebind"`` goes on at the saved step with what this scheduler was made with;
                ``"restart"`` begins at step 0 with it. Default: as the scheduler was made.

        Raises:
            LrdslError: the state does not fit (LR708); the message shows both and the first update
                at which they differ. Nothing has changed then.
        """
        mode = self.on_mismatch if on_mismatch is None else states.checked(on_mismatch)
        members = self._group_members()
        found = [
            self._written(m, g) for m, g in zip(members, self.optimizer.param_groups, strict=True)
        ]
        own = self.state_dict()
        step, bases = states.fitting(state_dict, own, self._programs, mode, found)
        for member, saved in zip(members, bases, strict=True):
            member.bases = dict(saved)
        self._jump(step)
        self._write()

    def _written(self, member: _Member, group: Group) -> Callable[..., dict[str, float]]:
        """What this scheduler would write into a group at a step, for given base values."""

        def at(step: float, bases: Mapping[str, float]) -> dict[str, float]:
            plans = self._programs.plans
            rates = {
                d.option.name: plans[d.which](step, bases[d.option.name]) for d in member.drives
            }
            return {n: r * _scale(group) if n == "lr" else r for n, r in rates.items()}

        return at

    def extend(self, total: str | float | Fraction) -> Change:
        """Give the run another total, and say what that means for its past and its future.

        The step stays; from the next update on the rates are those of the new run.

        Raises:
            LrdslError: the program does not fit the new run.
        """
        new = states.extended(self._programs, total)
        bases = [m.bases for m in self._group_members()]
        first = states.first_difference(self._programs, new, bases)
        before = self._in_force()
        self._programs = new
        self._write()
        return Change(self.last_epoch, first, before, self._in_force())

    def _in_force(self) -> tuple[float, ...]:
        return tuple(v for rates in self._rates(max(self.last_epoch, 0)) for v in rates.values())

    def __getstate__(self) -> dict[str, Any]:
        members = self._group_members()  # first: it settles what is kept
        kept = self.__dict__.copy()
        # by position: identities are of this process
        kept["_members"] = [replace(m, of=None) for m in members]
        for name in ("_seen", "_listed", "_even"):
            del kept[name]
        return kept

    def __setstate__(self, kept: dict[str, Any]) -> None:
        members = kept.pop("_members")
        self.__dict__.update(kept)
        self._members = {}
        self._look_anew()
        for group, member in zip(self.optimizer.param_groups, members, strict=True):
            self._enter(group, member)
        self._hook()

    def __repr__(self) -> str:
        return f"Scheduler({self._programs.text!r}, step={self.last_epoch})"

    # -- what torch.optim.lr_scheduler.SequentialLR calls --

    def _initial_step(self) -> None:
        self.set_step(0)

    def _update_lr(self, epoch: int | None = None) -> None:
        self.set_step(self.last_epoch + 1 if epoch is None else epoch)


def _scale(group: Group) -> float:
    """Timm's layer decay, which multiplies last."""
    return float(group.get("lr_scale", 1.0))


def _scales(groups: Sequence[Group]) -> list[Any]:
    """The scales as they stand there: a list compares by identity first, and reads no tensor."""
    return [group.get("lr_scale", 1.0) for group in groups]


def _all_plain(groups: Sequence[Group]) -> bool:
    """Whether a rate goes into every group as it is: no tensor to fill, no scale, no lost base."""
    for group in groups:
        if type(group["lr"]) is not float or "lr_scale" in group or "initial_lr" not in group:
            return False
    return True


def _same(groups: Sequence[Group], others: Sequence[Group]) -> bool:
    """Whether these are the same groups in the same order.

    Lists compare by identity first, in one pass of C. What is not identical is compared by value:
    groups that agree in all, weights and remembered bases too, may well be treated alike.
    """
    try:
        return groups == others
    except (RuntimeError, TypeError, ValueError):  # tensors refuse to be compared as a whole
        return False


def _tick_of(interval: str) -> str:
    ticks = {"step": "st", "epoch": "ep"}
    if interval not in ticks:
        raise refused("LR704", f'interval is "step" or "epoch", not {interval!r}')
    return ticks[interval]


def _identity(group: Group) -> int:
    """A group is its parameters: the dict itself is replaced when the optimizer loads a state."""
    return id(group["params"][0]) if group["params"] else id(group)


def _base_of(base: float | list[float], i: int, optimizer: Optimizer) -> float:
    several = base if isinstance(base, list | tuple) else [base] * len(optimizer.param_groups)
    if len(several) != len(optimizer.param_groups):
        raise refused(
            "LR707", f"{len(several)} base rates for {len(optimizer.param_groups)} groups"
        )
    return finite("base", several[i], "LR707")


def _position(k: Any) -> int | float:
    try:
        return operator.index(k)
    except TypeError:
        return finite("a step", k, "LR707")


def _unshare(optimizer: Optimizer, state: dict[str, Any]) -> None:
    """A state keeps what was written last as a number: the shared list goes on changing."""
    for group in state["param_groups"]:
        if LR.scheduled in group:
            group[LR.scheduled] = LR.mark(group)


def _skipped(optimizer: Optimizer) -> bool:
    """Whether an update did nothing.

    Gradient scaling skips inside of a fused optimizer (elsewhere the scaler does not call it); and
    torch.distributed.checkpoint makes a step with rates of 0 to have the state's tensors made.
    """
    found = getattr(optimizer, "found_inf", None)
    if isinstance(found, torch.Tensor) and bool(found.item()):
        return True
    groups = optimizer.param_groups
    return all(not group["lr"] for group in groups) and any(map(LR.mark, groups))
