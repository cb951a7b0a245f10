"""Programs made of ignite's schedulers, against ignite itself, at every event.

Left out are ignite's own accidents, each where it is named: by what is drawn.
"""

import math
import warnings

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import lrdsl

with warnings.catch_warnings():  # ignite 0.5.5 asks torch for names that torch calls old
    warnings.simplefilter("ignore")
    handlers = pytest.importorskip("ignite.handlers.param_scheduler")
torch = pytest.importorskip("torch")

EVENTS = 90
hundred = settings(max_examples=max(100, settings().max_examples))

# the step of a torch scheduler inside comes without the optimizer's: it is ignite's way
pytestmark = pytest.mark.filterwarnings("ignore:.*lr_scheduler.step.*:UserWarning")


def optimizer_of(bases):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": b} for b in bases]
    return torch.optim.SGD(groups)


def build(optimizer, name, args):
    args = dict(args)
    if "schedulers" in args:
        args["schedulers"] = [build(optimizer, *one) for one in args["schedulers"]]
        return handlers.ConcatScheduler(**args)
    if "lr_scheduler" in args:
        args["lr_scheduler"] = build(optimizer, *args["lr_scheduler"])
        return getattr(handlers, name)(**args)
    if "milestones_values" in args:
        args["milestones_values"] = [tuple(pair) for pair in args["milestones_values"]]
    if hasattr(handlers, name):
        return getattr(handlers, name)(optimizer, "lr", **args)
    return getattr(torch.optim.lr_scheduler, name)(optimizer, **args)


def real(name, args, bases, events=EVENTS):
    optimizer = optimizer_of(bases)
    scheduler = build(optimizer, name, args)
    table = []
    for _ in range(events):
        try:
            scheduler(engine=None)
        except ZeroDivisionError:
            break  # a cycle of no events
        table.append([group["lr"] for group in optimizer.param_groups])
    return list(zip(*table, strict=True))


def check(name, args, bases, events=EVENTS):
    tables = real(name, args, bases, events)
    migration = lrdsl.migrate(f"ignite.{name}", args, base_lr=bases)
    programs = migration.groups or [migration.program] * len(bases)
    end = migration.run.get("total", math.inf)
    assert end >= len(tables[0]) or name == "create_lr_scheduler_with_warmup"
    for program, base, table in zip(programs, bases, tables, strict=True):
        assert lrdsl.format(program) == program
        plan = lrdsl.compile(program, **migration.run)
        ours = [plan(t, lr=base) for t in range(len(table)) if t < end]
        assert ours == pytest.approx(table[: len(ours)], rel=0, abs=1e-12 * max(map(abs, table))), (
            program
        )


rate = st.sampled_from([0.0, 0.001, 0.01, 0.1, 0.5]) | st.floats(1e-5, 1)
one_base = st.lists(st.sampled_from([0.1, 0.01]), min_size=1, max_size=1)
bases = st.lists(st.sampled_from([0.1, 0.01, 0.3]), min_size=1, max_size=3)


def args(needed, **optional):
    return st.fixed_dictionaries(needed, optional=optional)


def cyclical(sizes, mults, **more):
    return args(
        {"start_value": rate, "end_value": rate, "cycle_size": sizes, **more},
        cycle_mult=mults,
        start_value_mult=st.sampled_from([0.5, 0.8, 1.0, 1.1]),
        end_value_mult=st.sampled_from([0.5, 0.8, 1.0, 1.1]),
    )


def floats_truncate(given):
    """An accident: ``int(size*mult)`` is one less than meant where the product is rounded down."""
    mult = given.get("cycle_mult", 1.0)
    size, warm = given["cycle_size"], given.get("warmup_duration", 0)
    for _ in range(60):
        for n in (size, warm):
            if abs(n * mult - round(n * mult)) < 1e-9 and int(n * mult) != round(n * mult):
                return True
        size, warm = int(size * mult), int(warm * mult)
        if size == 0 or size > 10_000:
            return False
    return False


