"""The command that turns another library's scheduler into a program."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from lrdsl.cli.asking import binding, each, finite
from lrdsl.cli.shell import FINDINGS, CouldNotRun, Verbatim, cli
from lrdsl.configs import ConfigError
from lrdsl.diagnostics import LrdslError, render
from lrdsl.reports.text import wants_color
from lrdsl.tasks import decoded


@cli.command(
    "import",
    cls=Verbatim,
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
    type=each,
    metavar="NUMBER[,...]",
    help="The optimizer's rate, or one for each parameter group.",
)
@click.option(
    "--total",
    type=finite,
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
    click.echo(click.style(beside, dim=True) if wants_color(sys.stderr) else beside, err=True)


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
            return {"system": first, "args": arguments(map(binding, rest))}
        except ValueError as e:
            raise click.UsageError(str(e)) from None
    found = None
    if rest or first == "-" or not sys.stdin.isatty():
        try:
            found = document(decoded(sys.stdin.buffer.read(), "<stdin>"), "<stdin>")
        except (ConfigError, ValueError) as e:
            raise CouldNotRun(str(e)) from None
    if first not in ("", "-"):
        return {"system": first, "args": found}
    if not isinstance(found, dict) or not isinstance(found.get("system"), str):
        raise click.UsageError("no system is named: `lrdsl import --list` prints the names")
    return {k: found[k] for k in ("system", "args", "base_lr", "total") if k in found}
