"""The names of the language, their signatures, and what other systems call the same things."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from lrdsl import algebra, recipes
from lrdsl.algebra import Call, Item
from lrdsl.values import Value

LR = Value(Fraction(1), Fraction(0))
CONSTANTS: dict[str, Item] = {"lr": LR, "base": LR}
VARIADIC = {"min": algebra.Minimum, "max": algebra.Maximum}


def vocabulary() -> dict[str, type[Call]]:
    """Every name that is called, and its class."""
    return _vocabulary(len(algebra.SCHEDULES) + len(algebra.MODIFIERS))


@lru_cache(maxsize=1)
def _vocabulary(kinds: int) -> dict[str, type[Call]]:
    """Looked up for every call: computed anew only when a kind has been added."""
    known = {**algebra.SCHEDULES, **algebra.MODIFIERS}
    return {k: c for k, c in known.items() if issubclass(c, Call)}


def reserved() -> set[str]:
    """The names of this edition, which a binding may not take."""
    return {*vocabulary(), *VARIADIC, *CONSTANTS, *recipes.BUILT_IN}


def signature(cls: type[Call]) -> str:
    """A call with all parameters as Python shows it: those after ``*`` are given by name.

    ``step(every, factor, *, over=.., until=.., start=..)``: ``..`` is a default without a spelling.
    """
    shown = []
    for f in cls.parameters():
        info = cls.model_fields[f]
        name = cls.spelling.get(f, f)
        default = cls.defaults.get(f, info.default)
        if info.is_required() or (f == "over" and getattr(cls, "needs_length", False)):
            shown.append(name)
        elif default is None:
            shown.append(f"{name}=..")
        else:
            shown.append(f"{name}={algebra.show_argument(default)}")
    count = len(cls.positional)
    marked = [*shown[:count], *(["*"] if shown[count:] else []), *shown[count:]]
    return f"{cls.model_fields['kind'].default}({', '.join(marked)})"


# What other systems call things.
ARGUMENT_HABITS = {
    "from": "start",
    "from_": "start",
    "begin": "start",
    "init": "start",
    "to": "end",
    "final": "end",
    "min": "end",
    "lr_min": "end",
    "eta_min": "end",
    "min_lr": "end",
    "alpha": "end",
    "length": "over",
    "steps": "over",
    "epochs": "over",
    "duration": "over",
    "for_": "over",
    "gamma": "factor",
    "rate": "factor",
    "decay_rate": "factor",
    "step_size": "every",
    "milestones": "at",
    "cycle_mul": "t_mul",
    "T_mult": "t_mul",
    "m_mul": "decay",
    "cycle_decay": "decay",
    "cycle_limit": "limit",
    "cycles": "limit",
    "num_cycles": "limit",
    "type": "kind",
    "p": "power",
    "exponent": "power",
}
NOTHING = {"None", "True", "False", "null", "none", "true", "false", "auto", "default"}
_CALLED = "in a program a unit stands behind its number: 5ep, 10%"
ELSEWHERE = {
    **dict.fromkeys(("ep", "st", "ex", "tok", "pct", "epoch", "epochs", "steps"), ("", _CALLED)),
    **dict.fromkeys(
        ("inf", "infinity", "nan"),
        ("", "all numbers are finite; what has no end has no length: hold, or restarts"),
    ),
    "pi": ("", "write the number"),
    "cosineannealinglr": ("cosine", "torch's CosineAnnealingLR is cosine(T_max, end=eta_min)"),
    "cosineannealing": ("cosine", "did you mean cosine?"),
    "cosineannealingwarmrestarts": (
        "",
        "torch's CosineAnnealingWarmRestarts is cosine(T_0) * restarts(t_mul=T_mult)",
    ),
    "sgdr": ("", "cosine with warm restarts is cosine(10ep) * restarts(t_mul=2)"),
    "linearlr": ("linear", "torch's LinearLR is linear(total_iters, start=.., end=..)"),
    "constantlr": ("hold", "torch's ConstantLR is hold(total_iters, value=..)"),
    "steplr": ("step", "torch's StepLR is step(step_size, gamma)"),
    "multisteplr": ("multistep", "torch's MultiStepLR is multistep(milestones, gamma)"),
    "exponentiallr": ("exponential", "torch's ExponentialLR is exponential(every=1, factor=gamma)"),
    "polynomiallr": ("poly", "torch's PolynomialLR is poly(total_iters, power=..)"),
    "cycliclr": ("cyclic", "torch's CyclicLR is cyclic(up, down, low=base_lr)"),
    "onecyclelr": ("onecycle", "torch's OneCycleLR is onecycle"),
    "sequentiallr": ("", "torch's SequentialLR is the operator `>>`: warmup(5ep) >> cosine"),
    "chainedscheduler": ("", "torch's ChainedScheduler is the operator `*`"),
    "lambdalr": ("", "a formula is put together from segments: say what curve it draws"),
    "constant": ("hold", "a constant rate is hold; a given one is hold(value=1e-4)"),
    "rsqrt": ("inverse", "the inverse square root is inverse(scale=..)"),
    "power": ("inverse", "a power of time is inverse(scale=.., power=..)"),
    "exp": ("exponential", "did you mean exponential?"),
    "expdecay": ("exponential", "did you mean exponential?"),
    "staircase": ("step", "did you mean step?"),
    "repeat": ("restarts", "did you mean restarts?"),
    "cycle": ("restarts", "did you mean restarts? or cyclic"),
    "cycles": ("restarts", "did you mean restarts?"),
    "piecewise": ("points", "did you mean points?"),
    "polynomial": ("poly", "did you mean poly?"),
    "learningrate": ("lr", "the base rate is called lr"),
    "baselr": ("lr", "the base rate is called lr"),
    "plateau": (
        "plateau",
        "a rate that depends on a metric is not a function of time: drive the plateau with "
        "torch's ReduceLROnPlateau, as a factor on top of a schedule",
    ),
    "reducelronplateau": (
        "plateau",
        "a rate that depends on a metric is not a function of time: keep torch's "
        "ReduceLROnPlateau, as a factor on top of a schedule",
    ),
}
UNIT_HABITS = {
    "pct": "%", "percent": "%",
    "e": "ep", "eps": "ep", "it": "st", "its": "st", "iter": "st", "iters": "st",
    "iteration": "steps", "iterations": "steps", "update": "st", "updates": "st", "ba": "st",
    "batch": "st", "batches": "st", "s": "st", "sp": "ex", "g": "B", "m": "M", "b": "B", "t": "T",
}  # fmt: skip
