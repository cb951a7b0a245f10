"""a | b."""

from source.cases import Q, around, case, cosine, cycle, floor, line, tanh_curve

CASES = [
    case(
        "overlay-until-later",
        "until= is legal in an overlay that is an operand of the run's own sequence",
        "hold(10) >> (warmup(5) | hold(until=50))",
        lambda t, lr: lr if t < 10 or t >= 15 else lr * (t - 10) / 5,
        around(10, 15, 50),
    ),
    case(
        "overlay-timm-tanh",
        "timm with warmup_prefix=False: the warm-up aims at the curve",
        "warmup(5, 1e-5, end=next) | tanh",
        lambda t, lr: (
            line(Q("1e-5"), tanh_curve(lr, 0, Q(5, 50)), t / 5)
            if t < 5
            else tanh_curve(lr, 0, min(t / 50, 1))
        ),
        around(0, 5, 25, 50),
        total="50ep",
    ),
    case(
        "overlay-cosine",
        "timm's cosine: the warm-up aims at lr, then drops onto the curve",
        "warmup(5, 1e-5) | cosine",
        lambda t, lr: line(Q("1e-5"), lr, t / 5) if t < 5 else cosine(lr, 0, min(t / 50, 1)),
        around(0, 5, 25, 50),
        total="50ep",
    ),
    case(
        "overlay-beside-sequence",
        "the same two segments in sequence: another curve",
        "warmup(5, 1e-5) >> cosine",
        lambda t, lr: line(Q("1e-5"), lr, t / 5) if t < 5 else cosine(lr, 0, min((t - 5) / 45, 1)),
        around(0, 5, 25, 50),
        total="50ep",
    ),
    case(
        "overlay-product",
        "and as a product: a third curve",
        "warmup(5) * cosine",
        lambda t, lr: min(t / 5, 1) * cosine(lr, 0, min(t / 50, 1)),
        around(0, 5, 25, 50),
        total="50ep",
    ),
    case(
        "overlay-step",
        "a staircase under a warm-up counts from 0",
        "warmup(5) | step(every=10, factor=0.5)",
        lambda t, lr: line(0, lr, t / 5) if t < 5 else lr * Q("0.5") ** floor(t / 10),
        around(0, 5, 10, 20, 90),
    ),
    case(
        "overlay-long-left",
        "a warm-up longer than the first step",
        "warmup(25) | step(every=10, factor=0.5)",
        lambda t, lr: line(0, lr, t / 25) if t < 25 else lr * Q("0.5") ** floor(t / 10),
        around(0, 10, 25, 30, 90),
    ),
    case(
        "overlay-entry",
        "b enters at the entry of the whole, not at a's exit",
        "hold(20, value=0.5*lr) >> (linear(10, end=2*lr) | linear(40))",
        lambda t, lr: (
            lr / 2
            if t < 20
            else line(lr / 2, 2 * lr, (t - 20) / 10)
            if t < 30
            else line(lr / 2, 0, min((t - 20) / 40, 1))
        ),
        around(0, 20, 30, 60, 100),
    ),
    case(
        "overlay-length",
        "its length is that of its right side",
        "(warmup(5) | cosine(40, end=0.2*lr)) >> linear",
        lambda t, lr: (
            line(0, lr, t / 5)
            if t < 5
            else cosine(lr, lr / 5, t / 40)
            if t < 40
            else line(lr / 5, 0, min((t - 40) / 60, 1))
        ),
        around(0, 5, 40, 100),
    ),
    case(
        "overlay-left-longer",
        "if a is longer than b, b's exit follows",
        "(linear(30, end=0.5*lr) | cosine(10, end=0.1*lr)) >> hold",
        lambda t, lr: line(lr, lr / 2, t / 30) if t < 30 else lr / 10,
        around(0, 10, 30, 100),
    ),
    case(
        "overlay-three",
        "a | b | c is a | (b | c): the leftmost on top",
        "warmup(5) | hold(20, value=0.5*lr) | cosine",
        lambda t, lr: (
            line(0, lr, t / 5) if t < 5 else lr / 2 if t < 20 else cosine(lr, 0, min(t / 100, 1))
        ),
        around(0, 5, 20, 100),
    ),
    case(
        "overlay-binds-loosest",
        "| is looser than >>: the right side is the whole chain",
        "warmup(5) | hold(20) >> cosine",
        lambda t, lr: (
            line(0, lr, t / 5) if t < 5 else lr if t < 20 else cosine(lr, 0, min((t - 20) / 80, 1))
        ),
        around(0, 5, 20, 100),
        same_as="warmup(5) | (hold(20) >> cosine)",
    ),
    case(
        "overlay-next-chain",
        "end=next sees the value of a chain on the right",
        "warmup(30, end=next) | hold(20) >> linear",
        lambda t, lr: (
            line(0, lr * Q(70, 80), t / 30) if t < 30 else line(lr, 0, min((t - 20) / 80, 1))
        ),
        around(0, 20, 30, 100),
    ),
    case(
        "overlay-next-sequence-left",
        "end=next belongs to the last segment of the left side",
        "hold(10, value=0.001) >> warmup(10, 0.001, end=next) | linear",
        lambda t, lr: (
            Q("0.001")
            if t < 10
            else line(Q("0.001"), lr * Q(80, 100), (t - 10) / 10)
            if t < 20
            else line(lr, 0, min(t / 100, 1))
        ),
        around(0, 10, 20, 100),
    ),
    case(
        "overlay-next-cosine-shape",
        "end=next with another shape",
        "warmup(20, end=next, shape=cosine) | linear",
        lambda t, lr: cosine(0, lr * Q(4, 5), t / 20) if t < 20 else line(lr, 0, min(t / 100, 1)),
        around(0, 10, 20, 100),
    ),
    case(
        "overlay-restarts",
        "over restarts: the junction lies inside a cycle",
        "warmup(15, end=next) | cosine(20, end=0.1*lr) * restarts(t_mul=2)",
        lambda t, lr: (
            line(0, cosine(lr, lr / 10, Q(15, 20)), t / 15)
            if t < 15
            else cosine(lr, lr / 10, cycle(t, 20, 2)[1])
        ),
        around(0, 15, 20, 60),
        total="140st",
    ),
    case(
        "overlay-until",
        "until= may stand on the right of |, it counts run time",
        "warmup(5) | hold(until=50%) >> linear",
        lambda t, lr: (
            line(0, lr, t / 5) if t < 5 else lr if t < 50 else line(lr, 0, min((t - 50) / 50, 1))
        ),
        around(0, 5, 50, 100),
    ),
]
