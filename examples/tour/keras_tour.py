"""The tour of the rates of Keras and TensorFlow, each on a linear and on a logarithmic scale.

    python examples/tour/keras_tour.py --out DIR

Where Keras 3 is installed, its curve is drawn too. It no longer has LinearCosineDecay and the noisy
one; the cyclical rates are those of TensorFlow Addons, and `lrfn` is a function that notebooks pass
to LearningRateScheduler.
"""

from drawing import Picture, Schedule, main


def keras(program: str, ticks: int = 60, lr: float = 0.1, **args: object) -> Schedule:
    name = args.pop("name")
    args = {"initial_learning_rate": lr, **args}
    return Schedule(
        program=program,
        system=f"keras3.{name}",
        args=args,
        lr=lr,
        ticks=ticks,
        stairs=bool(args.get("staircase")),
    )


def tf(program: str, ticks: int, lr: float, **args: object) -> Schedule:
    name = args.pop("name")
    context = args.pop("context", None)
    return Schedule(
        program=program,
        system=f"tf2.4.{name}",
        args={"initial_learning_rate": lr, **args},
        lr=lr,
        ticks=ticks,
        context=context,
    )


def cyclical(program: str, name: str, ticks: int = 60, **args: object) -> Schedule:
    """A rate that is lifted from 0.001 to 0.01; the program's lr is the latter."""
    args = {"initial_learning_rate": 0.001, "maximal_learning_rate": 0.01, "step_size": 5, **args}
    return Schedule(program=program, system=f"tf2.4.tfa.{name}", args=args, lr=0.01, ticks=ticks)


def lrfn(program: str, lr: float, **args: object) -> Schedule:
    return Schedule(program=program, system="deotte.lrfn", args=args, lr=lr, ticks=40, stairs=True)


