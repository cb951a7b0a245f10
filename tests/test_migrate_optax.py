"""optax' schedules against the real ones, in float64, on argument sets that are drawn."""

import numpy
import pytest
from golden import DOUBLE
from hypothesis import given, settings
from hypothesis import strategies as st

import lrdsl
from lrdsl import LrdslError

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")

LENGTH = 70


def agrees(name, arguments, schedule, base_lr) -> None:
    """The program has the rates of the real schedule, for ever."""
    migration = lrdsl.migrate(f"optax.{name}", arguments, base_lr=base_lr)
    assert "total" not in migration.run
    with jax.enable_x64(True):
        rates = numpy.asarray(jax.vmap(schedule)(numpy.arange(LENGTH)))
    rates = numpy.broadcast_to(rates, LENGTH).tolist()
    plan = lrdsl.compile(migration.program, **migration.run)
    base = 1.0 if base_lr is None else base_lr  # nothing is said in lr where no base is known
    tolerance = max(abs(rate) for rate in rates) * DOUBLE
    off = [t for t, rate in enumerate(rates) if not abs(plan(t, lr=base) - rate) <= tolerance]
    assert not off, (migration.program, off)


rates = st.integers(0, 30).map(lambda n: n / 100)
signed = st.integers(-10, 30).map(lambda n: n / 100)
steps = st.integers(1, 40)
begins = st.integers(-3, 15)
factors = st.sampled_from([0, 0.1, 0.3, 0.5, 0.9, 1, 1.1, 2.0])
exponents = st.sampled_from([0, 0.5, 1, 1.0, 1.5, 2, 3, 3.5])
shares = st.integers(0, 100).map(lambda n: n / 100)
divisors = st.sampled_from([0.5, 1, 2.0, 25.0, 1e4])
scales = st.dictionaries(st.integers(0, 50), factors, max_size=5)


def drawn(optional=None, **needed):
    return st.fixed_dictionaries(needed, optional=optional)


LINE = {"init_value": signed, "end_value": signed, "transition_steps": st.integers(-1, 40)}
DECAY = {"transition_steps": st.integers(-1, 20), "decay_rate": factors}
DECAYS = {"transition_begin": begins, "staircase": st.booleans(), "end_value": signed}
WARM = {"init_value": rates, "peak_value": rates, "warmup_steps": st.integers(0, 20)}
cosines = drawn(
    **{**WARM, "decay_steps": st.integers(21, 60)},
    optional={"end_value": rates, "exponent": exponents},
)
SCHEDULES = {
    "constant_schedule": drawn(value=signed),
    "polynomial_schedule": drawn(**LINE, power=exponents, optional={"transition_begin": begins}),
    "linear_schedule": drawn(**LINE, optional={"transition_begin": begins}),
    "exponential_decay": drawn(init_value=signed, **DECAY, optional=DECAYS),
    "cosine_decay_schedule": drawn(
        init_value=signed, decay_steps=steps, optional={"alpha": rates, "exponent": exponents}
    ),
    "piecewise_constant_schedule": drawn(
        init_value=signed, optional={"boundaries_and_scales": st.none() | scales}
    ),
    "piecewise_interpolate_schedule": drawn(
        interpolate_type=st.sampled_from(["linear", "cosine"]),
        init_value=signed,
        optional={"boundaries_and_scales": st.none() | scales},
    ),
    "linear_onecycle_schedule": drawn(
        transition_steps=st.integers(1, 200),
        peak_value=rates,
        optional={
            "pct_start": shares,
            "pct_final": shares,
            "div_factor": divisors,
            "final_div_factor": divisors,
        },
    ),
    "cosine_onecycle_schedule": drawn(
        transition_steps=st.integers(1, 200),
        peak_value=rates,
        optional={"pct_start": shares, "div_factor": divisors, "final_div_factor": divisors},
    ),
    "warmup_constant_schedule": drawn(**WARM),
    "warmup_cosine_decay_schedule": cosines,
    "warmup_exponential_decay_schedule": drawn(**WARM, **DECAY, optional=DECAYS),
}


def real(name, arguments):
    return getattr(optax, name)(**arguments)


@pytest.mark.parametrize("name", SCHEDULES)
@settings(max_examples=50)
@given(data=st.data(), base_lr=st.none() | rates)
def test_a_schedule(name, data, base_lr) -> None:
    arguments = data.draw(SCHEDULES[name])
    agrees(name, arguments, real(name, arguments), base_lr)


@st.composite
def alike_cycles(draw):
    """Cycles of equal rates, each a whole number of times as long as the one before."""
    first, times = draw(cosines), draw(st.integers(1, 2))
    lengths = {k: first[k] for k in ("warmup_steps", "decay_steps")}
    return [
        {**first, **{k: v * times**i for k, v in lengths.items()}}
        for i in range(draw(st.integers(1, 3)))
    ]