sizes = st.integers(2, 30)
mults = st.sampled_from([0.5, 0.7, 1.0, 1.1, 1.5, 2, 2.0, 3])
warm = st.integers(0, 7)
CYCLICAL = {
    "LinearCyclicalScheduler": cyclical(sizes, mults)
    | cyclical(sizes, mults, monotonic=st.just(True), warmup_duration=warm),
    "CosineAnnealingScheduler": cyclical(sizes, mults)
    | cyclical(sizes, mults, warmup_duration=warm),
}
cyclicals = st.sampled_from(sorted(CYCLICAL)).flatmap(
    lambda name: st.tuples(st.just(name), CYCLICAL[name].filter(lambda a: not floats_truncate(a)))
)


@st.composite
def piecewise(draw):
    at = sorted(draw(st.lists(st.integers(0, 80), min_size=1, max_size=6)))
    return "PiecewiseLinear", {"milestones_values": [[t, draw(rate)] for t in at]}


@settings(max_examples=max(300, settings().max_examples))
@given(cyclicals, bases)
def test_cycles(one, bases):
    check(*one, bases)


@hundred
@given(piecewise(), bases)
def test_points(one, bases):
    check(*one, bases)


endless = st.sampled_from(sorted(CYCLICAL)).flatmap(
    lambda name: st.tuples(
        st.just(name),
        CYCLICAL[name].filter(lambda a: a.get("cycle_mult", 1) >= 1 and not floats_truncate(a)),
    )
)
part = endless | piecewise()


@st.composite
def rows(draw, inner):
    parts = draw(st.lists(inner, min_size=2, max_size=4))
    # an accident: after a first one, a duration of 0 is never over
    durations = [draw(st.integers(1, 40)) for _ in parts[1:]]
    durations[0] = draw(st.integers(0, 40))
    return "ConcatScheduler", {"schedulers": [list(p) for p in parts], "durations": durations}


@hundred
@given(rows(part) | rows(part | rows(part)), bases)
def test_one_after_the_other(one, bases):
    check(*one, bases)


# of torch, with what its get_lr gives without a step before it: that of the recursive ones is not
# their first rate
CLOSED = {
    "StepLR": args({"step_size": st.integers(1, 20)}, gamma=st.sampled_from([0.1, 0.5])),
    "CyclicLR": args(
        {"base_lr": st.just(0.001), "max_lr": rate, "cycle_momentum": st.just(False)},
        step_size_up=st.integers(2, 20),
    ),
    "OneCycleLR": args(
        {"max_lr": st.just(0.1), "total_steps": st.just(95), "cycle_momentum": st.just(False)},
        three_phase=st.booleans(),
    ),
}
RECURSIVE = {
    "ExponentialLR": args({"gamma": st.sampled_from([0.9, 0.99])}),
    "MultiStepLR": args({"milestones": st.lists(st.integers(1, 60), max_size=3).map(sorted)}),
    "CosineAnnealingLR": args({"T_max": st.integers(2, 60)}, eta_min=st.sampled_from([0.0, 1e-3])),
    "LinearLR": args({"total_iters": st.integers(1, 40)}, start_factor=st.sampled_from([0.1, 0.5])),
    "ConstantLR": args({"total_iters": st.integers(1, 40)}, factor=st.sampled_from([0.1, 0.5])),
    "PolynomialLR": args({"total_iters": st.integers(1, 40)}, power=st.sampled_from([1.0, 0.9])),
}


def of_torch(kinds):
    return st.sampled_from(sorted(kinds)).flatmap(lambda n: st.tuples(st.just(n), kinds[n]))


@hundred
@given(of_torch(CLOSED), one_base)
def test_torch_inside(one, bases):
    check("LRScheduler", {"lr_scheduler": list(one)}, bases)
    row = [["PiecewiseLinear", {"milestones_values": [[0, 0.0], [9, 0.1]]}]]
    row.append(["LRScheduler", {"lr_scheduler": list(one)}])
    check("ConcatScheduler", {"schedulers": row, "durations": [10]}, bases, 80)
    check("ConcatScheduler", {"schedulers": row[::-1], "durations": [20]}, bases, 80)


