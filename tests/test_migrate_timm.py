"""timm's schedulers and ours, at every tick, for arguments drawn at random.

The tolerance is 1e-12 of the largest rate: timm's double arithmetic differs from a closed form that
is rounded once by some 1e-15 a step.
"""

import math
from fractions import Fraction
from types import SimpleNamespace

import golden
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from real_timm import scheduler as timm

import lrdsl

TICKS = 150
many = settings(max_examples=100)


def optimizer(bases):
    return torch.optim.SGD([{"params": [torch.zeros(1)], "lr": b} for b in bases], lr=1.0)


def rates(real, ticks):
    """What the real scheduler sets, tick by tick: a list for each parameter group."""
    step = real.step if real.t_in_epochs else real.step_update
    groups = [[] for _ in real.optimizer.param_groups]
    for t in ticks:
        step(t)
        for found, group in zip(groups, real.optimizer.param_groups, strict=True):
            found.append(group["lr"])
    return groups


def assert_same(migration, bases, groups, ticks, wrong=()):
    """The program's rates are these, but where timm is known to be wrong."""
    assert not migration.groups, "one program serves all groups"
    plan = migration.compile()
    end = migration.run.get("total", math.inf)
    for base, real in zip(bases, groups, strict=True):
        largest = max(abs(r) for t, r in zip(ticks, real, strict=True) if t not in wrong)
        for t, rate in zip(ticks, real, strict=True):
            if t not in wrong and t < end:
                ours = plan(t, base)
                assert abs(ours - rate) <= 1e-12 * largest, (t, ours, rate, migration.program)


def assert_live(system, cls, arguments, bases, noise_type="normal", wrong=()):
    migration = lrdsl.migrate(system, {**arguments, "noise_type": noise_type}, base_lr=bases)
    real = cls(optimizer(bases), **arguments)
    real.noise_type = noise_type
    ticks = range(min(TICKS, migration.run.get("total", TICKS)))
    assert_same(migration, bases, rates(real, ticks), ticks, wrong)


def merged(*strategies):
    return st.tuples(*strategies).map(lambda found: {k: v for d in found for k, v in d.items()})


def some(**strategies):
    """Any of these arguments."""
    return st.fixed_dictionaries({}, optional=strategies)


bases = st.lists(st.sampled_from([0.1, 1e-4, 3.0, 0.0]), min_size=1, max_size=3)
floors = st.sampled_from([0.0, 1e-6, 1e-3, 0.05])
kinds = st.sampled_from(["normal", "uniform"])
moments = st.integers(-5, 60)
shared = some(
    warmup_t=st.sampled_from([0, 1, 4, 15, 2.5, 0.5]),
    warmup_lr_init=st.sampled_from([0.0, 1e-5, 0.02]),
    t_in_epochs=st.booleans(),
    noise_range_t=st.none()
    | moments
    | st.tuples(moments, st.integers(0, 80))
    | st.lists(st.integers(0, 80), min_size=2, max_size=2),
    noise_pct=st.sampled_from([0.67, 0.1, 1.5]),
    noise_std=st.sampled_from([1.0, 0.3, 2.0, 0.0]),
    noise_seed=st.none() | st.integers(-(2**40), 2**40),
)
prefixed = some(warmup_prefix=st.booleans())
decays = st.sampled_from([1.0, 0.5, 0.7, 0.1, 1.5])
multiples = st.sampled_from([1.0, 1.5, 2.0, 3.0, 10.0, 1.1, 1.25, 0.5, 0.9])
limits = st.integers(0, 5) | st.sampled_from([50, 10_000])
cycled = merged(
    st.fixed_dictionaries({"t_initial": st.integers(1, 40)}),
    some(lr_min=floors, cycle_mul=multiples, cycle_decay=decays, cycle_limit=limits),
    shared,
    prefixed,
)
bounds = st.sampled_from(
    [{}, {"lb": -6.0, "ub": 4.0}, {"lb": 0.0, "ub": 5.0}, {"lb": -4, "ub": -1}]
)
k_decays = some(k_decay=st.sampled_from([0.5, 1.0, 2.0, 3.0]))


