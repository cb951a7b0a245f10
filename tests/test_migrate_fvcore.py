"""Programs made of fvcore's schedulers, against fvcore itself.

fvcore looks 1e-6 ahead at the moments of a change. So a moment is compared if no change lies less
than that after it; nothing else is left out.
"""

import bisect
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lrdsl

param_scheduler = pytest.importorskip("fvcore.common.param_scheduler")
hundred = settings(max_examples=max(100, settings().max_examples))
EPSILON = 1e-6

# k/64 meets the changes of nice arguments, k/30 those of others, and both the last moments
WHERE = sorted({k / 64 for k in range(64)} | {k / 30 for k in range(30)} | {0.9999, 0.31415926})

rate = st.sampled_from([0.0, 1e-5, 0.001, 0.02, 0.1, 0.3, 1.0]) | st.floats(1e-7, 2.0)
positive = st.sampled_from([1e-5, 0.001, 0.02, 0.1, 0.3, 1.0]) | st.floats(0.01, 2.0)


def args(**fields):
    return st.fixed_dictionaries(fields)


@st.composite
def multi_steps(draw):
    updates = draw(st.integers(3, 120))
    at = draw(st.lists(st.integers(1, updates - 1), unique=True, max_size=5).map(sorted))
    values = draw(st.lists(rate, min_size=len(at) + 1, max_size=len(at) + 1))
    if updates < len(values):
        at, values = at[:1], values[:2]
    if draw(st.booleans()):
        return {"values": values, "num_updates": updates, "milestones": at}
    return {"values": values, "milestones": [*at, updates]}


@st.composite
def even_steps(draw):
    values = draw(st.lists(rate, min_size=1, max_size=5))
    updates = draw(st.integers(len(values), 200))
    width = math.ceil(updates / len(values))
    if width * (len(values) - 1) >= updates:  # refused: see below
        updates = width * len(values)
    return {"values": values, "num_updates": updates}


ONE = {
    "ConstantParamScheduler": args(value=rate),
    "LinearParamScheduler": args(start_value=rate, end_value=rate),
    "CosineParamScheduler": args(start_value=rate, end_value=rate),
    "ExponentialParamScheduler": args(start_value=rate, decay=st.floats(0.01, 3)),
    "PolynomialDecayParamScheduler": args(
        base_value=rate, power=st.sampled_from([0, 0.5, 0.9, 1, 2.0, 3]) | st.floats(0.1, 4)
    ),
    "MultiStepParamScheduler": multi_steps() | even_steps(),
    "StepParamScheduler": args(
        values=st.lists(rate, min_size=1, max_size=7), num_updates=st.integers(1, 100)
    ),
    "StepWithFixedGammaParamScheduler": args(
        base_value=positive,
        num_decays=st.integers(1, 6),
        gamma=st.floats(0.05, 2),
        num_updates=st.integers(1, 100),
    ),
}
one = st.sampled_from(sorted(ONE)).flatmap(lambda name: st.tuples(st.just(name), ONE[name]))


@st.composite
def composites(draw, inner):
    parts = draw(st.lists(inner, min_size=1, max_size=4))
    weights = draw(st.lists(st.integers(1, 10), min_size=len(parts), max_size=len(parts)))
    scaling = st.sampled_from(["rescaled", "fixed"])
    return "CompositeParamScheduler", {
        "schedulers": [list(p) for p in parts],
        "lengths": [w / sum(weights) for w in weights],
        "interval_scaling": draw(st.lists(scaling, min_size=len(parts), max_size=len(parts))),
    }


any_scheduler = one | composites(one) | composites(composites(one))


def build(name, given):
    given = dict(given)
    if "schedulers" in given:
        given["schedulers"] = [build(*part) for part in given["schedulers"]]
        given["lengths"] = list(given["lengths"])
    return getattr(param_scheduler, name)(**given)


def changes(name, given):
    """The moments at which the real scheduler changes at once, of `where`."""
    if name == "CompositeParamScheduler":
        found, begin = [], 0.0
        parts = zip(given["schedulers"], given["lengths"], given["interval_scaling"], strict=True)
        for part, length, scaling in parts:
            inner = changes(*part)
            found += [begin + c * length for c in inner] if scaling == "rescaled" else inner
            begin += length
            found.append(begin)
        return found
    real = build(name, given)
    if name == "MultiStepParamScheduler":
        return [m / real._num_updates for m in real._milestones]
    n = len(given.get("values", ())) or given.get("num_decays", 0) + 1
    return [i / n for i in range(1, n + 1)]


def check(name, given):
    migration = lrdsl.migrate(f"fvcore.{name}", given)
    assert lrdsl.format(migration.program) == migration.program
    plan, real = migration.compile(), build(name, given)
    at = sorted(changes(name, given))
    table = {t: real(t) for t in WHERE}
    tolerance = 1e-12 * max(table.values())
    for t, rate in table.items():
        # in float64 k/30 may lie just below the change that it is on
        following = at[bisect.bisect_left(at, t + 1e-12) :][:1]
        if not following or following[0] - t > EPSILON:
            assert plan(t, lr=1.0) == pytest.approx(rate, rel=0, abs=tolerance), (t, plan)


@hundred
@given(one)
def test_each_scheduler(drawn):
    check(*drawn)


@hundred
@given(any_scheduler)
def test_composites_in_composites(drawn):
    check(*drawn)


