"""Composer's multipliers, from its formulas, on drawn arguments and runs.

The formulas are written out here once more, on a batch's number and exact times. The golden tables
hold them first, with composer's truncation of a share of the run to whole batches; then, without
that known bug, they hold `migrate`.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from math import floor

import golden
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lrdsl

CASES = [c for c in golden.cases() if c.file == "composer"]


@dataclass
class State:
    """A trainer's run, which turns time strings into batches."""

    max_duration: str
    dataloader_len: int
    ssr: float = 1.0
    truncated: bool = False  # shares of the run, as composer truncates them

    @property
    def total(self):
        return State("0ba", self.dataloader_len).batches(self.max_duration, 1)

    def batches(self, time, ssr=None):
        unit = time.lstrip(".0123456789")
        amount = Fraction(time.removesuffix(unit))
        if unit == "dur":
            amount *= self.total
            return floor(amount) if self.truncated else amount
        if unit == "ep":
            amount *= self.dataloader_len
        return floor(amount * Fraction(str(self.ssr if ssr is None else ssr)))


def cosine(x, low):
    return low + (1 - low) * (1 + math.cos(math.pi * x)) / 2


def part(t, length):
    return float(min(1, t / Fraction(length)))


def step(state, t, *, step_size, gamma=0.1):
    return gamma ** (t // state.batches(step_size))


def multi_step(state, t, *, milestones, gamma=0.1):
    return gamma ** sum(t >= state.batches(m) for m in milestones)


def constant(state, t, *, alpha=1.0, t_max="1dur"):
    return alpha if t < state.batches(t_max) else 1.0


def linear(state, t, *, alpha_i=1.0, alpha_f=0.0, t_max="1dur"):
    return alpha_i + (alpha_f - alpha_i) * part(t, state.batches(t_max))


def exponential(state, t, *, gamma, decay_period="1ep"):
    return gamma ** float(Fraction(t) / state.batches(decay_period))


def annealing(state, t, *, t_max="1dur", alpha_f=0.0):
    return cosine(part(t, state.batches(t_max)), alpha_f)


def warm_restarts(state, t, *, t_0, t_mult=1.0, alpha_f=0.0):
    length, end = state.batches(t_0), state.batches(t_0)
    whole = Fraction(length).denominator == 1
    while end <= t:
        length *= Fraction(str(t_mult))
        length = floor(length) if whole else length
        if not length:
            return None  # composer raises ValueError
        end += length
    return cosine(float(1 - Fraction(end - t) / length), alpha_f)


def polynomial(state, t, *, power, t_max="1dur", alpha_f=0.0):
    return alpha_f + (1 - alpha_f) * (1 - part(t, state.batches(t_max))) ** power


def warming(state, t, t_warmup, scale_warmup, peak=1.0):
    """The rate in the warm-up; None after it."""
    if t < state.batches(t_warmup, 1):
        return peak * part(t, state.batches(t_warmup, None if scale_warmup else 1))
    return None


def progress(state, t, t_warmup, t_max):
    begin, end = state.batches(t_warmup, 1), state.batches(t_max)
    return part(t - begin, end - begin) if end > begin else 0.0


def multi_step_warm(state, t, *, t_warmup, milestones, gamma=0.1, scale_warmup=False):
    rate = warming(state, t, t_warmup, scale_warmup)
    return multi_step(state, t, milestones=milestones, gamma=gamma) if rate is None else rate


def constant_warm(state, t, *, t_warmup, alpha=1.0, t_max="1dur", scale_warmup=False):
    rate = warming(state, t, t_warmup, scale_warmup, alpha)
    return constant(state, t, alpha=alpha, t_max=t_max) if rate is None else rate


def linear_warm(state, t, *, t_warmup, alpha_i=1.0, alpha_f=0.0, t_max="1dur", scale_warmup=False):
    rate = warming(state, t, t_warmup, scale_warmup, alpha_i)
    after = alpha_i + (alpha_f - alpha_i) * progress(state, t, t_warmup, t_max)
    return after if rate is None else rate


def annealing_warm(state, t, *, t_warmup, t_max="1dur", alpha_f=0.0, scale_warmup=False):
    rate = warming(state, t, t_warmup, scale_warmup)
    return cosine(progress(state, t, t_warmup, t_max), alpha_f) if rate is None else rate


def polynomial_warm(
    state, t, *, t_warmup, power=2.0, t_max="1dur", alpha_f=0.0, scale_warmup=False
):
    rate = warming(state, t, t_warmup, scale_warmup)
    after = alpha_f + (1 - alpha_f) * (1 - progress(state, t, t_warmup, t_max)) ** power
    return after if rate is None else rate


FORMULAS = {
    "Step": step,
    "MultiStep": multi_step,
    "Constant": constant,
    "Linear": linear,
    "Exponential": exponential,
    "CosineAnnealing": annealing,
    "CosineAnnealingWarmRestarts": warm_restarts,
    "Polynomial": polynomial,
    "MultiStepWithWarmup": multi_step_warm,
    "ConstantWithWarmup": constant_warm,
    "LinearWithWarmup": linear_warm,
    "CosineAnnealingWithWarmup": annealing_warm,
    "PolynomialWithWarmup": polynomial_warm,
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_formulas_are_composers(case):
    name = case.data["system"].removeprefix("composer.").removesuffix("Scheduler")
    args = dict(case.data["args"])
    state = State(**args.pop("_state"), truncated=True)
    ours = [FORMULAS[name](state, t, **args) for t in case.data["t"]]
    assert np.abs(np.subtract(ours, case.data["lr"])).max() <= golden.DOUBLE


def times(shares=True, least=1):
    ep = st.integers(least, 12).map(lambda n: f"{n}ep")
    ba = st.integers(least, 90).map(lambda n: f"{n}ba")
    dur = st.integers(least, 120).map(lambda n: f"{n / 100}dur")
    return ep | ba | dur if shares else ep | ba


alphas = st.sampled_from([0.0, 0.01, 0.1, 0.3, 1.0, 1.5])
gammas = st.sampled_from([0.0, 0.1, 0.5, 0.97, 1.0, 1.2])
PERIOD = {"t_0", "step_size", "decay_period", "t_max"}
DRAWN = {
    "alpha": alphas,
    "alpha_i": alphas,
    "alpha_f": alphas,
    "gamma": gammas,
    "power": st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0]),
    "t_mult": st.sampled_from([0.5, 1.0, 1.1, 1.5, 2.0, 3.0]),
    "milestones": st.lists(times(least=0), max_size=4),
    "t_warmup": times(least=0),
    "scale_warmup": st.booleans(),
    **{name: times() for name in PERIOD},
}


