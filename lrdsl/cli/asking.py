"""The options that say where programs stand and what run they are for, and what they ask for."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import ValidationError

from lrdsl import api
from lrdsl.binder import expression
from lrdsl.cli.shell import FINDINGS, CouldNotRun
from lrdsl.configs import DEFAULT_KEYS, ConfigError, Program
from lrdsl.configs.rules import hinted
from lrdsl.diagnostics import LrdslError, Problem, Span, render
from lrdsl.parser import parse_text
from lrdsl.plan import Plan
from lrdsl.settings import Section, SettingsError
from lrdsl.settings import load as load_settings
from lrdsl.tasks import Input, Task, Workspace, inputs, load, nothing_in
from lrdsl.values import MAGNITUDES, Time

_Command = TypeVar("_Command", bound=Callable[..., Any])


def finite(value: Any) -> float:
    """A number that is neither infinite nor NaN."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise click.BadParameter(f"{value!r} is not a finite number")
    return number


def amount(value: Any) -> float:
    """A number, which may be one of thousands or millions: ``3.2M``."""
    size = MAGNITUDES.get(value[-1:], 1) if isinstance(value, str) else 1
    return finite(value[:-1]) * size if size > 1 else finite(value)


def each(value: Any) -> list[float]:
    """A number, or several with commas between them."""
    return [finite(part) for part in value.split(",")]


def binding(value: str) -> tuple[str, str]:
    """``NAME=VALUE``."""
    name, equals, text = value.partition("=")
    if not equals:
        raise click.BadParameter(f"{value!r} is not NAME=VALUE")
    return name.strip(), text.strip()


_RUN_OPTIONS = (
    click.option("--total", metavar="LENGTH", help="The run's length: 90ep, 300B tokens, 112590."),
    click.option("--tick", metavar="UNIT", help="The period of the updates: ep, st, ex or tok."),
    click.option("--steps-per-epoch", type=amount, metavar="NUMBER"),
    click.option("--tokens-per-step", type=amount, metavar="NUMBER"),
    click.option("--examples-per-step", type=amount, metavar="NUMBER"),
    click.option("--lr", type=finite, metavar="NUMBER", help="The base rate."),
    click.option(
        "--name",
        "names",
        type=binding,
        multiple=True,
        metavar="NAME=VALUE",
        help="Bind a name that the program uses, as in --name W=5ep. Repeatable.",
    ),
    click.option("--truncate", is_flag=True, help="Cut a program that is longer than the run."),
    click.option(
        "--key",
        "keys",
        multiple=True,
        metavar="PATH",
        help="Where a config file holds programs: a dotted path, * for one step, ** for any "
        f"number. Repeatable. Default: {', '.join(DEFAULT_KEYS)}.",
    ),
    click.option("--total-from", metavar="PATH", help="The key of the config file with the total."),
    click.option("--steps-per-epoch-from", metavar="PATH", help="The same for --steps-per-epoch."),
    click.option("--lr-from", metavar="PATH", help="The same for --lr."),
    click.option(
        "--config",
        type=click.Path(dir_okay=False),
        metavar="FILE",
        help="Settings: a pyproject.toml, or a TOML file like its [tool.lrdsl]. Default: the "
        "nearest pyproject.toml that has one.",
    ),
)


stdin_option = click.option(
    "--stdin-filename",
    "stdin",
    metavar="FILE",
    help="Read `-` as the text of this file, which need not exist.",
)


def run_options(command: _Command) -> _Command:
    """Give a command the options that describe a run."""
    for option in reversed(_RUN_OPTIONS):
        command = option(command)
    return command


