"""`lrdsl.migrate`, whatever the system: how it is asked, what it returns, what it refuses."""

import inspect
import json
import math
import pickle
import re
from fractions import Fraction

import golden
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lrdsl
from lrdsl import LrdslError
from lrdsl.python import cosine
from lrdsl.systems import names
from lrdsl.systems.cycles import cycles_before, truncated
from lrdsl.systems.registry import find

LRFN = {
    "LR_START": 1e-5,
    "LR_MAX": 1e-3,
    "LR_RAMPUP_EPOCHS": 5,
    "LR_SUSTAIN_EPOCHS": 0,
    "LR_STEP_DECAY": 0.8,
}
NAN, INF = float("nan"), float("inf")


def refused(*arguments, **options) -> list[tuple[str, str, str | None]]:
    """What a call is refused for: code, message and help of each finding."""
    with pytest.raises(LrdslError) as caught:
        lrdsl.migrate(*arguments, **options)
    return [(d.code, d.message, d.help) for d in caught.value.diagnostics]


def parameters(system: str) -> dict[str, bool]:
    """The arguments that a system takes, and whether each is needed."""
    found = list(inspect.signature(find(system)).parameters.values())[1:]
    return {p.name: p.default is p.empty for p in found}


# --- what is returned -----------------------------------------------------------------------------


def test_a_migration() -> None:
    migration = lrdsl.migrate("deotte.lrfn", LRFN, base_lr=1e-3)
    assert isinstance(migration, lrdsl.Migration)
    assert migration.program == "warmup(5, start=1e-5) >> step(every=2, factor=0.8)"
    assert migration.run == {"tick": "ep"}
    assert migration.interval == "epoch"
    assert len(migration.notes) == 1
    assert migration.momentum is None
    assert migration.groups == ()


def test_it_compiles() -> None:
    plan = lrdsl.migrate("deotte.lrfn", LRFN, base_lr=1e-3).compile()
    assert [plan(t, lr=1e-3) for t in (0, 5, 7)] == pytest.approx([1e-5, 1e-3, 8e-4], rel=1e-15)


def test_it_is_plain_json_and_pickles() -> None:
    migration = lrdsl.migrate("deotte.lrfn", LRFN, base_lr=[1e-3, 1e-4])
    data = migration.as_dict()
    assert json.loads(json.dumps(data)) == data
    assert list(data) == ["program", "run", "interval", "notes", "momentum", "groups"]
    assert pickle.loads(pickle.dumps(migration)) == migration


def test_groups_that_no_single_program_serves_have_one_each() -> None:
    bases = [1e-3, 1e-3, 1e-4]
    same = lrdsl.migrate("deotte.lrfn", LRFN, base_lr=bases)
    assert same.groups == ()  # its rates are absolute

    arguments = {"max_lr": [0.1, 0.2, 0.3], "base_lr": 0.01}
    unlike = lrdsl.migrate("torch.CyclicLR", arguments, base_lr=bases)
    assert len(unlike.groups) == 3
    assert unlike.program == unlike.groups[0]
    assert unlike.notes[-1].startswith("no single program serves all parameter groups")
    for program, top in zip(unlike.groups, arguments["max_lr"], strict=True):
        plan = lrdsl.compile(program, **unlike.run)
        assert [plan(t, lr=0.01) for t in (0, 2000)] == pytest.approx([0.01, top], rel=1e-14)


def test_numbers_may_come_as_their_text_or_from_numpy() -> None:
    expected = lrdsl.migrate("deotte.lrfn", LRFN, base_lr=1e-3)
    text = {k: str(v) for k, v in LRFN.items()}
    assert lrdsl.migrate("deotte.lrfn", text, base_lr="1e-3") == expected
    arrays = {k: np.float64(v) for k, v in LRFN.items()}
    assert lrdsl.migrate("deotte.lrfn", arrays, base_lr=(np.float64(1e-3),)) == expected
    exact = {k: Fraction(str(v)) for k, v in LRFN.items()}
    assert lrdsl.migrate("deotte.lrfn", exact, base_lr=Fraction(1, 1000)) == expected


