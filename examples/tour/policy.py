"""The tour of the Keras policy LRScheduler (inzapp): its policies, warm-ups, and momentum.

    python examples/tour/policy.py --out DIR

It is a class in a repository, not a package to install, so no curve of its own stands beside these;
the tests hold them to what it returned (tests/goldens/inzapp.public.json).
"""

from drawing import Picture, Schedule, main


def policy(program: str, kind: str, momentum: str | None = None, **args: object) -> Schedule:
    args = {"policy": kind, **args}
    ticks = int(args["iterations"])
    return Schedule(
        program=program,
        system=f"inzapp-head.{kind}",
        args=args,
        lr=float(args["lr"]),
        ticks=ticks,
        # onecycle stays at the top for an update more, and its fall is cut by one
        total=ticks + 1 if kind == "onecycle" else ticks,
        momentum=momentum,
        stairs="step" in kind,
    )


LONG = {"iterations": 1000, "lr": 0.001}
CYCLES = {"iterations": 900, "lr": 0.002, "initial_cycle_length": 100}

PICTURES = [
    Picture(
        name="policy_steps",
        says="constant, which knows no warm-up; step, two drops; step2, four drops, evenly spread",
        unit="update",
        schedules=[
            policy("hold", "constant", **LONG, warm_up=0.1),
            policy(
                "warmup(10%, shape=cosine) | multistep([75%, 92%], 0.22360679774997896)",
                "step",
                **LONG,
                warm_up=0.1,
            ),
            policy(
                "warmup(10%, shape=cosine) >> hold(1) >> geometric(72%, end=0.05*lr) * snap(18%)",
                "step2",
                **LONG,
                warm_up=0.1,
            ),
        ],
    ),
    Picture(
        name="policy_cosine",
        says="cosine: cycle_weight says how many times as long as the one before a cycle is",
        unit="update",
        schedules=[
            policy("cosine(100, end=0.05*lr) * restarts", "cosine", **CYCLES, cycle_weight=1),
            policy("cosine(100, end=0.05*lr) * restarts(t_mul=2)", "cosine", **CYCLES),
        ],
    ),
    Picture(
        name="policy_warmup",
        says="A warm-up as a share of the run, and as a number of updates",
        unit="update",
        schedules=[
            policy(
                "warmup(10%, shape=cosine) | multistep([75%, 92%])",
                "step",
                iterations=300,
                lr=0.01,
                warm_up=0.1,
                lrf=0.01,
            ),
            policy(
                "warmup(50, shape=cosine) | multistep([75%, 92%])",
                "step",
                iterations=300,
                lr=0.01,
                warm_up=50,
                lrf=0.01,
            ),
        ],
    ),
    Picture(
        name="policy_onecycle",
        says="onecycle: while the rate goes up, momentum goes down",
        unit="update",
        schedules=[
            policy(
                "warmup(100, shape=cosine) >> hold(1) >> cosine(end=0.05*lr)",
                "onecycle",
                **LONG,
                warm_up=0.1,
                momentum="cosine(100, start=0.95, end=0.85) >> hold(1) >> cosine(end=0.95)",
            ),
            policy(
                "warmup(50, shape=cosine) >> hold(1) >> cosine(end=0.05*lr)",
                "onecycle",
                **LONG,
                warm_up=50,
                momentum="cosine(50, start=0.95, end=0.85) >> hold(1) >> cosine(end=0.95)",
            ),
        ],
    ),
]

if __name__ == "__main__":
    main(__doc__, PICTURES)