@pytest.mark.parametrize("scaling", ["rescaled", "fixed"])
def test_a_part_of_no_length_is_left_out(scaling):
    parts = [list(LINE), ["ConstantParamScheduler", {"value": 0.5}], list(LINE)]
    given = {"schedulers": parts, "lengths": [0.4, 0, 0.6], "interval_scaling": [scaling] * 3}
    check("CompositeParamScheduler", given)


def test_a_total_counts_updates():
    given = {"start_value": 0.1, "end_value": 0.0}
    migration = lrdsl.migrate("fvcore.CosineParamScheduler", given, base_lr=0.1, total=90)
    assert (migration.program, migration.run["total"], migration.notes) == ("cosine", 90, ())
    real = param_scheduler.CosineParamScheduler(**given)
    assert migration.compile()(30, lr=0.1) == pytest.approx(real(30 / 90), abs=1e-15)


def test_notes():
    given = {"values": [0.1, 0.01], "num_updates": 7}
    notes = lrdsl.migrate("fvcore.StepParamScheduler", given).notes
    assert any("total" in n for n in notes)
    assert any("num_updates" in n for n in notes)


def test_what_a_change_looks_1e_6_ahead_for_is_not_followed():
    given = {"values": [0.1, 0.01], "num_updates": 10}
    real = param_scheduler.MultiStepParamScheduler(**given)
    plan = lrdsl.migrate("fvcore.MultiStepParamScheduler", given).compile()
    before = 0.5 - 5e-7
    assert (real(before), plan(before, lr=1)) == (0.01, 0.1)


LINE = ["LinearParamScheduler", {"start_value": 0, "end_value": 1}]


@pytest.mark.parametrize(
    ("name", "given", "argument"),
    [
        ("MultiStepParamScheduler", {"values": [1, 2]}, "num_updates"),
        ("MultiStepParamScheduler", {"values": [1, 2], "num_updates": 1}, "num_updates"),
        ("MultiStepParamScheduler", {"values": [1, 2, 3, 4], "num_updates": 5}, "milestones"),
        (
            "MultiStepParamScheduler",
            {"values": [1, 2, 3], "num_updates": 9, "milestones": [3]},
            "milestones",
        ),
        (
            "MultiStepParamScheduler",
            {"values": [1, 2, 3], "num_updates": 9, "milestones": [4, 3]},
            "milestones",
        ),
        (
            "MultiStepParamScheduler",
            {"values": [1, 2], "num_updates": 9, "milestones": [9]},
            "milestones",
        ),
        ("MultiStepParamScheduler", {"values": [1], "milestones": []}, "milestones"),
        ("StepParamScheduler", {"values": [1], "num_updates": 0}, "num_updates"),
        ("StepParamScheduler", {"values": [], "num_updates": 3}, "values"),
        (
            "StepWithFixedGammaParamScheduler",
            {"base_value": 1, "num_decays": 2, "gamma": 0, "num_updates": 3},
            "gamma",
        ),
        (
            "CompositeParamScheduler",
            {"schedulers": [LINE], "lengths": [0.5], "interval_scaling": ["fixed"]},
            "lengths",
        ),
        (
            "CompositeParamScheduler",
            {"schedulers": [LINE], "lengths": [0.5, 0.5], "interval_scaling": ["fixed"]},
            "lengths",
        ),
        (
            "CompositeParamScheduler",
            {"schedulers": [LINE], "lengths": [1], "interval_scaling": ["slow"]},
            "interval_scaling",
        ),
        (
            "CompositeParamScheduler",
            {"schedulers": [], "lengths": [], "interval_scaling": []},
            "schedulers",
        ),
    ],
)
def test_what_fvcore_refuses_is_refused(name, given, argument):
    with pytest.raises((ValueError, TypeError)):
        build(name, given)
    with pytest.raises(lrdsl.LrdslError, match=argument) as caught:
        lrdsl.migrate(f"fvcore.{name}", given)
    assert {d.code for d in caught.value.diagnostics} == {"LR724"}


def test_every_part_of_a_composite_has_its_scaling():
    given = {"schedulers": [LINE] * 2, "lengths": [0.5, 0.5], "interval_scaling": ["fixed"]}
    with pytest.raises(IndexError):
        build("CompositeParamScheduler", given)(0.7)
    with pytest.raises(lrdsl.LrdslError, match="one for each of 2 schedulers is wanted"):
        lrdsl.migrate("fvcore.CompositeParamScheduler", given)


def test_names_inside_a_composite_are_checked():
    given = {"lengths": [1], "interval_scaling": ["fixed"]}
    typo = [["LinearParamSchedular", LINE[1]]]
    with pytest.raises(lrdsl.LrdslError, match="LinearParamScheduler"):
        lrdsl.migrate("fvcore.CompositeParamScheduler", {**given, "schedulers": typo})
    half = [["LinearParamScheduler", {"start_value": 1}]]
    with pytest.raises(lrdsl.LrdslError, match="end_value"):
        lrdsl.migrate("fvcore.CompositeParamScheduler", {**given, "schedulers": half})


def test_no_values_are_refused_in_words() -> None:
    """Where the real one divides by their number."""
    given = {"values": [], "num_updates": 9}
    with pytest.raises(lrdsl.LrdslError, match="at least one is wanted"):
        lrdsl.migrate("fvcore.MultiStepParamScheduler", given, total=9)
