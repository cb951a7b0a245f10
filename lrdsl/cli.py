"""The command line: it reads arguments, calls the floors below, and prints what they say.

Exit codes: 0 clean, 1 findings, 2 usage, 3 could not run. The answer goes to stdout, all else to
stderr.
"""

from __future__ import annotations

import csv
import difflib
import json
import math
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TextIO, TypeVar

import click

from lrdsl import api, recipes
from lrdsl import syntax as S
from lrdsl.binder import expression
from lrdsl.configs import DEFAULT_KEYS, Config, ConfigError, Program
from lrdsl.diagnostics import Diagnostic, LrdslError, Problem, Span, render, summarize
from lrdsl.parser import parse_text
from lrdsl.plan import MAX_TABLE, Plan
from lrdsl.values import Time

FINDINGS, USAGE, COULD_NOT_RUN = 1, 2, 3
YAML = (".yaml", ".yml")

_A_FILE = re.compile(r"[^\s()\[\]]*\.[A-Za-z]\w*")  # no program looks like the name of a file
_CODE = re.compile(r"LR\d+", re.IGNORECASE)
_Command = TypeVar("_Command", bound=Callable[..., Any])


class CouldNotRun(click.ClickException):
    """There is no answer: a file is missing, or cannot be read."""

    exit_code = COULD_NOT_RUN


# --- options --------------------------------------------------------------------------------------


