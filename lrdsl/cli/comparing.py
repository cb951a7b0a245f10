"""The command that compares two programs, two files, or a file at two revisions."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lrdsl.cli.asking import moment, plan_of, read, run_options, workspace
from lrdsl.cli.shell import FINDINGS, CouldNotRun, Verbatim, cli
from lrdsl.configs import ConfigError
from lrdsl.configs.keys import option_of
from lrdsl.diagnostics import LrdslError
from lrdsl.files import write_whole
from lrdsl.plan import Plan
from lrdsl.revisions import RevisionError, base, changed, text_at
from lrdsl.settings import SettingsError
from lrdsl.tasks import Input, Task, Workspace, decoded, load

if TYPE_CHECKING:
    from lrdsl.comparing import Change, Comparison

PICTURES = ("svg", "png", "pdf")
MOST = 10**15  # updates: no job has made more
_AT = re.compile(r"(?P<revision>[^\s()\[\]:]+):(?P<path>[^\s()\[\]]+\.\w+)")


@dataclass(frozen=True, slots=True)
class Pair:
    """A program on both sides; None where one has none."""

    name: str
    old: Task | None
    new: Task | None


@cli.command(
    cls=Verbatim,
    epilog="""
    lrdsl diff "warmup(5) >> cosine" "warmup(10) >> cosine" --total 90ep --lr 0.1
    lrdsl diff old.yaml new.yaml --at 5000
    lrdsl diff main:conf/exp.yaml conf/exp.yaml
    lrdsl diff --rev origin/main...HEAD conf/ --format md -o comment.md
    """,
)
@click.argument("sides", metavar="OLD NEW | --rev REV PATH...", nargs=-1, required=True)
@run_options
@click.option(
    "--rev",
    metavar="REV",
    help="Compare files with what they were at a git revision; A..B compares two revisions, and "
    "A...B compares B with where it left A.",
)
@click.option(
    "--at",
    "step",
    metavar="TIME",
    help="What the change means for a job that has come so far: 5000, 12ep, 50%.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "md", "json", *PICTURES]),
    help="Default: what --output ends in, else text.",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False), metavar="FILE")
@click.option("--image", metavar="URL", help="A picture to show in the Markdown.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also where something differs.")
def diff(
    sides: tuple[str, ...],
    rev: str | None,
    step: str | None,
    form: str | None,
    output: str | None,
    image: str | None,
    exit_zero: bool,
    **options: Any,
) -> None:
    """Say what a change of schedule changes: peak, floor, area, the first update that differs.

    OLD and NEW are texts or files, or REV:FILE, a file at a git revision. With --rev the arguments
    are files and folders, of which those that differ are compared.

    Exit codes: 0 the same rates, 1 others, 2 usage, 3 could not be compared.
    """
    from lrdsl.comparing import FORMS

    form = form or ("text" if output is None else _form_of(output))
    asked = workspace(**options)
    changes = [_change(pair, step) for pair in _pairs(sides, rev, asked)]
    if form in PICTURES:
        data = _picture(changes, form)
    elif image is not None and form == "md":
        data = f"{FORMS[form](changes)}\n![the curves]({image})\n".encode()
    else:
        data = FORMS[form](changes).encode()
    if output is not None:
        try:
            write_whole(Path(output), data)
        except OSError as e:
            raise CouldNotRun(f"{output}: {e.strerror or e}") from None
        click.echo(f"wrote {output}", err=True)
    else:
        click.echo(data, nl=False)
    broken = [change for change in changes if change.found is None and change.reason]
    if any(change.is_broken for change in broken):
        raise CouldNotRun("\n".join(change.reason for change in broken if change.is_broken))
    if not exit_zero and not all(change.is_equal for change in changes):
        sys.exit(FINDINGS)


def _form_of(output: str) -> str:
    """What a file's name says that it is to be."""
    from lrdsl.comparing import FORMS

    suffix = Path(output).suffix[1:].lower()
    if suffix in ("", "txt"):
        return "text"
    if suffix in (*FORMS, *PICTURES):
        return suffix
    known = ", ".join(f".{known}" for known in ("txt", "md", "json", *PICTURES))
    raise click.BadParameter(
        f"{output!r} ends in none of {known}: say its --format", param_hint="--output"
    )


# --- sides ----------------------------------------------------------------------------------------


def _pairs(arguments: Sequence[str], rev: str | None, asked: Workspace) -> list[Pair]:
    try:
        if rev is not None:
            return list(_at_revisions(arguments, rev, asked))
        if len(arguments) != 2:
            raise click.UsageError("give OLD and NEW, or --rev REV and files or folders")
        old, new = (_tasks(argument, asked) for argument in arguments)
        if not old or not new:
            empty = arguments[0] if not old else arguments[1]
            raise CouldNotRun(f"{empty}: there is no program in it")
        return _matched(old, new, "")
    except SettingsError as e:
        raise click.UsageError(str(e)) from None
    except (RevisionError, ConfigError) as e:
        raise CouldNotRun(str(e)) from None


