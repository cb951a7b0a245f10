"""The command that draws programs into a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import click

from lrdsl.cli.asking import binding, moment, planned, programs, refused, run_options, workspace
from lrdsl.cli.shell import FINDINGS, CouldNotRun, Verbatim, cli
from lrdsl.configs.keys import NOT_RATES, SAME, option_of
from lrdsl.curves import Curve
from lrdsl.diagnostics import LrdslError
from lrdsl.files import write_whole
from lrdsl.plan import Plan
from lrdsl.tasks import Task, Workspace

PICTURES = (".png", ".svg", ".pdf")
PAGE = ".html"
MAX_PIXELS = 10**8  # of a .png: 50 x 50 inches at 200 dpi


@dataclass(frozen=True, slots=True)
class Wanted:
    """A program to draw.

    Attributes:
        task, plan: the program in its run.
        source: which of the command's sources it is of.
        option: the optimizer's option that it schedules.
        rest: its key without that option.
    """

    task: Task
    plan: Plan
    source: int
    option: str
    rest: str


def _size(value: str) -> tuple[float, float]:
    """``WIDTHxHEIGHT`` in inches."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)", value)
    width, height = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
    if not (1 <= width <= 100 and 1 <= height <= 100):
        raise click.BadParameter(f"{value!r} is not WIDTHxHEIGHT in inches, as in 7.5x4")
    return width, height


def _output(value: str) -> Path:
    """A file whose name says what it is to be."""
    path = Path(value)
    if path.suffix.lower() not in (*PICTURES, PAGE):
        raise click.BadParameter(f"{value!r} does not end in .png, .svg, .pdf or .html")
    return path


@cli.command(
    cls=Verbatim,
    epilog="""
    lrdsl plot "warmup(5) >> cosine" --total 90ep --lr 0.1 -o curve.png
    lrdsl plot conf/exp.yaml --both --at 30ep -o curve.svg
    lrdsl plot old.yaml new.yaml --label before --label after -o change.html
    lrdsl plot "warmup(5%) >> cosine" --option "weight_decay=cosine(end=0.1*lr)" \
--total 90ep -o both.pdf
    """,
)
@click.argument("sources", metavar="TEXT|-|FILE|FOLDER...", nargs=-1, required=True)
@run_options
@click.option(
    "-o",
    "--output",
    required=True,
    type=_output,
    metavar="FILE",
    help="What to write: a .png, .svg or .pdf picture, or an .html page that needs no network.",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME",
    help="What to call a source. Repeatable: as many as there are sources, in their order.",
)
@click.option(
    "--option",
    "options",
    type=binding,
    multiple=True,
    metavar="NAME=PROGRAM",
    help="The program of another option of the optimizer, such as weight_decay, drawn below. "
    "Repeatable: the second one of an option belongs to the second source.",
)
@click.option("--log", is_flag=True, help="A logarithmic axis for the rates.")
@click.option("--both", is_flag=True, help="A linear and a logarithmic panel, side by side.")
@click.option("--at", "at", metavar="TIME", help="Mark and read out where a run resumes: 30ep.")
@click.option("--title", metavar="TEXT", help="What stands above. Default: a lone program.")
@click.option("--size", type=_size, metavar="WxH", help="Width and height in inches: 7.5x4.")
@click.option(
    "--dpi", type=click.IntRange(20, 1200), default=200, show_default=True, help="Of a .png."
)
def plot(
    sources: tuple[str, ...],
    output: Path,
    labels: tuple[str, ...],
    options: tuple[tuple[str, str], ...],
    log: bool,
    both: bool,
    at: str | None,
    title: str | None,
    size: tuple[float, float] | None,
    dpi: int,
    **run: Any,
) -> None:
    """Draw programs into a file: over each other, with their names.

    Programs of one optimizer's several options, which a config has as a map, stand below each
    other. A page shows linear and logarithmic rates itself.
    """
    if labels and len(labels) != len(sources):
        raise click.UsageError(f"{len(sources)} sources have as many --label, not {len(labels)}")
    wanted = _wanted(sources, options, workspace(**run))
    names = _names(wanted, labels)
    if title is None and len(wanted) > 1 and len(set(names)) == 1 and wanted[0].rest:
        title = names[0]  # several options of a config
    curves = [_curve(w, name) for w, name in zip(wanted, names, strict=True)]
    moments = [_moment(w, c, at) for w, c in zip(wanted, curves, strict=True)] if at else []
    if output.suffix.lower() == PAGE:
        data = _page(curves, title)
    else:
        data = _picture(
            curves,
            output.suffix[1:].lower(),
            dpi,
            log=log,
            both=both,
            at=moments,
            title=title,
            size=size,
        )
    try:
        write_whole(output, data)
    except OSError as e:
        raise CouldNotRun(f"{output}: {e.strerror or e}") from None
    click.echo(f"wrote {output}", err=True)