PICTURES = [
    Picture(
        name="keras_cosine",
        says="CosineDecay: half a wave, down to alpha of the rate, at once or after a warm-up",
        unit="update",
        scales=True,
        schedules=[
            keras(
                "cosine(50, end=0.01*lr)", name="CosineDecay", lr=0.01, decay_steps=50, alpha=0.01
            ),
            keras(
                "warmup(10, lr, end=0.1) >> cosine(50, end=0.001)",
                80,
                name="CosineDecay",
                lr=0.01,
                decay_steps=50,
                alpha=0.01,
                warmup_target=0.1,
                warmup_steps=10,
            ),
        ],
    ),
    Picture(
        name="keras_restarts",
        says="CosineDecayRestarts: each cycle twice as long, and as high or half as high",
        unit="update",
        scales=True,
        schedules=[
            keras(
                "cosine(10) * restarts(t_mul=2)",
                160,
                name="CosineDecayRestarts",
                first_decay_steps=10,
                t_mul=2.0,
                m_mul=1.0,
                alpha=0.0,
            ),
            keras(
                "cosine(10, start=0.99*lr) * restarts(t_mul=2, decay=0.5) + 0.01*lr",
                160,
                name="CosineDecayRestarts",
                first_decay_steps=10,
                t_mul=2.0,
                m_mul=0.5,
                alpha=0.01,
            ),
        ],
    ),
    Picture(
        name="keras_linear_cosine",
        says="LinearCosineDecay: a line times a wave, of one period or of four",
        unit="update",
        scales=True,
        schedules=[
            tf(
                "linear_cosine(50, periods=1)",
                60,
                name="LinearCosineDecay",
                lr=0.01,
                decay_steps=50,
                num_periods=1,
                alpha=0,
                beta=0.001,
            ),
            tf(
                "linear_cosine(50, periods=4, alpha=1e-5, beta=1e-8)",
                60,
                name="LinearCosineDecay",
                lr=0.004,
                decay_steps=50,
                num_periods=4,
                alpha=1e-5,
                beta=1e-8,
            ),
        ],
    ),
    Picture(
        name="keras_noisy_linear_cosine",
        says="NoisyLinearCosineDecay: rates below 0 have no place on a logarithmic scale",
        unit="update",
        scales=True,
        schedules=[
            tf(
                "noisy_linear_cosine(50, variance=0.002, decay=0.001, periods=2, beta=0.01)",
                50,
                name="NoisyLinearCosineDecay",
                lr=0.01,
                decay_steps=50,
                initial_variance=0.002,
                variance_decay=0.001,
                num_periods=2,
                alpha=0.0,
                beta=0.01,
                context=("linear_cosine(50, periods=2, beta=0.01)", "lrdsl, without the noise"),
            )
        ],
    ),
    Picture(
        name="keras_exponential",
        says="ExponentialDecay: half as high every ten updates, smoothly or in steps",
        unit="update",
        scales=True,
        schedules=[
            keras(
                "exponential(10, 0.5)",
                name="ExponentialDecay",
                decay_steps=10,
                decay_rate=0.5,
                staircase=False,
            ),
            keras(
                "step(10, 0.5)",
                name="ExponentialDecay",
                decay_steps=10,
                decay_rate=0.5,
                staircase=True,
            ),
        ],
    ),
    Picture(
        name="keras_inverse_time",
        says="InverseTimeDecay: lr / (1 + t/20), smoothly or in steps of ten updates",
        unit="update",
        scales=True,
        schedules=[
            keras(
                "inverse(scale=20, power=1)",
                name="InverseTimeDecay",
                decay_steps=10,
                decay_rate=0.5,
                staircase=False,
            ),
            keras(
                "inverse(scale=20, power=1) * snap(10)",
                name="InverseTimeDecay",
                decay_steps=10,
                decay_rate=0.5,
                staircase=True,
            ),
        ],
    ),
    Picture(
        name="keras_polynomial",
        says="PolynomialDecay: cycle=True starts anew, where Keras drops to the end for an update",
        unit="update",
        scales=True,
        schedules=[
            keras(
                "linear(30, end=0.01)",
                100,
                name="PolynomialDecay",
                decay_steps=30,
                end_learning_rate=0.01,
                power=1.0,
                cycle=False,
            ),
            keras(
                "poly(30, power=0.5, start=lr - 0.01) * restarts"
                " * (inverse(scale=30, power=0.5) * snap(30)) + 0.01",
                100,
                name="PolynomialDecay",
                decay_steps=30,
                end_learning_rate=0.01,
                power=0.5,
                cycle=True,
            ),
        ],
    ),
    Picture(
        name="keras_piecewise",
        says="PiecewiseConstantDecay: a boundary still has the value before it",
        unit="update",
        scales=True,
        schedules=[
            Schedule(
                program="multistep([11, 21])",
                system="keras3.PiecewiseConstantDecay",
                args={"boundaries": [10, 20], "values": [0.1, 0.01, 0.001]},
                lr=0.1,
                ticks=40,
                stairs=True,
            )
        ],
    ),
    Picture(
        name="tfa_cyclical",
        says="TensorFlow Addons' cyclical rates: up and down, as high, half as high, or ever lower",
        unit="update",
        scales=True,
        hides=["initial_learning_rate", "maximal_learning_rate"],
        schedules=[
            cyclical("cyclic(5, low=0.001)", "TriangularCyclicalLearningRate", scale_mode="cycle"),
            cyclical(
                "cyclic(5, low=0.001, mode=triangular2)",
                "Triangular2CyclicalLearningRate",
                scale_mode="cycle",
            ),
            cyclical(
                "cyclic(5, low=0.001, mode=exp_range, gamma=0.8)",
                "ExponentialCyclicalLearningRate",
                gamma=0.8,
                scale_mode="iterations",
            ),
            cyclical(
                "0.72*cyclic(5) * step(10, 0.8) + 0.001",
                "ExponentialCyclicalLearningRate",
                gamma=0.8,
                scale_mode="cycle",
            ),
        ],
    ),
    Picture(
        name="lrfn",
        says="A function for LearningRateScheduler: ramp up, sustain, decay in steps of two epochs",
        scales=True,
        schedules=[
            lrfn(
                "warmup(5, 1e-5) >> step(2, 0.8)",
                lr=4e-4,
                LR_START=1e-5,
                LR_MAX=4e-4,
                LR_RAMPUP_EPOCHS=5,
                LR_SUSTAIN_EPOCHS=0,
                LR_STEP_DECAY=0.8,
            ),
            lrfn(
                "warmup(4, 1e-6) >> hold(3) >> step(2, 0.5)",
                lr=2e-4,
                LR_START=1e-6,
                LR_MAX=2e-4,
                LR_RAMPUP_EPOCHS=4,
                LR_SUSTAIN_EPOCHS=3,
                LR_STEP_DECAY=0.5,
            ),
        ],
    ),
]

if __name__ == "__main__":
    main(__doc__, PICTURES)