def exact(number):
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def cycle(t, first, mul):
    """The cycle of a tick, and whether it begins there, in exact fractions."""
    start, length, i = Fraction(0), exact(first), 0
    while start + length <= t:
        start, length, i = start + length, length * exact(mul), i + 1
    return i, start == t


def mistaken(arguments):
    """The ticks at which timm's ``floor(log(..))`` is in another cycle than it should be.

    It is so only where a cycle begins (1210 for cycles of 10, 30, 90, ..): there the logarithm of a
    power is rounded down.
    """
    first, mul = arguments["t_initial"], arguments.get("cycle_mul", 1.0)
    warmup = arguments.get("warmup_t", 0)
    shift = warmup if arguments.get("warmup_prefix") else 0
    found = set()
    if mul == 1:
        return found
    for t in range(TICKS):
        left = 1 - (t - shift) / first * (1 - mul)
        if t < warmup or left <= 0 or (mul < 1 and t - shift >= exact(first) / (1 - exact(mul))):
            continue
        i, begins = cycle(t - exact(shift), first, mul)
        if math.floor(math.log(left, mul)) != i:
            assert begins
            found.add(t)
    return found


def shrunk(arguments):
    """Whether the cycles have all ended before the warm-up does, which timm does not survive."""
    mul, prefix = arguments.get("cycle_mul", 1.0), arguments.get("warmup_prefix")
    ends = exact(arguments["t_initial"]) / (1 - exact(mul)) if mul < 1 else math.inf
    return not prefix and arguments.get("warmup_t", 0) >= ends


def assert_cycles(system, cls, arguments, bases, kind, wrong):
    if shrunk(arguments):
        with pytest.raises(lrdsl.LrdslError, match="warmup_t"):
            lrdsl.migrate(system, arguments, base_lr=bases)
        return
    assert_live(system, cls, arguments, bases, kind, wrong)


@many
@given(merged(cycled, bounds), bases, kinds)
def test_tanh(arguments, bases, kind):
    wrong = mistaken(arguments)
    warmup = arguments.get("warmup_t", 0)
    if not arguments.get("warmup_prefix") and warmup in wrong:  # which the warm-up aims at
        wrong |= set(range(math.ceil(warmup)))
    assert_cycles("timm.tanh", timm.TanhLRScheduler, arguments, bases, kind, wrong)


@many
@given(merged(cycled, k_decays), bases, kinds)
def test_cosine(arguments, bases, kind):
    wrong = mistaken(arguments)
    assert_cycles("timm.cosine", timm.CosineLRScheduler, arguments, bases, kind, wrong)


@many
@given(merged(cycled, k_decays, some(power=st.sampled_from([0.5, 0.9, 1, 3.5]))), bases, kinds)
def test_poly(arguments, bases, kind):
    wrong = mistaken(arguments)
    assert_cycles("timm.poly", timm.PolyLRScheduler, arguments, bases, kind, wrong)


def late(every, meant, warmup, prefix):
    """The ticks at which timm is one stair too high: its float // does so at some multiples."""
    found, shift = set(), warmup if prefix else 0
    for t in range(math.ceil(warmup), 2 * TICKS):
        stair = (t - exact(shift)) / meant
        if (t - shift) // every != math.floor(stair):
            assert stair.denominator == 1
            found.add(t)
    return found


@many
@given(
    st.sampled_from([1, 7, 30, 2.4, 12.5, 0.5, 0.3, 0.1]),
    some(decay_rate=st.sampled_from([1.0, 0.97, 0.5, 0.1, 0.0, 1.25])),
    merged(shared, prefixed),
    bases,
    kinds,
)
def test_step(every, decay, more, bases, kind):
    wrong = late(every, exact(every), more.get("warmup_t", 0), more.get("warmup_prefix", True))
    arguments = {"decay_t": every, **decay, **more}
    assert_live("timm.step", timm.StepLRScheduler, arguments, bases, kind, wrong)


@many
@given(
    st.lists(st.integers(-1, 100), max_size=4).map(sorted),
    some(decay_rate=st.sampled_from([1.0, 0.1, 0.5, 0.0, 2.0])),
    merged(shared, prefixed),
    bases,
    kinds,
)
def test_multistep(milestones, decay, more, bases, kind):
    arguments = {"decay_t": milestones, **decay, **more}
    assert_live("timm.multistep", timm.MultiStepLRScheduler, arguments, bases, kind)


