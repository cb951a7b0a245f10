"""grid=left|right|both|open. Only whole ticks decide between them, so most samples are whole."""

from source.cases import around, case, cosine, line

TICKS = [0, 1, 2, 4, 5, 8, 9, 10, 11, 12, 50, 99]
NOTE = "k is the tick within the segment, W its length"

CASES = [
    case(
        "grid-left",
        f"left: k/W ({NOTE}); timm, torch, transformers",
        "warmup(10, grid=left)",
        lambda t, lr: line(0, lr, min(t / 10, 1)),
        around(0, 5, 10, 50),
        canonical="warmup(10)",
    ),
    case(
        "grid-right",
        f"right: (k+1)/W ({NOTE}); torchtitan, llm.c, open_clip",
        "warmup(10, grid=right)",
        lambda t, lr: line(0, lr, min((t + 1) / 10, 1)),
        TICKS,
    ),
    case(
        "grid-both",
        f"both: k/(W-1) ({NOTE}); DINO, ConvNeXt",
        "warmup(10, grid=both)",
        lambda t, lr: line(0, lr, min(t / 9, 1)),
        TICKS,
    ),
    case(
        "grid-open",
        f"open: (k+1)/(W+1) ({NOTE}); NeMo",
        "warmup(10, grid=open)",
        lambda t, lr: line(0, lr, min((t + 1) / 11, 1)),
        TICKS,
    ),
    case(
        "grid-right-fractional",
        "between ticks the grids are lines too",
        "warmup(10, grid=right)",
        lambda t, lr: line(0, lr, (t + 1) / 10),
        [0, 0.25, 0.5, 1.5, 2.25, 4.5, 7.5, 8.75, 9],
    ),
    case(
        "grid-later",
        "the tick is counted from the segment's own start",
        "hold(20, value=0) >> warmup(10, grid=right) >> linear(grid=both)",
        lambda t, lr: (
            0
            if t < 20
            else line(0, lr, (t - 19) / 10)
            if t < 30
            else line(lr, 0, min((t - 30) / 69, 1))
        ),
        [0, 19, 20, 21, 25, 28, 29, 30, 31, 60, 98, 99, 100, 105],
    ),
    case(
        "grid-both-cosine",
        "a cosine whose last update uses exactly the end",
        "cosine(end=0.1*lr, grid=both)",
        lambda t, lr: cosine(lr, lr / 10, min(t / 99, 1)),
        [0, 1, 2, 25, 49, 50, 75, 97, 98, 99, 100],
    ),
    case(
        "grid-right-cosine",
        "a cosine that has moved before the first update",
        "cosine(grid=right)",
        lambda t, lr: cosine(lr, 0, min((t + 1) / 100, 1)),
        [0, 1, 2, 25, 49, 50, 75, 97, 98, 99, 100],
    ),
    case(
        "grid-exit",
        "whatever the grid, the exit is the formula at u = 1",
        "linear(10, end=0.5*lr, grid=open) >> linear(10)",
        lambda t, lr: (
            line(lr, lr / 2, (t + 1) / 11) if t < 10 else line(lr / 2, 0, min((t - 10) / 10, 1))
        ),
        [0, 1, 5, 8, 9, 10, 10.5, 11, 15, 19, 20, 21],
    ),
    case(
        "grid-both-one-tick",
        "both over one tick: u = 0 while it lasts, its exit is its end",
        "linear(1, end=0.5*lr, grid=both) >> hold",
        lambda t, lr: lr if t < 1 else lr / 2,
        [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 50],
    ),
    case(
        "grid-both-two-ticks",
        "both over two ticks: the start, then the end",
        "linear(2, end=0.5*lr, grid=both) >> hold",
        lambda t, lr: lr if t < 1 else lr / 2,
        [0, 1, 2, 3, 50],
    ),
    case(
        "grid-k",
        "k bends the progress that the grid gives",
        "linear(10, k=2, grid=right) >> hold",
        lambda t, lr: lr * (1 - min((t + 1) / 10, 1) ** 2),
        TICKS,
    ),
    case(
        "grid-epoch-tick",
        "the grid counts ticks, here epochs",
        "warmup(10ep, grid=both) >> cosine",
        lambda t, lr: line(0, lr, t / 9) if t < 10 else cosine(lr, 0, min((t - 10) / 90, 1)),
        [0, 1, 2, 5, 8, 9, 10, 11, 55, 99, 100],
        total="100ep",
        steps_per_epoch=10,
        lints=["LR813"],
    ),
    case(
        "grid-step-tick",
        "with tick=st the same text counts updates",
        "warmup(10ep, grid=both) >> cosine",
        lambda t, lr: line(0, lr, t / 99) if t < 100 else cosine(lr, 0, min((t - 100) / 900, 1)),
        [0, 1, 2, 50, 97, 98, 99, 100, 101, 550, 999, 1000],
        total="100ep",
        tick="st",
        steps_per_epoch=10,
    ),
    case(
        "grid-restarts",
        "in cycles the tick is counted from each cycle's start",
        "linear(5, grid=both) * restarts",
        lambda t, lr: line(lr, 0, min(t % 5 / 4, 1)),
        [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 54, 55, 99],
    ),
]