@st.composite
def drawn(draw):
    name = draw(st.sampled_from(sorted(FORMULAS)))
    formula = FORMULAS[name]
    known = formula.__kwdefaults__ or {}
    names = formula.__code__.co_varnames[2 : 2 + formula.__code__.co_kwonlyargcount]
    values = {n: DRAWN[n] for n in names}
    if name == "Exponential":
        values["gamma"] = gammas.filter(bool)  # refused: a power of 0 has no curve
    args = draw(
        st.fixed_dictionaries(
            {n: s for n, s in values.items() if n not in known},
            optional={n: s for n, s in values.items() if n in known},
        )
    )
    if args.get("t_mult") == 0.5:  # of a broken share: truncated after all
        args["t_0"] = draw(times(shares=False))
    state = {
        "max_duration": draw(times(shares=False, least=5)),
        "dataloader_len": draw(st.integers(2, 9)),
        "ssr": draw(st.sampled_from([1.0, 0.5, 0.75, 0.9, 1.3, 2.0])),
    }
    return name, args, state


@settings(max_examples=500)
@given(drawn())
def test_every_rate_of_drawn_arguments_and_runs(case):
    name, args, state = case
    run = State(**state)
    lengths = {k: run.batches(v) for k, v in args.items() if k in PERIOD}
    if args.get("scale_warmup") and run.batches(args["t_warmup"], 1):
        lengths["t_warmup"] = run.batches(args["t_warmup"])
    system = f"composer.{name}Scheduler"
    if not all(lengths.values()):  # composer divides by it
        argument = next(k for k, v in lengths.items() if not v)
        with pytest.raises(lrdsl.LrdslError, match=argument):
            lrdsl.migrate(system, {**args, "_state": state})
        return
    migration = lrdsl.migrate(system, {**args, "_state": state}, base_lr=[0.1, 2.0])
    assert not migration.groups
    at = np.arange(run.total)
    real = [FORMULAS[name](run, int(t), **args) for t in at]
    if None in real:  # from here on there is no cycle
        at, real = at[: real.index(None)], real[: real.index(None)]
    assert migration.run["total"] == len(at)
    plan, top = migration.compile(), max(1.0, *real)
    for base in (2.0, 0.1):
        ours = plan(at, lr=base) / base
        assert np.abs(ours - real).max() <= golden.DOUBLE * top