@many
@given(
    st.integers(1, 100).flatmap(
        lambda t: st.fixed_dictionaries({"t_initial": st.just(t), "decay_t": st.integers(1, t)})
    ),
    some(
        lr_min=floors,
        stable_fn=st.sampled_from(["constant", "rsqrt", "power"]),
        stable_timescale=st.sampled_from([None, 10.0, 3, 0.5]),
        stable_power=st.sampled_from([0.5, 0.7, 2.0]),
        decay_fn=st.sampled_from(["linear", "1-sqrt", "cosine", "power", "exp"]),
        decay_power=st.sampled_from([0.5, 1.0, 2.0]),
        decay_ratio=st.sampled_from([0.1, 0.01, 0.5]),
    ),
    shared,
    bases,
    kinds,
)
def test_wsd(phases, curve, more, bases, kind):
    arguments = {**phases, **curve, **more}
    try:
        timm.WSDLRScheduler(optimizer(bases), **arguments)
    except ValueError:  # a stable phase that shrinks, without a scale
        with pytest.raises(lrdsl.LrdslError, match="stable_timescale"):
            lrdsl.migrate("timm.wsd", arguments, base_lr=bases)
        return
    assert_live("timm.wsd", timm.WSDLRScheduler, arguments, bases, kind)


# --- the factories --------------------------------------------------------------------------------

# Shares and multiples are powers of 2: timm multiplies them in floats, also for the run's length.
shares = st.sampled_from([0.25, 0.5, 0.75])
names = {
    "num_epochs": "epochs",
    "noise": "lr_noise",
    "noise_pct": "lr_noise_pct",
    "noise_std": "lr_noise_std",
    "noise_seed": "seed",
    "cycle_mul": "lr_cycle_mul",
    "cycle_decay": "lr_cycle_decay",
    "cycle_limit": "lr_cycle_limit",
    "k_decay": "lr_k_decay",
    "decay_fn": "lr_decay_fn",
    "stable_timescale": "lr_stable_timescale",
}
options = merged(
    st.fixed_dictionaries(
        {
            "sched": st.sampled_from(
                ["cosine", "tanh", "step", "multistep", "poly", "wsd", "rsqrt", "constant"]
            )
        }
    ),
    some(
        num_epochs=st.integers(3, 40),
        decay_epochs=st.sampled_from([None, 0.25, 0.1, 0.55, 7, 30]),
        decay_milestones=st.lists(st.integers(0, 40), max_size=3).map(sorted),
        cooldown_epochs=st.integers(0, 9),
        decay_rate=st.sampled_from([0.1, 0.5, 1.125]),
        min_lr=floors,
        warmup_lr=st.sampled_from([0.0, 1e-4]),
        warmup_epochs=st.integers(0, 8),
        warmup_prefix=st.booleans(),
        noise=st.none() | shares | st.lists(shares, min_size=1, max_size=2),
        noise_pct=st.sampled_from([0.67, 0.3]),
        noise_std=st.sampled_from([1.0, 0.5]),
        noise_seed=st.integers(0, 99),
        cycle_mul=st.sampled_from([1.0, 1.5, 2.0]),
        cycle_decay=decays,
        cycle_limit=st.integers(0, 3),
        k_decay=st.sampled_from([1.0, 2.0]),
        decay_fn=st.sampled_from([None, "linear", "cosine"]),
        stable_timescale=st.sampled_from([None, 4, 10.0]),
    ),
)
updates = st.none() | st.integers(1, 7)


def assert_factory(system, arguments, made, updates):
    try:
        real, epochs = made()
    except ValueError:  # wsd and rsqrt: no room for the decay, or no scale
        with pytest.raises(lrdsl.LrdslError, match=r"decay_epochs|stable_timescale"):
            lrdsl.migrate(system, arguments, base_lr=0.1)
        return
    migration = lrdsl.migrate(system, arguments, base_lr=0.1)
    assert migration.run["total"] == epochs * (updates or 1)
    assert migration.interval == ("step" if updates else "epoch")
    ticks = range(min(int(migration.run["total"]), 2 * TICKS))
    wrong = set()
    if arguments["sched"] == "step":
        given = arguments.get("decay_epochs")
        meant = exact(given) * (updates or 1) if given else exact(real.decay_t)
        wrong = late(real.decay_t, meant, real.warmup_t, real.warmup_prefix)
    assert_same(migration, [0.1], rates(real, ticks), ticks, wrong)