def test_what_describes_the_run_is_no_argument_of_the_system() -> None:
    expected = lrdsl.migrate("deotte.lrfn", LRFN)
    assert lrdsl.migrate("deotte.lrfn", {**LRFN, "_loader": {"len": 7}, "_note": ""}) == expected
    assert lrdsl.migrate("deotte.lrfn", {**LRFN, "_total": 90}).run == {"tick": "ep", "total": 90}
    assert refused("deotte.lrfn", {**LRFN, "_total": 0}) == [
        ("LR724", "total: 0 is not positive", None)
    ]


def test_a_total_ends_the_run() -> None:
    assert lrdsl.migrate("deotte.lrfn", LRFN, total=90).run == {"tick": "ep", "total": 90}
    arguments = {"max_lr": 0.1, "total_steps": 100}
    assert lrdsl.migrate("torch.OneCycleLR", arguments, total=200).run["total"] == 100
    short = lrdsl.migrate("torch.CosineAnnealingLR", {"T_max": 90}, base_lr=0.1, total=45)
    assert short.run == {"tick": "st", "total": 45, "overflow": "truncate"}
    assert short.compile()(44, lr=0.1) == pytest.approx(0.05 * (1 + math.cos(math.pi * 44 / 90)))


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("deotte.lfn", "deotte.lrfn"),
        ("deotte.LRFN", "deotte.lrfn"),
        ("lrfn", "deotte.lrfn"),
        ("OneCycleLR", "torch.OneCycleLR"),
        ("torch.onecyclelr", "torch.OneCycleLR"),
        ("torch.optim.lr_scheduler.StepLR", "torch.StepLR"),
        ("torch.CosineAnealingLR", "torch.CosineAnnealingLR"),
        ("steplr", "torch.StepLR"),
        ("timm.scheduler.TanhLRScheduler", "timm.tanh"),
        ("TanhLRScheduler", "timm.tanh"),
        ("timm-0.4.12.Tanh", "timm-0.4.12.tanh"),
        ("transformers.get_cosine_schedule_with_warmup", "transformers.cosine"),
        ("keras.optimizers.schedules.CosineDecay", "keras3.CosineDecay"),
        ("tfa.ExponentialCyclicalLearningRate", "tf2.4.tfa.ExponentialCyclicalLearningRate"),
    ],
)
def test_an_unknown_system_has_a_near_name(asked, meant) -> None:
    message = f"{asked!r} is no system that lrdsl knows"
    assert refused(asked, {}) == [("LR721", message, f"did you mean {meant}?")]


def test_an_unknown_system_may_have_no_near_name() -> None:
    (found,) = refused("none such", {})
    assert found[2] == "`lrdsl import --list` prints the names"


@pytest.mark.parametrize("thing", [3, None, ["torch.StepLR"], object()])
def test_what_is_no_scheduler_is_an_unknown_system(thing) -> None:
    ((code, message, help),) = refused(thing, {})
    assert (code, type(thing).__name__ in message) == ("LR721", True)
    assert help


def test_a_number_that_overflows_on_the_way_is_an_error() -> None:
    flat = {"t_initial": 60, "decay_t": 20, "stable_fn": "power", "stable_timescale": 1e-308}
    ((code, message, _),) = refused("timm.wsd", {**flat, "lr_min": 1e-4}, base_lr=0.1)
    assert code == "LR724"
    assert message.startswith("timm.wsd: ")


@pytest.mark.parametrize(
    ("system", "arguments", "bases", "total"),
    [
        (  # as a share of the base rate
            "keras3.CosineDecay",
            {"initial_learning_rate": 1e308, "decay_steps": 9, "alpha": 1e308},
            ["1e-300", "2e-300"],
            None,
        ),
        (  # between two rates
            "tf2.13.tfa.TriangularCyclicalLearningRate",
            {"initial_learning_rate": -1e308, "maximal_learning_rate": 1e308, "step_size": 5},
            0.1,
            None,
        ),
        (  # times the scale
            "torch.CyclicLR",
            {"base_lr": 0, "max_lr": 1e308, "scale_fn": "9"},
            0.1,
            None,
        ),
        ("torch.StepLR", {"step_size": 3, "gamma": 1e300}, 0.1, 1000),  # in the program's run
    ],
)
def test_a_rate_that_no_float_holds_is_an_error(system, arguments, bases, total) -> None:
    ((code, message, _),) = refused(system, arguments, base_lr=bases, total=total)
    assert (code, message.startswith(f"{system}: ")) == ("LR724", True)
    assert "float" in message


