"""+ - * / min max clip."""

from source.cases import Q, around, case, cosine, floor, line
from source.exact import power

CASES = [
    case(
        "scale",
        "Num*s scales the schedule",
        "0.5*cosine",
        lambda t, lr: cosine(lr, 0, min(t / 100, 1)) / 2,
        around(0, 50, 100),
    ),
    case(
        "scale-right",
        "s*Num does too",
        "cosine * 3",
        lambda t, lr: 3 * cosine(lr, 0, min(t / 100, 1)),
        around(0, 50, 100),
        canonical="3*cosine",
    ),
    case(
        "scale-divide",
        "and s/Num",
        "linear / 4",
        lambda t, lr: line(lr, 0, min(t / 100, 1)) / 4,
        around(0, 50, 100),
        canonical="0.25*linear",
    ),
    case(
        "scale-absolute",
        "scaling scales absolute literals too",
        "2*linear(end=0.01)",
        lambda t, lr: 2 * line(lr, Q("0.01"), min(t / 100, 1)),
        around(0, 50, 100),
    ),
    case(
        "value-factor",
        "Value*s: s is a factor, evaluated with lr = 1 and entry = 1",
        "0.3*lr * cosine(end=0.1)",
        lambda t, lr: 3 * lr / 10 * cosine(1, Q(1, 10), min(t / 100, 1)),
        around(0, 50, 100),
    ),
    case(
        "value-factor-lr",
        "lr inside a factor is 1",
        "lr * linear(end=0.25*lr)",
        lambda t, lr: lr * line(1, Q(1, 4), min(t / 100, 1)),
        around(0, 50, 100),
    ),
    case(
        "product",
        "a schedule times a factor",
        "linear * cosine",
        lambda t, lr: lr * (1 - min(t / 100, 1)) * cosine(1, 0, min(t / 100, 1)),
        around(0, 50, 100),
    ),
    case(
        "product-three",
        "left to right, every further one a factor",
        "linear * linear(end=0.5) * exponential(every=50, factor=0.5)",
        lambda t, lr: lr * (1 - t / 100) * line(1, Q(1, 2), t / 100) * power(Q(1, 2), t / 50),
        [0, 0.5, 1, 25, 49.5, 50, 50.5, 75, 99, 99.5, 100],
    ),
    case(
        "product-longer",
        "a product is as long as its longest operand; the shorter holds its exit",
        "(linear(10, end=0.5*lr) * linear(40)) >> hold(value=0.2*lr)",
        lambda t, lr: line(lr, lr / 2, min(t / 10, 1)) * (1 - t / 40) if t < 40 else lr / 5,
        around(0, 10, 40, 100),
    ),
    case(
        "product-entry",
        "a factor enters at 1 wherever it stands",
        "hold(20, value=0.5*lr) >> linear * cosine",
        lambda t, lr: (
            lr / 2
            if t < 20
            else lr / 2 * (1 - min((t - 20) / 80, 1)) * cosine(1, 0, min((t - 20) / 80, 1))
        ),
        around(0, 20, 60, 100),
    ),
    case(
        "product-hold",
        "s*hold is s, and as long as s",
        "linear(50, end=0.5*lr) * hold >> linear",
        lambda t, lr: (
            line(lr, lr / 2, t / 50) if t < 50 else line(lr / 2, 0, min((t - 50) / 50, 1))
        ),
        around(0, 50, 100),
    ),
    case(
        "product-open",
        "an open operand takes the length of the others",
        "linear(50, end=0.5*lr) * step(every=20, factor=0.1) >> hold",
        lambda t, lr: line(lr, lr / 2, min(t, 50) / 50) * Q("0.1") ** floor(min(t, 50) / 20),
        around(0, 20, 40, 50, 100),
    ),
    case(
        "product-of-sequences",
        "whole programs as factors",
        "(warmup(10) >> hold) * (hold(50) >> cosine)",
        lambda t, lr: lr * min(t / 10, 1) * (1 if t < 50 else cosine(1, 0, min((t - 50) / 50, 1))),
        around(0, 10, 50, 75, 100),
    ),
    case(
        "factor-absolute",
        "an absolute literal in a factor is a ratio",
        "linear(50, start=0.2, end=0.1) * linear(50, start=0.2, end=0.1)",
        lambda t, lr: line(Q("0.2"), Q("0.1"), min(t / 50, 1)) ** 2,
        around(0, 25, 50, 100),
    ),
    case(
        "sum",
        "operands start together, the shorter holds its exit",
        "linear(20, end=0.5*lr) + linear(40)",
        lambda t, lr: line(lr, lr / 2, min(t / 20, 1)) + line(lr, 0, min(t / 40, 1)),
        around(0, 20, 40, 100),
    ),
    case(
        "sum-entry",
        "both operands enter at the entry of the sum",
        "hold(10, value=0.5*lr) >> linear(20) + linear(40) >> hold(value=0.1*lr)",
        lambda t, lr: (
            lr / 2
            if t < 10
            else line(lr / 2, 0, min((t - 10) / 20, 1)) + line(lr / 2, 0, (t - 10) / 40)
            if t < 50
            else lr / 10
        ),
        around(0, 10, 30, 50, 100),
    ),
    case(
        "sum-flexible",
        "a sum is flexible if an operand is",
        "linear(20) + cosine >> hold(25, value=lr)",
        lambda t, lr: line(lr, 0, min(t / 20, 1)) + cosine(lr, 0, t / 75) if t < 75 else lr,
        around(0, 20, 75, 100),
    ),
    case(
        "sum-constant",
        "a bare value is a constant operand",
        "cosine + 0.01",
        lambda t, lr: cosine(lr, 0, min(t / 100, 1)) + Q("0.01"),
        around(0, 50, 100),
        lints=["LR805"],
    ),
    case(
        "sum-value",
        "a floor in lr",
        "0.9*cosine + 0.1*lr",
        lambda t, lr: 9 * cosine(lr, 0, min(t / 100, 1)) / 10 + lr / 10,
        around(0, 50, 100),
    ),
    case(
        "sum-zero",
        "s + 0 is s",
        "cosine(50, end=0.1*lr) + 0 >> linear",
        lambda t, lr: (
            cosine(lr, lr / 10, t / 50) if t < 50 else line(lr / 10, 0, min((t - 50) / 50, 1))
        ),
        around(0, 50, 100),
    ),
    case(
        "difference",
        "the difference of two curves",
        "cosine - 0.5*linear",
        lambda t, lr: cosine(lr, 0, min(t / 100, 1)) - line(lr, 0, min(t / 100, 1)) / 2,
        around(0, 50, 100),
    ),
    case(
        "value-minus",
        "a value minus a curve rises",
        "lr - cosine",
        lambda t, lr: lr - cosine(lr, 0, min(t / 100, 1)),
        around(0, 50, 100),
    ),
    case(
        "sum-precedence",
        "+ binds tighter than >>, * tighter than +",
        "warmup(10) >> linear + 0.5*cosine",
        lambda t, lr: (
            line(0, lr, t / 10)
            if t < 10
            else line(lr, 0, min((t - 10) / 90, 1)) + cosine(lr, 0, min((t - 10) / 90, 1)) / 2
        ),
        around(0, 10, 55, 100),
        same_as="warmup(10) >> (linear + (0.5*cosine))",
    ),
    case(
        "max-floor",
        "a floor",
        "max(cosine, 0.1*lr)",
        lambda t, lr: max(cosine(lr, 0, min(t / 100, 1)), lr / 10),
        around(0, 50, 80, 100),
    ),
    case(
        "min-three",
        "min of three, one of them a constant",
        "min(linear, 2*cosine, 0.05)",
        lambda t, lr: min(
            line(lr, 0, min(t / 100, 1)), 2 * cosine(lr, 0, min(t / 100, 1)), Q("0.05")
        ),
        around(0, 50, 75, 100),
    ),
    case(
        "min-not-affine",
        "an absolute bound bites at one base and not at another",
        "min(linear, 0.05)",
        lambda t, lr: min(line(lr, 0, min(t / 100, 1)), Q("0.05")),
        around(0, 50, 100),
        lr="0.01",
    ),
    case(
        "max-length",
        "the longest operand gives the length",
        "max(linear(20), linear(50, end=0.2*lr)) >> linear",
        lambda t, lr: (
            max(line(lr, 0, min(t / 20, 1)), line(lr, lr / 5, t / 50))
            if t < 50
            else line(lr / 5, 0, min((t - 50) / 50, 1))
        ),
        around(0, 20, 50, 100),
    ),
    case(
        "clip",
        "clip(s, lo, hi)",
        "clip(linear, 0.02, 0.08)",
        lambda t, lr: min(max(line(lr, 0, min(t / 100, 1)), Q("0.02")), Q("0.08")),
        around(0, 20, 50, 80, 100),
    ),
    case(
        "clip-lr",
        "clip's bounds may be in lr",
        "clip(wave(periods=2), 0.25*lr, 0.75*lr)",
        lambda t, lr: min(max(cosine(lr, 0, 4 * min(t / 100, 1)), lr / 4), 3 * lr / 4),
        around(0, 20, 50, 80, 100),
    ),
    case(
        "numbers",
        "Num arithmetic is exact",
        "hold(value=(1/3 + 1/6)*lr)",
        lambda t, lr: lr / 2,
        around(0, 50),
        canonical="hold(value=0.5*lr)",
    ),
    case(
        "minus-minus",
        "unary minus binds tighter than *",
        "hold(value=-2*-0.5*lr)",
        lambda t, lr: lr,
        around(0, 50),
        canonical="hold(value=lr)",
    ),
]
