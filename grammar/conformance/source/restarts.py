"""s * restarts(..)."""

from source.cases import Q, around, case, cosine, cycle, floor, line, tanh_curve
from source.exact import power


def peak(t: Q, first: int, limit: int, decay: str, lr: Q) -> Q:
    """Give lr of the cycle that t lies in, of cycles of equal length."""
    return lr * Q(decay) ** cycle(t, first, 1, limit)[0]


CASES = [
    case(
        "restarts-open",
        "without a limit the cycles fill the run",
        "cosine(20) * restarts",
        lambda t, lr: cosine(lr, 0, cycle(t, 20, 1)[1]),
        around(0, 20, 40, 80),
    ),
    case(
        "restarts-limit",
        "after the last cycle its exit is held",
        "linear(20, end=0.2*lr) * restarts(limit=3)",
        lambda t, lr: line(lr, lr / 5, cycle(t, 20, 1, 3)[1]),
        around(0, 20, 40, 60, 100),
    ),
    case(
        "restarts-t-mul",
        "each cycle is t_mul times as long",
        "cosine(10) * restarts(t_mul=2)",
        lambda t, lr: cosine(lr, 0, cycle(t, 10, 2)[1]),
        around(0, 10, 30, 68),
        total="70st",
    ),
    case(
        "restarts-t-mul-full",
        "a run that the cycles fill exactly ends with a whole cycle, whose exit is held",
        "cosine(10) * restarts(t_mul=2)",
        lambda t, lr: cosine(lr, 0, cycle(t, 10, 2, 3)[1]),
        around(70, 80),
        total="70st",
    ),
    case(
        "restarts-t-mul-fraction",
        "t_mul may be a fraction; boundaries stay exact",
        "cosine(8) * restarts(t_mul=1.5, limit=4)",
        lambda t, lr: cosine(lr, 0, cycle(t, 8, Q("1.5"), 4)[1]),
        around(0, 8, 20, 38, 65, 100),
    ),
    case(
        "restarts-shrinking",
        "t_mul < 1 shrinks the cycles",
        "linear(40) * restarts(t_mul=0.5, limit=3)",
        lambda t, lr: line(lr, 0, cycle(t, 40, Q(1, 2), 3)[1]),
        around(0, 40, 60, 70, 100),
    ),
    case(
        "restarts-decay",
        "lr is multiplied by decay**i in cycle i",
        "cosine(20) * restarts(decay=0.5, limit=4)",
        lambda t, lr: cosine(peak(t, 20, 4, "0.5", lr), 0, cycle(t, 20, 1, 4)[1]),
        around(0, 20, 40, 60, 100),
    ),
    case(
        "restarts-decay-floor",
        "an absolute literal is not decayed: a floor stays a floor",
        "linear(20, end=0.01) * restarts(decay=0.5, limit=3)",
        lambda t, lr: line(peak(t, 20, 3, "0.5", lr), Q("0.01"), cycle(t, 20, 1, 3)[1]),
        around(0, 20, 40, 60),
    ),
    case(
        "restarts-decay-end-lr",
        "an end in lr is decayed with it",
        "linear(20, end=0.1*lr) * restarts(decay=0.5, limit=3)",
        lambda t, lr: line(
            peak(t, 20, 3, "0.5", lr),
            peak(t, 20, 3, "0.5", lr) / 10,
            cycle(t, 20, 1, 3)[1],
        ),
        around(0, 20, 40, 60),
    ),
    case(
        "restarts-decay-entry",
        "the entry of the whole is decayed too",
        "hold(10, value=0.5*lr) >> linear(20) * restarts(decay=0.5, limit=3)",
        lambda t, lr: (
            lr / 2
            if t < 10
            else line(peak(t - 10, 20, 3, "0.5", lr / 2), 0, cycle(t - 10, 20, 1, 3)[1])
        ),
        around(0, 10, 30, 50, 70),
    ),
    case(
        "restarts-fill",
        "a body without a length: exactly n cycles fill the room",
        "cosine * restarts(limit=4)",
        lambda t, lr: cosine(lr, 0, cycle(t, 25, 1, 4)[1]),
        around(0, 25, 50, 75, 100),
    ),
    case(
        "restarts-fill-t-mul",
        "the first is L/(1+m+..) long: 100/(1+2+4+..) of the run",
        "cosine * restarts(limit=3, t_mul=2)",
        lambda t, lr: cosine(lr, 0, cycle(t, 10, 2, 3)[1]),
        around(0, 10, 30, 70),
        total="70st",
    ),
    case(
        "restarts-fill-after-warmup",
        "the room is what the chain leaves",
        "warmup(10) >> cosine(end=0.1*lr) * restarts(limit=3)",
        lambda t, lr: (
            line(0, lr, t / 10) if t < 10 else cosine(lr, lr / 10, cycle(t - 10, 30, 1, 3)[1])
        ),
        around(0, 10, 40, 70, 100),
    ),
    case(
        "restarts-warmup-inside",
        "the warm-up restarts with every cycle and keeps its length",
        "(warmup(5) >> cosine) * restarts(limit=2, t_mul=3)",
        lambda t, lr: (
            lambda s, n: line(0, lr, s / 5) if s < 5 else cosine(lr, 0, min((s - 5) / (n - 5), 1))
        )(*((t, 20) if t < 20 else (t - 20, 60))),
        around(0, 5, 20, 25, 80),
        total="80st",
    ),
    case(
        "restarts-stretch",
        "a body with a length is stretched as a whole",
        "(warmup(4) >> linear(6)) * restarts(limit=3, t_mul=2)",
        lambda t, lr: (
            lambda u: (
                line(0, lr, u / Q("0.4"))
                if u < Q("0.4")
                else line(lr, 0, (u - Q("0.4")) / Q("0.6"))
            )
        )(cycle(t, 10, 2, 3)[1]),
        around(0, 4, 10, 18, 30, 46, 70),
        total="70st",
    ),
    case(
        "restarts-open-body",
        "an open body without a length shares the room among the cycles",
        "step(every=5, factor=0.5) * restarts(limit=2)",
        lambda t, lr: lr * Q("0.5") ** floor(t / 5 if t < 20 else min(t - 20, 20) / 5),
        around(0, 5, 20, 25, 40),
        total="40st",
    ),
    case(
        "restarts-cut",
        "the run cuts the last cycle",
        "linear(30) * restarts(limit=5)",
        lambda t, lr: line(lr, 0, cycle(t, 30, 1)[1]),
        around(0, 30, 60, 90)[:-1],
        lints=["LR810"],
    ),
    case(
        "restarts-cut-exit",
        "a cut cycle exits at the formula at the cut",
        "linear(20) * restarts >> linear(50)",
        lambda t, lr: (
            line(lr, 0, cycle(t, 20, 1)[1]) if t < 50 else line(lr / 2, 0, min((t - 50) / 50, 1))
        ),
        around(0, 20, 40, 50, 100),
        lints=["LR810"],
    ),
    case(
        "restarts-then",
        "what follows starts at the last cycle's exit",
        "linear(10, end=0.5*lr) * restarts(limit=3) >> linear",
        lambda t, lr: (
            line(lr, lr / 2, cycle(t, 10, 1)[1])
            if t < 30
            else line(lr / 2, 0, min((t - 30) / 70, 1))
        ),
        around(0, 10, 30, 100),
    ),
    case(
        "restarts-nested",
        "a group of cycles restarts as a group",
        "linear(10) * restarts(limit=2, decay=0.5) * restarts(limit=3, t_mul=2)",
        lambda t, lr: (
            lambda u: line(lr, 0, 2 * u) if 2 * u < 1 else line(lr / 2, 0, min(2 * u - 1, 1))
        )(cycle(t, 20, 2, 3)[1]),
        around(0, 10, 20, 40, 60, 100, 140),
        total="140st",
    ),
    case(
        "restarts-one",
        "restarts(limit=1) changes nothing",
        "cosine(40) * restarts(limit=1) >> hold",
        lambda t, lr: cosine(lr, 0, min(t / 40, 1)),
        around(0, 40, 100),
    ),
    case(
        "restarts-thousands",
        "ten thousand cycles, exact at every boundary",
        "linear(10) * restarts",
        lambda t, lr: line(lr, 0, (t % 10) / 10),
        around(0, 10, 50000, 99990)[:-1],
        total=100000,
        tick="st",
    ),
    case(
        "restarts-exact-3",
        "t_mul=3: floor(log) finds the wrong cycle at 1210, exact comparison does not",
        "cosine(10) * restarts(t_mul=3)",
        lambda t, lr: cosine(lr, 0, cycle(t, 10, 3)[1]),
        around(10, 40, 130, 1210, 3640),
        total="32800st",
    ),
    case(
        "restarts-exact-10",
        "t_mul=10: the same at 1110 and 1111110",
        "cosine(10) * restarts(t_mul=10)",
        lambda t, lr: cosine(lr, 0, cycle(t, 10, 10)[1]),
        around(10, 1110, 11110, 1111110),
        total="11111110st",
    ),
    case(
        "restarts-tanh",
        "tanh in cycles: neither end is reached",
        "tanh(over=25) * restarts(decay=0.8, limit=4)",
        lambda t, lr: tanh_curve(peak(t, 25, 4, "0.8", lr), 0, cycle(t, 25, 1, 4)[1]),
        around(0, 25, 50, 75, 100),
    ),
    case(
        "restarts-times-factor",
        "a factor after the cycles does not restart",
        "linear(20) * restarts * exponential(every=50, factor=0.5)",
        lambda t, lr: line(lr, 0, cycle(t, 20, 1)[1]) * power(Q("0.5"), t / 50),
        around(0, 20, 40, 80),
    ),
    case(
        "restarts-multistep",
        "milestones are stretched with their cycle",
        "multistep([5, 8], factor=0.1, over=10) * restarts(limit=2, t_mul=2)",
        lambda t, lr: (
            lr * Q("0.1") ** ((t >= 5) + (t >= 8))
            if t < 10
            else lr * Q("0.1") ** ((t >= 20) + (t >= 26))
        ),
        around(0, 5, 8, 10, 20, 26, 30),
    ),
    case(
        "restarts-no-room",
        "cycles that share no room at all leave the exit of the last one",
        "hold(100) >> linear(end=0.1*lr) * restarts(limit=2, decay=0.5)",
        lambda t, lr: lr if t < 100 else lr / 20,
        around(100),
    ),
    case(
        "restarts-cut-at-once",
        "cycles that are cut to nothing leave their value there",
        "hold(100) >> linear(10, start=0.5) * restarts(limit=2)",
        lambda t, lr: lr if t < 100 else Q(1, 2),
        around(100),
    ),
    case(
        "restarts-cut-before-nothing",
        "the last length that is not zero is cut; what follows still leaves its exit",
        "hold(50) >> linear(20) * restarts(limit=5) >> linear(0, end=0.3)",
        lambda t, lr: lr if t < 50 else line(lr, 0, (t - 50) % 20 / 20) if t < 100 else Q(3, 10),
        around(50, 70, 90, 100),
    ),
]
