"""s + noise(..), gaussian(..)."""

from source.cases import Q, case, cosine, cycle, floor, line
from source.exact import power, sqrt
from source.stream import noise, normal

TICKS = [0, 1, 2, 3, 10, 19, 20, 21, 50, 98, 99]

CASES = [
    case(
        "noise",
        "s + noise(pct) is v*(1+z), z a function of seed and tick; the seed is 42",
        "hold + noise(0.67)",
        lambda t, lr: lr * (1 + noise(floor(t), "0.67")),
        TICKS,
    ),
    case(
        "noise-fractional",
        "the index is floor(t)",
        "linear + noise(0.67)",
        lambda t, lr: line(lr, 0, t / 100) * (1 + noise(floor(t), "0.67")),
        [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 7.25, 7.75, 50.5, 99.5],
    ),
    case(
        "noise-held",
        "snap holds the noise of its multiple; where that is before the run, of tick 0",
        "((hold + noise(0.67)) * snap(30))[40:]",
        lambda t, lr: lr * (1 + noise(max((floor(t) + 40) // 30 * 30 - 40, 0), "0.67")),
        [0, 1, 10, 19, 19.5, 20, 21, 33.25, 49, 50, 51, 99],
    ),
    case(
        "noise-seed",
        "another seed",
        "hold + noise(0.67, seed=7)",
        lambda t, lr: lr * (1 + noise(floor(t), "0.67", seed=7)),
        TICKS,
    ),
    case(
        "noise-seed-shift",
        "seed 43 at tick t is seed 42 at tick t+1",
        "hold + noise(0.67, seed=43)",
        lambda t, lr: lr * (1 + noise(floor(t) + 1, "0.67")),
        TICKS,
    ),
    case(
        "noise-seed-large",
        "the seed is taken mod 2**32",
        "hold + noise(0.67, seed=4294967296)",
        lambda t, lr: lr * (1 + noise(floor(t), "0.67", seed=0)),
        TICKS,
    ),
    case(
        "noise-seed-negative",
        "so is a negative one",
        "hold + noise(0.67, seed=-5)",
        lambda t, lr: lr * (1 + noise(floor(t), "0.67", seed=2**32 - 5)),
        TICKS[:8],
    ),
    case(
        "noise-narrow",
        "a narrow bound is redrawn often",
        "hold + noise(0.05)",
        lambda t, lr: lr * (1 + noise(floor(t), "0.05")),
        TICKS,
    ),
    case(
        "noise-wide",
        "a bound that is hardly ever reached: a rate may fall below 0",
        "hold + noise(3)",
        lambda t, lr: lr * (1 + noise(floor(t), "3")),
        TICKS,
    ),
    case(
        "noise-std",
        "std multiplies the draw before it is compared with the bound",
        "hold + noise(0.67, std=0.2)",
        lambda t, lr: lr * (1 + noise(floor(t), "0.67", std="0.2")),
        TICKS,
    ),
    case(
        "noise-uniform",
        "kind=uniform: one word a tick",
        "hold + noise(0.25, kind=uniform)",
        lambda t, lr: lr * (1 + noise(floor(t), "0.25", kind="uniform")),
        TICKS,
    ),
    case(
        "noise-after",
        "after=: no noise before that run time",
        "hold + noise(0.5, after=20)",
        lambda t, lr: lr * (1 + (noise(floor(t), "0.5") if t >= 20 else 0)),
        [0, 10, 19, 19.5, 20, 20.5, 21, 50, 99],
    ),
    case(
        "noise-until",
        "until=: none from that run time on",
        "hold + noise(0.5, after=10%, until=2ep)",
        lambda t, lr: lr * (1 + (noise(floor(t), "0.5") if 10 <= t < 50 else 0)),
        [0, 9, 9.5, 10, 10.5, 11, 30, 49, 49.5, 50, 51, 99],
        steps_per_epoch=25,
    ),
    case(
        "noise-whole",
        "in parentheses it lies over everything",
        "(warmup(20) >> cosine) + noise(0.67)",
        lambda t, lr: (
            (line(0, lr, t / 20) if t < 20 else cosine(lr, 0, (t - 20) / 80))
            * (1 + noise(floor(t), "0.67"))
        ),
        TICKS,
    ),
    case(
        "noise-last",
        "without them it binds to the last segment, by run tick",
        "warmup(20) >> cosine + noise(0.67)",
        lambda t, lr: (
            line(0, lr, t / 20)
            if t < 20
            else cosine(lr, 0, (t - 20) / 80) * (1 + noise(floor(t), "0.67"))
        ),
        TICKS,
        lints=["LR801"],
    ),
    case(
        "noise-carry",
        "noise is not carried: what follows starts at the clean value",
        "linear(50, end=0.5*lr) + noise(0.67) >> hold",
        lambda t, lr: (
            line(lr, lr / 2, t / 50) * (1 + noise(floor(t), "0.67")) if t < 50 else lr / 2
        ),
        [0, 1, 25, 48, 49, 49.5, 50, 51, 75, 99, 100],
    ),
    case(
        "noise-ends",
        "it lasts as long as what it is added to",
        "cosine(50, end=0.5*lr) + noise(0.67)",
        lambda t, lr: (
            cosine(lr, lr / 2, t / 50) * (1 + noise(floor(t), "0.67")) if t < 50 else lr / 2
        ),
        [0, 1, 25, 48, 49, 49.5, 50, 51, 75, 99, 100],
    ),
    case(
        "noise-goes-on",
        "over a held exit it goes on",
        "(cosine(50, end=0.5*lr) >> hold) + noise(0.67)",
        lambda t, lr: cosine(lr, lr / 2, min(t / 50, 1)) * (1 + noise(floor(t), "0.67")),
        [0, 1, 25, 48, 49, 49.5, 50, 51, 75, 99],
    ),
    case(
        "noise-in-cycles",
        "inside restarts the index is the run's tick: fresh in each cycle",
        "(linear(20) + noise(0.67)) * restarts(limit=4)",
        lambda t, lr: line(lr, 0, cycle(t, 20, 1)[1]) * (1 + noise(floor(t), "0.67")),
        [0, 1, 19, 19.5, 20, 21, 39, 40, 59, 60, 79],
    ),
    case(
        "noise-in-slice",
        "inside a slice too",
        "(linear(60) + noise(0.67))[20:] >> hold",
        lambda t, lr: line(lr, 0, (t + 20) / 60) * (1 + noise(floor(t), "0.67")) if t < 40 else 0,
        [0, 1, 10, 19, 20, 21, 38, 39, 39.5, 40, 50],
    ),
    case(
        "noise-overlay",
        "on the right of | too: seen after the warm-up only",
        "warmup(20) | linear + noise(0.67)",
        lambda t, lr: (
            line(0, lr, t / 20) if t < 20 else line(lr, 0, t / 100) * (1 + noise(floor(t), "0.67"))
        ),
        TICKS,
    ),
    case(
        "noise-epoch-tick",
        "the tick is the period of the updates: one draw an epoch",
        "hold + noise(0.67)",
        lambda t, lr: lr * (1 + noise(floor(t), "0.67")),
        [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 88, 89, 89.5],
        total="90ep",
        steps_per_epoch=10,
    ),
    case(
        "noise-far",
        "the tick may be large: seed + tick is taken mod 2**32",
        "hold + noise(0.67)",
        lambda t, lr: lr * (1 + noise(floor(t), "0.67")),
        [0, 100000, 4294967253, 4294967254, 4294967255, 4294967295, 4294967296, 4294967300],
        total=5000000000,
        tick="tok",
    ),
    case(
        "gaussian",
        "lr times the first normal draw times sqrt(variance)",
        "gaussian(0.01)",
        lambda t, lr: lr * normal(floor(t)) / 10,
        TICKS,
    ),
    case(
        "gaussian-decay",
        "the variance falls with the time since the start",
        "gaussian(0.5, decay=0.55, seed=3)",
        lambda t, lr: lr * normal(floor(t), seed=3) * sqrt(Q("0.5") / power(1 + t, Q("0.55"))),
        TICKS,
    ),
    case(
        "gaussian-added",
        "added to a curve",
        "linear + gaussian(0.04)",
        lambda t, lr: line(lr, 0, t / 100) + lr * normal(floor(t)) / 5,
        TICKS,
    ),
    case(
        "gaussian-later",
        "its index is the run's tick, its decay its own clock",
        "hold(20) >> gaussian(0.25, decay=1)",
        lambda t, lr: lr if t < 20 else lr * normal(floor(t)) * sqrt(Q("0.25") / (1 + t - 20)),
        TICKS,
    ),
    case(
        "noisy-linear-cosine",
        "Keras's noisy decay written out",
        "(linear(50) + gaussian(0.002, decay=0.5)) * wave(50, periods=2) + 0.01*lr",
        lambda t, lr: (
            lr
            * (line(1, 0, t / 50) + normal(floor(t)) * sqrt(Q("0.002") / power(1 + t, Q(1, 2))))
            * cosine(1, 0, 4 * t / 50)
            + lr / 100
        ),
        [0, 1, 2, 3, 10, 19, 20, 30, 40, 48, 49, 49.5],
        total="50st",
    ),
]
