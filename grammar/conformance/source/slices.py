"""s[a:b]."""

from source.cases import Q, around, case, cosine, cycle, floor, line
from source.exact import power

CASES = [
    case(
        "slice-rest",
        "s[a:] is the rest of s, on a clock that starts at 0",
        "linear(100)[20:] >> hold",
        lambda t, lr: line(lr, 0, min((t + 20) / 100, 1)),
        around(0, 40, 80, 100),
    ),
    case(
        "slice-begin",
        "s[:b] is cut; its exit is the value at the cut",
        "linear(100)[:50] >> hold",
        lambda t, lr: line(lr, 0, min(t, 50) / 100),
        around(0, 50, 100),
    ),
    case(
        "slice-middle",
        "s[a:b]",
        "cosine(100)[20:60] >> hold",
        lambda t, lr: cosine(lr, 0, min(t + 20, 60) / 100),
        around(0, 20, 40, 100),
    ),
    case(
        "slice-carry",
        "what follows starts at the cut value",
        "linear(100)[:50] >> linear",
        lambda t, lr: line(lr, 0, t / 100) if t < 50 else line(lr / 2, 0, min((t - 50) / 50, 1)),
        around(0, 50, 100),
    ),
    case(
        "slice-twice",
        "(s[a:])[b:] is s[a+b:]",
        "linear(100)[20:][10:] >> hold",
        lambda t, lr: line(lr, 0, min((t + 30) / 100, 1)),
        around(0, 35, 70, 100),
    ),
    case(
        "slice-flexible-rest",
        "a flexible body under [a:] gets the room and a",
        "(warmup(10) >> cosine)[5:]",
        lambda t, lr: line(0, lr, (t + 5) / 10) if t < 5 else cosine(lr, 0, min((t - 5) / 95, 1)),
        around(0, 5, 50, 100),
    ),
    case(
        "slice-overlay-law",
        "a | b is a >> b[len(a):] but for b's entry",
        "warmup(20) >> cosine(start=lr)[20:]",
        lambda t, lr: line(0, lr, t / 20) if t < 20 else cosine(lr, 0, min(t / 100, 1)),
        around(0, 20, 60, 100),
    ),
    case(
        "slice-entry",
        "the slice's body enters where the sequence stands",
        "hold(10, value=0.5*lr) >> linear(40)[20:] >> hold",
        lambda t, lr: lr / 2 if t < 10 else line(lr / 2, 0, min((t + 10) / 40, 1)),
        around(0, 10, 30, 100),
    ),
    case(
        "slice-past-end",
        "past its end a schedule holds its exit, so the slice is b long",
        "linear(10, end=0.5*lr)[:20] >> linear",
        lambda t, lr: (
            line(lr, lr / 2, min(t / 10, 1)) if t < 20 else line(lr / 2, 0, min((t - 20) / 80, 1))
        ),
        around(0, 10, 20, 100),
    ),
    case(
        "slice-beyond-end",
        "a rest that begins beyond the end is the exit, 0 long",
        "linear(10, end=0.5*lr)[20:] >> linear",
        lambda t, lr: line(lr / 2, 0, min(t / 100, 1)),
        around(0, 10, 50, 100),
    ),
    case(
        "slice-empty",
        "s[a:a] is 0 long and exits with s's value at a",
        "linear(100)[25:25] >> hold",
        lambda t, lr: 3 * lr / 4,
        around(0, 50, 100),
    ),
    case(
        "slice-step",
        "every counts from the start of the body, not of the slice",
        "step(every=10, factor=0.5)[5:]",
        lambda t, lr: lr * Q("0.5") ** floor((t + 5) / 10),
        around(0, 5, 15, 95)[:-2],
    ),
    case(
        "slice-exponential",
        "an open body may be cut",
        "exponential(every=10, factor=0.5)[:20] >> hold",
        lambda t, lr: lr * power(Q("0.5"), min(t, 20) / 10),
        around(0, 10, 20, 100),
    ),
    case(
        "slice-restarts",
        "a piece out of a chain of cycles",
        "(cosine(10) * restarts)[5:25] >> hold(value=0.2*lr)",
        lambda t, lr: cosine(lr, 0, cycle(t + 5, 10, 1)[1]) if t < 20 else lr / 5,
        around(0, 5, 15, 20, 60),
    ),
    case(
        "slice-junction-exit",
        "a slice that ends on a junction exits with the earlier piece's end",
        "(linear(20, end=0.5*lr) >> hold(20, value=2*lr))[:20] >> hold",
        lambda t, lr: line(lr, lr / 2, min(t / 20, 1)),
        around(0, 10, 20, 100),
    ),
    case(
        "slice-percent",
        "bounds may be shares of the run",
        "linear(100)[10%:60%] >> hold",
        lambda t, lr: line(lr, 0, min(t + 10, 60) / 100),
        around(0, 25, 50, 100),
    ),
    case(
        "slice-until",
        "until inside a slice's body is run time",
        "(hold(until=20) >> linear)[10:]",
        lambda t, lr: lr if t < 20 else line(lr, 0, min((t - 20) / 80, 1)),
        around(0, 10, 20, 100),
    ),
    case(
        "slice-at-run-start",
        "at the run's start a flexible body fills the run and is cut",
        "cosine[:50%] >> hold",
        lambda t, lr: cosine(lr, 0, min(t, 50) / 100),
        around(0, 25, 50, 100),
    ),
]
