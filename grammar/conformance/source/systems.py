"""Programs held against what real systems returned.

measured.json keeps the system, its version, its arguments and what it returned. The formula beside
each program is only a check that the program says the same as the system.
"""

import json
from pathlib import Path
from typing import Any

from source.cases import (
    Case,
    Curve,
    Q,
    case,
    cosine,
    cycle,
    floor,
    geometric,
    line,
    root,
    tanh_curve,
)
from source.exact import cospi, power
from source.stream import noise

MEASURED = json.loads(Path(__file__).with_name("measured.json").read_text(encoding="utf-8"))
FLOAT32 = 2e-6


def real(key: str, about: str, program: str, curve: Curve, lr: str, total: str, **kw: Any) -> Case:
    """Write a case whose values were measured; `curve` must agree with them."""
    found = MEASURED[key]
    tolerance = FLOAT32 if found.get("dtype") == "float32" else 1e-12
    peak = max(abs(value) for _, value in found["points"])
    for t, value in found["points"]:
        assert abs(curve(Q(t), Q(lr)) - Q(value)) <= tolerance * peak, (key, t, value)
    arguments = json.dumps(found["args"])
    return case(
        f"system-{key}",
        f"{found['system']} {found['version']} {arguments}: {about}",
        program,
        points=found["points"],
        lr=lr,
        total=total,
        tolerance=tolerance if tolerance == FLOAT32 else None,
        **kw,
    )


def after(end: Q | int, hold: Q | int, t: Q, value: Q | int) -> Q | int:
    """Give value before the end and hold from there on."""
    return value if t < end else hold


def tanh_cycles(
    t: Q,
    lr: Q,
    first: int,
    t_mul: Q | int,
    limit: int | None,
    decay: str,
    end: Q | int,
    lb: int = -6,
    ub: int = 4,
) -> Q | int:
    """Give timm's tanh in cycles, the end not decayed."""
    i, u = cycle(t, first, t_mul, limit)
    return tanh_curve(lr * Q(decay) ** i, end, u, lb, ub)


def noisy(value: Q | int, t: Q, pct: str, **kw: Any) -> Q:
    """Put noise on a value."""
    return value * (1 + noise(floor(t), pct, **kw))


def triangle(t: Q, up: int, down: int) -> Q:
    """Rise from 0 to 1 and fall back, again and again."""
    s = t % (up + down)
    return s / up if s < up else 1 - (s - up) / down