def test_a_rate_of_0_is_0_at_a_base_rate_of_0() -> None:
    found = lrdsl.migrate("torch.CosineAnnealingLR", {"T_max": 9}, base_lr=0)
    assert found.program == "cosine(9)"


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = {"LR_START": "x", "LR_MX": 1, "LR_RAMPUP_EPOCHS": -1, "LR_STEP_DECAY": [0.8]}
    assert refused("deotte.lrfn", wrong) == [
        ("LR724", "deotte.lrfn: LR_START: 'x' is not a number", None),
        ("LR723", "deotte.lrfn needs LR_MAX", "give LR_MAX=.."),
        ("LR724", "deotte.lrfn: LR_RAMPUP_EPOCHS: -1 is not zero or positive", None),
        ("LR723", "deotte.lrfn needs LR_SUSTAIN_EPOCHS", "give LR_SUSTAIN_EPOCHS=.."),
        ("LR724", "deotte.lrfn: LR_STEP_DECAY: a number is wanted here, not list", None),
        ("LR722", "deotte.lrfn has no argument 'LR_MX'", "did you mean LR_MAX?"),
    ]


@pytest.mark.parametrize(
    "value", [None, "", "fast", True, NAN, INF, -INF, 10**309, [], {}, 1j, b"1", object(), print]
)
def test_a_wrong_number_is_named(value) -> None:
    ((code, message, _),) = refused("deotte.lrfn", {**LRFN, "LR_MAX": value})
    assert code == "LR724"
    assert message.startswith("deotte.lrfn: LR_MAX: ")


@pytest.mark.parametrize("arguments", [3, "LR_MAX=1", b"", {1, 2}, object()])
def test_arguments_that_are_none(arguments) -> None:
    assert refused("deotte.lrfn", arguments) == [
        ("LR724", "args: the constructor's keyword arguments, as a mapping, are wanted", None)
    ]


@pytest.mark.parametrize(
    ("rate", "message"),
    [
        (NAN, "nan is not a finite number"),
        (INF, "inf is not a finite number"),
        ("fast", "'fast' is not a number"),
        ("0.1,0.2", "'0.1,0.2' is not a number"),
        (True, "a number is wanted here, not True"),
        ([], "a rate for each parameter group is wanted, and there is none"),
        ([0.1, None], "a number is wanted here, not NoneType"),
        ([0.1, [0.1]], "a number is wanted here, not list"),
        ({"lr": 0.1}, "a number is wanted here, not dict"),
        (-0.1, "-0.1 is negative"),
        ([0.1, -1], "-1 is negative"),
    ],
)
def test_a_base_rate_that_is_none(rate, message) -> None:
    assert refused("deotte.lrfn", LRFN, base_lr=rate) == [("LR724", f"base_lr: {message}", None)]


@pytest.mark.parametrize("total", [0, -1, NAN, "90ep", [90], True])
def test_a_total_that_is_none(total) -> None:
    ((code, message, _),) = refused("deotte.lrfn", LRFN, total=total)
    assert (code, message.startswith("total: ")) == ("LR724", True)


# --- every system ---------------------------------------------------------------------------------


@pytest.mark.parametrize("system", names())
def test_an_unknown_argument_of_any_system_is_named(system) -> None:
    found = refused(system, {"no_such_argument": 1})
    if {code for code, *_ in found} != {"LR725"}:  # refused whatever its arguments
        assert ("LR722", f"{system} has no argument 'no_such_argument'") in [f[:2] for f in found]


@pytest.mark.parametrize("system", names())
def test_a_missing_argument_of_any_system_is_named(system) -> None:
    needed = [name for name, is_needed in parameters(system).items() if is_needed]
    if needed:
        found = refused(system, {})
        assert [message for _, message, _ in found] == [f"{system} needs {n}" for n in needed]


REFUSALS = {"LR721", "LR722", "LR723", "LR724", "LR725"}
KNOWN = {}
for case in golden.cases():
    KNOWN.setdefault(case.data["system"], []).append(case.data["args"])

