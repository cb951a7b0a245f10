"""What other systems call the names, the arguments and the units of the language."""

from __future__ import annotations

import re
from collections.abc import Container


def elsewhere(name: str, known: Container[str]) -> tuple[str, str] | None:
    """What a name that is not known here is elsewhere.

    Args:
        name: such as ``StepLR`` or ``get_cosine_schedule_with_warmup``.
        known: the names that are known here.

    Returns:
        The name that it has here, or "" where there is no single one, and what to say; None where
        nothing is known of it.
    """
    plain = name.lower().replace("_", "")
    bare = _AROUND.sub("", plain)
    for word in (plain, bare, bare.removesuffix("lr")):
        if word in _NAMES:
            return _NAMES[word]
        if word != plain and word in known:
            return word, f"did you mean {word}?"
    return None


def is_schedulers(name: str) -> bool:
    """Whether a name is probably that of another library's scheduler."""
    return _A_SCHEDULER.search(name) is not None


def argument(name: str, kind: str, fields: Container[str]) -> tuple[str | None, str | None]:
    """What an argument of another system's is called in a call of a kind, or what to say of it."""
    if name in _WARMUPS:
        if kind == "warmup":
            return "over", None
        return None, f"a warmup is a segment of its own: warmup(..) >> {kind}"
    for meant in _ARGUMENTS.get(name, "").split():
        if meant in fields:
            return meant, None
    return None, _OF_NO_KIND.get(name)


def _transformers(name: str, text: str) -> tuple[str, str]:
    return (
        "",
        f"transformers' {name} is {text}; `lrdsl import transformers.{name}` takes its arguments",
    )


_AROUND = re.compile("^get|scheduler?")
_A_SCHEDULER = re.compile("(LR|[dD]ecay|[aA]nnealing|[sS]cheduler?|_lr)$")

# Arguments of other systems, and what they are called here: the first that a kind has.
_ARGUMENTS = {
    "from": "start",
    "from_": "start",
    "begin": "start",
    "init": "start",
    "init_lr": "start",
    "init_value": "start",
    "initial_lr": "start",
    "start_lr": "start",
    "start_factor": "start",
    "warmup_start_lr": "start",
    "warmup_lr_init": "start",
    "warmup_init_lr": "start",
    "to": "end",
    "final": "end",
    "min": "end",
    "lr_min": "end",
    "eta_min": "end",
    "min_lr": "end",
    "lr_end": "end",
    "end_lr": "end",
    "end_factor": "end",
    "end_value": "end",
    "final_lr": "end",
    "alpha": "end",
    "length": "over",
    "steps": "over",
    "T_max": "over",
    "T_0": "over",
    "t_initial": "over",
    "total_iters": "over",
    "total_steps": "over",
    "max_iters": "over",
    "num_training_steps": "over",
    "transition_steps": "every over",
    "decay_steps": "every over",
    "decay_epochs": "every over",
    "decay_t": "every over",
    "epochs": "over",
    "duration": "over",
    "for_": "over",
    "gamma": "factor",
    "rate": "factor",
    "decay_factor": "factor",
    "decay_rate": "factor",
    "step_size": "every",
    "milestones": "at",
    "boundaries": "at",
    "decay_milestones": "at",
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
_WARMUPS = {
    "num_warmup_steps",
    "warmup",
    "warmup_epochs",
    "warmup_iters",
    "warmup_steps",
    "warmup_t",
}
_OF_NO_KIND = {
    **dict.fromkeys(
        ("last_epoch", "optimizer", "verbose"), "leave it out: a program has neither state nor host"
    ),
    **dict.fromkeys(
        ("base_lr", "lr", "max_lr", "peak_lr", "peak_value"),
        "leave it out: the peak is lr, the base rate, which the optimizer has",
    ),
    "num_cycles": "cycles are written as in cosine(10ep) * restarts(limit=3)",
}
NOTHING = {"None", "True", "False", "null", "none", "true", "false", "auto", "default"}
_CALLED = "in a program a unit stands behind its number: 5ep, 10%"
_NAMES = {
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
    "multiplicativelr": ("", "a formula is put together from segments: say what curve it draws"),
    "warmuplr": ("warmup", "did you mean warmup?"),
    "linearwarmup": ("warmup", "did you mean warmup?"),
    **dict.fromkeys(
        ("warmupcosine", "cosinewarmup", "warmupcosinedecay", "linearwarmupcosineannealing"),
        ("", "one after the other is the operator `>>`: warmup(5ep) >> cosine"),
    ),
    **dict.fromkeys(
        ("warmuplinear", "warmuplineardecay", "warmupdecaylr"),
        ("", "one after the other is the operator `>>`: warmup(5ep) >> linear"),
    ),
    "constantwithwarmup": _transformers("constant_with_warmup", "warmup(num_warmup_steps) >> hold"),
    "linearwithwarmup": _transformers("linear", "warmup(num_warmup_steps) >> linear"),
    "cosinewithwarmup": _transformers("cosine", "warmup(num_warmup_steps) >> cosine"),
    **dict.fromkeys(
        ("cosinewithrestarts", "cosinewithhardrestartswithwarmup"),
        _transformers(
            "cosine_with_restarts",
            "warmup(num_warmup_steps) >> cosine * restarts(limit=num_cycles)",
        ),
    ),
    **dict.fromkeys(
        ("cosinewithminlr", "cosinewithminlrwithwarmup"),
        _transformers("cosine_with_min_lr", "warmup(num_warmup_steps) >> cosine(end=min_lr)"),
    ),
    "polynomialdecaywithwarmup": _transformers(
        "polynomial", "warmup(num_warmup_steps) >> poly(power=.., end=lr_end)"
    ),
    "inversesqrt": ("inverse", "the inverse square root is inverse(scale=..)"),
    "warmupstabledecay": _transformers(
        "warmup_stable_decay", "warmup(num_warmup_steps) >> hold >> cosine(num_decay_steps)"
    ),
    "cosinedecay": ("cosine", "did you mean cosine?"),
    "cosinedecayrestarts": ("", "cosine with warm restarts is cosine(10ep) * restarts(t_mul=2)"),
    "lineardecay": ("linear", "did you mean linear?"),
    "stepdecay": ("step", "did you mean step?"),
    "exponentialdecay": ("exponential", "did you mean exponential?"),
    "polynomialdecay": ("poly", "did you mean poly?"),
    "piecewiseconstant": ("multistep", "did you mean multistep?"),
    "piecewiseconstantdecay": ("multistep", "did you mean multistep?"),
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