@settings(max_examples=50)
@given(st.lists(cosines, min_size=1, max_size=3) | alike_cycles(), st.none() | rates)
def test_sgdr_schedule(cycles, base_lr) -> None:
    agrees("sgdr_schedule", cycles, optax.sgdr_schedule(cycles), base_lr)


parts = st.sampled_from(list(SCHEDULES)).flatmap(
    lambda name: st.tuples(st.just(name), SCHEDULES[name])
)
SPELLINGS = (
    lambda name, own: f"{name}({', '.join(f'{k}={v!r}' for k, v in own.items())})",
    lambda name, own: f"optax.{name}({', '.join(f'{k}={v!r}' for k, v in own.items())})",
    lambda name, own: [name, own],
    lambda name, own: {"name": name, **own},
)


@settings(max_examples=100)
@given(st.lists(parts, min_size=1, max_size=4), st.data(), st.none() | rates)
def test_join_schedules(chosen, data, base_lr) -> None:
    boundaries = data.draw(
        st.lists(st.integers(0, 60), min_size=len(chosen) - 1, max_size=len(chosen) - 1)
    )
    spelled = [data.draw(st.sampled_from(SPELLINGS))(*part) for part in chosen]
    joined = optax.join_schedules([real(*part) for part in chosen], boundaries)
    arguments = {"schedules": spelled, "boundaries": boundaries}
    agrees("join_schedules", arguments, joined, base_lr)


def test_float64_does_not_leak() -> None:
    with jax.enable_x64(True):
        assert jax.numpy.asarray(0.1).dtype == "float64"
    assert jax.numpy.asarray(0.1).dtype == "float32"


# --- programs and notes ---------------------------------------------------------------------------

WARM = {"init_value": 0, "peak_value": 0.1, "warmup_steps": 5}
CYCLE = {**WARM, "decay_steps": 30}


@pytest.mark.parametrize(
    ("name", "given", "program"),
    [
        ("constant_schedule", {"value": 0.1}, "hold"),
        ("constant_schedule", {"value": 0.2}, "hold(value=0.2)"),
        ("cosine_decay_schedule", {"init_value": 0.1, "decay_steps": 9}, "cosine(9)"),
        (
            "cosine_decay_schedule",
            {"init_value": 0.1, "decay_steps": 9, "exponent": 2},
            "cosine(9) * cosine(9)",
        ),
        ("warmup_constant_schedule", WARM, "warmup(5)"),
        ("warmup_cosine_decay_schedule", CYCLE, "warmup(5) >> cosine(25)"),
        (  # nothing to rise by
            "warmup_cosine_decay_schedule",
            {**CYCLE, "init_value": 0.2, "peak_value": 0.2},
            "hold(5, value=0.2) >> cosine(25)",
        ),
        (
            "sgdr_schedule",
            [CYCLE, {**CYCLE, "warmup_steps": 10, "decay_steps": 60}],
            "(warmup(5) >> cosine(25)) * restarts(limit=2, t_mul=2)",
        ),
        (
            "sgdr_schedule",
            [{**CYCLE, "exponent": 2}, CYCLE],
            "warmup(5) >> cosine(25) * cosine(25) >> warmup(5) >> cosine(25)",
        ),
        (
            "join_schedules",
            {
                "schedules": [
                    "sgdr_schedule([dict(init_value=0, peak_value=.1, warmup_steps=5, "
                    "decay_steps=30)])",
                    "join_schedules([constant_schedule(.05), constant_schedule(.2)], [9])",
                ],
                "boundaries": [40],
            },
            "warmup(5) >> cosine(25) >> hold(10) >> hold(9, value=0.05) >> hold(value=0.2)",
        ),
        (  # a row of cycles that ends, somewhere in which the next schedule takes over
            "join_schedules",
            {
                "schedules": [
                    "join_schedules([constant_schedule(.2), sgdr_schedule(["
                    "dict(init_value=0, peak_value=.1, warmup_steps=5, decay_steps=30), "
                    "dict(init_value=0, peak_value=.1, warmup_steps=10, decay_steps=60)])], [9])",
                    "constant_schedule(.1)",
                ],
                "boundaries": [50],
            },
            "(hold(9, value=0.2) >> (warmup(5) >> cosine(25)) * restarts(limit=2, t_mul=2))[:50]"
            " >> hold(value=lr)",
        ),
    ],
)
def test_programs_are_what_a_person_would_write(name, given, program) -> None:
    assert lrdsl.migrate(f"optax.{name}", given, base_lr=0.1).program == program


def notes(name, given):
    return " ".join(lrdsl.migrate(f"optax.{name}", given).notes)