def _tasks(argument: str, asked: Workspace) -> list[Task]:
    """The programs of a text, of a file, or of a file at a revision."""
    named = _AT.fullmatch(argument)
    if named is None or Path(argument).exists():
        return [task for _, tasks in read([argument], asked) for task in tasks]
    path = Path(named["path"])
    found = _at(named["revision"], path, asked)
    if found is None:
        raise CouldNotRun(f"{path}: there is no such file at {named['revision']}")
    return found


def _at(revision: str | None, path: Path, asked: Workspace) -> list[Task] | None:
    """The programs of a file at a revision, or as it is now; None where there is no file."""
    if revision is None:
        return load(Input(str(path), path), asked) if path.is_file() else None
    data = text_at(revision, path)
    if data is None:
        return None
    name = f"{revision}:{path}"
    return load(Input(name, path, decoded(data, name)), asked)


def _at_revisions(arguments: Sequence[str], rev: str, asked: Workspace) -> Iterator[Pair]:
    old, dots, new = rev.partition("..")
    later = new.removeprefix(".") or "HEAD" if dots else None
    for argument in arguments:
        path = Path(argument)
        earlier = old or "HEAD"
        if later is not None and new.startswith("."):
            earlier = base(earlier, later, path)
        for file in changed(earlier, later, path):
            if path.is_dir() and not _is_looked_at(file, asked):
                continue
            before, after = _at(earlier, file, asked), _at(later, file, asked)
            yield from _matched(before or [], after or [], str(file))


def _is_looked_at(file: Path, asked: Workspace) -> bool:
    """Whether a folder's file is one that `lrdsl check` would look at."""
    from lrdsl.configs import SUFFIXES

    found = asked.found(file.parent)
    included = found.includes(file)
    if included is None:
        included = file.name[0] != "." and file.suffix.lower() in SUFFIXES
    return included and not found.excludes(file)


def _matched(old: Sequence[Task], new: Sequence[Task], file: str) -> list[Pair]:
    """The programs of two sides by their keys; single ones belong together whatever their keys."""
    if len(old) == len(new) == 1:
        return [Pair(_name(file, new[0].program.key), old[0], new[0])]
    before = {task.program.key: task for task in old}
    after = {task.program.key: task for task in new}
    keys = list(dict.fromkeys([*before, *after]))
    return [Pair(_name(file, key), before.get(key), after.get(key)) for key in keys]


def _name(file: str, key: str) -> str:
    return ": ".join(part for part in (file, key) if part)


# --- changes --------------------------------------------------------------------------------------


def _change(pair: Pair, step: str | None) -> Change:
    from lrdsl.comparing import Change

    old, new = (None if t is None else t.program.text for t in (pair.old, pair.new))
    if pair.old is None or pair.new is None:
        return Change(pair.name, old, new, reason="Added." if pair.old is None else "Removed.")
    try:
        side = "old"
        before = plan_of(pair.old)
        side = "new"
        after = plan_of(pair.new)
        found = _compared(pair, before, after, step)
    except LrdslError as e:
        first = e.diagnostics[0]
        reason = f"The {side} program does not compile: {first.code}: {first.message}."
        return Change(pair.name, old, new, reason=reason, is_broken=True)
    if found is None:
        reason = "There is no end to compare up to: give a total."
        return Change(pair.name, old, new, reason=reason, is_broken=True)
    return Change(pair.name, old, new, found)


def _compared(pair: Pair, before: Plan, after: Plan, step: str | None) -> Comparison | None:
    from lrdsl.comparing import compare

    rates = [1.0 if task is None else task.base for task in (pair.old, pair.new)]
    at = None if step is None else _updates_at(before, step)
    names = [f"{side}: {plan.program}" for side, plan in (("old", before), ("new", after))]
    return compare(
        before,
        after,
        lr=(rates[0], rates[1]),
        at=at,
        names=(names[0], names[1]),
        option=option_of(pair.new.program.key)[0] if pair.new else "lr",
    )


def _updates_at(plan: Plan, step: str) -> int:
    """How many updates a job has made that has come so far."""
    try:
        found = math.ceil(moment(plan, step))
    except LrdslError as e:
        raise click.BadParameter(e.diagnostics[0].message, param_hint="--at") from None
    if not 0 <= found <= MOST:
        raise click.BadParameter(f"{step} is no moment of a run", param_hint="--at")
    return found


def _picture(changes: Sequence[Change], form: str) -> bytes:
    try:
        from lrdsl.figures import figure
    except ImportError as e:
        raise CouldNotRun(str(e)) from None
    found = [change.found for change in changes if change.found is not None]
    if not found:
        raise CouldNotRun("there is nothing to draw")
    if len(found) > 1:
        names = ", ".join(change.name for change in changes if change.found is not None)
        raise click.UsageError(f"a picture is of one program: choose one of {names} with --key")
    (one,) = found
    resume = one.resume
    at = None if resume is None or resume.next is None else Fraction(resume.step)
    return figure([one.old, one.new], at=[None, at]).data(form)