def migrated(name, state=None, **args):
    about = {} if state is None else {"_state": {"dataloader_len": 8, **state}}
    return lrdsl.migrate(f"composer.{name}Scheduler", {**args, **about})


TEN = {"max_duration": "10ep"}


@pytest.mark.parametrize(
    ("name", "args", "program"),
    [
        ("Linear", {}, "linear"),
        ("Linear", {"alpha_i": 0.5, "t_max": "30ba"}, "linear(30st, start=0.5*lr)"),
        ("Linear", {"t_max": "100ba"}, "linear(100st)[:100%]"),
        ("Polynomial", {"power": 0}, "hold"),
        ("Constant", {"alpha": 0.1, "t_max": "4ep"}, "hold(4ep, value=0.1*lr) >> hold(value=lr)"),
        ("Step", {"step_size": "0.1dur"}, "step(every=10%, factor=0.1)"),
        ("MultiStep", {"milestones": []}, "hold"),
        ("MultiStep", {"milestones": ["0.7dur", "1ep"]}, "multistep(at=[1ep, 70%])"),
        ("MultiStep", {"milestones": ["1ep"], "gamma": 0}, "multistep(at=[1ep], to=[0])"),
        ("LinearWithWarmup", {"t_warmup": "0ba"}, "linear"),
        (
            "LinearWithWarmup",
            {"t_warmup": "1ep", "t_max": "50ba"},
            "warmup(1ep) >> linear(until=50st)",
        ),
        ("LinearWithWarmup", {"t_warmup": "2ep", "t_max": "1ep"}, "warmup(2ep) >> hold"),
        ("LinearWithWarmup", {"t_warmup": "90ba"}, "warmup(90st)[:100%]"),
        ("CosineAnnealingWarmRestarts", {"t_0": "4ba", "t_mult": 1.1}, "cosine(4st) * restarts"),
    ],
)
def test_a_program_keeps_composers_units(name, args, program):
    assert migrated(name, TEN, **args).program == program


def test_cycles_are_written_out_only_where_truncation_bites():
    assert migrated("CosineAnnealingWarmRestarts", t_0="9ba", t_mult=2).program == (
        "cosine(9st) * restarts(t_mul=2)"
    )
    found = migrated("CosineAnnealingWarmRestarts", TEN, t_0="2ep", t_mult=1.3)
    assert found.program == (
        "cosine(2ep) >> cosine(20st, start=lr) * restarts(limit=2, t_mul=1.3)"
        " >> cosine(33st, start=lr) * restarts"
    )
    assert "truncates the cycles' lengths" in found.notes[0]


def test_without_a_state_a_program_waits_for_its_run():
    found = migrated("CosineAnnealingWithWarmup", t_warmup="1ep", t_max=".5dur")
    assert found.program == "warmup(1ep) >> cosine(until=50%)"
    assert found.run == {"tick": "st"}
    known = {"t_warmup": "8ba", "t_max": ".5dur"}
    system = "composer.CosineAnnealingWithWarmupScheduler"
    assert lrdsl.migrate(system, known, total=100).compile()(50, lr=1) == 0


