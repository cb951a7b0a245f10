"""What all commands share: exit codes, the group that they belong to, and its entry point."""

from __future__ import annotations

import signal
import sys
from importlib import import_module

import click

FINDINGS, USAGE, COULD_NOT_RUN = 1, 2, 3


class CouldNotRun(click.ClickException):
    """There is no answer: a file is missing, or cannot be read."""

    exit_code = COULD_NOT_RUN


class Verbatim(click.Command):
    """A command whose description keeps its lines."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        assert self.epilog  # every command shows examples
        formatter.write_paragraph()
        formatter.write("Examples:\n")
        for line in self.epilog.strip().split("\n"):
            formatter.write(f"  {line.strip()}\n")


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        from lrdsl import __version__

        click.echo(f"lrdsl {__version__}")
        ctx.exit()


# Where each command is: a module is imported when one of its commands is asked for, since a hook
# that checks a file should not wait for what draws pictures.
_HOMES = {
    "check": "checking",
    "diff": "comparing",
    "explain": "viewing",
    "fmt": "formatting",
    "import": "importing",
    "plot": "plotting",
    "serve": "serving",
    "show": "viewing",
    "table": "viewing",
}


def load(name: str) -> None:
    """Import what a command needs, if there is one of this name."""
    if name in _HOMES:
        import_module(f"lrdsl.cli.{_HOMES[name]}")


class _Commands(click.Group):
    """The commands, of which one that is interrupted has no answer."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(_HOMES)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of a name."""
        load(name)
        return super().get_command(ctx, name)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise CouldNotRun("interrupted") from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
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

    A program is given as a text, as `-` for standard input, as a file that holds one, or as a YAML,
    TOML, JSON or Python file that holds some.

    Exit codes: 0 clean, 1 findings, 2 usage, 3 could not run.
    """


def main() -> None:
    """The entry point."""
    if hasattr(signal, "SIGPIPE"):  # `lrdsl .. | head` ends quietly, as Unix tools do
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a text may hold what a terminal cannot
    cli()