def _finite(value: Any) -> float:
    """A number that is neither infinite nor NaN."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise click.BadParameter(f"{value!r} is not a finite number")
    return number


def _each(value: Any) -> list[float]:
    """A number, or several with commas between them."""
    return [_finite(part) for part in value.split(",")]


def _binding(value: str) -> tuple[str, str]:
    """``NAME=VALUE``."""
    name, equals, text = value.partition("=")
    if not equals:
        raise click.BadParameter(f"{value!r} is not NAME=VALUE")
    return name.strip(), text.strip()


@dataclass(frozen=True, slots=True)
class Asked:
    """The options that say where programs stand and what run they are for."""

    keys: tuple[str, ...]
    run: dict[str, Any]
    lr: float | None
    origins: dict[str, str]  # option -> the key of a YAML file that holds it


_RUN_OPTIONS = (
    click.option("--total", metavar="LENGTH", help="The run's length: 90ep, 300B tokens, 112590."),
    click.option("--tick", metavar="UNIT", help="The period of the updates: ep, st, ex or tok."),
    click.option("--steps-per-epoch", type=_finite, metavar="NUMBER"),
    click.option("--tokens-per-step", type=_finite, metavar="NUMBER"),
    click.option("--examples-per-step", type=_finite, metavar="NUMBER"),
    click.option("--lr", type=_finite, metavar="NUMBER", help="The base rate."),
    click.option(
        "--name",
        "names",
        type=_binding,
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
        help="Where a YAML file holds programs: a dotted path, * for one step, ** for any "
        f"number. Repeatable. Default: {', '.join(DEFAULT_KEYS)}.",
    ),
    click.option("--total-from", metavar="PATH", help="The key of the YAML file with the total."),
    click.option("--steps-per-epoch-from", metavar="PATH", help="The same for --steps-per-epoch."),
    click.option("--lr-from", metavar="PATH", help="The same for --lr."),
)


def _asked(
    *,
    keys: tuple[str, ...],
    lr: float | None,
    names: tuple[tuple[str, str], ...],
    truncate: bool,
    **options: Any,
) -> Asked:
    """The options of `_RUN_OPTIONS`, in order."""
    origins = {k: options.pop(f"{k}_from") for k in ("total", "steps_per_epoch", "lr")}
    origins = {k: v for k, v in origins.items() if v is not None}
    given = {"lr": lr, **options}
    for option in origins:
        if given[option] is not None:
            flag = option.replace("_", "-")
            raise click.UsageError(f"--{flag} and --{flag}-from exclude each other")
    run = {k: v for k, v in options.items() if v is not None}
    if names:
        run["names"] = dict(names)
    if truncate:
        run["overflow"] = "truncate"
    return Asked(keys or DEFAULT_KEYS, run, lr, origins)


def run_options(command: _Command) -> _Command:
    """Give a command the options that describe a run."""
    for option in reversed(_RUN_OPTIONS):
        command = option(command)
    return command


# --- inputs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Task:
    """A program with the run that it is for."""

    program: Program
    run: dict[str, Any]
    lr: float | None


def _tasks(argument: str, asked: Asked) -> list[Task]:
    """The programs that an argument stands for: a text, ``-`` or a file.

    Raises:
        CouldNotRun: a file is missing or unreadable, or a YAML file has none of the keys.
    """
    path = _path(argument)
    if path is not None and path.suffix.lower() in YAML:
        try:
            return _configured(path, asked)
        except ConfigError as e:
            raise CouldNotRun(str(e)) from None
    if asked.origins:
        flag = next(iter(asked.origins)).replace("_", "-")
        raise click.UsageError(f"--{flag}-from names a key of a YAML file, which this is not")
    return [Task(_program(argument, path), asked.run, asked.lr)]


def _configured(path: Path, asked: Asked) -> list[Task]:
    config = Config(_read(path), str(path))
    programs = config.programs(asked.keys)
    if not programs:
        raise ConfigError(f"{path}: no key {' or '.join(asked.keys)}: name it with --key")
    run, lr = dict(asked.run), asked.lr
    for option, key in asked.origins.items():
        value = config.value(key)
        if option == "lr":
            try:
                lr = _finite(value)
            except click.BadParameter as e:
                raise ConfigError(f"{path}: {key}: {e.message}") from None
        else:
            run[option] = value
    return [Task(program, run, lr) for program in programs]


def _program(argument: str, path: Path | None) -> Program:
    if argument == "-":
        return Program(_decoded(sys.stdin.buffer.read(), "<stdin>"), "<stdin>")
    return Program(argument) if path is None else Program(_read(path), str(path))


def _path(argument: str) -> Path | None:
    """The file that an argument names; None where it is a program, or ``-``."""
    if argument == "-":
        return None
    if os.path.isdir(argument):
        raise CouldNotRun(f"{argument} is a directory")
    if os.path.exists(argument) or _A_FILE.fullmatch(argument):
        return Path(argument)
    return None


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as e:
        raise CouldNotRun(f"{path}: {e.strerror or e}") from None
    return _decoded(data, str(path))


def _decoded(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise CouldNotRun(f"{name}:{line}: byte {e.start + 1} is not UTF-8 text") from None
    if "\0" in text:
        raise CouldNotRun(f"{name}: a binary file")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _all_tasks(arguments: Sequence[str], asked: Asked) -> tuple[list[Task], int]:
    """Every program of the arguments, and how many arguments could not be read."""
    tasks: list[Task] = []
    failed = 0
    for argument in arguments:
        try:
            tasks += _tasks(argument, asked)
        except CouldNotRun as e:
            e.show()
            failed += 1
    return tasks, failed


# --- findings -------------------------------------------------------------------------------------


def _findings(task: Task) -> list[Diagnostic]:
    if task.program.wrong is not None:
        return [task.program.wrong]
    return _hinted(task.program, api.check(task.program.text, lr=task.lr, **task.run))


def _hinted(program: Program, found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings, with a word where YAML ended a program in the middle of a bracket."""
    hinted, cut = [], program.cut
    for d in found:
        if cut and d.code == "LR004":
            cut = False  # said once
            d = replace(d, help="YAML cut this at the comma: quote it", fix=None)
        hinted.append(d)
    return hinted


def _plan(task: Task) -> Plan:
    """The plan of a program.

    Raises:
        LrdslError: it does not compile.
    """
    if task.program.wrong is not None:
        raise LrdslError([task.program.wrong], task.program.text)
    return api.compile(task.program.text, **task.run)


def _refused(task: Task, error: LrdslError) -> str:
    """An error, shown where its program stands; one about the run alone has no place."""
    found = _hinted(task.program, error.diagnostics)
    return render(found, task.program if error.text else Program("", task.program.name))


def _planned(tasks: Iterable[Task]) -> Iterator[tuple[Task, Plan]]:
    """The plans of programs; what does not compile is said on stderr, and ends with exit 1."""
    failed = False
    for task in tasks:
        try:
            yield task, _plan(task)
        except LrdslError as e:
            click.echo(_refused(task, e), err=True)
            failed = True
    if failed:
        sys.exit(FINDINGS)


