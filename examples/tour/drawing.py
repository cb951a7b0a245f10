"""What the tour's scripts share: schedules beside the real ones, printed and drawn."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # a file, no window

import matplotlib.pyplot as plt
import numpy as np
import real
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

import lrdsl

# Where the two coincide, as they should, the thin dark line runs inside the wide light one: they
# differ in width, brightness and dashes, so that no reader needs the colour. The colours are Okabe
# and Ito's sky blue and vermilion.
REAL = {"color": "#56B4E9", "linewidth": 6, "alpha": 0.75, "solid_capstyle": "butt"}
BESIDE = {"color": "black", "linewidth": 1.5, "dashes": (3.5, 1.5)}
ALONE = {"color": "black", "linewidth": 1.5}
CONTEXT = {"color": "#D55E00", "linewidth": 1.5}

SIZES = {
    "font.size": 12,
    "axes.titlesize": 10.5,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "0.9",
}
PANEL = (4.8, 2.4)  # a panel with its axis labels, in inches
LINE = 14  # a line of a panel's title, in points
LETTERS = 42  # of a program that fit above a panel
OPERATOR = re.compile(r" (?=(?:>>|[|+*]) )")  # where a long program is broken


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A call of another library's scheduler, and the program that gives its rates.

    Attributes:
        program: in the language, written by hand.
        system: the name by which `lrdsl.migrate` knows the other scheduler.
        args: its constructor's arguments.
        lr: the program's base rate.
        ticks: how many are drawn, from 0.
        total: the run's length in ticks, where the program needs one.
        momentum: a second program, where the other one drives momentum too.
        context: a program that is drawn for comparison, and what the legend calls it.
        stairs: the rate jumps from tick to tick.
    """

    program: str
    system: str
    args: Mapping[str, object]
    lr: float
    ticks: int
    total: int | None = None
    momentum: str | None = None
    context: tuple[str, str] | None = None
    stairs: bool = False

    @property
    def call(self) -> str:
        return ", ".join(f"{k}={v!r}" for k, v in self.args.items())

    def values(self, program: str | None = None) -> np.ndarray:
        """The program's values, or another program's under the same conditions; shape (ticks,)."""
        run = {"tick": "st", "total": self.total}
        return lrdsl.compile(program or self.program, **run)(np.arange(self.ticks), lr=self.lr)

    @cached_property
    def real(self) -> real.Rates | None:
        """What the other library returns; None where it is not installed."""
        return real.rates(self.system, self.args, self.lr, self.ticks)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Some schedules side by side.

    Attributes:
        name: the file, without its ending.
        says: what there is to see, in a sentence.
        schedules: a panel for each.
        unit: of a tick.
        scales: whether each has a linear and a logarithmic panel, side by side.
        hides: arguments that the panels' titles leave out, because all have them.
    """

    name: str
    says: str
    schedules: Sequence[Schedule]
    unit: str = "epoch"
    scales: bool = False
    hides: Sequence[str] = field(default_factory=tuple)


def main(description: str | None, pictures: Sequence[Picture]) -> None:
    """Print the programs, and draw each picture into a PNG file."""
    parser = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("runs/tour"), help="the output folder")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for picture in pictures:
        print(f"# {picture.says}")
        for s in picture.schedules:
            print(f"{s.system}({s.call})\n    {s.program}")
            if s.momentum:
                print(f"    momentum: {s.momentum}")
        figure = draw(picture)
        path = out / f"{picture.name}.png"
        figure.savefig(path, dpi=110)
        plt.close(figure)
        print(f"{path}\n")


def draw(picture: Picture) -> Figure:
    """A panel for each schedule; where it has them, with its momentum or logarithm beside."""
    with plt.rc_context(SIZES):
        count = len(picture.schedules)
        momentum = all(s.momentum for s in picture.schedules)
        alike = len({s.lr for s in picture.schedules}) == 1
        columns = 2 if picture.scales else 3 if count == 3 else 2
        rows = count if picture.scales else math.ceil(count / columns) * (2 if momentum else 1)
        titles = [title(s, picture.hides) for s in picture.schedules]
        tall = PANEL[1] + max(len(call) + len(program) for call, program in titles) * LINE / 72
        figure, grid = plt.subplots(
            rows,
            columns,
            figsize=(PANEL[0] * columns, tall * rows + 0.75),
            layout="constrained",
            squeeze=False,
            sharex="col" if momentum else False,
            sharey=alike and not picture.scales and not momentum,
        )
        panels = list(grid.flat)
        for i, s in enumerate(picture.schedules):
            if picture.scales:
                here, there = grid[i]
                panel(there, s, picture.unit)
                there.set_yscale("log", nonpositive="mask")
                there.set_title("logarithmic")
                there.set_ylabel("")
            else:
                here = panels[i]
            panel(here, s, picture.unit)
            here.set_ylim(*bottom_and_top(here))
            head(here, *titles[i])
            if momentum:
                below = panels[count + i]
                panel(below, s, picture.unit, s.momentum)
                below.set_title("\n".join(broken(s.momentum)), family="monospace", loc="left")
                below.set_ylabel("momentum")
                here.set_xlabel("")
            elif i % columns and alike and not picture.scales:
                here.set_ylabel("")
        for axes in panels[count * (2 if momentum or picture.scales else 1) :]:
            axes.remove()
        handles = {line.get_label(): line for axes in figure.axes for line in axes.lines}
        figure.legend(handles.values(), handles, loc="outside lower center", ncols=3, frameon=False)
        figure.suptitle(picture.says, size=13)
        return figure


def panel(axes: Axes, s: Schedule, unit: str, momentum: str | None = None) -> None:
    """The real curve, wide and light; what it may be compared with; and ours, thin and dark."""
    steps = {"drawstyle": "steps-post"} if s.stairs else {}
    ticks = np.arange(s.ticks)
    known = None if momentum else s.real
    if known:
        axes.plot(ticks, known.values, label=known.by, gid="real", **REAL, **steps)
    if s.context and not momentum:
        axes.plot(ticks, s.values(s.context[0]), label=s.context[1], **CONTEXT)
    style = BESIDE if known else ALONE
    axes.plot(ticks, s.values(momentum), label="lrdsl", gid="lrdsl", **style, **steps)
    axes.set_xlim(0, s.ticks - 1)
    axes.set_xlabel(unit)
    axes.set_ylabel("learning rate")
    axes.yaxis.set_major_formatter(FuncFormatter(short))


def bottom_and_top(axes: Axes) -> tuple[float, float]:
    """The limits of a linear axis of rates: from 0, with room for the width of the line."""
    values = np.concatenate([line.get_ydata() for line in axes.lines])
    others = [axes.get_ylim()] if axes.get_shared_y_axes().get_siblings(axes) != [axes] else []
    top = max([1.08 * values.max(), *(y for _, y in others)])
    return min(-0.04 * top, 1.08 * values.min()), top


def title(s: Schedule, hides: Sequence[str]) -> tuple[list[str], list[str]]:
    """The call's arguments and the program, in lines that fit above a panel."""
    shown = [f"{k}={short(v)}" for k, v in s.args.items() if k not in hides]
    return lines(shown, ", "), broken(s.program)


def head(axes: Axes, call: list[str], program: list[str]) -> None:
    """Write what the other library is told above what lrdsl is told."""
    axes.set_title("\n".join(program), family="monospace", loc="left")
    axes.annotate(
        "\n".join(call),
        xy=(0, 1),
        xycoords="axes fraction",
        xytext=(0, 8 + LINE * len(program)),
        textcoords="offset points",
        color="0.35",
        size=10.5,
    )


def broken(program: str) -> list[str]:
    """A program in lines that fit, broken before an operator, or else at a space."""
    parts = OPERATOR.split(program)
    words = [w for part in parts for w in ([part] if len(part) <= LETTERS else part.split(" "))]
    return lines(words, " ")


def lines(parts: Sequence[str], joint: str) -> list[str]:
    """Parts joined into as few lines as fit."""
    found: list[str] = []
    for part in parts:
        if found and len(found[-1] + joint + part) <= LETTERS:
            found[-1] += joint + part
        else:
            found.append(part)
    return found


def short(value: object, _: object = None) -> str:
    """A float as a person writes it, 2e-5 or 0.01; anything else as Python does."""
    if not isinstance(value, float):
        return repr(value)
    return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e")