def test_a_run_of_epochs_waits_for_their_length():
    args = {"t_max": "5ep", "_state": {"max_duration": "10ep"}}
    found = lrdsl.migrate("composer.LinearScheduler", args)
    assert (found.program, found.run) == ("linear(5ep)", {"tick": "st", "total": "10ep"})
    assert found.notes == ("to compile it, give steps_per_epoch=..",)


def test_a_run_of_tokens():
    found = migrated("LinearWithWarmup", {"max_duration": "1_000_000tok"}, t_warmup="50_000tok")
    assert found.program == "warmup(50ktok) >> linear"
    assert "lrdsl.compile needs tokens_per_step" in found.notes[0]
    plan = lrdsl.compile(found.program, **found.run, tokens_per_step=10_000)
    assert plan.table(lr=1.0)[:6].round(12).tolist() == [0, 0.2, 0.4, 0.6, 0.8, 1]


def test_notes():
    assert migrated("Step", TEN, step_size="0.33dur").notes == (
        "composer truncates 0.33dur to 26ba, the program does not",
    )
    scaled = {**TEN, "ssr": 0.5}
    found = migrated("LinearWithWarmup", scaled, t_warmup="16ba", scale_warmup=True)
    assert found.program == "warmup(8st) >> hold(8st) >> linear"
    assert "scales the warm-up's slope by ssr, not its end" in found.notes[0]


@pytest.mark.parametrize(
    ("name", "state", "args", "message"),
    [
        ("CosineAnnealing", TEN, {"t_max": "10sec"}, "t_max: '10sec' is in sec"),
        ("CosineAnnealing", TEN, {"t_max": "1.5ep"}, "t_max: '1.5ep' is not a whole number"),
        ("CosineAnnealing", TEN, {"t_max": 10}, "t_max: a time such as '10ep'"),
        ("CosineAnnealing", TEN, {"t_max": "0ba"}, "t_max: 0ba is no length"),
        ("CosineAnnealing", TEN, {"t_end": "5ba"}, "has no argument 't_end'"),
        ("CosineAnnealing", 5, {}, "_state: "),
        ("CosineAnnealing", {"max_duration": "1dur"}, {}, "_state: max_duration: 1dur"),
        ("CosineAnnealing", {"duration": "1ep"}, {}, "_state has no argument 'duration'"),
        ("CosineAnnealing", {"ssr": 1}, {}, "_state needs max_duration"),
        ("CosineAnnealing", {**TEN, "ssr": 0}, {}, "_state: ssr: 0 is not positive"),
        ("Step", TEN, {}, "needs step_size"),
        ("Step", {**TEN, "ssr": 0.1}, {"step_size": "5ba"}, "step_size: 5ba is no length"),
        ("Step", TEN, {"step_size": "5ba", "gamma": -1}, "gamma: -1 is not zero or positive"),
        ("Exponential", TEN, {"gamma": 0}, "gamma: 0 is not positive"),
        ("MultiStep", TEN, {"milestones": ["5ba", 7]}, "milestones[1]: a time such as"),
        ("CosineAnnealingWarmRestarts", None, {"t_0": "9ba", "t_mult": 1.5}, "_state: "),
        (
            "Step",
            {"max_duration": "10ep", "dataloader_len": None, "ssr": 0.7},
            {"step_size": "5ep"},
            "_state: dataloader_len is needed to scale 5ep",
        ),
    ],
    ids=str,
)
def test_what_composer_cannot_do_is_an_error_that_names_the_argument(name, state, args, message):
    about = {} if state is None else {"_state": state}
    with pytest.raises(lrdsl.LrdslError) as caught:
        lrdsl.migrate(f"composer.{name}Scheduler", {**args, **about})
    assert message in " ".join(d.message for d in caught.value.diagnostics)