def _picture(curves: Sequence[Curve], form: str, dpi: int, **style: Any) -> bytes:
    try:
        from lrdsl import figures
    except ImportError as e:
        raise CouldNotRun(str(e)) from None
    try:
        picture = figures.figure(curves, **style)
        width, height = picture.get_size_inches() * dpi
        if form == "png" and width * height > MAX_PIXELS:
            raise click.UsageError(f"{width:,.0f} x {height:,.0f} pixels are too many: lower --dpi")
        return picture.data(form, dpi)
    except LrdslError as e:
        raise click.UsageError(e.diagnostics[0].message) from None


def _page(curves: Sequence[Curve], title: str | None) -> bytes:
    from lrdsl.web.data import shown
    from lrdsl.web.page import page

    named = {} if title is None else {"title": title}
    return page(shown(curves), **named).encode()


# --- what is drawn --------------------------------------------------------------------------------


def _wanted(
    sources: Sequence[str], options: Sequence[tuple[str, str]], asked: Workspace
) -> list[Wanted]:
    """The programs of sources, and those that options add, option by option."""
    places: dict[int, tuple[int, str | None]] = {}
    tasks: list[Task] = []
    given: list[tuple[int, str | None, str]] = [(i, None, s) for i, s in enumerate(sources)]
    for i, (named, text) in enumerate(options):
        before = sum(name == named for name, _ in options[:i])
        given.append((min(before, len(sources) - 1), named, text))
    for place, name, text in given:
        for task in programs(text, asked):
            places[id(task)] = place, name
            tasks.append(task)
    found = []
    for task, plan in planned(tasks):
        source, optional = places[id(task)]
        own, rest = option_of(task.program.key)
        option = SAME.get(optional, optional) if optional else own
        found.append(Wanted(task, plan, source, option, rest))
    order = list(dict.fromkeys(w.option for w in found))
    return sorted(found, key=lambda w: order.index(w.option))


def _names(wanted: Sequence[Wanted], labels: Sequence[str]) -> list[str]:
    """What to call each: its label, file or program, and its key where a source has several."""
    files = {w.task.program.name for w in wanted if w.rest}
    names = []
    for w in wanted:
        first = next(v for v in wanted if v.source == w.source)  # an option is of its source
        keys = {v.rest for v in wanted if v.source == w.source and v.rest}
        if labels:
            name = labels[w.source]
        else:
            name = w.task.program.name if w.rest else first.task.program.name
            name = name if first.rest else first.plan.program
        if w.rest and len(keys) > 1:
            name = f"{name}: {w.rest}" if labels or len(files) > 1 else w.rest
        names.append(name)
    return names


def _curve(wanted: Wanted, name: str) -> Curve:
    from lrdsl.nominal import seen

    task = wanted.task
    lr = 1.0 if wanted.option in NOT_RATES else task.base
    try:
        return seen(wanted.plan, lr, name=name, option=wanted.option)
    except LrdslError as e:
        _refuse(task, e)


def _moment(wanted: Wanted, curve: Curve, text: str) -> Fraction:
    try:
        tick = Fraction(moment(wanted.plan, text))
    except LrdslError as e:
        _refuse(wanted.task, e)
    if not 0 <= tick <= curve.end:
        end = wanted.plan.run.show(curve.end)
        raise click.BadParameter(f"{text} is not within the run, 0 to {end}", param_hint="--at")
    return tick


def _refuse(task: Task, error: LrdslError) -> NoReturn:
    click.echo(refused(task, error), err=True)
    sys.exit(FINDINGS)
