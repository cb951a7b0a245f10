"""TensorFlow Addons' cyclical rates: 0.13, for TensorFlow 2.4, and 0.21, for 2.13, are alike.

All are ``initial + (maximal - initial)*max(0, 1 - x)*scale_fn(m)`` (Smith 2017): x is how far the
step is from the middle of its cycle, in `step_size`; m is the number of the cycle, from 1, or in
any other scale_mode than "cycle" the step. ``lr`` stands for the maximal rate.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from lrdsl.python import lr
from lrdsl.systems.arguments import Natural, Number, Positive
from lrdsl.systems.host import Host
from lrdsl.systems.registry import Draft, system
from lrdsl.systems.scale import STEPS, Counter, Scale, cycles, power, read_scale, triangles

MODES = ("cycle", "iterations")
OTHER = "TensorFlow Addons takes any scale_mode but 'cycle' as 'iterations'"
UNUSED = "scale_mode changes nothing: the scale is 1"
INTEGERS = (
    "for optimizer.iterations TensorFlow Addons raises TypeError in this scale_mode, because it "
    "takes no power with an integer tensor; this is the curve of plain step numbers"
)


def _each(name: str) -> tuple[str, str]:
    return f"tf2.4.tfa.{name}", f"tf2.13.tfa.{name}"


def _counter(step_size: Fraction, scale_mode: str) -> Counter:
    return cycles(2 * step_size) if scale_mode == "cycle" else STEPS


def _draft(
    host: Host, low: Fraction, high: Fraction, step_size: Fraction, scale: Scale, *notes: str
) -> Draft:
    peak = host.assuming(high).rate(high)
    return Draft(triangles(step_size, step_size, 0 * lr + low, peak, scale), notes=notes)


@system(*_each("CyclicalLearningRate"))
def cyclical(
    host: Host,
    /,
    *,
    initial_learning_rate: Number,
    maximal_learning_rate: Number,
    step_size: Positive,
    scale_fn: Any,
    scale_mode: str = "cycle",
    name: str | None = None,
) -> Draft:
    """Triangles, scaled by a function that is given as a text."""
    scale = read_scale(scale_fn, _counter(step_size, scale_mode))
    notes = () if scale_mode in MODES else (OTHER,)
    return _draft(host, initial_learning_rate, maximal_learning_rate, step_size, scale, *notes)


@system(*_each("TriangularCyclicalLearningRate"))
def triangular(
    host: Host,
    /,
    *,
    initial_learning_rate: Number,
    maximal_learning_rate: Number,
    step_size: Positive,
    scale_mode: str = "cycle",
    name: str | None = None,
) -> Draft:
    """``scale_fn(m) = 1``."""
    notes = () if scale_mode == "cycle" else (UNUSED,)
    return _draft(host, initial_learning_rate, maximal_learning_rate, step_size, Scale(), *notes)


@system(*_each("Triangular2CyclicalLearningRate"))
def triangular2(
    host: Host,
    /,
    *,
    initial_learning_rate: Number,
    maximal_learning_rate: Number,
    step_size: Positive,
    scale_mode: str = "cycle",
    name: str | None = None,
) -> Draft:
    """``scale_fn(m) = 1/2**(m - 1)``."""
    scale = power(Fraction(1, 2), _counter(step_size, scale_mode), Fraction(-1))
    notes = _notes_of_power(scale_mode)
    return _draft(host, initial_learning_rate, maximal_learning_rate, step_size, scale, *notes)


@system(*_each("ExponentialCyclicalLearningRate"))
def exponential_cyclical(
    host: Host,
    /,
    *,
    initial_learning_rate: Number,
    maximal_learning_rate: Number,
    step_size: Positive,
    scale_mode: str = "iterations",
    gamma: Natural = Fraction(1),
    name: str | None = None,
) -> Draft:
    """``scale_fn(m) = gamma**m``."""
    scale = power(gamma, _counter(step_size, scale_mode))
    notes = _notes_of_power(scale_mode)
    return _draft(host, initial_learning_rate, maximal_learning_rate, step_size, scale, *notes)


def _notes_of_power(scale_mode: str) -> tuple[str, ...]:
    if scale_mode == "cycle":
        return ()
    return (INTEGERS,) if scale_mode in MODES else (OTHER, INTEGERS)
