"""The commands that show what programs mean: show, explain and table."""

from __future__ import annotations

import csv
import difflib
import json
import math
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from lrdsl import api
from lrdsl.cli.asking import moment, planned, programs, refused, run_options, workspace
from lrdsl.cli.shell import FINDINGS, Verbatim, cli
from lrdsl.configs.rules import hinted
from lrdsl.diagnostics import LrdslError, render
from lrdsl.plan import MAX_TABLE, Plan
from lrdsl.reports.text import wants_color
from lrdsl.tasks import Task

_CODE = re.compile(r"LR\d+", re.IGNORECASE)


@cli.command(
    cls=Verbatim,
    epilog="""
    lrdsl show "warmup(5) >> cosine" --total 90ep --lr 0.1
    lrdsl show config.yaml --total-from trainer.epochs --tick ep --lr-from optimizer.lr
    """,
)
@click.argument("source", metavar="TEXT|-|FILE")
@run_options
def show(source: str, **options: Any) -> None:
    """Show segments, first, peak and last rate, and the curve."""
    from lrdsl import view

    tasks = programs(source, workspace(**options))
    width = max(30, shutil.get_terminal_size().columns)
    for i, (task, plan) in enumerate(planned(tasks)):
        lr = task.base
        try:
            text = view.overview(
                plan, lr, width=width, color=wants_color(sys.stdout), unicode=_draws_unicode()
            )
        except LrdslError as e:
            click.echo(refused(task, e), err=True)
            sys.exit(FINDINGS)
        _title(task, i, len(tasks))
        click.echo(text, nl=False)
        found = hinted(task.program, task.check())
        if found:
            click.echo("\n" + render(found, task.program))


def _draws_unicode() -> bool:
    try:
        "⣿┤".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _title(task: Task, i: int, of: int) -> None:
    if i:
        click.echo()
    if of > 1:
        click.echo(f"# {task.program.title}")


@cli.command(
    cls=Verbatim,
    epilog="""
    lrdsl explain "warmup(5) | cosine" --total 90ep
    lrdsl explain LR402
    """,
)
@click.argument("source", metavar="TEXT|-|FILE|CODE")
@run_options
def explain(source: str, **options: Any) -> None:
    """Say in words what a program means, or what a code (LR402) means."""
    if _CODE.fullmatch(source):
        _explain_code(source.upper())
        return
    tasks = programs(source, workspace(**options))
    for i, (task, plan) in enumerate(planned(tasks)):
        _title(task, i, len(tasks))
        click.echo(plan.explain(), nl=False)


def _explain_code(name: str) -> None:
    from lrdsl.codes import CODES

    code = CODES.get(name)
    if code is None:
        near = difflib.get_close_matches(name, CODES, n=1)
        raise click.UsageError(f"there is no {name}" + (f": {near[0]}?" if near else ""))
    click.echo(f"{code.code}: {code.title} ({code.severity})\n\n{code.text}")
    if code.call:  # Python, which is not run here: it may need torch
        click.echo(f"\nWrong:\n\n{_indented(code.call)}")
    else:
        found = [d for d in api.check(code.wrong, **code.run) if d.code == code.code]
        text = code.wrong if any(d.span.end for d in found) else ""  # else it is about the run
        click.echo(f"\nWrong:\n\n{_indented(render(found, text))}")
    click.echo(f"\nRight:\n\n{_indented(code.right_call or code.right)}")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))


@cli.command(
    cls=Verbatim,
    epilog="""
    lrdsl table "warmup(5) >> cosine" --total 90ep --lr 0.1
    lrdsl table config.yaml --key optimizer.lr_schedule --total 112590st --every 1000
    lrdsl table "warmup(5) >> cosine" --total 90ep --at 0 --at 5ep --at 50%
    """,
)
@click.argument("source", metavar="TEXT|-|FILE")
@run_options
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv")
@click.option("--every", type=click.IntRange(min=1), default=1, help="Every N-th update only.")
@click.option(
    "--at", "moments", multiple=True, metavar="TIME", help="The rate at this time. Repeatable."
)
def table(source: str, form: str, every: int, moments: tuple[str, ...], **options: Any) -> None:
    """Print the rate of every update, in full precision.

    The rate at tick k, from 0, is the one that update k + 1 uses. Without --lr the base rate is 1.
    """
    tasks = programs(source, workspace(**options))
    if len(tasks) > 1:
        keys = ", ".join(task.program.key for task in tasks)
        raise click.UsageError(f"a table is of one program: choose one of {keys} with --key")
    for task, plan in planned(tasks):
        lr = task.base
        try:
            ticks = [moment(plan, text) for text in moments] if moments else _ticks(plan, every)
            rows = _rates(plan, ticks, lr)
            if form == "csv":
                write = csv.writer(sys.stdout, lineterminator="\n").writerow
                for i, (tick, rate) in enumerate(rows):
                    if i == 0:
                        write(["tick", "rate"])
                    write([repr(tick), repr(rate)])
            else:
                values = list(rows)
                click.echo(
                    json.dumps(
                        {
                            "program": plan.program,
                            "run": plan.run.as_dict(),
                            "lr": lr,
                            "tick": [tick for tick, _ in values],
                            "rate": [rate for _, rate in values],
                        }
                    )
                )
        except LrdslError as e:
            click.echo(refused(task, e), err=True)
            sys.exit(FINDINGS)


def _ticks(plan: Plan, every: int) -> range:
    if plan.run.total is None:
        plan.table()  # says that there is no total
    updates = math.ceil(plan.run.total or 0)
    rows = -(-updates // every)  # a range has no length where that is more than 63 bits
    if rows > MAX_TABLE:
        raise click.UsageError(f"{rows:,} updates are too many for a table: give --every")
    return range(0, updates, every)


def _rates(
    plan: Plan, ticks: Sequence[int | float], lr: float
) -> Iterator[tuple[int | float, float]]:
    """Ticks with their rates, evaluated in blocks, so that a long table needs little memory."""
    import numpy as np

    for i in range(0, len(ticks), 65_536):
        block = ticks[i : i + 65_536]
        rates = plan(np.array(block, dtype=np.float64), lr)
        yield from zip(block, rates.tolist(), strict=True)
