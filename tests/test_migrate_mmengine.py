"""Programs made of mmengine's schedulers, against its rules written down as it applies them.

mmengine itself cannot be installed beside the other libraries. `rates` goes step by step as it
does, each scheduler changing the rate that it finds; the golden tables hold it to the real one.
"""

import json
import math

import golden
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lrdsl

STEPS = 70
INF = 10**9
hundred = settings(max_examples=max(100, settings().max_examples))


def scheduled(name, args):
    """A function from the rate that is there, the step and the base rate to the new rate."""
    begin, end = args.get("begin", 0), args.get("end", INF)
    last = end - begin - 1
    rule = RULES[name](args, last)

    def act(rate, t, base):
        return rule(rate, t - begin, base) if begin <= t < end else rate

    return act


def constant(args, last):
    factor = args.get("factor", 1 / 3)

    def rule(rate, k, base):
        return rate * factor if k == 0 else rate / factor if k == last else rate

    return rule


def linear(args, last):
    a, b = args.get("start_factor", 1 / 3), args.get("end_factor", 1.0)

    def rule(rate, k, base):
        return rate * a if k == 0 else rate * (1 + (b - a) / (last * a + (k - 1) * (b - a)))

    return rule


def exponential(args, last):
    return lambda rate, k, base: rate * args["gamma"] if k else rate


def step(args, last):
    every, gamma = args["step_size"], args.get("gamma", 0.1)
    return lambda rate, k, base: rate * gamma if k and k % every == 0 else rate


def multistep(args, last):
    at, gamma = args["milestones"], args.get("gamma", 0.1)
    return lambda rate, k, base: rate * gamma ** at.count(k)


def lowest(args, base):
    ratio = args.get("eta_min_ratio")
    return (args.get("eta_min") or 0.0) if ratio is None else ratio * base


def cosine_step(rate, k, length, low):
    ratio = (1 + math.cos(math.pi * k / length)) / (1 + math.cos(math.pi * (k - 1) / length))
    return ratio * (rate - low) + low


def cosine(args, last):
    length = args.get("T_max") or last + 1

    def rule(rate, k, base):
        low = lowest(args, base)
        if k == 0:
            return rate
        if (k - 1 - length) % (2 * length) == 0:
            return rate + (base - low) * (1 - math.cos(math.pi / length)) / 2
        return cosine_step(rate, k, length, low)

    return rule


def poly(args, last):
    low, power = args.get("eta_min", 0.0), args.get("power", 1.0)

    def rule(rate, k, base):
        return (rate - low) * (1 - 1 / (last - k + 1)) ** power + low if k else rate

    return rule


def restart(args, last):
    periods, weights = args["periods"], args.get("restart_weights", [1])

    def rule(rate, k, base):
        low = lowest(args, base)
        for period, weight in zip(periods, weights, strict=True):
            if k < period:
                return cosine_step(rate, k, period, low) if k else base * weight
            k -= period
        return rate

    return rule


def onecycle(args, last):
    total = args.get("total_steps") or last + 1
    top, pct = args["eta_max"], args.get("pct_start", 0.3)
    low = top / args.get("div_factor", 25.0)
    bottom = low / args.get("final_div_factor", 1e4)
    phases = [(pct * total - 1, low, top), (total - 1, top, bottom)]
    if args.get("three_phase"):
        phases[1:] = [(2 * pct * total - 2, top, low), (total - 1, low, bottom)]

    def rule(rate, k, base):
        begin = 0
        for i, (end, a, b) in enumerate(phases):
            if k <= end or i == len(phases) - 1:
                u = (k - begin) / (end - begin)
                if args.get("anneal_strategy", "cos") == "cos":
                    u = (1 - math.cos(math.pi * u)) / 2
                return a + (b - a) * u
            begin = end
        raise AssertionError

    return rule


RULES = {
    "ConstantLR": constant,
    "LinearLR": linear,
    "ExponentialLR": exponential,
    "StepLR": step,
    "MultiStepLR": multistep,
    "CosineAnnealingLR": cosine,
    "PolyLR": poly,
    "CosineRestartLR": restart,
    "OneCycleLR": onecycle,
}
IN_EPOCHS = ("begin", "end", "step_size", "milestones", "T_max", "periods", "total_steps")


def in_steps(args):
    """What build_iter_from_epoch makes of its arguments."""
    args = dict(args)
    name, length = args.pop("cls"), args.pop("epoch_length")
    for key in args.keys() & set(IN_EPOCHS):
        value = args[key]
        args[key] = [v * length for v in value] if isinstance(value, list) else value * length
    return name, args