def _as_dict(program: Program, d: Diagnostic) -> dict[str, Any]:
    line, column = program.locate(d.span.start)
    end_line, end_column = program.locate(d.span.end)
    place = {"file": program.name, "key": program.key or None, "line": line, "column": column}
    return {**place, "end_line": end_line, "end_column": end_column, **d.as_dict()}


def _concise(program: Program, d: Diagnostic) -> str:
    line, column = program.locate(d.span.start)
    return f"{program.name}:{line}:{column}: {d.code} {d.message}"


# --- commands -------------------------------------------------------------------------------------


class _Verbatim(click.Command):
    """A command whose description keeps its lines."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.epilog:
            formatter.write_paragraph()
            formatter.write("Examples:\n")
            for line in self.epilog.strip().split("\n"):
                formatter.write(f"  {line.strip()}\n")


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        from lrdsl import __version__

        click.echo(f"lrdsl {__version__}")
        ctx.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Print the version and exit.",
)
def cli() -> None:
    """Learning-rate schedules as short programs: check, format and see them.

    A program is given as a text, as `-` for standard input, as a file that holds one, or as a YAML
    file that holds programs under its keys.

    Exit codes: 0 clean, 1 findings, 2 usage, 3 could not run.
    """


@cli.command(
    cls=_Verbatim,
    epilog="""
    lrdsl check "warmup(5ep) >> cosine" --total 90ep --lr 0.1
    lrdsl check configs/*.yaml --key optimizer.schedule --total-from trainer.epochs --tick ep
    lrdsl check schedule.lr --format concise
    """,
)
@click.argument("inputs", metavar="TEXT|-|FILE...", nargs=-1, required=True)
@run_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["full", "concise", "json"]),
    default="full",
    help="How to print findings.",
)
@click.option("--error-on-warning", is_flag=True, help="Exit with 1 for warnings too.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
def check(
    inputs: tuple[str, ...], form: str, error_on_warning: bool, exit_zero: bool, **options: Any
) -> None:
    """Find what is wrong with programs.

    Without a total, only what is wrong in every run is reported.
    """
    tasks, failed = _all_tasks(inputs, _asked(**options))
    found = [(task.program, d) for task in tasks for d in _findings(task)]
    if form == "json":
        click.echo(json.dumps([_as_dict(p, d) for p, d in found], indent=2))
    elif found:
        shown = [_concise(p, d) if form == "concise" else render([d], p) for p, d in found]
        click.echo(("\n" if form == "concise" else "\n\n").join(shown))
    if tasks:
        programs = f"{len(tasks)} program{'' if len(tasks) == 1 else 's'}"
        click.echo(f"checked {programs}: {summarize(d for _, d in found)}", err=True)
    if failed:
        sys.exit(COULD_NOT_RUN)
    counts = {d.severity for _, d in found}
    if not exit_zero and ("error" in counts or (error_on_warning and counts)):
        sys.exit(FINDINGS)


@cli.command(
    cls=_Verbatim,
    epilog="""
    lrdsl fmt "warmup( 5 epochs )>>cosine"
    lrdsl fmt schedule.lr --check
    lrdsl fmt schedule.lr --write --expand
    """,
)
@click.argument("source", metavar="TEXT|-|FILE")
@click.option("--check", "only_check", is_flag=True, help="Exit with 1 if it is not canonical.")
@click.option("--write", is_flag=True, help="Write the file back.")
@click.option("--diff", is_flag=True, help="Print what would change.")
@click.option("--expand", is_flag=True, help="Expand bindings and recipes, drop comments.")
def fmt(source: str, only_check: bool, write: bool, diff: bool, expand: bool) -> None:
    """Print the canonical text of a program.

    A program with comments, bindings or recipes would lose them: without --expand it stays as it
    is.
    """
    path = _path(source)
    if write and path is None:
        raise click.UsageError("--write needs a file")
    if path is not None and path.suffix.lower() in YAML:
        raise click.UsageError(f"{source} holds more than a program: fmt takes a text or its file")
    program = _program(source, path)
    try:
        canonical = api.format(program.text)
    except LrdslError as e:
        click.echo(render(e.diagnostics, program), err=True)
        sys.exit(FINDINGS)
    old, new = program.text, canonical + "\n"
    lost = [] if expand else _lost(program.text)
    if lost:
        click.echo(
            f"{program.name}: left as it is, for its {' and '.join(lost)} (--expand rewrites them)",
            err=True,
        )
        new = old
    if path is None and old.strip() == new.strip():
        old = new  # an argument has no line end to keep
    if diff:
        lines = difflib.unified_diff(
            old.splitlines(), new.splitlines(), program.name, f"{program.name} (canonical)", "", "",
            lineterm="",
        )  # fmt: skip
        click.echo("".join(line + "\n" for line in lines), nl=False)
    elif not write and not only_check:
        click.echo(new, nl=not new.endswith("\n"))
    if write and path is not None and old != new:
        try:
            path.write_text(new, encoding="utf-8")
        except OSError as e:
            raise CouldNotRun(f"{path}: {e.strerror or e}") from None
    if only_check and old != new:
        click.echo(f"{program.name}: not canonical", err=True)
        sys.exit(FINDINGS)


def _lost(text: str) -> list[str]:
    """What the canonical text of a valid program would not hold any more."""
    tree = parse_text(text).tree
    assert tree is not None
    lost = ["comments"] if "#" in text else []
    if tree.bindings:
        lost.append("bindings")
    if any(recipes.find(name.text) for name in _names([tree])):
        lost.append("recipes")
    return lost


def _names(found: list[Any]) -> Iterator[S.NameTree]:
    """Every name of a tree, walked without recursion."""
    while found:
        part = found.pop()
        if isinstance(part, S.NameTree):
            yield part
        elif isinstance(part, tuple):
            found.extend(part)
        elif isinstance(part, S.ArgumentTree):
            found.append(part.value)  # its name is no reference
        elif isinstance(part, S.Tree | S.Link):
            found.extend(getattr(part, name) for name in part.__dataclass_fields__)


@cli.command(
    cls=_Verbatim,
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

    tasks = _tasks(source, _asked(**options))
    width = max(30, shutil.get_terminal_size().columns)
    for i, (task, plan) in enumerate(_planned(tasks)):
        lr = 1.0 if task.lr is None else task.lr
        try:
            text = view.overview(
                plan, lr, width=width, color=_colors(sys.stdout), unicode=_draws_unicode()
            )
        except LrdslError as e:
            click.echo(_refused(task, e), err=True)
            sys.exit(FINDINGS)
        _title(task, i, len(tasks))
        click.echo(text, nl=False)
        found = _findings(task)
        if found:
            click.echo("\n" + render(found, task.program))


def _colors(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.getenv("TERM") != "dumb"


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
    cls=_Verbatim,
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
    tasks = _tasks(source, _asked(**options))
    for i, (task, plan) in enumerate(_planned(tasks)):
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
    cls=_Verbatim,
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
    tasks = _tasks(source, _asked(**options))
    if len(tasks) > 1:
        keys = ", ".join(task.program.key for task in tasks)
        raise click.UsageError(f"a table is of one program: choose one of {keys} with --key")
    for task, plan in _planned(tasks):
        lr = 1.0 if task.lr is None else task.lr
        try:
            ticks = [_moment(plan, text) for text in moments] if moments else _ticks(plan, every)
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
            click.echo(_refused(task, e), err=True)
            sys.exit(FINDINGS)


def _ticks(plan: Plan, every: int) -> range:
    if plan.run.total is None:
        plan.table()  # says that there is no total
    ticks = range(0, math.ceil(plan.run.total or 0), every)
    if len(ticks) > MAX_TABLE:
        raise click.UsageError(f"{len(ticks):,} updates are too many for a table: give --every")
    return ticks


def _moment(plan: Plan, text: str) -> int | float:
    """A time of the run in ticks: ``5``, ``5ep``, ``50%``."""
    parsed = parse_text(text)
    if parsed.tree is not None and not parsed.diagnostics and not parsed.tree.bindings:
        item, errors = expression(parsed.tree.body, text)
        if isinstance(item, Fraction | Time) and not errors:
            try:
                ticks = item if isinstance(item, Fraction) else plan.run.ticks(item)
            except Problem as p:
                raise LrdslError([p.at(Span(0, 0))]) from None
            return int(ticks) if ticks.denominator == 1 else float(ticks)
    raise click.BadParameter(f"{text!r} is not a time", param_hint="--at")


def _rates(
    plan: Plan, ticks: Sequence[int | float], lr: float
) -> Iterator[tuple[int | float, float]]:
    """Ticks with their rates, evaluated in blocks, so that a long table needs little memory."""
    import numpy as np

    for i in range(0, len(ticks), 65_536):
        block = ticks[i : i + 65_536]
        rates = plan(np.array(block, dtype=np.float64), lr)
        yield from zip(block, rates.tolist(), strict=True)


@cli.command(
    "import",
    cls=_Verbatim,
    epilog="""
    lrdsl import timm.tanh t_initial=50 t_mul=2 warmup_t=5 warmup_lr_init=1e-5 --base-lr 1e-4
    lrdsl import torch.MultiStepLR 'milestones=[30, 60]' --base-lr 0.1,0.01
    lrdsl import torch.CosineAnnealingLR - < arguments.json
    lrdsl import --list
    """,
)
@click.argument("system", required=False)
@click.argument("words", metavar="[NAME=VALUE...|-]", nargs=-1)
@click.option(
    "--base-lr",
    type=_each,
    metavar="NUMBER[,...]",
    help="The optimizer's rate, or one for each parameter group.",
)
@click.option(
    "--total",
    type=_finite,
    metavar="NUMBER",
    help="The run's length in ticks, where the system does not say it.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--list", "listed", is_flag=True, help="Print the names of all systems.")
def import_(
    system: str | None, words: tuple[str, ...], form: str, listed: bool, **options: Any
) -> None:
    """Turn another library's scheduler into a program.

    The arguments are its constructor's own. A VALUE is JSON, or True, False or None, or else a
    text. Instead, a JSON object on standard input may hold the arguments; or, where SYSTEM is left
    out, "system", "args" and "base_lr".

    The program is all of stdout; what it runs for and what to know about it goes to stderr.
    """
    from lrdsl import systems

    if listed:
        click.echo("\n".join(systems.names()))
        return
    asked = _imported(system, words)
    asked |= {k: v for k, v in options.items() if v is not None}
    try:
        migration = systems.migrate(**asked)
    except LrdslError as e:
        click.echo(render(e.diagnostics, ""), err=True)
        sys.exit(FINDINGS)
    if form == "json":
        click.echo(json.dumps(migration.as_dict(), indent=2))
        return
    click.echo("\n".join(migration.groups or [migration.program]))
    run = sorted(migration.run.items(), key=lambda item: item[0] != "total")
    said = ["run: " + " ".join(f"{name}={value}" for name, value in run)]
    if migration.momentum is not None:
        said.append(f"momentum: {migration.momentum}")
    said += [f"note: {note}" for note in migration.notes]
    beside = "\n".join(said)
    click.echo(click.style(beside, dim=True) if _colors(sys.stderr) else beside, err=True)


def _imported(system: str | None, words: tuple[str, ...]) -> dict[str, Any]:
    """What the words of the command, or JSON on standard input, ask of `lrdsl.migrate`."""
    from lrdsl.systems.words import arguments, document

    first, *rest = [*filter(None, [system]), *words] or [""]
    if "=" in first or (first == "-" and rest):
        raise click.UsageError(f"a system comes first, as in timm.tanh, and not {first}")
    if rest and rest != ["-"]:
        if "-" in rest:
            raise click.UsageError("the arguments are NAME=VALUE or -, not both")
        try:
            return {"system": first, "args": arguments(map(_binding, rest))}
        except ValueError as e:
            raise click.UsageError(str(e)) from None
    found = None
    if rest or first == "-" or not sys.stdin.isatty():
        try:
            found = document(_program("-", None).text, "<stdin>")
        except ValueError as e:
            raise CouldNotRun(str(e)) from None
    if first not in ("", "-"):
        return {"system": first, "args": found}
    if not isinstance(found, dict) or not isinstance(found.get("system"), str):
        raise click.UsageError("no system is named: `lrdsl import --list` prints the names")
    return {k: found[k] for k in ("system", "args", "base_lr", "total") if k in found}


def main() -> None:
    """The entry point."""
    if hasattr(signal, "SIGPIPE"):  # `lrdsl .. | head` ends quietly, as Unix tools do
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a text may hold what a terminal cannot
    cli()
