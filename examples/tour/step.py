"""The tour of timm's StepLRScheduler: every argument, and its place in the language.

    python examples/tour/step.py --out DIR

Where timm is installed, its own curve is drawn too.
"""

from drawing import Picture, Schedule, main


def step(
    program: str, lr: float = 1e-4, system: str = "timm-0.4.12.step", **args: object
) -> Schedule:
    return Schedule(program=program, system=system, args=args, lr=lr, ticks=50, stairs=True)


WARMUP = {"decay_t": 5, "warmup_t": 2, "warmup_lr_init": 1e-5, "decay_rate": 0.8}
NOISY = {"decay_t": 10, "decay_rate": 0.5, "warmup_t": 3, "warmup_lr_init": 0.01, "noise_pct": 0.4}

PICTURES = [
    Picture(
        name="step_decay",
        says="Every five epochs the rate is multiplied by the decay rate; by 1 it stays",
        schedules=[
            step("hold", decay_t=5, decay_rate=1.0),
            step("step(5, 0.8)", decay_t=5, decay_rate=0.8),
            step("step(5, 0.5)", decay_t=5, decay_rate=0.5),
        ],
    ),
    Picture(
        name="step_warmup",
        says="The stairs count from epoch 0 (timm 0.4.12), or from the warm-up's end (today's)",
        schedules=[
            step("warmup(2, 1e-5) | step(5, 0.8)", **WARMUP),
            step("warmup(2, 1e-5) >> step(5, 0.8)", system="timm.step", **WARMUP),
        ],
    ),
    Picture(
        name="step_noise",
        says="Noise, the same stream as timm's: in all epochs, or in a range of them",
        schedules=[
            step(
                "(warmup(3, 0.01) | step(10, 0.5)) + noise(0.4)",
                lr=0.1,
                **NOISY,
                noise_range_t=0,
                noise_seed=42,
            ),
            step(
                "(warmup(3, 0.01) | step(10, 0.5)) + noise(0.4, after=10, until=20)",
                lr=0.1,
                **NOISY,
                noise_range_t=[10, 20],
                noise_seed=42,
            ),
        ],
    ),
]

if __name__ == "__main__":
    main(__doc__, PICTURES)
