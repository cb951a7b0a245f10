"""TensorFlow Addons' cyclical rates against their formula, for arguments drawn at random.

The library itself, which needs TensorFlow, speaks through its golden tables.
"""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lrdsl

CYCLE = {"initial_learning_rate": 0.001, "maximal_learning_rate": 0.01, "step_size": 5}


def cyclical(arguments, scale, n):
    """The formula of all four in exact numbers, but for the scale."""
    low, high = arguments["initial_learning_rate"], arguments["maximal_learning_rate"]
    size = Fraction(arguments["step_size"])
    found = []
    for t in range(n):
        cycle = math.floor(1 + t / (2 * size))
        x = abs(t / size - 2 * cycle + 1)
        m = cycle if arguments["scale_mode"] == "cycle" else t
        found.append(low + (high - low) * float(max(0, 1 - x)) * scale(m))
    return np.array(found)


@settings(max_examples=100)
@given(
    st.sampled_from(["tf2.4", "tf2.13"]),
    st.sampled_from(["Triangular", "Triangular2", "Exponential"])
    | st.sampled_from(["1", "1/2**(x-1)", "0.9**x", "1/(x+1)", "0.5*(1+sin(x*pi/2))"]),
    st.sampled_from([0.0, 1e-4, 0.02]),
    st.sampled_from([0.1, 3e-3, 0.02]),
    st.integers(1, 30) | st.sampled_from([0.5, 2.5, 7.25]),
    st.sampled_from(["cycle", "iterations", "anything"]),
    st.sampled_from([1.0, 0.99, 0.8, 1.01, 0]),
    st.sampled_from([None, 0.1, 0.02]),
)
def test_cyclical_rates(tf, kind, low, high, size, mode, gamma, base):
    arguments = {
        "initial_learning_rate": low,
        "maximal_learning_rate": high,
        "step_size": size,
        "scale_mode": mode,
    }
    scale = {
        "Triangular": lambda x: 1.0,
        "Triangular2": lambda x: 1 / 2.0 ** (x - 1),
        "Exponential": lambda x: gamma**x,
        "1": lambda x: 1.0,
        "1/2**(x-1)": lambda x: 1 / 2.0 ** (x - 1),
        "0.9**x": lambda x: 0.9**x,
        "1/(x+1)": lambda x: 1 / (x + 1),
        "0.5*(1+sin(x*pi/2))": lambda x: 0.5 * (1 + math.sin(x * math.pi / 2)),
    }[kind]
    wanted = cyclical(arguments, scale, 100)
    if kind.isalnum() and kind != "1":
        name = f"{kind}CyclicalLearningRate"
        arguments |= {"gamma": gamma} if kind == "Exponential" else {}
    else:
        name = "CyclicalLearningRate"
        arguments["scale_fn"] = kind
    plan = lrdsl.migrate(f"{tf}.tfa.{name}", arguments, base_lr=base).compile()
    found = [plan(t, lr=base or high) for t in range(100)]
    assert np.abs(found - wanted).max() <= 1e-12 * np.abs(wanted).max()


@pytest.mark.parametrize(
    ("kind", "arguments", "base", "program"),
    [
        (
            "Triangular",
            {},
            None,
            "(linear(5, start=0.001, end=lr) >> linear(5, end=0.001)) * restarts",
        ),
        (
            "Triangular2",
            {},
            0.5,
            "(linear(5, start=0, end=0.009) >> linear(5)) * restarts"
            " * step(every=10, factor=0.5) + 0.001",
        ),
        (
            "Exponential",
            {"gamma": 0.99, "initial_learning_rate": 0},
            None,
            "(linear(5, start=0, end=lr) >> linear(5)) * restarts"
            " * exponential(every=1, factor=0.99)",
        ),
    ],
)
@pytest.mark.parametrize("tf", ["tf2.4", "tf2.13"])
def test_programs(tf, kind, arguments, base, program):
    system = f"{tf}.tfa.{kind}CyclicalLearningRate"
    assert lrdsl.migrate(system, {**CYCLE, **arguments}, base_lr=base).program == program


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        ("", {"scale_fn": "1", "scale_mode": "cycles"}, "any scale_mode but 'cycle'"),
        ("Triangular", {"scale_mode": "iterations"}, "changes nothing"),
        ("Triangular2", {"scale_mode": "iterations"}, "TypeError"),
        ("Exponential", {}, "TypeError"),
    ],
)
def test_notes(kind, arguments, words):
    migration = lrdsl.migrate(f"tf2.4.tfa.{kind}CyclicalLearningRate", {**CYCLE, **arguments})
    assert any(words in note for note in migration.notes)


def test_a_scale_may_be_a_number():
    by_text, by_number = (
        lrdsl.migrate("tf2.13.tfa.CyclicalLearningRate", {**CYCLE, "scale_fn": scale})
        for scale in ("0.5", 0.5)
    )
    assert by_number == by_text


def test_no_notes_where_all_is_plain():
    for kind in ("Triangular", "Triangular2"):
        assert lrdsl.migrate(f"tf2.13.tfa.{kind}CyclicalLearningRate", CYCLE).notes == ()


@pytest.mark.parametrize(
    ("kind", "arguments", "code", "words"),
    [
        ("", {}, "LR723", "scale_fn"),
        ("", {"scale_fn": lambda x: x}, "LR725", "a Python function"),
        ("", {"scale_fn": "x"}, "LR725", "'x'"),
        ("", {"scale_fn": "9" * 5000}, "LR724", "scale_fn"),
        ("", {"scale_fn": "1e999999999**x"}, "LR724", "scale_fn: an exponent has at most 3"),
        ("", {"scale_fn": "2**(x+999999999)"}, "LR724", "scale_fn: the power 1000000000"),
        ("", {"scale_fn": "1/0**x"}, "LR724", "scale_fn: it divides by zero"),
        ("", {"scale_fn": float("nan")}, "LR724", "scale_fn: nan is not a finite number"),
        ("", {"scale_fn": 10**400}, "LR724", "scale_fn: this number is larger than a float"),
        ("Exponential", {"gamma": -1}, "LR724", "gamma: -1"),
        ("Triangular", {"gamma": 0.5}, "LR722", "'gamma'"),
        ("Triangular", {"step_size": 0}, "LR724", "step_size: 0"),
        ("Triangular2", {"maximal_learning_rate": "high"}, "LR724", "maximal_learning_rate"),
    ],
)
def test_refusals(kind, arguments, code, words):
    with pytest.raises(lrdsl.LrdslError) as caught:
        lrdsl.migrate(f"tf2.13.tfa.{kind}CyclicalLearningRate", {**CYCLE, **arguments})
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert words in found.message
