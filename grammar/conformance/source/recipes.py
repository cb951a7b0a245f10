"""Names that stand for a program."""

from source.cases import Q, around, case, cosine, cycle, line
from source.exact import cospi, power

UP = [0, 1, 4, 5, 6, 9, 10, 11, 14, 15, 16, 20, 25, 99]


def triangle(t: Q, up: int, down: int) -> Q:
    """0 at the start of each cycle, 1 after `up`, 0 again after `down`."""
    s = t % (up + down)
    return s / up if s < up else 1 - (s - up) / down


CASES = [
    case(
        "recipe-onecycle",
        "torch's OneCycleLR with its defaults, one update a tick",
        "onecycle",
        lambda t, lr: (
            cosine(lr / 25, lr, t / 29)
            if t < 30
            else cosine(lr, lr / 250000, min((t - 29) / 70, 1))
        ),
        [0, 1, 2, 15, 28, 29, 30, 31, 65, 97, 98, 99],
        same_as="cosine(30%, start=lr/25, end=lr, grid=both) >> cosine(end=lr/250000, grid=right)",
    ),
    case(
        "recipe-wsd",
        "warm-up, stable, decay",
        "wsd(10, 20)",
        lambda t, lr: (
            line(0, lr, t / 10) if t < 10 else lr if t < 80 else line(lr, 0, min((t - 80) / 20, 1))
        ),
        around(0, 10, 80, 100),
        same_as="warmup(10) >> hold >> cooldown(20)",
    ),
    case(
        "recipe-wsd-percent",
        "its lengths may be shares",
        "wsd(warmup=5%, cooldown=20%)",
        lambda t, lr: (
            line(0, lr, t / 5) if t < 5 else lr if t < 80 else line(lr, 0, min((t - 80) / 20, 1))
        ),
        around(0, 5, 80, 100),
        same_as="warmup(5%) >> hold >> cooldown(20%)",
    ),
    case(
        "recipe-noam",
        "Attention is all you need, with lr at the peak",
        "noam(10)",
        lambda t, lr: line(0, lr, t / 10) if t < 10 else lr / power(t / 10, Q(1, 2)),
        around(0, 10, 20, 90),
        same_as="warmup(10) >> inverse(scale=10)",
    ),
    case(
        "recipe-cyclic",
        "triangles from 0 to lr",
        "cyclic(5)",
        lambda t, lr: lr * triangle(t, 5, 5),
        UP,
    ),
    case(
        "recipe-cyclic-low",
        "from low to lr, up and down of unlike length",
        "cyclic(up=5, down=15, low=0.01)",
        lambda t, lr: Q("0.01") + (lr - Q("0.01")) * triangle(t, 5, 15),
        UP,
        same_as="(linear(5, start=0, end=lr - 0.01) >> linear(15, end=0)) * restarts + 0.01",
    ),
    case(
        "recipe-cyclic-lr",
        "low may be in lr",
        "cyclic(10, low=0.1*lr)",
        lambda t, lr: lr / 10 + 9 * lr / 10 * triangle(t, 10, 10),
        UP,
    ),
    case(
        "recipe-cyclic-triangular2",
        "the height is halved with every cycle",
        "cyclic(5, low=0.01, mode=triangular2)",
        lambda t, lr: Q("0.01") + (lr - Q("0.01")) * triangle(t, 5, 5) / 2 ** cycle(t, 10, 1)[0],
        UP,
        same_as="(linear(5, start=0, end=lr - 0.01) >> linear(5, end=0)) * restarts"
        " * step(every=10, factor=0.5) + 0.01",
    ),
    case(
        "recipe-linear-cosine",
        "Keras's LinearCosineDecay",
        "linear_cosine(100, periods=2, alpha=0.1, beta=0.01)",
        lambda t, lr: lr * (((1 - t / 100) + Q("0.1")) * (1 + cospi(4 * t / 100)) / 2 + Q("0.01")),
        [0, 1, 2.5, 10, 25, 25.5, 40, 50, 75, 99, 99.5, 100],
        same_as="(linear(100) + 0.1*lr) * wave(100, periods=2) + 0.01*lr",
    ),
    case(
        "recipe-inside",
        "a recipe is an operand like any other",
        "0.5*wsd(10, 20)",
        lambda t, lr: (
            (
                line(0, lr, t / 10)
                if t < 10
                else lr
                if t < 80
                else line(lr, 0, min((t - 80) / 20, 1))
            )
            / 2
        ),
        around(0, 10, 80, 100),
        same_as="0.5*(warmup(10) >> hold >> cooldown(20))",
    ),
]