def rates(schedulers, base, steps):
    actions = [scheduled(*s) for s in schedulers]
    rate, found = base, []
    for t in range(steps):
        for act in actions:
            rate = act(rate, t, base)
        found.append(rate)
    return found


CASES = [c for c in golden.cases() if c.file == "mmengine"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rules_are_those_of_the_real_mmengine(case):
    args = case.data["args"]
    schedulers = [in_steps(args)] if "cls" in args else args["schedulers"]
    for base, table in case.groups:
        ours = rates(schedulers, base, len(table))
        assert ours == pytest.approx(table, rel=0, abs=case.tolerance)


def check(schedulers, bases, args=None, system="mmengine.composite", steps=STEPS):
    args = {"schedulers": schedulers} if args is None else args
    migration = lrdsl.migrate(system, args, base_lr=bases)
    programs = migration.groups or [migration.program] * len(bases)
    end = migration.run.get("total", math.inf)
    for program, base in zip(programs, bases, strict=True):
        assert lrdsl.format(program) == program
        plan = lrdsl.compile(program, **migration.run)
        real = rates(schedulers, base, int(min(steps, end)))
        ours = [plan(t, lr=base) for t in range(len(real))]
        assert ours == pytest.approx(real, rel=0, abs=1e-12 * max(map(abs, real))), program


share = st.sampled_from([0.001, 0.1, 1 / 3, 0.5, 1.0]) | st.floats(0.001, 1)
low = st.sampled_from([0.0, 1e-5, 0.001])
gamma = st.sampled_from([0.1, 0.5, 0.9, 1.1]) | st.floats(0.2, 1.2)
bases = st.lists(st.sampled_from([0.1, 0.01, 0.3]), min_size=1, max_size=2)


def args(needed, **optional):
    return st.fixed_dictionaries(needed, optional=optional)


def lowest_rate(needed, **optional):
    absolute = args(needed, eta_min=low, **optional)
    relative = args({**needed, "eta_min_ratio": st.sampled_from([0.0, 0.05, 0.1])}, **optional)
    return absolute | relative


MULTIPLYING = {
    "ConstantLR": args({}, factor=share),
    "LinearLR": args({}, start_factor=share, end_factor=share),
    "ExponentialLR": args({"gamma": gamma}),
    "StepLR": args({"step_size": st.integers(1, 20)}, gamma=gamma),
    "MultiStepLR": args({"milestones": st.lists(st.integers(-1, 60), max_size=4)}, gamma=gamma),
    "CosineAnnealingLR": args({}, eta_min=st.just(0.0)),
    "PolyLR": args({}, power=st.sampled_from([0, 0.5, 0.9, 1.0, 2.0])),
}


@st.composite
def restarts(draw):
    periods = draw(st.lists(st.integers(1, 15), min_size=1, max_size=4))
    if draw(st.booleans()):
        periods = [periods[0]] * len(periods)
    weight = st.sampled_from([1, 1, 0.8, 0.5])
    weights = draw(st.lists(weight, min_size=len(periods), max_size=len(periods)))
    lowest = draw(
        st.fixed_dictionaries({"eta_min": low})
        | st.fixed_dictionaries({"eta_min_ratio": st.sampled_from([0.0, 0.1])})
    )
    return {"periods": periods, "restart_weights": weights, **lowest}


@st.composite
def onecycles(draw, total):
    steps = draw(total)
    pct = draw(st.sampled_from([0.1, 0.25, 0.3, 0.5]))
    return draw(
        args(
            {
                "total_steps": st.just(steps),
                "eta_max": st.sampled_from([0.1, 0.5]),
                "pct_start": st.just(pct if pct * steps != 1 else 0.3),
            },
            anneal_strategy=st.sampled_from(["cos", "linear"]),
            div_factor=st.sampled_from([10.0, 25.0]),
            final_div_factor=st.sampled_from([100.0, 1e4]),
            three_phase=st.booleans(),
        )
    )


# each alone, over its window: what it does on the rate lr
ALONE = {
    **MULTIPLYING,
    "CosineAnnealingLR": lowest_rate({"T_max": st.integers(2, 50)}) | lowest_rate({}),
    "PolyLR": args({}, eta_min=low, power=st.sampled_from([0, 0.5, 0.9, 1.0, 2.0])),
    "CosineRestartLR": restarts(),
    "OneCycleLR": onecycles(st.integers(11, 60)),
}


@st.composite
def windowed(draw, kinds, begin=0, most=50):
    name = draw(st.sampled_from(sorted(kinds)))
    steps = draw(st.integers(1, most))
    given = dict(draw(kinds[name]), begin=begin, end=begin + steps)
    return [name, given]


@st.composite
def single(draw):
    name, given = draw(st.integers(0, 10).flatmap(lambda b: windowed(ALONE, b)))
    if draw(st.booleans()):
        del given["end"]
    return [name, given]


@settings(max_examples=max(300, settings().max_examples))
@given(single(), bases)
def test_each_scheduler_in_its_window(one, bases):
    name, given = one
    check([one], bases, given, f"mmengine.{name}")
    check([one], bases, {"schedulers": [one]}, f"mmengine.{name}")


# In a row, a cosine that goes past its T_max is left out: it goes up by what the base rate says,
# not by what it found. So is what sets a rate, but as the last.
ROW = {
    **MULTIPLYING,
    "CosineAnnealingLR": lowest_rate({}),
    "PolyLR": ALONE["PolyLR"],
}


@st.composite
def rows(draw):
    found, begin = [], draw(st.integers(0, 4))
    for _ in range(draw(st.integers(1, 2))):
        found.append(draw(windowed({"LinearLR": MULTIPLYING["LinearLR"], **ROW}, begin, 20)))
        if found[-1][0] in ("LinearLR", "ConstantLR") and draw(st.booleans()):
            found[-1][1]["end_factor" if found[-1][0] == "LinearLR" else "factor"] = 1.0
        begin = found[-1][1]["end"] + draw(st.sampled_from([0, 0, 3]))
    found.append(draw(windowed({**ROW, "CosineRestartLR": restarts()}, begin, 30)))
    if draw(st.booleans()) and found[-1][0] not in ("CosineAnnealingLR",):
        del found[-1][1]["end"]
    return draw(st.permutations(found))


def sayable(schedulers):
    """A ramp is written in lr; where it meets another rate, it multiplies, as all then must."""
    leads = [n for n, a in schedulers if n == "CosineRestartLR" or lowest(a, 1.0)]
    ramps = [n for n, _ in schedulers if n in ("LinearLR", "ConstantLR")]
    return not leads or not ramps or (len(ramps) == 1 and schedulers[0][0] in ramps)


@hundred
@given(rows(), bases)
def test_one_after_the_other(schedulers, bases):
    try:
        check(schedulers, bases)
    except lrdsl.LrdslError:
        assert not sayable(sorted(schedulers, key=lambda s: s[1]["begin"]))


@hundred
@given(st.lists(st.integers(0, 9).flatmap(lambda b: windowed(MULTIPLYING, b)), max_size=3), bases)
def test_at_the_same_time(schedulers, bases):
    check([["ExponentialLR", {"gamma": 0.98}], *schedulers], bases)


@hundred
@given(single(), st.integers(1, 4))
def test_from_epochs(one, length):
    name, given = one
    given = {**given, "cls": name, "epoch_length": length}
    if name == "OneCycleLR" and length * given["total_steps"] * given["pct_start"] == 1:
        return
    check([in_steps(given)], [0.1], given, "mmengine.build_iter_from_epoch")


# --- what is refused, and what is said ---------------------------------------------------------


def refused(system, given):
    with pytest.raises(lrdsl.LrdslError) as caught:
        lrdsl.migrate(system, given, base_lr=0.1)
    return [(d.code, d.message, d.help) for d in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("name", "given", "code", "says"),
    [
        ("StepLR", {}, "LR723", "step_size"),
        ("StepLR", {"step_size": 5, "gama": 1}, "LR722", "gama"),
        ("StepLR", {"step_size": 0}, "LR724", "step_size"),
        ("StepLR", {"step_size": 5, "begin": 5, "end": 5}, "LR724", "end"),
        ("ConstantLR", {"factor": 2}, "LR724", "factor"),
        ("ConstantLR", {"factor": 0, "end": 5}, "LR724", "factor"),
        ("LinearLR", {"start_factor": 0, "end": 5}, "LR724", "start_factor"),
        ("LinearLR", {"end_factor": 1.5}, "LR724", "end_factor"),
        ("CosineAnnealingLR", {"eta_min": 0, "eta_min_ratio": 0.1}, "LR724", "eta_min_ratio"),
        ("CosineRestartLR", {"periods": [5]}, "LR724", "eta_min"),
        ("CosineRestartLR", {"periods": [5, 5], "eta_min": 0}, "LR724", "restart_weights"),
        ("OneCycleLR", {"eta_max": 0.1, "total_steps": 10, "pct_start": 2}, "LR724", "pct_start"),
        ("OneCycleLR", {"eta_max": 0.1, "total_steps": 0}, "LR724", "total_steps"),
        ("composite", {"schedulers": []}, "LR724", "schedulers"),
        ("composite", {"schedulers": [["StepLR"]]}, "LR724", "schedulers"),
        ("composite", {"schedulers": [["StepRL", {}]]}, "LR721", "StepRL"),
        ("composite", {"schedulers": [["composite", {}]]}, "LR724", "composite"),
        ("StepLR", {"schedulers": [["StepLR", {"step_size": 2}]], "gamma": 1}, "LR724", "gamma"),
        ("build_iter_from_epoch", {"cls": "StepLR", "epoch_length": 5}, "LR723", "step_size"),
        ("build_iter_from_epoch", {"cls": "StepLR", "step_size": 5}, "LR723", "epoch_length"),
        ("build_iter_from_epoch", {"cls": "Step", "epoch_length": 5}, "LR724", "StepLR"),
        (
            "build_iter_from_epoch",
            {"cls": "StepLR", "epoch_length": 5, "step_size": "two"},
            "LR724",
            "step_size: 'two' is not a number",
        ),
        (
            "build_iter_from_epoch",
            {"cls": "StepLR", "epoch_length": 5, "step_size": 2, "by_epoch": False},
            "LR724",
            "by_epoch",
        ),
    ],
)
def test_what_is_wrong_is_named(name, given, code, says):
    [(found, message, _)] = refused(f"mmengine.{name}", given)
    assert found == code
    assert says in message


def test_a_metric_is_no_function_of_time():
    alone = refused("mmengine.ReduceOnPlateauLR", {"patience": 3})
    inside = refused("mmengine.composite", {"schedulers": [["ReduceOnPlateauLR", {}]]})
    for [(code, message, help)] in (alone, inside):
        assert (code, "metric" in message) == ("LR725", True)
        assert "multistep" in help


def test_a_lowest_rate_at_the_same_time_as_another_scheduler_cannot_be_said():
    both = [["CosineAnnealingLR", {"T_max": 9, "eta_min": 0.01}], ["StepLR", {"step_size": 3}]]
    [(code, message, help)] = refused("mmengine.composite", {"schedulers": both})
    assert (code, message.startswith("mmengine.composite: schedulers")) == ("LR724", True)
    assert "overlap" in help


def test_no_end_is_none_in_iterations_either():
    given = {"cls": "StepLR", "epoch_length": 5, "step_size": 2}
    endless = lrdsl.migrate("mmengine.build_iter_from_epoch", {**given, "end": 10**9})
    assert endless == lrdsl.migrate("mmengine.build_iter_from_epoch", given)


def test_peaks_of_several_groups_without_their_base_rates():
    given = {"eta_max": [0.1, 0.2], "total_steps": 10}
    assert lrdsl.migrate("mmengine.OneCycleLR", given).groups == (
        "cosine(2, start=0.004, end=0.1) >> cosine(7, end=4e-7)",
        "cosine(2, start=0.008, end=0.2) >> cosine(7, end=8e-7)",
    )


def test_epochs_and_iterations_together_are_noted():
    steps = ["LinearLR", {"by_epoch": False, "end": 5}]
    epochs = ["StepLR", {"step_size": 5, "begin": 5}]
    [note] = lrdsl.migrate("mmengine.composite", {"schedulers": [steps, epochs]}).notes
    assert "by_epoch" in note
    assert lrdsl.migrate("mmengine.composite", {"schedulers": [steps]}).notes == ()


def test_the_plain_arguments_and_the_list_say_the_same():
    plain = lrdsl.migrate("mmengine.LinearLR", {"start_factor": "0.001", "end": 10}, base_lr=0.1)
    assert plain.program == "warmup(9, start=0.001*lr)"
    listed = lrdsl.migrate("mmengine.LinearLR", [["LinearLR", {"start_factor": 0.001, "end": 10}]])
    assert plain.program == listed.program
    assert json.loads(json.dumps(plain.as_dict())) == plain.as_dict()