def workspace(
    *,
    keys: tuple[str, ...],
    names: tuple[tuple[str, str], ...],
    truncate: bool,
    config: str | None,
    total_from: str | None,
    steps_per_epoch_from: str | None,
    lr_from: str | None,
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    force_exclude: bool = False,
    stdin: str | None = None,
    **run: Any,
) -> Workspace:
    """Where settings come from: the command line's options over those of files."""
    origins = {"total": total_from, "steps_per_epoch": steps_per_epoch_from, "lr": lr_from}
    given: dict[str, Any] = {k: v for k, v in run.items() if v is not None}
    given |= {
        f"{k}_from": {"key": v, "required": True} for k, v in origins.items() if v is not None
    }
    given |= {"keys": keys} if keys else {}
    given |= {"names": dict(names)} if names else {}
    given |= {"truncate": True} if truncate else {}
    given |= {"select": codes(select), "ignore": codes(ignore)}
    try:
        section = Section.model_validate(given)
        found = None if config is None else load_settings(Path(config))
    except ValidationError as e:
        raise click.UsageError("; ".join(_said(error) for error in e.errors())) from None
    except SettingsError as e:
        raise click.UsageError(str(e)) from None
    return Workspace(section, found, force_exclude, stdin)


def codes(given: Iterable[str]) -> tuple[str, ...]:
    """Codes as the command line has them, several with commas between."""
    return tuple(code for text in given for code in text.split(",") if code)


def _said(error: Any) -> str:
    where = str(error["loc"][0]) if error["loc"] else ""
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"--{where.replace('_', '-')}: {message}" if where else _options_in(message)


def _options_in(message: str) -> str:
    """A message about settings, in the words of options: ``total and total-from exclude ..``."""
    first, _, rest = message.partition(" and ")
    return f"--{first} and --{rest}" if rest and "exclude" in rest else message


# --- programs -------------------------------------------------------------------------------------


def read(arguments: Iterable[str], asked: Workspace) -> Iterator[tuple[Input, list[Task]]]:
    """What arguments stand for, with their programs.

    Raises:
        CouldNotRun: at the end, if something could not be read; it has been said by then.
    """
    problems: list[str] = []
    try:
        for given in inputs(arguments, asked, problems.append):
            try:
                yield given, load(given, asked)
            except ConfigError as e:
                problems.append(str(e))
    except SettingsError as e:
        raise click.UsageError(str(e)) from None
    if problems:
        raise CouldNotRun("\n".join(problems))


def programs(argument: str, asked: Workspace) -> list[Task]:
    """The programs of one argument, at least one.

    Raises:
        CouldNotRun: it cannot be read, or holds none.
    """
    found = [(given, tasks) for given, tasks in read([argument], asked)]
    tasks = [task for _, several in found for task in several]
    if not tasks:
        raise CouldNotRun(nothing_in(argument, asked))
    return tasks


def refused(task: Task, error: LrdslError) -> str:
    """An error, shown where its program stands; one about the run alone has no place."""
    found = hinted(task.program, error.diagnostics)
    return render(found, task.program if error.text else Program("", task.program.name))


def plan_of(task: Task) -> Plan:
    """The plan of a program in the run that it is for.

    Raises:
        LrdslError: it is wrong.
    """
    if task.program.wrong is not None:
        raise LrdslError([task.program.wrong], task.program.text)
    return api.compile(task.program.text, **{**task.run})


def planned(tasks: Iterable[Task]) -> Iterator[tuple[Task, Plan]]:
    """The plans of programs; what does not compile is said on stderr, and ends with exit 1."""
    failed = False
    for task in tasks:
        try:
            yield task, plan_of(task)
        except LrdslError as e:
            click.echo(refused(task, e), err=True)
            failed = True
    if failed:
        sys.exit(FINDINGS)


def moment(plan: Plan, text: str) -> int | float:
    """A time of the run, as ``--at`` takes it, in ticks: ``5``, ``5ep``, ``50%``.

    Raises:
        LrdslError: it has no length in this run.
    """
    parsed = parse_text(text)
    if parsed.tree is not None and not parsed.diagnostics and not parsed.tree.bindings:
        item, errors = expression(parsed.tree.body, text)
        if isinstance(item, Fraction | Time) and not errors:
            try:
                ticks = item if isinstance(item, Fraction) else plan.run.ticks(item)
            except Problem as p:
                raise LrdslError([p.at(Span(0, 0))]) from None
            try:
                nearest = float(ticks)
            except OverflowError:
                raise click.BadParameter(
                    f"{text} is no moment of a run", param_hint="--at"
                ) from None
            return int(ticks) if ticks.denominator == 1 else nearest
    raise click.BadParameter(f"{text!r} is not a time", param_hint="--at")
