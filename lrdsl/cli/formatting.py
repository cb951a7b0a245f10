"""The command that writes programs in their canonical text, in a text or inside files."""

from __future__ import annotations

import sys
from typing import Any

import click

from lrdsl.cli.asking import read, run_options, stdin_option, workspace
from lrdsl.cli.shell import FINDINGS, CouldNotRun, Verbatim, cli
from lrdsl.configs import ConfigError
from lrdsl.configs.rules import hinted
from lrdsl.diagnostics import render
from lrdsl.fixing import Change, diff, format_file, save
from lrdsl.tasks import Input, Task, data_of, decoded


@cli.command(
    cls=Verbatim,
    epilog="""
    lrdsl fmt "warmup( 5 epochs )>>cosine"
    lrdsl fmt configs/ --check
    lrdsl fmt schedule.lr config.yaml --write
    """,
)
@click.argument("arguments", metavar="TEXT|-|FILE|FOLDER...", nargs=-1, required=True)
@run_options
@click.option("--check", "only_check", is_flag=True, help="Exit with 1 if one is not canonical.")
@click.option("--write", is_flag=True, help="Write files back.")
@click.option("--diff", "shows", is_flag=True, help="Print what would change.")
@stdin_option
@click.option("--expand", is_flag=True, help="Expand bindings and recipes, drop comments.")
def fmt(
    arguments: tuple[str, ...],
    only_check: bool,
    write: bool,
    shows: bool,
    expand: bool,
    **options: Any,
) -> None:
    """Print the canonical text of programs, or write it into their files.

    In a config file nothing but the programs changes. A program with comments, bindings or recipes
    would lose them: without --expand it stays as it is.
    """
    asked = workspace(**options)
    wrong = False
    for given, tasks in read(arguments, asked):
        if given.text is not None and write:
            raise click.UsageError("--write needs a file")
        change = _changed(given, tasks, expand)
        for program, error in change.broken:
            click.echo(render(hinted(program, error.diagnostics), program), err=True)
            wrong = True
        for program, reason in change.notes:
            click.echo(f"{program.title}: left as it is, {reason}", err=True)
        if given.path is None and change.before.strip() == change.text.strip():
            new = old = change.text  # an argument has no line end to keep
        else:
            old, new = change.before, change.text
        if shows:
            click.echo(diff(change, given.name) if old != new else "", nl=False)
        elif not write and not only_check and not change.broken:
            click.echo(new, nl=bool(new) and not new.endswith("\n"))
        if write and given.path is not None and old != new:
            try:
                save(change, given.path)
            except OSError as e:
                raise CouldNotRun(f"{given.path}: {e.strerror or e}") from None
            except ConfigError as e:
                raise CouldNotRun(str(e)) from None
        if only_check and old != new:
            click.echo(f"{given.name}: not canonical", err=True)
            wrong = True
    if wrong:
        sys.exit(FINDINGS)


def _changed(given: Input, tasks: list[Task], expand: bool) -> Change:
    programs = [task.program for task in tasks]
    if not programs:  # what there is stays, so that nothing is lost where it is written to
        text = given.text
        if text is None and given.path is not None:
            text = decoded(data_of(given.path), given.name)
        return Change(text or "", text or "")
    names = {name for task in tasks for name in (*task.unknown, *(task.run.get("names") or ()))}
    return format_file(programs[0].document, programs, expand, names)
