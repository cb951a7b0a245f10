"""Small programs that could have meant something else; `about` is the rule that decides."""

from source.cases import (
    Q,
    around,
    case,
    cosine,
    cycle,
    error,
    floor,
    geometric,
    line,
    tanh_curve,
)
from source.exact import cospi, power
from source.stream import noise, normal


def mission(t: Q, lr: Q) -> Q | int:
    """warmup(5, 1e-5), then tanh in cycles of 20, 40 and 80 epochs, halved each time, noisy."""
    if t < 5:
        return line(Q("1e-5"), lr, t / 5)
    i, u = cycle(t - 5, 20, 2, 3)
    clean = tanh_curve(lr / 2**i, 0, u)
    return clean * (1 + noise(floor(t), "0.67")) if t < 145 else clean


CASES = [
    case("decided-hold", "lr for ever", "hold", lambda t, lr: lr, around(0, 45, 90), total="90ep"),
    case(
        "decided-hold-fraction",
        "a bare number between 0 and 1 as a length needs a unit",
        "hold(0.1)",
        total="90ep",
        errors=[error("LR203", "0.1")],
    ),
    case(
        "decided-value-alone",
        "a value alone is a constant schedule",
        "0.1",
        lambda t, lr: Q("0.1"),
        around(0, 45, 90),
        total="90ep",
        lr="0.3",
    ),
    case(
        "decided-value-beside",
        "beside >> it is an error",
        "0.1 >> cosine",
        total="90ep",
        errors=[error("LR304", "0.1", "hold(value=0.1) >> cosine")],
    ),
    case(
        "decided-second-positional",
        "only the length is positional in shapes",
        "linear(10, 0.1)",
        total="90ep",
        errors=[error("LR104", "0.1")],
    ),
    case(
        "decided-poly-positional",
        "power has no default",
        "poly(30)",
        total="90ep",
        errors=[error("LR103", "poly(30)")],
    ),
    case(
        "decided-poly-keyword",
        "the length first, power by keyword",
        "poly(30, power=2)",
        lambda t, lr: lr * (1 - min(t / 30, 1)) ** 2,
        around(0, 15, 30, 90),
        total="90ep",
    ),
    case(
        "decided-no-power",
        "there is no `power`; it is inverse(scale=..)",
        "power(30)",
        total="90ep",
        errors=[error("LR101", "power")],
    ),
    case(
        "decided-inverse",
        "its exponent is 1/2 where nothing is said",
        "inverse(scale=30)",
        lambda t, lr: lr / power(1 + t / 30, Q(1, 2)),
        around(0, 30, 60, 89),
        total="90ep",
    ),
    case(
        "decided-flat",
        "the second cosine runs from 0 to 0: a flat segment",
        "cosine >> cosine",
        lambda t, lr: cosine(lr, 0, min(t / 50, 1)),
        around(0, 25, 50, 100),
        lints=["LR804"],
    ),
    case(
        "decided-associative",
        "every operand of >> that is no >> itself counts once: 30, 30, 30",
        "(linear(end=0.5*lr) >> cosine(start=lr, end=0.2*lr)) >> hold",
        lambda t, lr: (
            line(lr, lr / 2, t / 30)
            if t < 30
            else cosine(lr, lr / 5, (t - 30) / 30)
            if t < 60
            else lr / 5
        ),
        around(0, 30, 60, 90),
        total="90st",
        same_as="linear(end=0.5*lr) >> (cosine(start=lr, end=0.2*lr) >> hold)",
    ),
    case(
        "decided-associative-plain",
        "the same with the plain names",
        "(linear >> cosine) >> hold",
        lambda t, lr: line(lr, 0, min(t / 30, 1)),
        around(0, 30, 60, 90),
        total="90st",
        canonical="linear >> cosine >> hold",
    ),
    case(
        "decided-restarts-share",
        "a restarts is one segment and takes one share",
        "cosine * restarts(limit=3) >> linear(start=lr)",
        lambda t, lr: (
            cosine(lr, 0, cycle(t, Q(50, 3), 1, 3)[1])
            if t < 50
            else line(lr, 0, min((t - 50) / 50, 1))
        ),
        around(0, 16, 34, 50, 100),
    ),
    case(
        "decided-restarts-share-plain",
        "the same, entered at the last cycle's exit",
        "cosine * restarts(limit=3) >> linear",
        lambda t, lr: cosine(lr, 0, cycle(t, Q(50, 3), 1, 3)[1]),
        around(0, 16, 34, 50, 100),
    ),
    case(
        "decided-restarts-before",
        "unlimited cycles before another segment fill the room; the last "
        "may be cut and exits at the cut",
        "cosine(10) * restarts >> linear(10)",
        lambda t, lr: (
            cosine(lr, 0, cycle(t, 10, 1)[1]) if t < 85 else line(lr / 2, 0, min((t - 85) / 10, 1))
        ),
        around(0, 10, 80, 85, 95),
        total="95st",
        lints=["LR810"],
    ),
    case(
        "decided-limit-cut",
        "limit is an upper bound: what the run cuts is a lint",
        "cosine(15) * restarts(t_mul=2, limit=3)",
        lambda t, lr: cosine(lr, 0, cycle(t, 15, 2)[1]),
        around(0, 15, 45, 89)[:-1],
        total="90ep",
        lints=["LR810"],
    ),
    case(
        "decided-shrinking",
        "t_mul < 1 needs a limit",
        "cosine(10) * restarts(t_mul=0.5)",
        total="90ep",
        errors=[error("LR507", "0.5")],
    ),
    case(
        "decided-limit-0",
        "limit is an integer >= 1",
        "cosine(10) * restarts(limit=0)",
        total="90ep",
        errors=[error("LR506", "0")],
    ),
    case(
        "decided-stretch",
        "a body with a length of its own is stretched as a whole: the second warm-up lasts 10",
        "(warmup(5) >> cosine(15)) * restarts(t_mul=2, limit=2)",
        lambda t, lr: (
            lambda u: line(0, lr, 4 * u) if u < Q(1, 4) else cosine(lr, 0, (u - Q(1, 4)) / Q(3, 4))
        )(cycle(t, 20, 2, 2)[1]),
        around(0, 5, 20, 30, 60),
        total="60st",
    ),
    case(
        "decided-stretch-flexible",
        "beside a flexible part written lengths stay: it lasts 5 twice",
        "(warmup(5) >> cosine) * restarts(t_mul=2, limit=2)",
        lambda t, lr: (
            lambda s, n: line(0, lr, s / 5) if s < 5 else cosine(lr, 0, min((s - 5) / (n - 5), 1))
        )(*((t, 20) if t < 20 else (t - 20, 40))),
        around(0, 5, 20, 25, 60),
        total="60st",
    ),
    case(
        "decided-stretch-every",
        "stretching multiplies every time inside",
        "step(every=5, factor=0.5, over=20) * restarts(t_mul=2, limit=2)",
        lambda t, lr: lr * Q("0.5") ** floor(t / 5 if t < 20 else min(t - 20, 40) / 10),
        around(0, 5, 20, 30, 60),
        total="60st",
    ),
    case(
        "decided-percent-inside",
        "N% is a share of the run, in each cycle",
        "(warmup(5%) >> cosine) * restarts(limit=4)",
        lambda t, lr: (lambda s: line(0, lr, s / 5) if s < 5 else cosine(lr, 0, (s - 5) / 20))(
            t % 25 if t < 100 else Q(25)
        ),
        around(0, 5, 25, 30, 100),
    ),
    case(
        "decided-percent-stretched",
        "10 ticks and 20 ticks",
        "cosine(10%) * restarts(t_mul=2, limit=2)",
        lambda t, lr: cosine(lr, 0, cycle(t, 10, 2, 2)[1]),
        around(0, 10, 30, 100),
        lints=["LR811"],
    ),
    case(
        "decided-restarts-twice",
        "left to right: the group of three again, at half",
        "cosine(10) * restarts(limit=3) * restarts(limit=2, decay=0.5)",
        lambda t, lr: cosine(lr if t < 30 else lr / 2, 0, cycle(t, 10, 1, 6)[1]),
        around(0, 10, 30, 40, 60),
        total="60st",
    ),
    case(
        "decided-overlay-in-cycle",
        "an overlay inside each cycle: the second warm-up aims at half",
        "(warmup(2, end=next) | tanh(-6, 4, over=10)) * restarts(limit=2, decay=0.5)",
        lambda t, lr: (
            lambda g, s: (
                line(0, tanh_curve(g, 0, Q(2, 10)), s / 2) if s < 2 else tanh_curve(g, 0, s / 10)
            )
        )(*((lr, t) if t < 10 else (lr / 2, min(t - 10, Q(10))))),
        around(0, 2, 10, 12, 20),
        total="20st",
    ),
    case(
        "decided-overlay-once",
        "the warm-up covers the first five ticks only",
        "warmup(5) | cosine(20) * restarts",
        lambda t, lr: line(0, lr, t / 5) if t < 5 else cosine(lr, 0, cycle(t, 20, 1)[1]),
        around(0, 5, 20, 40),
        total="60st",
    ),
    case(
        "decided-overlay-junction",
        "the junction lies 5 ticks into the second cycle",
        "warmup(25, end=next) | cosine(20) * restarts",
        lambda t, lr: (
            line(0, cosine(lr, 0, Q(5, 20)), t / 25)
            if t < 25
            else cosine(lr, 0, cycle(t, 20, 1)[1])
        ),
        around(0, 20, 25, 40),
        total="60st",
    ),
    case(
        "decided-overlay-hidden",
        "a slice beyond the end is the exit: after 30 the rate is 0",
        "warmup(30) | cosine(20)",
        lambda t, lr: line(0, lr, t / 30) if t < 30 else 0,
        around(0, 20, 30, 60),
        total="60st",
        lints=["LR814"],
    ),
    case(
        "decided-overlay-entry",
        "b has the entry of the whole, not a's exit",
        "warmup(5, end=0.5*lr) | cosine(50)",
        lambda t, lr: line(0, lr / 2, t / 5) if t < 5 else cosine(lr, 0, min(t / 50, 1)),
        around(0, 5, 25, 50),
        total="50st",
    ),
    case(
        "decided-overlay-later",
        "b's clock runs from the start of the overlay",
        "hold(10) >> (warmup(5) | cosine)",
        lambda t, lr: (
            lr
            if t < 10
            else line(0, lr, (t - 10) / 5)
            if t < 15
            else cosine(lr, 0, min((t - 10) / 90, 1))
        ),
        around(0, 10, 15, 100),
    ),
    case(
        "decided-next-in-chain",
        "end=next is what follows at the end of that segment",
        "hold(2, value=0) >> warmup(3, end=next) | cosine(50)",
        lambda t, lr: (
            0
            if t < 2
            else line(0, cosine(lr, 0, Q(5, 50)), (t - 2) / 3)
            if t < 5
            else cosine(lr, 0, min(t / 50, 1))
        ),
        around(0, 2, 5, 50),
        total="50st",
    ),
    case(
        "decided-next-scaled",
        "end=next through a scale: what is scaled ends on the curve",
        "0.5*warmup(5, end=next) | linear(50)",
        lambda t, lr: line(0, lr * 9 / 10, t / 5) if t < 5 else line(lr, 0, min(t / 50, 1)),
        around(0, 5, 50),
        total="50st",
    ),
    case(
        "decided-next-in-sequence",
        "end=next is legal only on the left of |",
        "warmup(5, end=next) >> cosine(start=0.5*lr)",
        total="50st",
        errors=[error("LR307", "next")],
    ),
    case(
        "decided-next-bound",
        "a binding is a substitution",
        "a = warmup(5, end=next); a | tanh",
        lambda t, lr: (
            line(0, tanh_curve(lr, 0, Q(5, 50)), t / 5)
            if t < 5
            else tanh_curve(lr, 0, min(t / 50, 1))
        ),
        around(0, 5, 50),
        total="50st",
        canonical="warmup(5, end=next) | tanh",
    ),
    case(
        "decided-product-open",
        "an open operand adapts to those that have a length",
        "linear(50) * exponential(every=10, factor=0.5) >> hold",
        lambda t, lr: lr * (1 - t / 50) * power(Q("0.5"), t / 10) if t < 50 else 0,
        around(0, 10, 50, 100),
    ),
    case(
        "decided-product-hold",
        "hold without a length is neutral: 50 long",
        "cosine(50) * hold >> linear(start=lr)",
        lambda t, lr: cosine(lr, 0, t / 50) if t < 50 else line(lr, 0, min((t - 50) / 50, 1)),
        around(0, 50, 100),
    ),
    case(
        "decided-product-hold-plain",
        "the same, carried",
        "cosine(50) * hold >> linear",
        lambda t, lr: cosine(lr, 0, min(t / 50, 1)),
        around(0, 50, 100),
    ),
    case(
        "decided-big-vision",
        "the cosine over the run, the warm-up holds 1",
        "warmup(10) * cosine",
        lambda t, lr: min(t / 10, 1) * cosine(lr, 0, min(t / 100, 1)),
        around(0, 10, 50, 100),
    ),
    case(
        "decided-t5x",
        "an open factor goes on",
        "warmup(10) * inverse(scale=10)",
        lambda t, lr: lr * min(t / 10, 1) / power(1 + t / 10, Q(1, 2)),
        around(0, 10, 50, 99),
    ),
    case(
        "decided-sum-lengths",
        "2*lr at the start, 20 long, the first holds 0",
        "cosine(10) + cosine(20)",
        lambda t, lr: cosine(lr, 0, min(t / 10, 1)) + cosine(lr, 0, min(t / 20, 1)),
        around(0, 10, 20, 40),
        total="40st",
    ),
    case(
        "decided-min-lengths",
        "0 from 10 on: the shorter holds its exit",
        "min(linear(10), cosine(20))",
        lambda t, lr: min(line(lr, 0, min(t / 10, 1)), cosine(lr, 0, min(t / 20, 1))),
        around(0, 10, 20, 40),
        total="40st",
    ),
    case(
        "decided-max-value",
        "a bare value is a constant operand",
        "max(exponential(every=7, factor=0.9), 0.07)",
        lambda t, lr: max(lr * power(Q("0.9"), t / 7), Q("0.07")),
        around(0, 7, 24, 59),
        total="60st",
    ),
    case(
        "decided-num-minus",
        "an absolute 1 minus a curve in lr: legal, and linted",
        "1 - cosine",
        lambda t, lr: 1 - cosine(lr, 0, min(t / 10, 1)),
        around(0, 5, 10),
        total="10st",
        lints=["LR805"],
    ),
    case(
        "decided-value-minus",
        "a value minus a curve",
        "lr - cosine",
        lambda t, lr: lr - cosine(lr, 0, min(t / 10, 1)),
        around(0, 5, 10),
        total="10st",
    ),
    case(
        "decided-negative",
        "-s is -1*s",
        "-cosine",
        lambda t, lr: -cosine(lr, 0, min(t / 10, 1)),
        around(0, 5, 10),
        total="10st",
        canonical="-cosine",
        same_as="-1*cosine",
        lints=["LR809"],
    ),
    case(
        "decided-value-times",
        "Value*s: the schedule is the factor",
        "0.5*lr*cosine",
        lambda t, lr: cosine(lr / 2, 0, min(t / 10, 1)),
        around(0, 5, 10),
        total="10st",
    ),
    case(
        "decided-times-number",
        "s*number scales",
        "cosine * 0.5",
        lambda t, lr: cosine(lr / 2, 0, min(t / 10, 1)),
        around(0, 5, 10),
        total="10st",
        canonical="0.5*cosine",
        same_as="0.5*cosine",
    ),
    case(
        "decided-schedule-ratio",
        "a schedule cannot be divided by one",
        "cosine / exponential(every=1, factor=0.9)",
        total="10st",
        errors=[error("LR302", "/")],
    ),
    case(
        "decided-factor-right",
        "an absolute literal in a factor is a ratio",
        "cosine(10) * linear(10, start=0.1, end=1)",
        lambda t, lr: cosine(lr, 0, min(t / 10, 1)) * line(Q("0.1"), 1, min(t / 10, 1)),
        around(0, 5, 10),
        total="10st",
        lr="0.01",
        lints=["LR805"],
    ),
    case(
        "decided-factor-left",
        "turned round it is absolute: * does not commute then",
        "linear(10, start=0.1, end=1) * cosine(10)",
        lambda t, lr: line(Q("0.1"), 1, min(t / 10, 1)) * cosine(1, 0, min(t / 10, 1)),
        around(0, 5, 10),
        total="10st",
        lr="0.01",
    ),
    case(
        "decided-noise-length",
        "noise lasts as long as what it is added to",
        "cosine(50) + noise(0.1)",
        lambda t, lr: cosine(lr, 0, t / 50) * (1 + noise(floor(t), "0.1")) if t < 50 else 0,
        [0, 0.5, 1, 24, 25, 48, 49, 49.5, 50, 51, 99],
    ),
    case(
        "decided-noise-after",
        "after= is run time: it began before the cosine did",
        "hold(10) >> cosine + noise(0.1, after=5)",
        lambda t, lr: lr if t < 10 else cosine(lr, 0, (t - 10) / 90) * (1 + noise(floor(t), "0.1")),
        [0, 4, 5, 6, 9, 9.5, 10, 11, 14, 15, 16, 50, 99],
    ),
    case(
        "decided-noise-until",
        "so is its until=",
        "hold(10) >> cosine + noise(0.1, after=5, until=30)",
        lambda t, lr: (
            lr
            if t < 10
            else cosine(lr, 0, min((t - 10) / 90, 1))
            * (1 + (noise(floor(t), "0.1") if t < 30 else 0))
        ),
        [0, 5, 9, 10, 11, 28, 29, 29.5, 30, 31, 40, 50, 100],
    ),
    case(
        "decided-noise-left",
        "a modifier stands on the right",
        "noise(0.1) + cosine",
        total="10st",
        errors=[error("LR303", "noise(0.1)", "cosine + noise(0.1)")],
    ),
    case(
        "decided-noise-twice",
        "equal seeds draw alike: (1+z)**2",
        "cosine + noise(0.1) + noise(0.1)",
        lambda t, lr: cosine(lr, 0, t / 10) * (1 + noise(floor(t), "0.1")) ** 2,
        [0, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9.5],
        total="10st",
        lints=["LR812"],
    ),
    case(
        "decided-noise-cycles",
        "the run's tick: fresh in each cycle",
        "(cosine(10) + noise(0.1)) * restarts(limit=3)",
        lambda t, lr: cosine(lr, 0, cycle(t, 10, 1)[1]) * (1 + noise(floor(t), "0.1")),
        [0, 1, 5, 9, 9.5, 10, 11, 19, 20, 21, 25, 29],
        total="30st",
    ),
    case(
        "decided-snap-whole",
        "snap counts from the start of what it belongs to",
        "(warmup(1.5ep) >> cosine) * snap(1ep)",
        lambda t, lr: (
            lambda s: (
                line(0, lr, s / Q("1.5"))
                if s < Q("1.5")
                else cosine(lr, 0, (s - Q("1.5")) / Q("8.5"))
            )
        )(Q(floor(t)) if t < 10 else Q(10)),
        around(0, 1, 2, 5, 9, 10),
        total="10ep",
    ),
    case(
        "decided-snap-last",
        "bound to the cosine alone it changes at 1.5, 2.5, ..: a lint names it",
        "warmup(1.5ep) >> cosine * snap(1ep)",
        lambda t, lr: (
            line(0, lr, t / Q("1.5"))
            if t < Q("1.5")
            else cosine(lr, 0, floor(t - Q("1.5")) / Q("8.5"))
            if t < 10
            else 0
        ),
        [0, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 3, 3.5, 5, 9, 9.5, 10],
        total="10ep",
        lints=["LR801"],
    ),
    case(
        "decided-keras-staircase",
        "Keras's InverseTimeDecay(decay_steps=10, 0.5, staircase)",
        "inverse(scale=10/0.5, power=1) * snap(10)",
        lambda t, lr: lr / (1 + Q(floor(t / 10), 2)),
        around(0, 10, 20, 50),
        total="60st",
    ),
    case(
        "decided-until-in-cycle",
        "until= is legal only where its sequence starts at the run's start",
        "(hold(until=50%) >> linear) * restarts(limit=2)",
        errors=[error("LR403", "until=50%")],
    ),
    case(
        "decided-until-nested",
        "nested chains are one chain: hold from 10 to 30, linear to 50",
        "hold(10) >> (hold >> linear(until=50) >> hold)",
        lambda t, lr: lr if t < 30 else line(lr, 0, min((t - 30) / 20, 1)),
        around(0, 10, 30, 50, 100),
        canonical="hold(10) >> hold >> linear(until=50) >> hold",
    ),
    case(
        "decided-until-early",
        "until= before its start",
        "hold(30) >> linear(until=20)",
        errors=[error("LR404", "until=20")],
    ),
    case(
        "decided-over-until",
        "a length or an end, not both",
        "linear(20, until=50)",
        errors=[error("LR109", "until=50")],
    ),
    case(
        "decided-slice-flexible",
        "at the run's start a flexible body fills the run",
        "cosine[:50%] >> linear",
        lambda t, lr: cosine(lr, 0, t / 100) if t < 50 else line(lr / 2, 0, min((t - 50) / 50, 1)),
        around(0, 25, 50, 100),
    ),
    case(
        "decided-slice-past-end",
        "20 long: past its end a schedule holds its exit",
        "cosine(10)[:20] >> linear(start=lr)",
        lambda t, lr: (
            cosine(lr, 0, min(t / 10, 1)) if t < 20 else line(lr, 0, min((t - 20) / 80, 1))
        ),
        around(0, 10, 20, 100),
    ),
    case(
        "decided-slice-past-end-plain",
        "the same, carried",
        "cosine(10)[:20] >> linear",
        lambda t, lr: cosine(lr, 0, min(t / 10, 1)),
        around(0, 10, 20, 100),
    ),
    case(
        "decided-slice-negative",
        "no counting from the end",
        "cosine(10)[-3:]",
        errors=[error("LR308", "-3")],
    ),
    case(
        "decided-slice-binding",
        "a slice binds tighter than *",
        "cosine(10) * restarts[:30]",
        errors=[error("LR301", "restarts[:30]", "(cosine(10) * restarts)[:30]")],
    ),
    case(
        "decided-slice-parentheses",
        "what was meant",
        "(cosine(10) * restarts)[:30]",
        lambda t, lr: cosine(lr, 0, cycle(t, 10, 1, 3)[1]),
        around(0, 10, 20, 30, 100),
    ),
    case(
        "decided-warmup-0",
        "a warm-up of 0 leaves the cosine",
        "warmup(0) >> cosine",
        lambda t, lr: cosine(lr, 0, min(t / 10, 1)),
        around(0, 5, 10),
        total="10st",
    ),
    case(
        "decided-zero-carried",
        "never sampled, but its exit is carried: the limit of small lengths",
        "linear(0, end=0.1*lr) >> hold",
        lambda t, lr: lr / 10,
        around(0, 5, 10),
        total="10st",
    ),
    case(
        "decided-zero-last",
        "at the end of the run too",
        "warmup(100%) >> linear",
        lambda t, lr: line(0, lr, t / 10) if t < 10 else 0,
        around(0, 5, 10, 12),
        total="10st",
    ),
    case(
        "decided-both-one",
        "k/(n-1) with n = 1: u = 0",
        "warmup(1, grid=both)",
        lambda t, lr: 0 if t < 1 else lr,
        [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 5, 9],
        total="10st",
    ),
    case(
        "decided-both-epochs",
        "grids count ticks: 10 of them here",
        "warmup(10ep, grid=both) >> cosine",
        lambda t, lr: line(0, lr, t / 9) if t < 10 else cosine(lr, 0, min((t - 10) / 90, 1)),
        [0, 1, 2, 5, 8, 9, 10, 11, 55, 99, 100],
        total="100ep",
        steps_per_epoch=10,
        lints=["LR813"],
    ),
    case(
        "decided-10k",
        "k M B T are legal on a bare number",
        "warmup(10k)",
        lambda t, lr: line(0, lr, min(t / 10000, 1)),
        around(0, 5000, 10000, 100000),
        total=100000,
        tick="st",
    ),
    case(
        "decided-shape-poly",
        "warmup's shapes: linear cosine sqrt geometric",
        "warmup(5, shape=poly) >> cosine",
        total="50st",
        errors=[error("LR106", "poly")],
    ),
    case(
        "decided-shape-geometric",
        "geometric from 0: give start=",
        "warmup(5, shape=geometric) >> cosine",
        total="50st",
        errors=[error("LR503", "warmup(5, shape=geometric)")],
    ),
    case(
        "decided-geometric-0",
        "geometric to 0",
        "geometric(10, end=0)",
        total="50st",
        errors=[error("LR503", "geometric(10, end=0)")],
    ),
    case(
        "decided-points",
        "50 long, then it holds 0",
        "points([[0, 0], [5, 0.1], [50, 0]])",
        lambda t, lr: (
            line(0, Q("0.1"), t / 5) if t < 5 else line(Q("0.1"), 0, min((t - 5) / 45, 1))
        ),
        around(0, 5, 50, 100),
    ),
    case(
        "decided-points-before",
        "before the first point its value",
        "points([[10, 0.5], [20, 0.1]])",
        lambda t, lr: line(Q("0.5"), Q("0.1"), min(max(t - 10, Q(0)) / 10, 1)),
        around(0, 10, 20, 100),
    ),
    case(
        "decided-points-jump",
        "two points at one time are a jump",
        "points([[0, 0.1], [10, 0.1], [10, 0.5], [20, 0.5]])",
        lambda t, lr: Q("0.1") if t < 10 else Q("0.5"),
        around(0, 10, 20, 100),
    ),
    case(
        "decided-points-beyond",
        "points beyond the run: an error like any length",
        "points([[0, 1], [120, 0]])",
        errors=[error("LR402", "points([[0, 1], [120, 0]])")],
    ),
    case(
        "decided-points-cut",
        "cut by a slice",
        "points([[0, 1], [120, 0]])[:100%]",
        lambda t, lr: 1 - min(t, 100) / 120,
        around(0, 60, 100),
    ),
    case(
        "decided-milestones-equal",
        "equal milestones act together",
        "multistep([5, 5, 9], factor=0.5)",
        lambda t, lr: lr * Q("0.5") ** (2 * (t >= 5) + (t >= 9)),
        around(0, 5, 9, 18),
        total="20st",
    ),
    case(
        "decided-milestone-0",
        "a milestone at 0 acts at 0",
        "multistep([0, 5])",
        lambda t, lr: lr * Q("0.1") ** (1 + (t >= 5)),
        around(0, 5, 18),
        total="20st",
    ),
    case(
        "decided-step-exit",
        "the drop at the end belongs to the exit",
        "step(every=5, factor=0.1, over=30) >> hold",
        lambda t, lr: lr * Q("0.1") ** floor(min(t, 30) / 5),
        around(0, 5, 10, 30, 60),
        total="60st",
    ),
    case(
        "decided-start",
        "start= is the entry by default, on every segment",
        "exponential(every=1, factor=0.9, start=lr)",
        lambda t, lr: lr * power(Q("0.9"), t),
        around(0, 10, 58),
        total="60st",
    ),
    case(
        "decided-bindings",
        "times and modifiers may be bound",
        "W = 5ep; r = restarts(t_mul=2); warmup(W) >> tanh(over=20) * r",
        lambda t, lr: line(0, lr, t / 5) if t < 5 else tanh_curve(lr, 0, cycle(t - 5, 20, 2, 2)[1]),
        around(0, 5, 25, 65),
        total="65ep",
        canonical="warmup(5ep) >> tanh(over=20) * restarts(t_mul=2)",
    ),
    case(
        "decided-shadowing",
        "a name of this edition cannot be bound",
        "cosine = linear(10); cosine",
        total="20st",
        errors=[error("LR107", "cosine")],
    ),
    case(
        "decided-self", "defined before use", "x = x; x", total="20st", errors=[error("LR101", "x")]
    ),
    case(
        "decided-sum-exceeds",
        "90ep + 9ep = 99ep, the run is 90ep",
        "linear(90ep) >> cosine(10%)",
        total="90ep",
        errors=[error("LR402", "linear(90ep) >> cosine(10%)")],
    ),
    case(
        "decided-no-conversion",
        "steps in a run of epochs need steps_per_epoch",
        "warmup(2000st) >> cosine",
        total="90ep",
        errors=[error("LR703", "2000st")],
    ),
    case(
        "decided-conversion",
        "2000 steps of 1000 an epoch are 2ep",
        "warmup(2000st) >> cosine",
        lambda t, lr: line(0, lr, t / 2) if t < 2 else cosine(lr, 0, min((t - 2) / 88, 1)),
        around(0, 2, 46, 90),
        total="90ep",
        steps_per_epoch=1000,
    ),
    case(
        "decided-no-tick",
        "no unit for 5 and no total: what a tick is cannot be known",
        "warmup(5) >> cosine",
        total=None,
        errors=[error("LR702", "5")],
        more=True,
    ),
    case(
        "decided-tick-from-text",
        "all times carry one unit: it is the tick",
        "warmup(5st) >> hold",
        lambda t, lr: line(0, lr, min(t / 5, 1)),
        around(0, 5, 100),
        total=None,
    ),
    case(
        "decided-values",
        "Num arithmetic and values",
        "(1 - 0.1)*lr",
        lambda t, lr: 9 * lr / 10,
        around(0, 5, 9),
        total="10st",
        canonical="0.9*lr",
    ),
    case(
        "decided-mission",
        "warm-up, then three cycles of 20, 40 and 80 with noise on them only",
        "warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3) + noise(0.67)",
        mission,
        [0, 1, 2.5, 4, 4.5, 5, 5.5, 6, 15, 24, 25, 26, 64, 65, 66, 100, 144, 144.5, 145, 150],
        total="145ep",
        lints=["LR801"],
        canonical="warmup(5, start=1e-5) >> tanh * restarts(limit=3, t_mul=2, decay=0.5)"
        " + noise(0.67)",
    ),
    case(
        "decided-overlay-chain",
        "a | b | c is a | (b | c)",
        "a = linear(10); b = cosine(10); a | b | hold(20)",
        lambda t, lr: line(lr, 0, t / 10) if t < 10 else lr,
        around(0, 5, 10, 20),
        total="20st",
        canonical="linear(10) | cosine(10) | hold(20)",
    ),
    case(
        "decided-overlay-left-longer",
        "legal; b is never seen, but its exit follows",
        "(cosine(10) | hold(5))",
        lambda t, lr: cosine(lr, 0, t / 10) if t < 10 else lr,
        around(0, 5, 10, 20),
        total="20st",
        lints=["LR814"],
    ),
    case(
        "decided-wave",
        "full, 0, full, 0, full",
        "wave(periods=2)",
        lambda t, lr: lr * (1 + cospi(4 * min(t / 100, 1))) / 2,
        around(0, 25, 50, 75, 100),
    ),
    case(
        "decided-gaussian",
        "open-ended, indexed by the run's tick",
        "gaussian(0.01)",
        lambda t, lr: lr * normal(floor(t)) / 10,
        [0, 0.5, 1, 2, 3, 10, 20, 50, 98, 99],
    ),
    case(
        "decided-value-after",
        "a value beside >>",
        "hold(10) >> 5",
        errors=[error("LR304", "5", "hold(10) >> hold(value=5)")],
    ),
    case(
        "decided-end-percent",
        "a time where a value is wanted",
        "cosine(end=10%)",
        errors=[error("LR205", "10%", "cosine(end=0.1*lr)")],
    ),
    case(
        "decided-end-absolute",
        "a bare number is absolute, even a hundred times lr",
        "cosine(end=0.1)",
        lambda t, lr: cosine(lr, Q("0.1"), min(t / 100, 1)),
        around(0, 50, 100),
        lr="0.001",
    ),
    case(
        "decided-triangular2",
        "halved above the floor, and the floor stays",
        "(linear(5, start=0, end=lr - 0.001) >> linear(5, end=0)) * restarts"
        " * step(every=10, factor=0.5) + 0.001",
        lambda t, lr: (
            Q("0.001") + (lr - Q("0.001")) * (1 - abs(t % 10 - 5) / 5) / 2 ** floor(t / 10)
        ),
        around(0, 5, 10, 15, 20, 35),
        total="40st",
        lr="0.01",
        lints=["LR805"],
    ),
    case(
        "decided-not-triangular2",
        "restarts(decay=..) halves the peak itself",
        "(linear(5, start=0.001, end=lr) >> linear(5, end=0.001)) * restarts(decay=0.5)",
        lambda t, lr: line(Q("0.001"), lr / 2 ** floor(t / 10), 1 - abs(t % 10 - 5) / 5),
        around(0, 5, 10, 15, 20, 35),
        total="40st",
        lr="0.01",
    ),
    case(
        "decided-geometric",
        "geometric between two values above 0",
        "geometric(10, end=0.01*lr)",
        lambda t, lr: geometric(lr, lr / 100, min(t / 10, 1)),
        around(0, 5, 10),
        total="50st",
    ),
]
