"""a >> b."""

from source.cases import Q, around, case, cosine, floor, line, tanh_curve
from source.exact import power

CASES = [
    case(
        "sequence-until-beside-open",
        "a product is open where an operand is, also beside a pinned one: it takes a share",
        "linear(until=50) * exponential(every=10, factor=0.5) >> cosine(start=lr)",
        lambda t, lr: (
            line(lr, 0, min(t / 50, 1)) * power(Q("0.5"), t / 10)
            if t < 100
            else cosine(lr, 0, (t - 100) / 100)
        ),
        around(1, 10, 50, 100, 150),
        total=200,
    ),
    case(
        "sequence-warmup-cosine",
        "b's clock starts at the junction, b enters at a's exit",
        "warmup(10) >> cosine",
        lambda t, lr: line(0, lr, t / 10) if t < 10 else cosine(lr, 0, min((t - 10) / 90, 1)),
        around(0, 10, 55, 100),
    ),
    case(
        "sequence-carry",
        "each segment starts where the one before ended",
        "linear(20, end=0.5*lr) >> hold(20) >> cosine(60, end=0.1*lr)",
        lambda t, lr: (
            line(lr, lr / 2, t / 20)
            if t < 20
            else lr / 2
            if t < 40
            else cosine(lr / 2, lr / 10, min((t - 40) / 60, 1))
        ),
        around(0, 20, 40, 100),
    ),
    case(
        "sequence-start",
        "start= overrides the carry; at the junction the later segment rules",
        "linear(50, end=0) >> linear(50, start=0.5*lr)",
        lambda t, lr: line(lr, 0, t / 50) if t < 50 else line(lr / 2, 0, min((t - 50) / 50, 1)),
        around(0, 50, 100),
    ),
    case(
        "sequence-tanh-exit",
        "tanh ends a little above its end, and that is what is carried",
        "tanh(over=50) >> hold",
        lambda t, lr: tanh_curve(lr, 0, min(t / 50, 1)),
        around(0, 50, 100),
    ),
    case(
        "sequence-step-exit",
        "the exit of a staircase is its formula at the end: the drop counts",
        "step(every=10, factor=0.5, over=30) >> hold(20) >> step(every=10, factor=0.5)",
        lambda t, lr: (
            lr * Q("0.5") ** floor(t / 10)
            if t < 30
            else lr / 8
            if t < 50
            else lr / 8 * Q("0.5") ** floor((t - 50) / 10)
        ),
        around(0, 10, 30, 50, 60),
    ),
    case(
        "sequence-exponential-carry",
        "an exponential with a length passes on what it reached",
        "exponential(every=10, factor=0.5, over=25) >> linear",
        lambda t, lr: (
            lr * power(Q("0.5"), t / 10)
            if t < 25
            else line(lr * power(Q("0.5"), Q("2.5")), 0, min((t - 25) / 75, 1))
        ),
        around(0, 25, 60, 100),
    ),
    case(
        "sequence-shares",
        "flexible segments share equally what is left",
        "warmup(10) >> linear(end=0.5*lr) >> linear",
        lambda t, lr: (
            line(0, lr, t / 10)
            if t < 10
            else line(lr, lr / 2, (t - 10) / 45)
            if t < 55
            else line(lr / 2, 0, min((t - 55) / 45, 1))
        ),
        around(0, 10, 55, 100),
        lints=["LR807"],
    ),
    case(
        "sequence-share-open",
        "an open segment without a length takes a share too",
        "warmup(10) >> hold >> linear",
        lambda t, lr: (
            line(0, lr, t / 10) if t < 10 else lr if t < 55 else line(lr, 0, min((t - 55) / 45, 1))
        ),
        around(0, 10, 55, 100),
    ),
    case(
        "sequence-share-thirds",
        "a share may be fractional; nothing is rounded",
        "linear(end=0.6*lr) >> linear(end=0.3*lr) >> linear",
        lambda t, lr: (
            line(lr, 3 * lr / 5, t / Q(100, 3))
            if t < Q(100, 3)
            else line(3 * lr / 5, 3 * lr / 10, t / Q(100, 3) - 1)
            if t < Q(200, 3)
            else line(3 * lr / 10, 0, min(t / Q(100, 3) - 2, 1))
        ),
        around(0, 33, 67, 100),
    ),
    case(
        "sequence-wsd",
        "warm-up, stable, decay with the decay's length at the end",
        "warmup(5%) >> hold >> cooldown(20%, shape=sqrt)",
        lambda t, lr: (
            line(0, lr, t / 5)
            if t < 5
            else lr
            if t < 80
            else lr * (1 - power(min((t - 80) / 20, 1), Q(1, 2)))
        ),
        around(0, 5, 80, 100),
        clean=True,
    ),
    case(
        "sequence-until",
        "until= gives a run time instead of a length",
        "warmup(10) >> hold(until=80%) >> cooldown",
        lambda t, lr: (
            line(0, lr, t / 10) if t < 10 else lr if t < 80 else line(lr, 0, min((t - 80) / 20, 1))
        ),
        around(0, 10, 80, 100),
    ),
    case(
        "sequence-until-shares",
        "the flexible segments before an until share the room up to it",
        "warmup(10) >> hold >> linear(until=60, end=0.5*lr) >> cosine",
        lambda t, lr: (
            line(0, lr, t / 10)
            if t < 10
            else lr
            if t < 35
            else line(lr, lr / 2, (t - 35) / 25)
            if t < 60
            else cosine(lr / 2, 0, min((t - 60) / 40, 1))
        ),
        around(0, 10, 35, 60, 100),
    ),
    case(
        "sequence-until-twice",
        "two untils: each segment ends at its own run time",
        "hold(until=30) >> linear(until=70, end=0.2*lr) >> hold",
        lambda t, lr: lr if t < 30 else line(lr, lr / 5, (t - 30) / 40) if t < 70 else lr / 5,
        around(0, 30, 70, 100),
    ),
    case(
        "sequence-zero",
        "a segment of length 0 is never sampled but its exit is carried",
        "hold(20) >> linear(0, end=0.25*lr) >> cosine",
        lambda t, lr: lr if t < 20 else cosine(lr / 4, 0, min((t - 20) / 80, 1)),
        around(0, 20, 60, 100),
    ),
    case(
        "sequence-hold-zero",
        "hold(0) at the front changes nothing",
        "hold(0) >> cosine",
        lambda t, lr: cosine(lr, 0, min(t / 100, 1)),
        around(0, 50, 100),
    ),
    case(
        "sequence-fraction",
        "lengths may be fractional",
        "warmup(2.5) >> linear(5) >> hold",
        lambda t, lr: (
            line(0, lr, t / Q("2.5")) if t < Q("2.5") else line(lr, 0, min((t - Q("2.5")) / 5, 1))
        ),
        [0, 1, 2, 2.25, 2.5, 2.75, 3, 5, 7, 7.25, 7.5, 8, 50],
    ),
    case(
        "sequence-sgdr",
        "warm restarts written out, each with its own peak",
        "warmup(5) >> cosine(25, end=0.001) >> warmup(5, 0.001, end=0.5*lr) >> cosine(end=1e-4)",
        lambda t, lr: (
            line(0, lr, t / 5)
            if t < 5
            else cosine(lr, Q("0.001"), (t - 5) / 25)
            if t < 30
            else line(Q("0.001"), lr / 2, (t - 30) / 5)
            if t < 35
            else cosine(lr / 2, Q("1e-4"), min((t - 35) / 65, 1))
        ),
        around(0, 5, 30, 35, 100),
    ),
    case(
        "sequence-truncate",
        "overflow=truncate cuts what exceeds the run",
        "warmup(5) >> cosine(90)",
        lambda t, lr: line(0, lr, t / 5) if t < 5 else cosine(lr, 0, (t - 5) / 90),
        [0, 0.5, 1, 2, 4, 4.5, 5, 5.5, 6, 8, 9, 9.5],
        total=10,
        overflow="truncate",
    ),
    case(
        "sequence-long",
        "many segments are one flat chain",
        " >> ".join(f"linear(1, end={1 - i / 100:.2f}*lr)" for i in range(1, 101)),
        lambda t, lr: lr * (1 - min(t, 100) / 100),
        around(0, 1, 50, 99, 100),
    ),
    case(
        "sequence-bindings",
        "a binding is a substitution",
        "peak = 0.5*lr; rise = warmup(10, end=peak); rise >> cosine",
        lambda t, lr: (
            line(0, lr / 2, t / 10) if t < 10 else cosine(lr / 2, 0, min((t - 10) / 90, 1))
        ),
        around(0, 10, 55, 100),
        canonical="warmup(10, end=0.5*lr) >> cosine",
    ),
]
