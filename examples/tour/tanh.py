"""The tour of timm's TanhLRScheduler: every argument, and its place in the language.

    python examples/tour/tanh.py --out DIR

The arguments are those of timm 0.4.12, of which the tutorials tell; where timm is installed, its
own curve is drawn too.
"""

from drawing import Picture, Schedule, main


def tanh(program: str, ticks: int, lr: float = 1e-4, **args: object) -> Schedule:
    return Schedule(program=program, system="timm-0.4.12.tanh", args=args, lr=lr, ticks=ticks)


BOUNDS = {"lb": -6.0, "ub": 4.0}  # the paper's, and the language's defaults
COMMON = {"t_initial": 50, **BOUNDS}
ENDLESS = {"cycle_limit": 0}

PICTURES = [
    Picture(
        name="tanh_cycles",
        says="Cycles of one length, and of growing length",
        hides=[*BOUNDS, *ENDLESS],
        schedules=[
            tanh("tanh(over=50) * restarts", 150, **COMMON, t_mul=1.0, **ENDLESS),
            tanh("tanh(over=50) * restarts(t_mul=2)", 150, **COMMON, t_mul=2.0, **ENDLESS),
        ],
    ),
    Picture(
        name="tanh_decay",
        says="Every cycle as high as the first, and half as high as the one before",
        hides=[*BOUNDS, *ENDLESS],
        schedules=[
            tanh("tanh(over=50) * restarts", 100, **COMMON, decay_rate=1.0, **ENDLESS),
            tanh("tanh(over=50) * restarts(decay=0.5)", 100, **COMMON, decay_rate=0.5, **ENDLESS),
        ],
    ),
    Picture(
        name="tanh_warmup",
        says="A warm-up over the curve ( | ) hides its first epochs, one before it ( >> ) does not",
        hides=[*BOUNDS, *ENDLESS],
        schedules=[
            tanh("tanh(over=50)", 50, **COMMON, **ENDLESS),
            tanh(
                "warmup(5, 1e-5, end=next) | tanh(over=50)",
                50,
                **COMMON,
                warmup_t=5,
                warmup_lr_init=1e-5,
                **ENDLESS,
            ),
            tanh(
                "warmup(5, 1e-5) >> tanh(over=50)",
                50,
                **COMMON,
                warmup_t=5,
                warmup_lr_init=1e-5,
                warmup_prefix=True,
                **ENDLESS,
            ),
        ],
    ),
    Picture(
        name="tanh_bounds",
        says="The part of tanh, from lb to ub, that is the curve",
        hides=ENDLESS,
        schedules=[
            tanh("tanh(over=50)", 50, **COMMON, **ENDLESS),
            tanh("tanh(-3, 3, over=50)", 50, t_initial=50, lb=-3.0, ub=3.0, **ENDLESS),
            tanh("tanh(-4, -1, over=50)", 50, t_initial=50, lb=-4.0, ub=-1.0, **ENDLESS),
            tanh("tanh(0, 5, over=50)", 50, t_initial=50, lb=0.0, ub=5.0, **ENDLESS),
        ],
    ),
    Picture(
        name="tanh_limit",
        says="The last cycle is followed by lr_min, which is 0 here",
        hides=BOUNDS,
        schedules=[
            tanh("tanh(over=50) >> hold(value=0)", 150, **COMMON, cycle_limit=1),
            tanh("tanh(over=50) * restarts(2) >> hold(value=0)", 150, **COMMON, cycle_limit=2),
        ],
    ),
    Picture(
        name="tanh_noise",
        says="Noise, the same stream as timm's: on all of it, or on a range of epochs",
        hides=BOUNDS,
        schedules=[
            tanh(
                "(tanh(over=20) * restarts(2) >> hold(value=0)) + noise(0.1)",
                45,
                lr=0.1,
                t_initial=20,
                cycle_limit=2,
                noise_range_t=0,
                noise_pct=0.1,
                **BOUNDS,
            ),
            tanh(
                "tanh(over=20) * restarts(3, t_mul=2, decay=0.8) + noise(0.67, after=10, until=30)",
                60,
                lr=0.1,
                t_initial=20,
                t_mul=2.0,
                decay_rate=0.8,
                cycle_limit=3,
                noise_range_t=[10, 30],
                noise_seed=42,
                **BOUNDS,
            ),
        ],
    ),
]

if __name__ == "__main__":
    main(__doc__, PICTURES)
