"""The command that finds what is wrong with programs, and mends what is certain."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from lrdsl import reports
from lrdsl.cache import Cache
from lrdsl.cli import workers
from lrdsl.cli.asking import run_options, stdin_option, workspace
from lrdsl.cli.shell import COULD_NOT_RUN, FINDINGS, Verbatim, cli
from lrdsl.session import Session, look
from lrdsl.settings import SettingsError

T = TypeVar("T")

MANY = 50  # files: from so many on, a terminal shows how far the check is


@cli.command(
    cls=Verbatim,
    epilog="""
    lrdsl check "warmup(5ep) >> cosine" --total 90ep --lr 0.1
    lrdsl check configs/ --key optimizer.schedule --total-from trainer.epochs --tick ep
    lrdsl check . --format full --format sarif=lr.sarif
    lrdsl check --hydra conf:train --key optimizer.schedule
    lrdsl check - --stdin-filename conf/vit.yaml < conf/train.yaml
    """,
)
@click.argument("arguments", metavar="TEXT|-|FILE|FOLDER...", nargs=-1)
@run_options
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"How to print findings: {', '.join(reports.FORMATS)}. Repeatable, with a file each but "
    "for one.",
)
@click.option("--select", multiple=True, metavar="CODES", help="Codes to count too: LR815, LR8.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Codes that do not.")
@click.option("--fix", "mends", is_flag=True, help="Apply the fixes that are certain, in place.")
@click.option(
    "--hydra", "trees", multiple=True, metavar="DIR[:NAME]", help="A config that Hydra composes."
)
@click.option("--override", "overrides", multiple=True, metavar="KEY=VALUE", help="For --hydra.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="NUMBER",
    help=f"Processes, without --fix and --hydra. Default: from {workers.MANY} files on, one per "
    "core.",
)
@click.option("--no-cache", is_flag=True, help="Check files that are as they were, too.")
@stdin_option
@click.option("--force-exclude", is_flag=True, help="Leave out excluded files, even when named.")
@click.option("--error-on-warning", is_flag=True, help="Exit with 1 for warnings too.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
def check(
    arguments: tuple[str, ...],
    formats: tuple[str, ...],
    mends: bool,
    trees: tuple[str, ...],
    overrides: tuple[str, ...],
    jobs: int | None,
    no_cache: bool,
    error_on_warning: bool,
    exit_zero: bool,
    **options: Any,
) -> None:
    """Find what is wrong with programs, in texts, files and the files of folders.

    Without a total, only what is wrong in every run is reported.
    """
    if not arguments and not trees:
        raise click.UsageError("Missing argument 'TEXT|-|FILE|FOLDER...'.")
    if overrides and not trees:
        raise click.UsageError("--override needs --hydra")
    if mends and not arguments:
        raise click.UsageError("--fix needs a file")
    asked = workspace(**options)
    try:
        targets = reports.targets(formats)
        session = Session(
            asked, mends=mends, composes=bool(trees), say=partial(click.echo, err=True)
        )
        _look_at(session, arguments, jobs, cached=not no_cache)
        for tree in trees:
            session.compose(tree, overrides)
        findings = session.findings()
    except (reports.TargetError, SettingsError) as e:
        raise click.UsageError(str(e)) from None
    summary = session.summary(findings)
    for line in session.unread:
        click.echo(f"Error: {line}", err=True)
    try:
        reports.write(findings, summary, targets)
    except reports.NotWritten as e:
        click.echo(f"Error: {e}", err=True)
        sys.exit(COULD_NOT_RUN)
    if session.programs or findings or not session.unread:
        click.echo(str(summary), err=True)
    if session.unread:
        sys.exit(COULD_NOT_RUN)
    if not exit_zero and (summary.errors or (error_on_warning and summary.warnings)):
        sys.exit(FINDINGS)


def _look_at(session: Session, arguments: Sequence[str], jobs: int | None, *, cached: bool) -> None:
    """Check what arguments stand for; where that takes long a terminal shows how far it is."""
    every, asked = session.inputs(arguments), session.asked
    if session.mends and any(given.text is not None for given in every):
        raise click.UsageError("--fix needs a file")
    if session.mends or session.composes:  # two links may lead to one file to mend
        with _bar(every, len(every)) as inputs:
            session.look_at(inputs, arguments)
        return
    named = frozenset(arguments)
    cached = cached and any(given.text is None for given in every)
    folder = asked.found(Path()).cache if cached else None
    with closing(Cache(folder, asked, named)) as cache:
        known = [cache.find(given) for given in every]
        missing = [given for given, (_, found) in zip(every, known, strict=True) if found is None]
        work = partial(look, asked=asked, named=named)
        fresh = workers.each(work, missing, workers.wanted(jobs, len(missing)))
        with closing(fresh), _bar(zip(every, known, strict=True), len(every)) as shown:
            for given, (key, found) in shown:
                if found is None:
                    found = next(fresh)
                    cache.keep(given, key, found)
                session.add(found)


def _bar(each: Iterable[T], length: int) -> AbstractContextManager[Iterable[T]]:
    """Shows on a terminal how far a long check is, while each is taken."""
    if length < MANY or not sys.stderr.isatty():
        return nullcontext(each)
    return click.progressbar(each, length, label="checking", file=sys.stderr)