warmups = args(
    {
        "warmup_start_value": st.sampled_from([0.0, 0.001, 0.5]),
        "warmup_duration": st.integers(2, 20),
    }
)
ends = st.sampled_from([None, 0.1, 0.05])


@hundred
@given(of_torch({**CLOSED, **RECURSIVE}), warmups, ends, one_base)
def test_a_warmup_before_a_scheduler_of_torch(one, given, end, bases):
    name, inner = one
    given = {**given, "warmup_end_value": end, "lr_scheduler": [name, inner]}
    check("create_lr_scheduler_with_warmup", given, bases)


@hundred
@given(of_torch({**CLOSED, **RECURSIVE}), warmups, bases)
def test_a_warmup_of_several_groups(one, given, bases):
    name, inner = one
    check("create_lr_scheduler_with_warmup", {**given, "lr_scheduler": [name, inner]}, bases)


# With several groups those rates are multiplied that the warm-up left; what says its rates jumps.
# LinearLR and ConstantLR do both, and never come to the optimizer's rate: they are left out.
CARRIED = {n: {**CLOSED, **RECURSIVE}[n] for n in ("ExponentialLR", "PolynomialLR", "StepLR")}
JUMPING = {n: {**CLOSED, **RECURSIVE}[n] for n in ("CosineAnnealingLR", "CyclicLR", "OneCycleLR")}


@hundred
@given(of_torch({**CARRIED, **JUMPING}), warmups, st.sampled_from([0.2, 0.05]))
def test_a_warmup_of_several_groups_to_a_given_rate(one, given, end):
    given = {**given, "warmup_end_value": end, "lr_scheduler": list(one)}
    check("create_lr_scheduler_with_warmup", given, [0.1, 0.3, 0.01])


def rounded(one):
    """An accident: a triangle's first value may be rounded, and is then not that of the warm-up."""
    name, given = one
    if name != "LinearCyclicalScheduler" or given.get("monotonic"):
        return False
    start, end = given["start_value"], given["end_value"]
    return end + (start - end) != start


@hundred
@given(endless | piecewise(), warmups, ends, st.booleans(), one_base)
def test_a_warmup_before_a_scheduler_of_ignite(one, given, end, meets, bases):
    assume(not rounded(one))
    given = {**given, "warmup_end_value": end, "lr_scheduler": list(one)}
    if meets:
        first = one[1].get("start_value")
        given["warmup_end_value"] = one[1]["milestones_values"][0][1] if first is None else first
    check("create_lr_scheduler_with_warmup", given, bases)


def test_the_first_rate_of_a_torch_scheduler_is_not_skipped():
    """LRScheduler asks ExponentialLR for its next rate before it has used the first."""
    given = {"lr_scheduler": ["ExponentialLR", {"gamma": 0.9}]}
    [table] = real("LRScheduler", given, [0.1], 3)
    plan = lrdsl.migrate("ignite.LRScheduler", given, base_lr=0.1).compile()
    assert [plan(t + 1, lr=0.1) for t in range(3)] == pytest.approx(table)
    assert plan(0, lr=0.1) == 0.1
    [note] = lrdsl.migrate("ignite.LRScheduler", {**given, "use_legacy": True}).notes
    assert "use_legacy" in note


def test_one_group_of_several():
    given = {"start_value": 0.1, "end_value": 0.0, "cycle_size": 10, "param_group_index": -1}
    check("CosineAnnealingScheduler", given, [0.1, 0.2])
    migration = lrdsl.migrate("ignite.CosineAnnealingScheduler", given, base_lr=[0.1, 0.2])
    assert migration.groups == ("hold", "cosine(10, start=0.1) * restarts")


def test_a_warmup_before_several_schedulers():
    given = {**WARM, "lr_scheduler": ["ConcatScheduler", {"schedulers": [ONE] * 2}]}
    given["lr_scheduler"][1]["durations"] = [15]
    check("create_lr_scheduler_with_warmup", given, [0.1])


