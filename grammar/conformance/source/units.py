"""Ticks, units, shares of the run."""

from source.cases import Q, around, case, cosine, floor, line

CASES = [
    case(
        "units-ticks",
        "a bare number counts ticks, here epochs",
        "warmup(5) >> cosine",
        lambda t, lr: line(0, lr, t / 5) if t < 5 else cosine(lr, 0, min((t - 5) / 85, 1)),
        around(0, 5, 90),
        total="90ep",
    ),
    case(
        "units-tick-named",
        "tick= counts updates while the total is in epochs",
        "warmup(5ep) >> cosine",
        lambda t, lr: line(0, lr, t / 50) if t < 50 else cosine(lr, 0, min((t - 50) / 850, 1)),
        around(0, 50, 475, 900),
        total="90ep",
        tick="st",
        steps_per_epoch=10,
    ),
    case(
        "units-bare-with-tick",
        "a bare number then counts updates",
        "warmup(5) >> cosine",
        lambda t, lr: line(0, lr, t / 5) if t < 5 else cosine(lr, 0, min((t - 5) / 895, 1)),
        around(0, 5, 50, 900),
        total="90ep",
        tick="st",
        steps_per_epoch=10,
    ),
    case(
        "units-steps-in-epochs",
        "steps convert to epochs of the tick",
        "warmup(500st) >> cosine",
        lambda t, lr: (
            line(0, lr, t / Q("0.5"))
            if t < Q("0.5")
            else cosine(lr, 0, min((t - Q("0.5")) / Q("89.5"), 1))
        ),
        [0, 0.25, 0.5, 0.75, 1, 2, 45, 89, 89.5, 90, 91],
        total="90ep",
        steps_per_epoch=1000,
    ),
    case(
        "units-epochs-in-steps",
        "epochs convert to steps of the total",
        "step(every=3ep, factor=0.1)",
        lambda t, lr: lr * Q("0.1") ** floor(t / 30),
        around(0, 30, 60, 90)[:-2],
        total="100st",
        steps_per_epoch=10,
    ),
    case(
        "units-ragged",
        "a number of steps per epoch that divides nothing",
        "warmup(1ep) >> linear",
        lambda t, lr: (
            line(0, lr, t / 1251) if t < 1251 else line(lr, 0, min((t - 1251) / 11259, 1))
        ),
        around(0, 1251, 6000, 12510),
        total="10ep",
        tick="st",
        steps_per_epoch=1251,
    ),
    case(
        "units-tokens",
        "a total in tokens, a tick of one update",
        "warmup(2k steps) >> cosine(end=0.1*lr)",
        lambda t, lr: (
            line(0, lr, t / 2000) if t < 2000 else cosine(lr, lr / 10, min((t - 2000) / 63000, 1))
        ),
        around(0, 2000, 33500, 65000),
        total="260B tokens",
        tick="st",
        tokens_per_step=4000000,
    ),
    case(
        "units-tokens-warmup",
        "a warm-up in tokens",
        "warmup(40M tokens) >> linear",
        lambda t, lr: line(0, lr, t / 10) if t < 10 else line(lr, 0, min((t - 10) / 90, 1)),
        around(0, 10, 55, 100),
        tokens_per_step=4000000,
    ),
    case(
        "units-tokens-tick",
        "the tick may be a token",
        "warmup(375M) >> linear",
        lambda t, lr: (
            line(0, lr, t / 375000000)
            if t < 375000000
            else line(lr, 0, min((t - 375000000) / 1125000000, 1))
        ),
        [0, 1, 187500000, 374999999, 375000000, 375000001, 937500000, 1499999999, 1500000000],
        total="1.5B tokens",
    ),
    case(
        "units-examples",
        "a total in examples, a tick of one update",
        "warmup(10k examples) >> linear",
        lambda t, lr: line(0, lr, t / 100) if t < 100 else line(lr, 0, min((t - 100) / 900, 1)),
        around(0, 100, 500, 1000),
        total="100k samples",
        tick="st",
        examples_per_step=100,
    ),
    case(
        "units-examples-epochs",
        "examples to steps to epochs",
        "warmup(5000ex) >> linear",
        lambda t, lr: line(0, lr, t / 2) if t < 2 else line(lr, 0, min((t - 2) / 8, 1)),
        around(0, 2, 6, 10),
        total="10ep",
        steps_per_epoch=25,
        examples_per_step=100,
    ),
    case(
        "units-percent",
        "N% is a share of the run",
        "warmup(7%) >> hold(93%)",
        lambda t, lr: line(0, lr, min(t / 7, 1)),
        around(0, 7, 50, 100),
    ),
    case(
        "units-percent-exact",
        "int(0.29*100) is 28; 29% of 100 is 29",
        "multistep([29%, 57%, 58%], factor=0.5)",
        lambda t, lr: lr * Q("0.5") ** ((t >= 29) + (t >= 57) + (t >= 58)),
        around(0, 29, 57, 90),
    ),
    case(
        "units-percent-fraction",
        "a share may fall between ticks",
        "warmup(33%) >> linear",
        lambda t, lr: (
            line(0, lr, t / Q("3.3"))
            if t < Q("3.3")
            else line(lr, 0, min((t - Q("3.3")) / Q("6.7"), 1))
        ),
        [0, 1, 2, 3, 3.25, 3.5, 4, 5, 7, 9, 9.5, 10, 11],
        total=10,
        tick="st",
    ),
    case(
        "units-percent-nested",
        "of the whole run, also inside cycles and sums",
        "(warmup(10%) >> linear(20%)) * restarts",
        lambda t, lr: line(0, lr, t % 30 / 10) if t % 30 < 10 else line(lr, 0, (t % 30 - 10) / 20),
        around(0, 10, 30, 40, 60),
    ),
    case(
        "units-sum",
        "times of different units add exactly",
        "warmup(1ep + 5st) >> linear",
        lambda t, lr: line(0, lr, t / 15) if t < 15 else line(lr, 0, min((t - 15) / 85, 1)),
        around(0, 15, 50, 100),
        steps_per_epoch=10,
    ),
    case(
        "units-arithmetic",
        "Num*Time and Time/Num",
        "W = 10ep; warmup(W/4) >> linear(2*W)",
        lambda t, lr: (
            line(0, lr, t / Q("2.5")) if t < Q("2.5") else line(lr, 0, min((t - Q("2.5")) / 20, 1))
        ),
        [0, 1, 2, 2.25, 2.5, 2.75, 3, 12, 22, 22.25, 22.5, 23, 24],
        total="30ep",
    ),
    case(
        "units-k",
        "10k of a bare number",
        "warmup(10k)",
        lambda t, lr: line(0, lr, min(t / 10000, 1)),
        around(0, 5000, 10000, 100000),
        total=100000,
        tick="st",
    ),
    case(
        "units-underscore",
        "digits may be grouped",
        "warmup(1_000)",
        lambda t, lr: line(0, lr, min(t / 1000, 1)),
        around(0, 500, 1000, 10000),
        total=10000,
        tick="st",
    ),
    case(
        "units-number-total",
        "a total that is a number counts ticks",
        "warmup(10%) >> linear",
        lambda t, lr: line(0, lr, t / 20) if t < 20 else line(lr, 0, min((t - 20) / 180, 1)),
        around(0, 20, 110, 200),
        total=200,
        tick="ep",
    ),
    case(
        "units-no-total",
        "without a total: the unit that all times carry is the tick",
        "warmup(5ep) >> step(every=30ep, factor=0.1)",
        lambda t, lr: line(0, lr, t / 5) if t < 5 else lr * Q("0.1") ** floor((t - 5) / 30),
        around(0, 5, 35, 65),
        total=None,
    ),
    case(
        "units-no-total-tick",
        "without a total, with tick=",
        "warmup(1ep) >> hold",
        lambda t, lr: line(0, lr, min(t / 10, 1)),
        around(0, 5, 10, 1000000),
        total=None,
        tick="st",
        steps_per_epoch=10,
    ),
    case(
        "units-fraction-of-epoch",
        "0.1ep is a time, 0.1 would be an error",
        "warmup(0.5ep) >> hold",
        lambda t, lr: line(0, lr, min(t / 50, 1)),
        around(0, 25, 50, 100),
        steps_per_epoch=100,
    ),
    case(
        "units-host-number",
        "a number that the host names",
        "warmup(W) >> linear",
        lambda t, lr: line(0, lr, t / 20) if t < 20 else line(lr, 0, min((t - 20) / 80, 1)),
        around(0, 20, 60, 100),
        names={"W": 20},
    ),
    case(
        "names-binding-wins",
        "a binding of the program wins over a name of the host's",
        "W = 2; hold(W) >> linear",
        lambda t, lr: lr if t < 2 else line(lr, 0, min((t - 2) / 7, 1)),
        around(2, 9),
        total=9,
        names={"W": 3},
    ),
    case(
        "units-host-text",
        "a text that the host names",
        "warmup(W) >> linear(end=floor)",
        lambda t, lr: line(0, lr, t / 20) if t < 20 else line(lr, lr / 10, min((t - 20) / 80, 1)),
        around(0, 20, 60, 100),
        names={"W": "2ep", "floor": "0.1*lr"},
        steps_per_epoch=10,
    ),
]