@many
@given(options, updates)
def test_create_scheduler_v2(options, updates):
    arguments = dict(options)
    if updates:
        arguments |= {"step_on_epochs": False, "updates_per_epoch": updates}
    made = lambda: timm.create_scheduler_v2(optimizer([0.1]), **arguments)  # noqa: E731
    assert_factory("timm.create_scheduler_v2", arguments, made, updates)


@many
@given(options, updates)
def test_create_scheduler(options, updates):
    config = {names.get(k, k): v for k, v in options.items()}
    if updates:
        config["sched_on_updates"] = True
    made = lambda: timm.create_scheduler(  # noqa: E731
        SimpleNamespace(**config), optimizer([0.1]), updates_per_epoch=updates or 0
    )
    arguments = {**config, "updates_per_epoch": updates or 0}
    assert_factory("timm.factory", arguments, made, updates)


# --- 0.4.12, which no longer installs: its formulas, in exact cycles ------------------------------


def rate_0412(kind, base, t, a):
    """The rate of 0.4.12's TanhLRScheduler or CosineLRScheduler (the golden tables are real)."""
    warmup, start = a.get("warmup_t", 0), a.get("warmup_lr_init", 0.0)
    prefix, limit = a.get("warmup_prefix", False), a.get("cycle_limit", 0)
    first, mul = exact(a["t_initial"]), exact(a.get("t_mul", 1))
    decay, floor = a.get("decay_rate", 1.0), a.get("lr_min", 0.0)

    def curve(t):
        i, begin, length = 0, Fraction(0), first
        while begin + length <= t:
            i, begin, length = i + 1, begin + length, length * mul
        if limit and i >= limit:
            return floor * decay**limit if kind == "tanh" else floor
        u = float((t - begin) / length)
        if kind == "tanh":
            share = (1 - math.tanh(a.get("lb", -6) * (1 - u) + a.get("ub", 4) * u)) / 2
        else:
            share = (1 + math.cos(math.pi * u)) / 2
        return (floor + (base - floor) * share) * decay**i

    if t >= warmup:
        return curve(t - exact(warmup) if prefix else t)
    aim = curve(exact(warmup)) if kind == "tanh" and not prefix else base
    return start + t * (aim - start) / warmup


old = merged(
    st.fixed_dictionaries({"t_initial": st.integers(1, 40)}),
    some(
        lr_min=floors,
        t_mul=st.sampled_from([1.0, 1.5, 2.0, 3.0, 1.1, 0.9]),
        decay_rate=decays,
        cycle_limit=st.integers(0, 4),
        warmup_t=st.sampled_from([0, 1, 4, 15]),
        warmup_lr_init=st.sampled_from([0.0, 1e-5]),
    ),
    prefixed,
)


@many
@given(st.sampled_from(["tanh", "cosine"]), old, bases, st.booleans())
def test_cycles_of_0412(kind, arguments, bases, known):
    if shrunk({**arguments, "cycle_mul": arguments.get("t_mul", 1.0)}):
        return
    system = f"timm-0.4.12.{kind}"
    migration = lrdsl.migrate(system, arguments, base_lr=bases if known else None)
    ticks = range(min(100, migration.run.get("total", 100)))
    real = [[rate_0412(kind, base, t, arguments) for t in ticks] for base in bases]
    assert_same(migration, bases, real, ticks)


def test_the_formulas_of_0412_are_the_real_ones():
    seen = 0
    for case in golden.cases():
        _, _, kind = case.data["system"].rpartition(".")
        arguments = case.data["args"]
        plain = case.file == "timm_0412" and kind in ("tanh", "cosine") and not case.known
        if plain and "noise_range_t" not in arguments:
            for base, table in case.groups:
                ours = [rate_0412(kind, base, t, arguments) for t in case.data["t"]]
                assert ours == pytest.approx(table, rel=0, abs=case.tolerance)
                seen += 1
    assert seen > 50