@pytest.mark.parametrize("gamma", [0.1, 1 / 3, 0.12345678901234568])
def test_a_warmup_ends_at_the_number_that_was_meant(gamma):
    """The first rate is computed in float64; that of a third is meant to be one, others are not."""
    given = {**WARM, "lr_scheduler": ["MultiStepLR", {"milestones": [0, 5], "gamma": gamma}]}
    check("create_lr_scheduler_with_warmup", given, [0.1])


def test_a_sum_inside_ignites_lr_scheduler():
    given = {"base_lr": 0.05, "max_lr": 0.2, "step_size_up": 8, "mode": "exp_range", "gamma": 0.9}
    cyclic = ["CyclicLR", {**given, "cycle_momentum": False}]
    check("LRScheduler", {"lr_scheduler": cyclic}, [0.05])


# --- texts, notes, and what is refused ----------------------------------------------------------


def test_a_scheduler_may_be_its_own_text():
    given = {"warmup_start_value": 0, "warmup_duration": 5}
    system = "ignite.create_lr_scheduler_with_warmup"
    text = {**given, "lr_scheduler": "CosineAnnealingScheduler(.1, .001, cycle_size=40)"}
    plain = {"start_value": 0.1, "end_value": 0.001, "cycle_size": 40}
    pair = {**given, "param_scheduler": ["CosineAnnealingScheduler", plain]}
    assert lrdsl.migrate(system, text) == lrdsl.migrate(system, pair)


def test_without_a_base_rate_lr_is_what_changes():
    given = {"start_value": 0.2, "end_value": 0.01, "cycle_size": 9, "start_value_mult": 0.5}
    migration = lrdsl.migrate("ignite.CosineAnnealingScheduler", given)
    assert migration.program == "cosine(9, end=0.01) * restarts(decay=0.5)"


def test_cycles_are_written_out_as_far_as_the_run_goes():
    given = {"start_value": 0.1, "end_value": 0.0, "cycle_size": 9, "cycle_mult": 1.5}
    short = lrdsl.migrate("ignite.CosineAnnealingScheduler", given, base_lr=0.1, total=20)
    assert short.program == "cosine(9) >> cosine(13, start=lr)"
    assert any("total" in note for note in short.notes)


def test_the_name_of_another_option_is_noted():
    given = {"milestones_values": [[0, 0.9]], "param_name": "momentum"}
    [note] = lrdsl.migrate("ignite.PiecewiseLinear", given).notes
    assert "momentum" in note


CYCLE = {"start_value": 0.1, "end_value": 0.0, "cycle_size": 10}
ONE = ["CosineAnnealingScheduler", CYCLE]
WARM = {"warmup_start_value": 0, "warmup_duration": 5}


