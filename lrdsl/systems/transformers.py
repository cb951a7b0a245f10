"""The schedules of Hugging Face's transformers (5.23): the names that `get_scheduler` takes.

Each is a factor of the rate of every group. In the formulas t counts the calls of ``step()``, W is
num_warmup_steps, N num_training_steps and u = (t - W)/(N - W). The run ends at N: after it the
cosines rise again. The functions take the keywords of transformers' own ``get_*_schedule``, and
those that these bind in the functions of t (``min_lr_rate``, ``lr_init``).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from lrdsl.algebra import Schedule
from lrdsl.python import cooldown, cosine, hold, inverse, linear, lr, poly, restarts, warmup, wave
from lrdsl.python import max as at_least
from lrdsl.systems.arguments import Count, Integer, Natural, Number, Positive, ticks
from lrdsl.systems.host import Host
from lrdsl.systems.registry import Draft, find, read, refused, system, timeless, unusable
from lrdsl.values import Value, show_number

HALF = Fraction(1, 2)
ZERO = 0 * lr

Ignored: TypeAlias = Any
"""What `get_scheduler` takes for all names alike, and does not hand on to this one."""

Style: TypeAlias = Literal["linear", "cosine", "1-sqrt"]


@system("transformers.constant")
def constant(
    host: Host,
    /,
    *,
    num_warmup_steps: Ignored = None,
    num_training_steps: Ignored = None,
    last_epoch: Integer = Fraction(-1),
) -> Draft:
    """``1``."""
    note = "constant has no warm-up: transformers ignores num_warmup_steps"
    return Draft(hold(), notes=(note,) if num_warmup_steps else ())


@system("transformers.constant_with_warmup")
def constant_with_warmup(
    host: Host,
    /,
    *,
    num_warmup_steps: Natural,
    num_training_steps: Ignored = None,
    last_epoch: Integer = Fraction(-1),
) -> Draft:
    """``min(t/W, 1)``."""
    return Draft(_ramp(num_warmup_steps) if num_warmup_steps else hold())


@system("transformers.linear")
def linear_with_warmup(
    host: Host,
    /,
    *,
    num_warmup_steps: Natural,
    num_training_steps: Positive,
    last_epoch: Integer = Fraction(-1),
) -> Draft:
    """``t/W``, then ``1 - u``."""
    return _warmed(num_warmup_steps, num_training_steps, linear())


@system("transformers.cosine")
def cosine_with_warmup(
    host: Host,
    /,
    *,
    num_warmup_steps: Natural,
    num_training_steps: Positive,
    num_cycles: Number = HALF,
    min_lr_rate: Number = Fraction(0),
    last_epoch: Integer = Fraction(-1),
) -> Draft:
    """``t/W``, then ``(1 + cos(2*pi*num_cycles*u))/2``."""
    waves = _waves(num_cycles, min_lr_rate * lr)
    return _warmed(num_warmup_steps, num_training_steps, waves)


@system("transformers.cosine_with_restarts")
def cosine_with_hard_restarts(
    host: Host,
    /,
    *,
    num_warmup_steps: Natural,
    num_training_steps: Positive,
    num_cycles: Natural = Fraction(1),
    last_epoch: Integer = Fraction(-1),
) -> Draft:
    """``t/W``, then ``(1 + cos(pi*(num_cycles*u % 1)))/2``."""
    if num_cycles <= 1:
        cycles = _waves(num_cycles / 2, ZERO)
    elif num_cycles.denominator == 1:
        cycles = cosine() * restarts(limit=int(num_cycles))
    else:  # the run cuts the last cycle
        room = max(num_training_steps - num_warmup_steps, Fraction(1))
        cycles = cosine(ticks(room / num_cycles)) * restarts()
    return _warmed(num_warmup_steps, num_training_steps, cycles)


@system("transformers.polynomial")
def polynomial_with_warmup(
    host: Host,
    /,
    *,
    num_warmup_steps: Natural,
    num_training_steps: Positive,
    lr_end: Number = Fraction(1, 10**7),
    power: Natural = Fraction(1),
    lr_init: Positive | None = None,
    last_epoch: Integer = Fraction(-1),
) -> Draft:
    """``t/W``, then ``((lr_init - lr_end)*(1 - u)**power + lr_end)/lr_init``.

    The optimizer's own rate is lr_init, for all groups.
    """
    own = _own_rate(host, lr_init)
    if own is not None and own <= lr_end:
        least = f"{show_number(lr_end)} is not less than the rate, {show_number(own)}"
        raise unusable("lr_end", least)
    end, notes = _shared(host, own, "lr_end", lr_end)
    decay = linear(end=end) if power == 1 else poly(power=power, end=end) if power else hold()
    return _warmed(num_warmup_steps, num_training_steps, decay, notes=notes)


@system("transformers.inverse_sqrt")
def inverse_sqrt(
    host: Host,
    /,
    *,
    num_warmup_steps: Natural,
    num_training_steps: Ignored = None,
    timescale: Positive | None = None,
    last_epoch: Integer = Fraction(-1),
) -> Draft:
    """``t/W``, then ``1/sqrt(1 + (t - W)/timescale)``; the timescale is W, or 10,000 without W."""
    scale = timescale or num_warmup_steps or Fraction(10_000)
    return Draft(_then(num_warmup_steps, inverse(scale=ticks(scale))))


@system("transformers.cosine_with_min_lr")
def cosine_with_min_lr(
    host: Host,
    /,
    *,
    num_warmup_steps: Natural,
    num_training_steps: Positive,
    num_cycles: Number = HALF,
    last_epoch: Integer = Fraction(-1),
    min_lr: Number | None = None,
    min_lr_rate: Number | None = None,
) -> Draft:
    """``t/W``, then ``m + (1 - m)*(1 + cos(2*pi*num_cycles*u))/2``, m being min_lr_rate."""
    low, notes = _lowest(host, "cosine_with_min_lr", min_lr, min_lr_rate)
    return _warmed(num_warmup_steps, num_training_steps, _waves(num_cycles, low), notes=notes)


@system("transformers.cosine_warmup_with_min_lr")
def cosine_warmup_with_min_lr(
    host: Host,
    /,
    *,
    num_warmup_steps: Count,  # with a fraction of a step the real one would go beyond the rate
    num_training_steps: Positive,
    num_cycles: Number = HALF,
    last_epoch: Integer = Fraction(-1),
    min_lr: Number | None = None,
    min_lr_rate: Number | None = None,
    warmup_lr_rate: Number | None = None,
) -> Draft:
    """The same with t + 1 for t; the warm-up goes from warmup_lr_rate to 1 in W - 1 steps."""
    low, notes = _lowest(host, "cosine_warmup_with_min_lr", min_lr, min_lr_rate)
    if warmup_lr_rate is None:
        ramp = warmup(num_warmup_steps, grid="right")
    else:
        ramp = warmup(num_warmup_steps, start=warmup_lr_rate * lr, grid="both")
    waves = _waves(num_cycles, low, grid="right")
    return _warmed(num_warmup_steps, num_training_steps, waves, ramp, notes)


@system("transformers.warmup_stable_decay")
def warmup_stable_decay(
    host: Host,
    /,
    *,
    num_warmup_steps: Natural,
    num_decay_steps: Natural,
    num_training_steps: Positive | None = None,
    num_stable_steps: Number | None = None,
    warmup_type: Style = "linear",
    decay_type: Style = "cosine",
    min_lr_ratio: Natural = Fraction(0),
    num_cycles: Number = HALF,
    last_epoch: Integer = Fraction(-1),
) -> Draft:
    """Up from min_lr_ratio, stable at 1, down to min_lr_ratio, and that is held.

    Without num_stable_steps the decay ends with the run. With fewer than none of them it starts
    within the warm-up, which hides its beginning.
    """
    low = min_lr_ratio * lr
    ramp = _ramp(num_warmup_steps, warmup_type, low)
    decay, reaches_low = _decay(num_decay_steps, decay_type, low, num_cycles)
    stable = num_stable_steps
    if stable is None:
        if num_training_steps is None:
            either = "num_training_steps or num_stable_steps"
            raise refused("LR723", f"transformers.warmup_stable_decay needs {either}")
        stable = num_training_steps - num_warmup_steps - num_decay_steps
    lasts = num_decay_steps + min(stable, Fraction(0))  # how much of the decay is seen
    if lasts != num_decay_steps and lasts > 0:
        decay = decay[ticks(-stable) :]
    if num_stable_steps is None and num_training_steps is not None:
        rest = decay if stable <= 0 else hold() >> decay if num_decay_steps else hold()
        return _warmed(num_warmup_steps, num_training_steps, rest, ramp)

    parts = [ramp] if num_warmup_steps else []
    parts += [hold(ticks(stable))] if stable > 0 else []
    parts += [decay] if lasts > 0 else []
    if not (reaches_low and lasts > 0):
        parts.append(hold(value=low))
    schedule = parts[0]
    for part in parts[1:]:
        schedule = schedule >> part
    note = "num_stable_steps rules: transformers does not use num_training_steps beside it"
    return Draft(schedule, notes=(note,) if num_training_steps is not None else ())


@system("transformers.get_scheduler")
def get_scheduler(
    host: Host,
    /,
    *,
    name: str,
    num_warmup_steps: Any = None,
    num_training_steps: Any = None,
    scheduler_specific_kwargs: dict[str, Any] | None = None,
) -> Draft:
    """The schedule of that name."""
    steps = {"num_warmup_steps": num_warmup_steps, "num_training_steps": num_training_steps}
    given = {k: v for k, v in steps.items() if v is not None}
    ignored = name in ("constant", "constant_with_warmup") and scheduler_specific_kwargs
    if not ignored:
        given |= scheduler_specific_kwargs or {}
    make = find(f"transformers.{name}")
    draft = make(host, **read(f"transformers.{name}", make, given))
    note = f"transformers ignores scheduler_specific_kwargs for {name}"
    return replace(draft, notes=(*draft.notes, note)) if ignored else draft


@system("transformers.reduce_lr_on_plateau")
def reduce_lr_on_plateau(
    host: Host,
    /,
    *,
    num_warmup_steps: Ignored = None,
    num_training_steps: Ignored = None,
    mode: Any = "min",
    factor: Any = 0.1,
    patience: Any = 10,
    threshold: Any = 1e-4,
    threshold_mode: Any = "rel",
    cooldown: Any = 0,
    min_lr: Any = 0,
    eps: Any = 1e-8,
) -> Draft:
    """ReduceLROnPlateau of torch, which watches a metric."""
    raise timeless("reduce_lr_on_plateau", _WATCHES)


@system("transformers.greedy")
def greedy(
    host: Host,
    /,
    *,
    num_warmup_steps: Ignored = None,
    num_training_steps: Ignored = None,
    mode: Any = "min",
    factor: Any = 0.95,
    patience: Any = 10,
    threshold: Any = 1e-6,
    threshold_mode: Any = "abs",
    cooldown: Any = 0,
    warmup: Any = 0,
    min_lr: Any = 1e-3,
    max_lr: Any = 1.0,
    eps: Any = 1e-8,
    verbose: Any = False,
    smooth: Any = False,
    window_size: Any = 50,
    reset_start: Any = 500,
) -> Draft:
    """GreedyLR, which watches a metric."""
    raise timeless("greedy", _WATCHES)


_WATCHES = (
    "it follows a metric of the training: keep the real one, or write the drops "
    "that you expect, as in multistep([30ep, 60ep])"
)


# --- pieces ---------------------------------------------------------------------------------------


def _ramp(steps: Fraction, style: Style = "linear", low: Value = ZERO) -> Schedule:
    if style == "1-sqrt":
        return poly(ticks(steps), start=low, power=HALF, end=lr)
    return warmup(ticks(steps), start=low, shape=style)


def _decay(steps: Fraction, style: Style, low: Value, cycles: Number) -> tuple[Schedule, bool]:
    """A decay to `low`, and whether it gets there."""
    if style == "cosine":
        return _waves(cycles, low, over=ticks(steps)), cycles % 1 == HALF
    if style == "1-sqrt":
        return cooldown(ticks(steps), end=low, shape="sqrt"), True
    return linear(ticks(steps), end=low), True


def _waves(
    cycles: Fraction,
    low: Value,
    grid: Literal["left", "right"] = "left",
    over: Any = None,
) -> Schedule:
    """``low + (lr - low)*(1 + cos(2*pi*cycles*u))/2``, but not below 0."""
    if cycles == 0:
        return hold(over=over)
    if abs(cycles) == HALF:
        waves = cosine(over=over, end=low, grid=grid)
    else:
        waves = wave(over=over, periods=abs(cycles), low=low, grid=grid)
    return at_least(waves, 0) if low.lr < 0 or low.constant < 0 else waves


def _then(steps: Fraction, rest: Schedule) -> Schedule:
    return _ramp(steps) >> rest if steps else rest


def _warmed(
    steps: Fraction,
    total: Fraction,
    rest: Schedule,
    ramp: Schedule | None = None,
    notes: tuple[str, ...] = (),
) -> Draft:
    """A warm-up, and what fills the rest of the run."""
    ramp = _ramp(steps) if ramp is None else ramp
    if steps < total:
        schedule = ramp >> rest if steps else rest
    else:
        schedule = ramp if steps == total else ramp[: ticks(total)]
        notes = (*notes, "the warm-up takes the whole run")
    return Draft(schedule, run={"total": total}, notes=notes)


def _own_rate(host: Host, lr_init: Fraction | None) -> Fraction | None:
    """The rate that the optimizer was made with: of several groups, the first one's most likely."""
    return lr_init or (host.base[0] if host.base else None)


def _shared(
    host: Host, own: Fraction | None, name: str, rate: Fraction
) -> tuple[Value, tuple[str, ...]]:
    """A rate that transformers takes as a share of the optimizer's own, for all groups alike."""
    if own is None or set(host.base) == {own}:
        return host.rate(rate), ()
    if own == 0:
        raise unusable(name, "it is divided by the optimizer's rate, which is 0")
    share = rate / own
    note = (
        f"{name} is {show_number(share)} of the optimizer's own rate, {show_number(own)}, and "
        "transformers takes the same share of the rate of every group"
    )
    return share * lr, (note,)


def _lowest(
    host: Host, name: str, rate: Fraction | None, share: Fraction | None
) -> tuple[Value, tuple[str, ...]]:
    """The lowest rate, given as one or as a share of the group's."""
    if rate is not None and share is not None:
        raise unusable("min_lr", "it is given, and min_lr_rate too: give one of them")
    if share is not None:
        return share * lr, ()
    if rate is None:
        raise refused("LR723", f"transformers.{name} needs min_lr or min_lr_rate")
    return _shared(host, _own_rate(host, None), "min_lr", rate)