# --- what a person reads --------------------------------------------------------------------------

TANH = {"t_initial": 50}
OLD = {"epochs": 9, "min_lr": 0, "warmup_lr": 0, "decay_rate": 0.1}


@pytest.mark.parametrize(
    ("system", "arguments", "program"),
    [
        (
            "timm.tanh",
            {"t_initial": 50, "t_mul": 2, "warmup_t": 5, "warmup_lr_init": 1e-5},
            "warmup(5, start=1e-5, end=next) | tanh(-7, 3, over=50) >> hold(value=0)",
        ),
        ("timm-0.4.12.tanh", {"t_initial": 50, "t_mul": 2}, "tanh(over=50) * restarts(t_mul=2)"),
        ("timm.cosine", {"t_initial": 50, "cycle_limit": 1}, "cosine(50)"),
        (
            "timm.tanh",
            {"t_initial": 50, "cycle_mul": 2, "cycle_limit": 10**6},  # no run gets there
            "tanh(-7, 3, over=50) * restarts(t_mul=2)",
        ),
        (
            "timm.tanh",
            {"t_initial": 8, "cycle_mul": 0.5, "cycle_limit": 10**6},
            "tanh(-7, 3, over=8) * restarts(limit=6, t_mul=0.5)",
        ),
        (
            "timm-0.4.12.cosine",
            {"t_initial": 50, "t_mul": 1.5, "cycle_limit": 10**6},
            "cosine(50) * restarts(t_mul=1.5)",
        ),
        (
            "timm.cosine",
            {"t_initial": 9, "noise_range_t": 3},
            "(cosine(9) >> hold) + noise(0.67, after=3)",
        ),
        (
            "timm.cosine",
            {"t_initial": 9, "noise_range_t": [3, 9]},
            "cosine(9) + noise(0.67, after=3, until=9)",
        ),
        ("timm.step", {"decay_t": 5, "warmup_t": 2, "warmup_prefix": False}, "warmup(2) >> hold"),
        (
            "timm-0.4.12.cosine",
            {"t_initial": 9, "decay_rate": 0.5, "lr_min": 1e-3},
            "cosine(9, end=0.01*lr) * restarts(decay=0.5)",
        ),
        (
            "timm.wsd",
            {"t_initial": 90, "decay_t": 20, "warmup_t": 5},
            "warmup(5) >> hold(70) >> cooldown(20, shape=sqrt)",
        ),
        (
            "timm.factory",
            {"sched": "cosine", "epochs": 90, "sched_on_updates": True, "updates_per_epoch": 10},
            "warmup(50, start=1e-5) | cosine(900)",
        ),
        ("timm.factory", {"sched": "tanh", "warmup_epochs": 0}, "tanh(-7, 3, over=100)"),
        ("timm.factory", {"sched": "none"}, "hold"),
    ],
)
def test_programs_are_what_a_person_would_write(system, arguments, program):
    assert lrdsl.migrate(system, arguments, base_lr=0.1).program == program


@pytest.mark.parametrize(
    ("limit", "decay_rate", "rest"),
    [(3, 0.1, "1e-8"), (1e300, 0.1, "0"), (10**6, 0.99999, repr(1e-5 * 0.99999**10**6))],
)
def test_what_is_left_after_many_cycles_is_the_float_that_timm_has(limit, decay_rate, rest):
    """The exact power would take for ever, or all of the memory."""
    arguments = {**TANH, "t_mul": 1, "lr_min": 1e-5, "cycle_limit": limit, "decay_rate": decay_rate}
    made = lrdsl.migrate("timm-0.4.12.tanh", arguments, base_lr=0.1)
    assert made.program.endswith(f" >> hold(value={rest})")


@pytest.mark.parametrize(
    ("system", "arguments"),
    [
        ("timm-0.4.12.tanh", {**TANH, "lr_min": 0.1, "cycle_limit": 10**6, "decay_rate": 3}),
        ("timm.factory", {"sched": "cosine", "lr_cycle_limit": 1e5, "lr_cycle_mul": 1e10}),
    ],
)
def test_what_no_float_holds_is_refused(system, arguments):
    with pytest.raises(lrdsl.LrdslError, match="that follows from these arguments"):
        lrdsl.migrate(system, arguments, base_lr=0.1)