def test_notes() -> None:
    line = {"init_value": 0.1, "end_value": 0, "transition_steps": 9}
    assert notes("linear_schedule", line) == ""
    assert "holds init_value" in notes("linear_schedule", {**line, "transition_steps": 0})
    assert "transition_begin for 0" in notes("linear_schedule", {**line, "transition_begin": -1})
    decay = {"init_value": 0.1, "decay_rate": 0, "transition_steps": 9}
    assert "a decay_rate of 0" in notes("exponential_decay", decay)
    assert "holds init_value" in notes("warmup_constant_schedule", {**WARM, "warmup_steps": 0})
    assert notes("warmup_cosine_decay_schedule", {**CYCLE, "warmup_steps": 0}) == ""
    flat = {**CYCLE, "peak_value": 0, "end_value": 0.1}
    assert "ignores end_value" in notes("warmup_cosine_decay_schedule", flat)
    cycle = {"transition_steps": 100, "peak_value": 0.1}
    assert notes("cosine_onecycle_schedule", cycle) == ""
    assert "0.29*100 to 28" in notes("cosine_onecycle_schedule", {**cycle, "pct_start": 0.29})
    parts = ["constant_schedule(.1)", "constant_schedule(.2)"]
    assert notes("join_schedules", {"schedules": parts, "boundaries": [5]}) == ""
    assert "more boundaries" in notes("join_schedules", {"schedules": parts, "boundaries": [5, 6]})
    assert "more schedules" in notes("join_schedules", {"schedules": parts, "boundaries": []})


# --- what is refused ------------------------------------------------------------------------------


def joining(*parts):
    return {"schedules": [*parts], "boundaries": []}


@pytest.mark.parametrize(
    ("name", "given", "code", "said"),
    [
        ("constant_schedule", {}, "LR723", "needs value"),
        ("constant_schedule", {"value": "fast"}, "LR724", "value: 'fast' is not a number"),
        ("linear_schedule", {"init_val": 0}, "LR722", "'init_val'"),
        (
            "polynomial_schedule",
            {"init_value": 1, "end_value": 0, "power": -1, "transition_steps": 9},
            "LR724",
            "power: -1",
        ),
        ("cosine_decay_schedule", {"init_value": 1, "decay_steps": 0}, "LR724", "decay_steps: 0"),
        (
            "cosine_decay_schedule",
            {"init_value": 1, "decay_steps": 9, "exponent": 0.7},
            "LR724",
            "exponent: a cosine to the power of 0.7",
        ),
        (
            "warmup_cosine_decay_schedule",
            {**CYCLE, "decay_steps": 5},
            "LR724",
            "decay_steps: 5 is not more than warmup_steps",
        ),
        (
            "piecewise_constant_schedule",
            {"init_value": 1, "boundaries_and_scales": {"10": -1}},
            "LR724",
            "boundaries_and_scales['10']: -1 is not zero or positive",
        ),
        (
            "piecewise_interpolate_schedule",
            {"interpolate_type": "cubic", "init_value": 1},
            "LR724",
            "interpolate_type: ",
        ),
        (
            "linear_onecycle_schedule",
            {"transition_steps": 0, "peak_value": 1},
            "LR724",
            "transition_steps: 0 is not positive",
        ),
        (
            "cosine_onecycle_schedule",
            {"transition_steps": 9, "peak_value": 1, "div_factor": 0},
            "LR724",
            "div_factor: 0 is not positive",
        ),
        ("sgdr_schedule", [], "LR724", "cosine_kwargs: "),
        ("sgdr_schedule", [WARM], "LR723", "needs decay_steps"),
        ("join_schedules", joining(), "LR724", "schedules: "),
        ("join_schedules", joining(3), "LR724", "schedules[0]: "),
        ("join_schedules", joining("constant_schedule(x)"), "LR724", "schedules[0]: "),
        ("join_schedules", joining("constant_schedule"), "LR724", "is no call of a scheduler"),
        ("join_schedules", joining("constant_schedule(.1, 3)"), "LR724", "takes 1 arguments"),
        (
            "join_schedules",
            joining("constant_schedule(.1, value=.2)"),
            "LR724",
            "value: is given by position and by name",
        ),
        ("join_schedules", joining("constant_schedul(.1)"), "LR721", "optax.constant_schedul"),
        ("join_schedules", joining("constant_schedule(val=1)"), "LR722", "'val'"),
        ("join_schedules", joining(lambda t: 0.1), "LR725", "schedules[0], a Python function,"),
        (
            "join_schedules",
            {**joining("constant_schedule(.1)"), "boundaries": [-1]},
            "LR724",
            "boundaries[0]: -1",
        ),
        ("contrib.reduce_on_plateau", {"patience": 3}, "LR725", "reduce_on_plateau"),
    ],
)
def test_refused(name, given, code, said) -> None:
    with pytest.raises(LrdslError) as caught:
        lrdsl.migrate(f"optax.{name}", given)
    assert code in [d.code for d in caught.value.diagnostics]
    assert any(said in d.message for d in caught.value.diagnostics)
    if code == "LR725":
        assert caught.value.diagnostics[0].help
