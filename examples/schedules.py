"""The language at a glance, in numbers.

    python examples/schedules.py

First the three things that people mean by "warmup, then cosine", side by side; then, for each
program of the README's table, the rates of a run of 90 epochs.
"""

import lrdsl

LR = 0.1
RUN = {"tick": "ep", "steps_per_epoch": 100, "tokens_per_step": 1_000_000}

THREE_MEANINGS = {
    "warmup(5) >> cosine": "one after the other: the cosine starts at 5",
    "warmup(5) | cosine": "over a cosine whose clock runs from 0",
    "warmup(5) * cosine": "as a factor of that cosine",
}

PROGRAMS = [
    "warmup(5%) >> cosine",
    "wsd(5%, 20%)",
    "warmup(5ep, 1e-5) >> multistep([30ep, 60ep])",
    "cosine(10ep) * restarts(t_mul=2, decay=0.5)",
    "(warmup(5ep) >> tanh) + noise(0.67)",
    "max(cosine, 1e-5)",
    "(cosine(90ep))[30ep:]",
    "warmup(375M tokens) >> cosine(until=90%, end=0.1*lr) >> hold",
    "W = 5ep; warmup(W) >> cosine",
]


def side_by_side(programs: list[str], total: str, ticks: list[int]) -> None:
    """Print a row per program and a column per tick."""
    width = max(map(len, programs))
    print(f"{'':{width}}", *(f"{f't={k}':>9}" for k in ticks))
    for text in programs:
        plan = lrdsl.compile(text, total=total, **RUN)
        print(f"{text:{width}}", *(f"{plan(k, LR):9.3g}" for k in ticks))


def main() -> None:
    print(f"Warmup and cosine over 20 epochs, lr = {LR}\n")
    side_by_side(list(THREE_MEANINGS), "20ep", [0, 1, 3, 5, 10, 15, 19])
    print()
    for text, meaning in THREE_MEANINGS.items():
        print(f"{text:20}  {meaning}")
    print(f"\nPrograms over 90 epochs, lr = {LR}\n")
    side_by_side(PROGRAMS, "90ep", [0, 3, 30, 60, 89])


if __name__ == "__main__":
    main()