@pytest.mark.parametrize(
    ("system", "arguments", "note"),
    [
        ("timm.tanh", {**TANH, "t_mul": 2}, "called cycle_mul"),
        ("timm.cosine", {**TANH, "decay_rate": 0.5, "cycle_limit": 2}, "called cycle_mul"),
        ("timm.tanh", {**TANH, "cycle_mul": 2}, "cycle_limit=1"),
        ("timm.tanh", {**TANH, "cycle_limit": 0}, "cycle_limit=0 is no cycle"),
        ("timm.tanh", {**TANH, "noise_type": "uniform"}, "noise_type"),
        ("timm.tanh", {**TANH, "param_group_field": "momentum"}, "param_group_field"),
        ("timm.tanh", {**TANH, "initialize": False}, "initial_lr"),
        ("timm-0.4.12.tanh", {**TANH, "noise_range_t": 0, "noise_std": 2}, "ignores noise_std"),
        ("timm.multistep", {"decay_t": [9], "decay_rate": 0.1}, "m acts at m - 1"),
        ("timm.factory", {"sched": "step", "cooldown_epochs": 5}, "no cooldown"),
        ("timm.factory", {"sched": "none"}, "makes no scheduler"),
        ("timm-0.4.12.factory", {"sched": "poly", "epochs": 9}, "knows no 'poly'"),
        (
            "timm-0.4.12.factory",
            {
                "sched": "step",
                "epochs": 9,
                "decay_epochs": 3,
                "decay_rate": 0.1,
                "warmup_lr": 0,
                "warmup_epochs": 0,
                "warmup_prefix": True,
            },
            "ignores warmup_prefix",
        ),
    ],
)
def test_what_is_ignored_or_surprising_is_noted(system, arguments, note):
    assert any(note in n for n in lrdsl.migrate(system, arguments, base_lr=0.1).notes)


def test_a_total_that_is_known_shortens_the_program():
    program = "tanh(-7, 3, over=50)"
    whole = lrdsl.migrate("timm.tanh", TANH, total=50)
    assert (whole.program, whole.run) == (program, {"tick": "ep", "total": 50})
    cut = lrdsl.migrate("timm.tanh", TANH, total=30)
    assert cut.program == program
    assert cut.compile()(29, 0.1) == whole.compile()(29, 0.1)


@pytest.mark.parametrize("system", ["timm.tanh", "timm.cosine", "timm.poly", "timm-0.4.12.tanh"])
def test_plain_arguments_have_no_notes(system):
    assert lrdsl.migrate(system, {**TANH, "warmup_t": 5}, base_lr=0.1).notes == ()