CASES = [
    real(
        "timm-tanh-mul",
        "unlimited cycles, each twice as long",
        "tanh(over=50) * restarts(t_mul=2)",
        lambda t, lr: tanh_cycles(t, lr, 50, 2, None, "1", 0),
        "1e-4",
        "150ep",
    ),
    real(
        "timm-tanh-warmup",
        "the warm-up aims at the curve",
        "warmup(5, 1e-5, end=next) | tanh",
        lambda t, lr: (
            line(Q("1e-5"), tanh_curve(lr, 0, Q(1, 10)), t / 5)
            if t < 5
            else tanh_curve(lr, 0, t / 50)
        ),
        "1e-4",
        "50ep",
    ),
    real(
        "timm-tanh-prefix",
        "warmup_prefix=True is a sequence",
        "warmup(5, 1e-5) >> tanh(over=50)",
        lambda t, lr: line(Q("1e-5"), lr, t / 5) if t < 5 else tanh_curve(lr, 0, (t - 5) / 50),
        "1e-4",
        "55ep",
    ),
    real(
        "timm-tanh-limit",
        "two cycles",
        "tanh(over=50) * restarts(limit=2)",
        lambda t, lr: tanh_cycles(t, lr, 50, 1, 2, "1", 0),
        "1e-4",
        "100ep",
    ),
    real(
        "timm-tanh-decay",
        "0.4.12 decays lr_min with the cycles and drops to it after the last",
        "tanh(over=12, end=0.002*lr) * restarts(limit=3, decay=0.5) >> hold(value=0.00025*lr)",
        lambda t, lr: (
            tanh_cycles(t, lr, 12, 1, 3, "0.5", Q("0.002") * lr / 2 ** min(floor(t / 12), 2))
            if t < 36
            else lr * Q("0.00025")
        ),
        "0.05",
        "100ep",
    ),
    real(
        "timm-tanh-mul-decay",
        "cycles of 12, 18 and 27",
        "tanh(over=12, end=0.002*lr) * restarts(limit=3, t_mul=1.5, decay=0.5)"
        " >> hold(value=0.00025*lr)",
        lambda t, lr: (
            (lambda i, u: tanh_curve(lr / 2**i, lr / 2**i * Q("0.002"), u))(
                *cycle(t, 12, Q("1.5"), 3)
            )
            if t < 57
            else lr * Q("0.00025")
        ),
        "0.05",
        "100ep",
    ),
    real(
        "timm-tanh-group",
        "the second group; a curve that starts at lr/2",
        "warmup(1, 0, end=next) | tanh(0, 5, over=10, end=1e-6) * restarts(t_mul=2)",
        lambda t, lr: (
            line(0, tanh_curve(lr, Q("1e-6"), Q(1, 10), 0, 5), t)
            if t < 1
            else tanh_cycles(t, lr, 10, 2, None, "1", Q("1e-6"), 0, 5)
        ),
        "0.02",
        "70ep",
    ),
    real(
        "timm-tanh-prefix-cycles",
        "a warm-up of 15, then cycles of 10 and 20, then lr_min",
        "warmup(15, 0.001) >> tanh(over=10, end=1e-6) * restarts(limit=2, t_mul=2)"
        " >> hold(value=1e-6)",
        lambda t, lr: (
            line(Q("0.001"), lr, t / 15)
            if t < 15
            else after(45, Q("1e-6"), t, tanh_cycles(t - 15, lr, 10, 2, 2, "1", Q("1e-6")))
        ),
        "0.1",
        "60ep",
    ),
    real(
        "timm-tanh-boundaries",
        "either side of the restarts, up to the eleventh",
        "tanh(over=10) * restarts(t_mul=2, decay=0.5)",
        lambda t, lr: tanh_cycles(t, lr, 10, 2, None, "0.5", 0),
        "0.1",
        "40950ep",
    ),
    real(
        "timm-tanh-mul-3",
        "today's timm: lr_min is not decayed",
        "tanh(over=12, end=1e-4) * restarts(limit=3, t_mul=3, decay=0.5)",
        lambda t, lr: tanh_cycles(t, lr, 12, 3, 3, "0.5", Q("1e-4")),
        "0.05",
        "156ep",
    ),
    real(
        "timm-tanh-shrinking",
        "cycles of 10, 5 and 2.5, then lr_min",
        "tanh(over=10) * restarts(limit=3, t_mul=0.5) >> hold(value=0)",
        lambda t, lr: after(Q("17.5"), 0, t, tanh_cycles(t, lr, 10, Q("0.5"), 3, "1", 0)),
        "0.1",
        "20ep",
    ),
    real(
        "timm-tanh-noise",
        "noise over warm-up and cycles",
        "(warmup(5, 1e-4, end=next) | tanh(over=20) * restarts(limit=3, decay=0.8)) + noise(0.67)",
        lambda t, lr: noisy(
            line(Q("1e-4"), tanh_curve(lr, 0, Q(1, 4)), t / 5)
            if t < 5
            else tanh_cycles(t, lr, 20, 1, 3, "0.8", 0),
            t,
            "0.67",
        ),
        "0.1",
        "60ep",
    ),
    real(
        "timm-tanh-noise-range",
        "noise from epoch 10 to 29",
        "tanh(over=20) * restarts(limit=3, t_mul=2, decay=0.8) + noise(0.67, after=10, until=30)",
        lambda t, lr: (lambda v: noisy(v, t, "0.67") if 10 <= t < 30 else v)(
            tanh_cycles(t, lr, 20, 2, 3, "0.8", 0)
        ),
        "0.1",
        "140ep",
    ),
    real(
        "timm-tanh-noise-seed",
        "a seed above 2**32",
        "tanh(over=20) * restarts(t_mul=2, decay=0.8)"
        " + noise(0.67, seed=1099511627777, after=10, until=30)",
        lambda t, lr: (lambda v: noisy(v, t, "0.67", seed=1099511627777) if 10 <= t < 30 else v)(
            tanh_cycles(t, lr, 20, 2, None, "0.8", 0)
        ),
        "0.1",
        "60ep",
    ),
    real(
        "timm-tanh-noise-uniform",
        "the uniform kind",
        "tanh(over=20) * restarts(limit=2) + noise(0.67, after=4, until=35, kind=uniform)",
        lambda t, lr: (lambda v: noisy(v, t, "0.67", kind="uniform") if 4 <= t < 35 else v)(
            tanh_cycles(t, lr, 20, 1, 2, "1", 0)
        ),
        "0.1",
        "40ep",
    ),
    real(
        "timm-tanh-noise-std",
        "noise_std is used since 1.0.31, in double precision",
        "tanh(over=20) * restarts(limit=2) + noise(0.67, std=0.2)",
        lambda t, lr: noisy(tanh_cycles(t, lr, 20, 1, 2, "1", 0), t, "0.67", std="0.2"),
        "0.1",
        "40ep",
    ),
    real(
        "timm-tanh-noise-negative",
        "a negative seed",
        "tanh(over=20) + noise(0.67, seed=-5, after=3, until=9)",
        lambda t, lr: (lambda v: noisy(v, t, "0.67", seed=-5) if 3 <= t < 9 else v)(
            tanh_curve(lr, 0, t / 20)
        ),
        "0.1",
        "20ep",
    ),
    real(
        "timm-step-warmup",
        "the staircase counts from 0 under the warm-up",
        "warmup(2, 1e-5) | step(every=5, factor=0.8)",
        lambda t, lr: line(Q("1e-5"), lr, t / 2) if t < 2 else lr * Q("0.8") ** floor(t / 5),
        "1e-4",
        "50ep",
    ),
    real(
        "timm-step-fraction",
        "decay_t may be fractional",
        "step(every=2.4, factor=0.1)",
        lambda t, lr: lr * Q("0.1") ** floor(t / Q("2.4")),
        "0.1",
        "70ep",
    ),
    real(
        "timm-step-noise",
        "a staircase with noise",
        "(warmup(3, 0.01) | step(every=10, factor=0.5)) + noise(0.4)",
        lambda t, lr: noisy(
            line(Q("0.01"), lr, t / 3) if t < 3 else lr * Q("0.5") ** floor(t / 10), t, "0.4"
        ),
        "0.1",
        "50ep",
    ),
    real(
        "timm-cosine-limit",
        "three cycles, then lr_min",
        "cosine(15, end=1e-5) * restarts(limit=3)",
        lambda t, lr: cosine(lr, Q("1e-5"), cycle(t, 15, 1, 3)[1]),
        "0.01",
        "90ep",
    ),
    real(
        "timm-cosine-decay",
        "0.4.12 decays lr_min within the cycles, not after them",
        "warmup(5, 1e-4) >> cosine(15, end=1e-4*lr) * restarts(limit=3, t_mul=1.5, decay=0.5)"
        " >> hold(value=1e-5)",
        lambda t, lr: (
            line(Q("1e-4"), lr, t / 5)
            if t < 5
            else after(
                Q("76.25"),
                Q("1e-5"),
                t,
                (lambda i, u: cosine(lr / 2**i, lr / 2**i * Q("1e-4"), u))(
                    *cycle(t - 5, 15, Q("1.5"), 3)
                ),
            )
        ),
        "0.1",
        "90ep",
    ),
    real(
        "timm-cosine-k",
        "k_decay=2",
        "cosine(30, end=1e-4, k=2) * restarts(limit=2, decay=0.5)",
        lambda t, lr: (lambda i, u: cosine(lr / 2**i, Q("1e-4"), u**2))(*cycle(t, 30, 1, 2)),
        "0.1",
        "70ep",
    ),
    real(
        "timm-poly",
        "a polynomial of power 3.5",
        "poly(30, power=3.5, end=1e-4)",
        lambda t, lr: Q("1e-4") + (lr - Q("1e-4")) * power(1 - min(t / 30, 1), Q("3.5")),
        "0.1",
        "40ep",
    ),
    real(
        "timm-multistep",
        "timm's milestone m acts at m-1",
        "warmup(5, 1e-4) >> multistep([29, 59, 79])",
        lambda t, lr: (
            line(Q("1e-4"), lr, t / 5)
            if t < 5
            else lr * Q("0.1") ** sum(t - 5 >= m for m in (29, 59, 79))
        ),
        "0.1",
        "100ep",
    ),
    real(
        "timm-wsd",
        "warm-up, stable, cosine decay",
        "warmup(5, 1e-4) >> hold(40) >> cosine(20, end=1e-5)",
        lambda t, lr: (
            line(Q("1e-4"), lr, t / 5)
            if t < 5
            else lr
            if t < 45
            else cosine(lr, Q("1e-5"), min((t - 45) / 20, 1))
        ),
        "0.1",
        "80ep",
    ),
    real(
        "deotte",
        "ramp, sustain, a staircase of width 2",
        "warmup(2, 1e-5) >> hold(1) >> step(every=2, factor=0.75)",
        lambda t, lr: (
            line(Q("1e-5"), lr, t / 2) if t < 2 else lr * Q("0.75") ** max(floor((t - 3) / 2), 0)
        ),
        "0.01",
        "100ep",
    ),
    real(
        "keras-cosine",
        "alpha is the share that remains",
        "cosine(50, end=0.01*lr)",
        lambda t, lr: cosine(lr, lr / 100, min(t / 50, 1)),
        "0.01",
        "60st",
    ),
    real(
        "keras-cosine-warmup",
        "warmup_target is absolute",
        "linear(10, end=0.1) >> cosine(50, end=0.001)",
        lambda t, lr: (
            line(lr, Q("0.1"), t / 10)
            if t < 10
            else cosine(Q("0.1"), Q("0.001"), min((t - 10) / 50, 1))
        ),
        "0.01",
        "80st",
    ),
    real(
        "keras-restarts",
        "m_mul decays the wave above a floor that stays",
        "0.99*cosine(10) * restarts(t_mul=2, decay=0.5) + 0.01*lr",
        lambda t, lr: (lambda i, u: Q("0.99") * cosine(lr / 2**i, 0, u) + lr / 100)(
            *cycle(t, 10, 2)
        ),
        "0.1",
        "310st",
    ),
    real(
        "keras-linear-cosine",
        "LinearCosineDecay as a recipe",
        "linear_cosine(50, periods=1, alpha=0, beta=0.001)",
        lambda t, lr: (
            lr * ((1 - min(t / 50, 1)) * (1 + cospi(min(t / 50, 1) * 2)) / 2 + Q("0.001"))
        ),
        "0.01",
        "110st",
    ),
    real(
        "keras-exponential",
        "a smooth decay",
        "exponential(every=10, factor=0.5)",
        lambda t, lr: lr * power(Q("0.5"), t / 10),
        "0.1",
        "60st",
    ),
    real(
        "keras-staircase",
        "staircase=True",
        "step(every=7, factor=0.96)",
        lambda t, lr: lr * Q("0.96") ** floor(t / 7),
        "0.001",
        "60st",
    ),
    real(
        "keras-inverse-time",
        "inverse time decay",
        "inverse(scale=100/1.5, power=1)",
        lambda t, lr: lr / (1 + Q("1.5") * t / 100),
        "0.1",
        "60st",
    ),
    real(
        "keras-inverse-staircase",
        "and its staircase",
        "inverse(scale=10/0.5, power=1) * snap(10)",
        lambda t, lr: lr / (1 + Q(floor(t / 10), 2)),
        "0.1",
        "60st",
    ),
    real(
        "keras-polynomial",
        "PolynomialDecay",
        "poly(30, power=2, end=1e-4)",
        lambda t, lr: Q("1e-4") + (lr - Q("1e-4")) * (1 - min(t / 30, 1)) ** 2,
        "0.1",
        "100st",
    ),
    real(
        "keras-piecewise",
        "a boundary keeps the earlier value, so the drop comes a tick later",
        "multistep([11, 21], to=[0.01, 0.001])",
        lambda t, lr: lr if t <= 10 else Q("0.01") if t <= 20 else Q("0.001"),
        "0.1",
        "40st",
    ),
    real(
        "tfa-cyclic",
        "a triangle",
        "cyclic(25, low=0.001)",
        lambda t, lr: Q("0.001") + (lr - Q("0.001")) * triangle(t, 25, 25),
        "0.01",
        "110st",
    ),
    real(
        "tfa-triangular2",
        "halved with every cycle",
        "cyclic(5, low=0.001, mode=triangular2)",
        lambda t, lr: Q("0.001") + (lr - Q("0.001")) * triangle(t, 5, 5) / 2 ** floor(t / 10),
        "0.01",
        "60st",
    ),
    real(
        "tfa-exponential",
        "gamma**t above the floor",
        "(linear(5, start=0, end=lr - 0.001) >> linear(5, end=0)) * restarts"
        " * exponential(every=1, factor=0.8) + 0.001",
        lambda t, lr: Q("0.001") + (lr - Q("0.001")) * triangle(t, 5, 5) * power(Q("0.8"), t),
        "0.01",
        "100st",
    ),
    real(
        "optax-polynomial",
        "transition_begin is a hold",
        "hold(5) >> poly(30, power=0.5, end=0.001)",
        lambda t, lr: (
            lr
            if t < 5
            else Q("0.001") + (lr - Q("0.001")) * power(1 - min((t - 5) / 30, 1), Q(1, 2))
        ),
        "0.1",
        "50st",
    ),
    real(
        "optax-cosine-exponent",
        "the square of a cosine, above alpha",
        "0.99*cosine(50) * cosine(50) + 0.01*lr",
        lambda t, lr: lr * (Q("0.99") * cosine(1, 0, min(t / 50, 1)) ** 2 + Q("0.01")),
        "0.1",
        "70st",
    ),
    real(
        "optax-warmup-cosine",
        "decay_steps includes the warm-up",
        "warmup(10) >> cosine(90)",
        lambda t, lr: line(0, lr, t / 10) if t < 10 else cosine(lr, 0, min((t - 10) / 90, 1)),
        "0.05",
        "110st",
    ),
    real(
        "optax-warmup-exponential",
        "warm-up, then exponential",
        "warmup(10) >> exponential(every=20, factor=0.5)",
        lambda t, lr: line(0, lr, t / 10) if t < 10 else lr * power(Q("0.5"), (t - 10) / 20),
        "0.1",
        "80st",
    ),
    real(
        "optax-sgdr",
        "two cycles, each with its own peak and floor",
        "warmup(5) >> cosine(25, end=0.001) >> warmup(5, 0.001, end=0.05) >> cosine(55, end=1e-4)",
        lambda t, lr: (
            line(0, lr, t / 5)
            if t < 5
            else cosine(lr, Q("0.001"), (t - 5) / 25)
            if t < 30
            else line(Q("0.001"), Q("0.05"), (t - 30) / 5)
            if t < 35
            else cosine(Q("0.05"), Q("1e-4"), min((t - 35) / 55, 1))
        ),
        "0.1",
        "110st",
    ),
    real(
        "optax-join",
        "join_schedules restarts the clock at each boundary",
        "warmup(10) >> hold(15) >> step(every=10, factor=0.5)",
        lambda t, lr: (
            line(0, lr, t / 10) if t < 10 else lr * Q("0.5") ** max(floor((t - 25) / 10), 0)
        ),
        "0.1",
        "70st",
    ),
    real(
        "torch-warm-restarts",
        "T_mult=2 to a floor",
        "cosine(10, end=1e-4) * restarts(t_mul=2)",
        lambda t, lr: cosine(lr, Q("1e-4"), cycle(t, 10, 2)[1]),
        "0.1",
        "150st",
    ),
    real(
        "torch-warm-restarts-3",
        "T_mult=3, the second group",
        "cosine(7) * restarts(t_mul=3)",
        lambda t, lr: cosine(lr, 0, cycle(t, 7, 3)[1]),
        "0.01",
        "280st",
    ),
    real(
        "torch-onecycle",
        "OneCycleLR is the recipe",
        "onecycle",
        lambda t, lr: (
            cosine(lr / 25, lr, t / 29) if t < 30 else cosine(lr, lr / 250000, (t - 29) / 70)
        ),
        "0.1",
        "100st",
    ),
    real(
        "torch-cyclic",
        "up in 10, down in 3",
        "cyclic(up=10, down=3, low=0.001)",
        lambda t, lr: Q("0.001") + (lr - Q("0.001")) * triangle(t, 10, 3),
        "0.01",
        "110st",
    ),
    real(
        "torch-sequential",
        "a scheduler that is longer than its turn, held, then the next one",
        "linear(5, start=0.1*lr, end=lr)[:8] >> poly(20, power=2)",
        lambda t, lr: (
            line(lr / 10, lr, min(t / 5, 1)) if t < 8 else lr * (1 - min((t - 8) / 20, 1)) ** 2
        ),
        "0.01",
        "60st",
    ),
    real(
        "torch-chained",
        "ChainedScheduler is a product",
        "(hold(4, value=0.1*lr) >> hold(value=lr)) * exponential(every=1, factor=0.9)",
        lambda t, lr: lr * (Q("0.1") if t < 4 else 1) * Q("0.9") ** int(t),
        "0.01",
        "60st",
    ),
    real(
        "torch-chained-poly",
        "a warm-up times a polynomial",
        "warmup(10, 0.1*lr) * poly(20, power=2)",
        lambda t, lr: line(lr / 10, lr, min(t / 10, 1)) * (1 - min(t / 20, 1)) ** 2,
        "0.1",
        "60st",
    ),
    real(
        "transformers-cosine",
        "warm-up, then cosine; the second group",
        "warmup(10) >> cosine",
        lambda t, lr: line(0, lr, t / 10) if t < 10 else cosine(lr, 0, min((t - 10) / 90, 1)),
        "0.001",
        "100st",
    ),
    real(
        "transformers-inverse-sqrt",
        "the recipe noam",
        "noam(10)",
        lambda t, lr: line(0, lr, t / 10) if t < 10 else lr / power(t / 10, Q(1, 2)),
        "5e-5",
        "120st",
    ),
    real(
        "transformers-restarts",
        "three cycles fill what the warm-up leaves",
        "warmup(10) >> cosine * restarts(limit=3)",
        lambda t, lr: line(0, lr, t / 10) if t < 10 else cosine(lr, 0, cycle(t - 10, 30, 1, 3)[1]),
        "5e-5",
        "100st",
    ),
    real(
        "transformers-min-lr",
        "a floor in lr",
        "warmup(10) >> cosine(end=0.1*lr)",
        lambda t, lr: line(0, lr, t / 10) if t < 10 else cosine(lr, lr / 10, min((t - 10) / 90, 1)),
        "5e-5",
        "100st",
    ),
    real(
        "transformers-polynomial",
        "an absolute floor",
        "warmup(10) >> poly(power=2, end=1e-6)",
        lambda t, lr: (
            line(0, lr, t / 10)
            if t < 10
            else Q("1e-6") + (lr - Q("1e-6")) * (1 - min((t - 10) / 40, 1)) ** 2
        ),
        "5e-5",
        "50st",
    ),
    real(
        "transformers-wsd-sqrt",
        "warmup_stable_decay with 1-sqrt",
        "warmup(10, 0.1*lr) >> hold >> cooldown(30, end=0.1*lr, shape=sqrt)",
        lambda t, lr: (
            line(lr / 10, lr, t / 10)
            if t < 10
            else lr
            if t < 70
            else root(lr, lr / 10, min((t - 70) / 30, 1))
        ),
        "5e-5",
        "100st",
    ),
    real(
        "transformers-wsd-cosine",
        "with cosines on both sides",
        "warmup(10, shape=cosine) >> hold >> cooldown(30, shape=cosine)",
        lambda t, lr: (
            cosine(0, lr, t / 10)
            if t < 10
            else lr
            if t < 70
            else cosine(lr, 0, min((t - 70) / 30, 1))
        ),
        "1e-4",
        "100st",
    ),
    real(
        "mmengine-warmup",
        "mmengine's warm-up reaches its end at end-1",
        "warmup(10, 0.001*lr, grid=both) >> cosine(40, end=1e-5)",
        lambda t, lr: (
            line(lr / 1000, lr, t / 9) if t < 10 else cosine(lr, Q("1e-5"), min((t - 10) / 40, 1))
        ),
        "0.1",
        "60st",
    ),
    real(
        "composer-linear",
        "a run of 10 epochs of 7 batches, a warm-up in batches",
        "warmup(8st) >> linear(end=0.1*lr)",
        lambda t, lr: line(0, lr, t / 8) if t < 8 else line(lr, lr / 10, min((t - 8) / 62, 1)),
        "1",
        "10ep",
        tick="st",
        steps_per_epoch=7,
    ),
    real(
        "composer-cosine",
        "and one in epochs",
        "warmup(1ep) >> cosine(end=0.01*lr)",
        lambda t, lr: line(0, lr, t / 7) if t < 7 else cosine(lr, lr / 100, min((t - 7) / 63, 1)),
        "1",
        "10ep",
        tick="st",
        steps_per_epoch=7,
    ),
    real(
        "ignite-piecewise",
        "a broken line",
        "points([[10, 0.5], [20, 0.45], [21, 0.3], [30, 0.1], [40, 0.1]])",
        lambda t, lr: (
            Q("0.5")
            if t < 10
            else line(Q("0.5"), Q("0.45"), (t - 10) / 10)
            if t < 20
            else line(Q("0.45"), Q("0.3"), t - 20)
            if t < 21
            else line(Q("0.3"), Q("0.1"), (t - 21) / 9)
            if t < 30
            else Q("0.1")
        ),
        "0.1",
        "60st",
    ),
    real(
        "fvcore-composite",
        "fractions of a run of 1000 ticks",
        "linear(5%, start=0.001, end=0.1) >> cosine",
        lambda t, lr: line(Q("0.001"), lr, t / 50) if t < 50 else cosine(lr, 0, (t - 50) / 950),
        "0.1",
        "1000st",
    ),
    real(
        "optax-exponential-geometric",
        "an exponential is a geometric with its end named",
        "geometric(60, end=lr/64) >> hold",
        lambda t, lr: geometric(lr, lr / 64, min(t / 60, 1)),
        "0.1",
        "60st",
    ),
]
