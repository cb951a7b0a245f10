"""Legal programs that are probably not what was meant, and some that are."""

from typing import Any

from source.cases import Case, case


def lint(id: str, about: str, program: str, *codes: str, **run: Any) -> Case:
    """Write a program with these lints."""
    return case(f"lint-{id}", about, program, lints=list(codes), **run)


def clean(id: str, about: str, program: str, **run: Any) -> Case:
    """Write a program without any."""
    return case(f"clean-{id}", about, program, clean=True, **run)


CASES = [
    clean("last-restarts", "restarts after a warm-up", "warmup(5) >> cosine * restarts(limit=3)"),
    lint(
        "last-noise", "noise binds to the cosine only", "warmup(5) >> cosine + noise(0.1)", "LR801"
    ),
    lint("last-snap", "snap binds to the cosine only", "warmup(5) >> cosine * snap(10)", "LR801"),
    lint("jump", "a jump at a junction", "warmup(5, end=0.5*lr) >> cosine(start=lr)", "LR802"),
    lint("jump-up", "a rise out of nothing", "cosine(50) >> hold(value=0.5*lr)", "LR802"),
    lint("never-reached", "nothing is left for the last segment", "warmup(100) >> cosine", "LR803"),
    lint("flat", "a segment that ends where it starts", "linear >> cosine", "LR804"),
    lint("flat-end", "a shape that goes from lr to lr", "cosine(end=lr)", "LR804"),
    lint(
        "factor-absolute",
        "an absolute literal in a factor",
        "cosine * linear(start=0.1, end=1)",
        "LR805",
    ),
    lint("sum-absolute", "an absolute literal added to a curve in lr", "cosine + 0.001", "LR805"),
    lint(
        "shares",
        "flexible segments share implicitly",
        "warmup(5) >> linear(end=0.5*lr) >> cosine",
        "LR807",
    ),
    lint("milestone", "a milestone beyond the run", "multistep([30, 200])", "LR808"),
    lint("negative", "a negative rate", "-1*cosine", "LR809"),
    lint("zero", "a zero rate long before the end", "cosine(50) >> hold", "LR809"),
    lint("cut", "the run cuts the last cycle", "cosine(30) * restarts", "LR810"),
    lint("cut-limit", "and with a limit", "cosine(30) * restarts(limit=4)", "LR810"),
    lint("short", "shorter than the run", "linear(50, end=0.1*lr)", "LR811"),
    lint("seeds", "equal noise seeds", "(hold(50) + noise(0.1) >> cosine) + noise(0.2)", "LR812"),
    lint(
        "grid-epoch",
        "a grid that counts epochs",
        "warmup(5, grid=right) >> cosine",
        "LR813",
        total="90ep",
    ),
    lint("hidden", "the left of | hides the right", "hold(100) | cosine", "LR814"),
    lint("binding", "a binding that is never used", "W = 5ep; cosine", "LR816"),
    lint(
        "several",
        "several lints at once",
        "W = 5; linear(50) >> cosine(40) >> linear(start=lr, end=0)",
        "LR802",
        "LR804",
        "LR816",
    ),
    clean("cosine", "the usual program", "warmup(5%) >> cosine(end=0.01*lr)"),
    clean("wsd", "warm-up, stable, decay", "wsd(5%, 20%)"),
    clean("step", "a staircase", "step(every=30, factor=0.1)"),
    clean("multistep", "milestones", "warmup(5) >> multistep([30, 60, 80])"),
    clean("restarts", "cycles that fill the run", "cosine * restarts(limit=4)"),
    clean("overlay", "a warm-up over a curve", "warmup(5, end=next) | tanh"),
    clean("noise", "noise over everything", "(warmup(5) >> cosine) + noise(0.1)"),
    clean(
        "steps",
        "a run in updates",
        "warmup(5ep) >> cosine",
        total="90ep",
        tick="st",
        steps_per_epoch=10,
    ),
    clean("onecycle", "the recipe", "onecycle"),
    clean("hold", "a constant rate", "hold"),
]
