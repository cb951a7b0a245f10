"""The custom function of Kaggle's notebooks: ramp up, sustain, decay (C. Deotte)."""

from __future__ import annotations

from lrdsl.python import hold, step, warmup
from lrdsl.systems.arguments import Natural, Number, Positive, ticks
from lrdsl.systems.host import Host
from lrdsl.systems.registry import Draft, system


@system("deotte.lrfn")
def lrfn(
    host: Host,
    /,
    *,
    LR_START: Number,
    LR_MAX: Number,
    LR_RAMPUP_EPOCHS: Natural,
    LR_SUSTAIN_EPOCHS: Natural,
    LR_STEP_DECAY: Positive,
) -> Draft:
    """``LR_MAX * LR_STEP_DECAY**((epoch - rampup - sustain) // 2)`` after ramp-up and sustain."""
    peak = host.rate(LR_MAX)
    decay = step(every=2, factor=LR_STEP_DECAY)
    if LR_SUSTAIN_EPOCHS:
        decay = hold(ticks(LR_SUSTAIN_EPOCHS, "epoch")) >> decay
    ramp = warmup(ticks(LR_RAMPUP_EPOCHS, "epoch"), start=host.rate(LR_START), end=peak)
    note = "the decay is a staircase of two epochs: the function divides by 2 with //"
    return Draft(ramp >> decay, interval="epoch", notes=(note,))
