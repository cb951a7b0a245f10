"""points, multistep, snap."""

from source.cases import Q, around, case, cosine, cycle, floor, line

CASES = [
    case(
        "points",
        "a broken line; past the last point its value",
        "points([[0, 0], [5, 0.1], [50, 0]])",
        lambda t, lr: Q("0.1") * (t / 5 if t < 5 else max(1 - (t - 5) / 45, Q(0))),
        around(0, 5, 25, 50, 100),
    ),
    case(
        "points-before-first",
        "before the first point its value",
        "points([[20, 0.3], [40, 0.1]])",
        lambda t, lr: line(Q("0.3"), Q("0.1"), min(max((t - 20) / 20, Q(0)), 1)),
        around(0, 20, 40, 100),
    ),
    case(
        "points-jump",
        "equal times are a jump, and the later one rules",
        "points([[0, 0.1], [10, 0.1], [10, 0.5], [20, 0.5]])",
        lambda t, lr: Q("0.1") if t < 10 else Q("0.5"),
        around(0, 10, 20, 100),
    ),
    case(
        "points-lr",
        "values in lr belong to each group's base",
        "points([[0, 0], [10, lr], [100, 0.1*lr]])",
        lambda t, lr: line(0, lr, t / 10) if t < 10 else line(lr, lr / 10, min((t - 10) / 90, 1)),
        around(0, 10, 55, 100),
        lr="0.3",
    ),
    case(
        "points-step",
        "shape=step holds each value up to the next point",
        "points([[0, 0.3], [10, 0.2], [30, 0.1]], shape=step)",
        lambda t, lr: Q("0.3") if t < 10 else Q("0.2") if t < 30 else Q("0.1"),
        around(0, 10, 30, 100),
    ),
    case(
        "points-cosine",
        "shape=cosine joins them by half cosines",
        "points([[0, 0.4], [20, 0.2], [60, 0.3]], shape=cosine)",
        lambda t, lr: (
            cosine(Q("0.4"), Q("0.2"), t / 20)
            if t < 20
            else cosine(Q("0.2"), Q("0.3"), min((t - 20) / 40, 1))
        ),
        around(0, 20, 40, 60, 100),
    ),
    case(
        "points-percent",
        "times in any unit",
        "points([[0, lr], [25%, 0.5*lr], [10ep, 0]])",
        lambda t, lr: (
            line(lr, lr / 2, t / 25) if t < 25 else line(lr / 2, 0, min((t - 25) / 75, 1))
        ),
        around(0, 25, 60, 100),
        steps_per_epoch=10,
    ),
    case(
        "points-then",
        "its length is its last time; it is followed like any segment",
        "points([[0, 0], [20, lr]]) >> cosine",
        lambda t, lr: line(0, lr, t / 20) if t < 20 else cosine(lr, 0, min((t - 20) / 80, 1)),
        around(0, 20, 60, 100),
    ),
    case(
        "points-later",
        "times count from where the segment starts",
        "hold(20) >> points([[0, 0.5*lr], [40, 0]]) >> hold(value=0.1*lr)",
        lambda t, lr: lr if t < 20 else line(lr / 2, 0, (t - 20) / 40) if t < 60 else lr / 10,
        around(0, 20, 40, 60),
    ),
    case(
        "points-one",
        "one point is a constant",
        "points([[0, 0.2]]) >> hold",
        lambda t, lr: Q("0.2"),
        around(0, 50),
    ),
    case(
        "multistep",
        "a milestone acts at its tick, by 0.1",
        "multistep([30, 60, 90])",
        lambda t, lr: lr * Q("0.1") ** sum(t >= m for m in (30, 60, 90)),
        around(0, 30, 60, 90),
    ),
    case(
        "multistep-to",
        "to= gives the values",
        "multistep([30, 60], to=[0.05, 0.02])",
        lambda t, lr: Q("0.02") if t >= 60 else Q("0.05") if t >= 30 else lr,
        around(0, 30, 60, 90),
        lr="0.3",
    ),
    case(
        "multistep-to-lr",
        "or the shares of lr",
        "multistep([30%, 60%], to=[0.5*lr, 0.1*lr])",
        lambda t, lr: lr / 10 if t >= 60 else lr / 2 if t >= 30 else lr,
        around(0, 30, 60, 90),
    ),
    case(
        "multistep-after-warmup",
        "milestones count from the segment's start",
        "warmup(10) >> multistep([30, 60])",
        lambda t, lr: line(0, lr, t / 10) if t < 10 else lr * Q("0.1") ** ((t >= 40) + (t >= 70)),
        around(0, 10, 40, 70),
    ),
    case(
        "multistep-overlay",
        "or, under an overlay, from the run's",
        "warmup(10) | multistep([30, 60])",
        lambda t, lr: line(0, lr, t / 10) if t < 10 else lr * Q("0.1") ** ((t >= 30) + (t >= 60)),
        around(0, 10, 30, 60),
    ),
    case(
        "multistep-exit",
        "a milestone exactly on the end has acted in the exit",
        "multistep([10, 20], factor=0.5, over=20) >> hold",
        lambda t, lr: lr * Q("0.5") ** ((t >= 10) + (t >= 20)),
        around(0, 10, 20, 100),
    ),
    case(
        "multistep-cut",
        "one beyond the end has not",
        "multistep([10, 30], factor=0.5, over=20) >> hold",
        lambda t, lr: lr * Q("0.5") ** (t >= 10),
        around(0, 10, 20, 30, 50),
    ),
    case(
        "snap",
        "snap holds the value at the last multiple",
        "linear * snap(10)",
        lambda t, lr: lr * (1 - Q(floor(t / 10) * 10) / 100),
        around(0, 10, 50, 90),
    ),
    case(
        "snap-exit",
        "its exit is the schedule's",
        "linear(50, end=0.5*lr) * snap(20) >> hold",
        lambda t, lr: line(lr, lr / 2, Q(floor(t / 20) * 20) / 50 if t < 50 else 1),
        around(0, 20, 40, 50, 100),
    ),
    case(
        "snap-own-clock",
        "it counts from the start of what it belongs to",
        "hold(5) >> linear(20) * snap(10) >> hold",
        lambda t, lr: (
            lr if t < 5 else line(lr, 0, Q(floor((t - 5) / 10) * 10) / 20 if t < 25 else 1)
        ),
        around(0, 5, 15, 25, 50),
    ),
    case(
        "snap-epoch",
        "epoch values in a run of steps",
        "(warmup(2ep) >> cosine) * snap(1ep)",
        lambda t, lr: (lambda s: line(0, lr, Q(s, 20)) if s < 20 else cosine(lr, 0, Q(s - 20, 80)))(
            floor(t / 10) * 10 if t < 100 else 100
        ),
        around(0, 10, 20, 50, 90, 100),
        steps_per_epoch=10,
    ),
    case(
        "snap-restarts",
        "cycles outside, snapping inside",
        "linear(30) * snap(10) * restarts(limit=3)",
        lambda t, lr: (lambda i, u: line(lr, 0, Q(floor(u * 3), 3)))(*cycle(t, 30, 1, 3)),
        around(0, 10, 30, 50, 60, 85, 90),
    ),
]