@pytest.mark.parametrize(
    ("name", "given", "code", "says"),
    [
        ("CosineAnnealingScheduler", {**CYCLE, "cycle_size": 1}, "LR724", "cycle_size"),
        ("CosineAnnealingScheduler", {**CYCLE, "cycle_size": 7.5}, "LR724", "cycle_size"),
        ("CosineAnnealingScheduler", {**CYCLE, "monotonic": True}, "LR722", "monotonic"),
        ("CosineAnnealingScheduler", {"start_value": 1, "cycle_size": 9}, "LR723", "end_value"),
        ("LinearCyclicalScheduler", {**CYCLE, "warmup_duration": 3}, "LR724", "warmup_duration"),
        ("LinearCyclicalScheduler", {**CYCLE, "start_value_mult": 0}, "LR724", "start_value_mult"),
        (
            "CosineAnnealingScheduler",
            {**CYCLE, "cycle_size": 2000, "cycle_mult": 1.001, "_total": 10**7},
            "LR724",
            "cycle_mult: more than 500 cycles",
        ),
        ("PiecewiseLinear", {"milestones_values": []}, "LR724", "milestones_values"),
        ("PiecewiseLinear", {"milestones_values": [[5, 1], [3, 1]]}, "LR724", "milestones_values"),
        ("PiecewiseLinear", {"milestones_values": [[0.5, 1]]}, "LR724", "milestones_values"),
        ("ConcatScheduler", {"schedulers": [ONE], "durations": []}, "LR724", "schedulers"),
        ("ConcatScheduler", {"schedulers": [ONE, ONE], "durations": []}, "LR724", "durations"),
        ("ConcatScheduler", {"schedulers": [ONE, ONE], "durations": [-1]}, "LR724", "durations"),
        (
            "ConcatScheduler",
            {"schedulers": [["CosineAnealingScheduler", CYCLE], ONE], "durations": [3]},
            "LR721",
            "CosineAnealingScheduler",
        ),
        (
            "ConcatScheduler",
            {"schedulers": [[ONE[0], {**CYCLE, "cycle_mult": 0.5}], ONE], "durations": [50]},
            "LR724",
            "durations: CosineAnnealingScheduler has only 18 events",
        ),
        (
            "ConcatScheduler",
            {"schedulers": [["ReduceLROnPlateauScheduler", {}], ONE], "durations": [3]},
            "LR724",
            "schedulers: ReduceLROnPlateauScheduler",
        ),
        (
            "ConcatScheduler",
            {"schedulers": [[ONE[0], {**CYCLE, "param_group_index": 0}], ONE], "durations": [3]},
            "LR724",
            "param_group_index",
        ),
        (
            "create_lr_scheduler_with_warmup",
            {"lr_scheduler": ONE, "warmup_start_value": 0, "warmup_duration": 1},
            "LR724",
            "warmup_duration",
        ),
        ("create_lr_scheduler_with_warmup", WARM, "LR724", "lr_scheduler"),
        (
            "create_lr_scheduler_with_warmup",
            {**WARM, "lr_scheduler": "CosineAnnealingScheduler(open('x'))"},
            "LR724",
            "start_value",
        ),
        ("LRScheduler", {"lr_scheduler": ["LambdaLR", {"lr_lambda": "x"}]}, "LR725", "function"),
        ("LRScheduler", {"lr_scheduler": ["SequentialLR", {}]}, "LR724", "SequentialLR"),
        ("ReduceLROnPlateauScheduler", {"metric_name": "loss"}, "LR725", "metric"),
    ],
)
def test_what_is_wrong_is_named(name, given, code, says):
    refused(name, given, code, says, base_lr=0.1)


def refused(name, given, code, says, base_lr):
    with pytest.raises(lrdsl.LrdslError) as caught:
        lrdsl.migrate(f"ignite.{name}", given, base_lr=base_lr)
    first = caught.value.diagnostics[0]
    assert first.code == code
    assert says in first.message


@pytest.mark.parametrize("index", [2, -3])
def test_a_group_that_there_is_not(index):
    given = {**CYCLE, "param_group_index": index}
    refused("CosineAnnealingScheduler", given, "LR724", "there are 2", base_lr=[0.1, 0.2])


@pytest.mark.parametrize("base_lr", [0, [0.1, 0]])
def test_shares_of_a_rate_of_0(base_lr):
    given = {**CYCLE, "start_value_mult": 0.5}
    refused("CosineAnnealingScheduler", given, "LR724", "it must not be 0", base_lr=base_lr)


@pytest.mark.parametrize(
    ("mult", "program"),
    [
        (0.5, "cosine(8, start=1) * restarts(limit=4, t_mul=0.5)"),  # 8, 4, 2, 1, and none
        (1.1, "cosine(8, start=1) * restarts"),  # int(8.8) is 8 for ever
    ],
)
def test_cycles_that_are_cut_to_whole_events(mult, program):
    given = {"start_value": 1, "end_value": 0, "cycle_size": 8, "cycle_mult": mult}
    made = lrdsl.migrate("ignite.CosineAnnealingScheduler", given, base_lr=0.1)
    assert made.program == program