@pytest.mark.parametrize(
    ("system", "arguments", "code", "named"),
    [
        ("timm.tanh", {}, "LR723", "t_initial"),
        ("timm.tanh", {"t_initial": 0}, "LR724", "t_initial"),
        ("timm.tanh", {"t_initial": "ten"}, "LR724", "t_initial"),
        ("timm.tanh", {**TANH, "ib": 5}, "LR722", "ib"),
        ("timm.tanh", {**TANH, "lb": 3, "ub": 3}, "LR724", "lb"),
        ("timm.tanh", {**TANH, "lr_min": -1}, "LR724", "lr_min"),
        ("timm.tanh", {**TANH, "cycle_limit": -1}, "LR724", "cycle_limit"),
        ("timm.tanh", {**TANH, "cycle_limit": 1.5}, "LR724", "cycle_limit"),
        ("timm.tanh", {**TANH, "cycle_mul": 0}, "LR724", "cycle_mul"),
        ("timm.tanh", {**TANH, "warmup_t": -1}, "LR724", "warmup_t"),
        ("timm.tanh", {**TANH, "warmup_lr_init": -1}, "LR724", "warmup_lr_init"),
        ("timm.tanh", {**TANH, "cycle_mul": 1, "t_mul": 2}, "LR724", "t_mul"),
        ("timm.tanh", {**TANH, "cycle_decay": 1, "decay_rate": 2}, "LR724", "decay_rate"),
        ("timm.tanh", {**TANH, "noise_range_t": [4]}, "LR724", "noise_range_t"),
        ("timm.tanh", {**TANH, "noise_range_t": "on"}, "LR724", "noise_range_t"),
        ("timm.tanh", {**TANH, "noise_range_t": 0, "noise_pct": 0}, "LR724", "noise_pct"),
        ("timm.tanh", {**TANH, "noise_range_t": 0, "noise_std": -1}, "LR724", "noise_std"),
        ("timm.tanh", {**TANH, "noise_range_t": 0, "noise_std": 1e9}, "LR724", "noise_std"),
        ("timm.tanh", {**TANH, "noise_seed": 0.5}, "LR724", "noise_seed"),
        ("timm.poly", {**TANH, "power": 0}, "LR724", "power"),
        ("timm.cosine", {**TANH, "k_decay": 0}, "LR724", "k_decay"),
        ("timm.step", {"decay_t": 0}, "LR724", "decay_t"),
        ("timm.multistep", {"decay_t": [9, 3]}, "LR724", "decay_t"),
        ("timm.multistep", {"decay_t": 9}, "LR724", "decay_t"),
        ("timm.wsd", {"t_initial": 9, "decay_t": 10}, "LR724", "decay_t"),
        ("timm.wsd", {"t_initial": 9, "decay_t": 5, "decay_fn": "exq"}, "LR724", "decay_fn"),
        ("timm.wsd", {"t_initial": 9, "decay_t": 5, "decay_ratio": 1}, "LR724", "decay_ratio"),
        ("timm.wsd", {"t_initial": 9, "decay_t": 5, "stable_fn": "x"}, "LR724", "stable_fn"),
        ("timm.wsd", {"t_initial": 9, "decay_t": 5, "decay_fn": math.cos}, "LR725", "decay_fn"),
        ("timm.plateau", {}, "LR725", "metric"),
        ("timm.plateau", {"mode": "best"}, "LR724", "mode"),
        (
            "timm.tanh",
            {"t_initial": 8, "cycle_mul": 0.5, "cycle_limit": 3, "warmup_t": 20},
            "LR724",
            "warmup_t",
        ),
        ("timm-0.4.12.plateau", {"verbose": False}, "LR725", "metric"),
        ("timm-0.4.12.factory", {**OLD, "sched": "plateau"}, "LR725", "metric"),
        ("timm-0.4.12.tanh", {**TANH, "lb": 4, "ub": 4}, "LR724", "lb"),
        ("timm.factory", {"sched": "plateau"}, "LR725", "metric"),
        ("timm.factory", {}, "LR723", "sched"),
        ("timm.factory", {"sched": "cosin"}, "LR724", "sched"),
        ("timm.factory", {"sched": "step", "lr_noise": []}, "LR724", "lr_noise"),
        ("timm.factory", {"sched": "poly", "decay_rate": 0}, "LR724", "decay_rate"),
        ("timm.factory", {"sched": "tanh", "sched_on_updates": True}, "LR724", "updates_per_epoch"),
        ("timm-0.4.12.tanh", {**TANH, "cycle_mul": 2}, "LR722", "cycle_mul"),
        ("timm-0.4.12.factory", {"sched": "tanh", "epochs": 9}, "LR723", "min_lr"),
    ],
)
def test_bad_arguments_are_named(system, arguments, code, named):
    with pytest.raises(lrdsl.LrdslError) as caught:
        lrdsl.migrate(system, arguments, base_lr=0.1)
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert named in found.message
    assert found.help or code != "LR725"


def test_arguments_that_have_no_effect_are_noted():
    idle = lrdsl.migrate("timm.tanh", {"t_initial": 50, "noise_pct": 0.3, "warmup_lr_init": 1e-5})
    assert idle.notes == (
        "noise_pct without noise_range_t: no effect",
        "warmup_lr_init without warmup_t: no effect",
    )
    wsd = {"t_initial": 50, "decay_t": 10}
    given = {"stable_power": 0.7, "decay_power": 2, "decay_ratio": 0.2}
    assert lrdsl.migrate("timm.wsd", {**wsd, **given}).notes == (
        "stable_power without a stable_fn: no effect",
        "decay_power without decay_fn='power': no effect",
        "decay_ratio without decay_fn='exp': no effect",
    )
    assert lrdsl.migrate("timm.wsd", wsd).notes == ()