number = st.one_of(
    st.sampled_from([0, 1, 2, -1, 0.5, 1e-5, 0.1, 10, 1.5, 1e-300, 1e308, 10**30, 1 / 3]),
    st.integers(-5, 300),
    st.floats(0, 2),
    st.floats(),
)
word = st.sampled_from(["x", "", "cosine", "linear", "cos", "min", "triangular", "epoch", "step"])
word |= st.sampled_from(["1ep", "7ba", "0.5dur", "1/2", "1e3", "10**9", "system", "args", "type"])
junk = st.recursive(
    st.none() | st.booleans() | number | word | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(word, inner, max_size=3),
    max_leaves=5,
)
bases = st.none() | st.sampled_from([0.1, 0, [0.1, 0.01], [0.1, 0.1], [0.1, 0, 1e-5], 1e-300])


LIBRARIES = {}
for name in names():
    LIBRARIES.setdefault(re.split("[.-]", name)[0], []).append(name)


@pytest.mark.parametrize("library", LIBRARIES)
@settings(max_examples=max(75, settings.default.max_examples))
@given(data=st.data())
def test_whatever_a_system_is_given_it_makes_a_program_or_says_why_not(library, data) -> None:
    """From nothing, or from what a table's case has, with some arguments replaced by anything."""
    makes_a_program_or_says_why_not(data.draw(st.sampled_from(LIBRARIES[library])), data)


def makes_a_program_or_says_why_not(system, data) -> None:
    start = data.draw(st.sampled_from([{}, *KNOWN.get(system, [])]), label="start")
    arguments = start
    if isinstance(start, dict) and parameters(system):
        some = st.dictionaries(st.sampled_from([*parameters(system)]), junk, max_size=2)
        arguments = {**start, **data.draw(some, label="replaced")}
    base = data.draw(bases, label="base_lr")
    try:
        migration = lrdsl.migrate(system, arguments, base_lr=base)
    except LrdslError as e:
        error = e
    else:
        error = None
    if error is not None:
        assert {d.code for d in error.diagnostics} <= REFUSALS
        assert all(d.message for d in error.diagnostics)
        return
    json.dumps(migration.as_dict(), allow_nan=False)
    programs = {migration.program, *migration.groups, migration.momentum} - {None}
    for program in programs:
        assert lrdsl.format(program) == program
        if tame(arguments):
            assert math.isfinite(compiled(program, migration.run)(0, lr=1e-3))


def tame(value) -> bool:
    """Whether the numbers are neither so large nor so small that floats overflow."""
    if isinstance(value, dict | list):
        return all(map(tame, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, int | float) or value == 0 or 1e-6 < abs(value) < 1e6


def compiled(program: str, run) -> lrdsl.Plan:
    """The plan for the run, completed where the program asks for more: a length, a conversion."""
    if {d.code for d in lrdsl.check(program, **run)} & {"LR701", "LR702", "LR703"}:
        run = {"total": 10**9, "steps_per_epoch": 100, **run}
    return lrdsl.compile(program, **run)


def test_cycles_may_shrink_to_less_than_a_float_can_hold() -> None:
    cycles = {"t_initial": 10, "cycle_mul": "1e-400", "cycle_limit": 3}
    assert lrdsl.migrate("timm.cosine", cycles, base_lr=1).compile()(5, lr=1) == pytest.approx(0.5)


def test_one_number_for_each_group_is_one_at_least() -> None:
    given = {"base_lr": 0.01, "max_lr": [], "step_size_up": 5}
    ((code, message, _),) = refused("torch.CyclicLR", given, total=100)
    assert code == "LR724"
    assert "one for each parameter group" in message


def test_a_factor_that_no_float_holds_is_multiplied_exactly() -> None:
    """The real systems' floats overflow there; what follows the first cycle is beyond any run."""
    cycles, until = truncated(
        lambda length, _: cosine(str(length)),
        Fraction(3),
        Fraction(10**400 + 1, 2),
        Fraction(9),
        "f",
    )
    assert str(cycles).startswith("cosine(3) >> cosine(")
    assert until == 9


def test_cycles_that_shrink_by_less_than_a_float_can_tell() -> None:
    assert cycles_before(100, Fraction(9), 1 - Fraction(1, 10**400)) == 12
    assert cycles_before(100, Fraction(9), 1 - Fraction(1, 10**12)) == 12
