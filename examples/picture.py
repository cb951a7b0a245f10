"""The picture of a run: the rate that every update used, and the loss that it found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # a file, no window

import matplotlib.pyplot as plt
import numpy as np

import lrdsl

# Two colours of Okabe and Ito's palette, which the colour-blind tell apart.
BLUE, VERMILION = "#0072B2", "#D55E00"
LETTERS = 70  # that fit beside each other across the picture
SIZES = {"font.size": 13, "axes.labelsize": 14, "axes.spines.right": False}


def draw(
    path: Path,
    plan: lrdsl.Plan,
    rates: Sequence[float],
    losses: Sequence[float],
    steps_per_epoch: int,
) -> None:
    """Draw rate over loss on one axis of steps, with epochs on top, into a PNG file.

    The plan's program is the title, and thin lines tell its segments apart. The rates and losses
    are those of every update so far.
    """
    with plt.rc_context(SIZES):
        figure, (rate, loss) = plt.subplots(
            2, 1, sharex=True, figsize=(8, 5.8), layout="constrained"
        )
        steps = np.arange(len(rates))
        rate.plot(steps, rates, color=BLUE, linewidth=1)
        rate.set_ylabel("learning rate")
        rate.set_ylim(min(0, *rates), 1.2 * max(rates))  # room for the names of the segments

        smooth = running_mean(losses, steps_per_epoch)
        loss.plot(steps, losses, color=VERMILION, linewidth=0.7, alpha=0.35, label="each step")
        loss.plot(steps, smooth, color=VERMILION, linewidth=2.2, label="mean of an epoch")
        loss.set_yscale("log")
        loss.set_ylabel("training loss (nats)")
        loss.set_xlabel("step")
        loss.legend(frameon=False, loc="upper right")
        loss.set_xlim(0, plan.total)

        for axes in (rate, loss):
            axes.spines["top"].set_visible(False)
            for start in {p.start for p in plan.pieces} - {0}:
                axes.axvline(float(start), color="0.75", linewidth=1, zorder=0)
        for middle, name in names(plan):
            rate.text(middle, 1.12 * max(rates), name, ha="center", va="center", color="0.35")

        top = rate.secondary_xaxis(
            "top", functions=(lambda k: k / steps_per_epoch, lambda e: e * steps_per_epoch)
        )
        top.set_xlabel("epoch")
        title = plan.program if len(plan.program) < 60 else plan.program.replace(" >> ", "\n>> ")
        figure.suptitle(title, family="monospace", size=13)
        figure.savefig(path, dpi=180)
        plt.close(figure)


def names(plan: lrdsl.Plan) -> list[tuple[float, str]]:
    """Where the innermost segments have their middle, and what they are called, if it fits."""
    found = []
    for piece, after in zip(plan.pieces, [*plan.pieces[1:], None], strict=True):
        if after is not None and after.depth > piece.depth:
            continue  # its parts follow
        end = plan.total if piece.end is None else min(float(piece.end), plan.total)
        start, name = float(piece.start), re.split(r"\(| of ", piece.text)[0]
        if (end - start) / plan.total > len(name) / LETTERS:
            found.append(((start + end) / 2, name))
    return found


def running_mean(values: Sequence[float], width: int) -> np.ndarray:
    """The mean of the last `width` values, of fewer at the start; same shape as `values`."""
    sums = np.cumsum([0.0, *values])
    end = np.arange(1, len(values) + 1)
    start = np.maximum(0, end - width)
    return (sums[end] - sums[start]) / (end - start)
