"""The command that opens the local page."""

from __future__ import annotations

import signal
import webbrowser
from contextlib import suppress
from threading import Thread

import click

from lrdsl.cli.shell import CouldNotRun, Verbatim, cli

PORT = 8713


@cli.command(
    cls=Verbatim,
    epilog="""
    lrdsl serve
    lrdsl serve --port 0 --no-open
    """,
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="0 takes a free one.",
)
@click.option("--open/--no-open", "opens", default=True, help="Open the page in the browser.")
def serve(port: int, opens: bool) -> None:
    """Open a page to write programs in, with their curves beside them.

    It answers on this machine alone, and sends nothing anywhere. Ctrl-C ends it.
    """
    try:
        from lrdsl.web import server
    except ImportError as e:
        raise CouldNotRun(f"{e.name} is missing: pip install 'lrdsl[serve]'") from None

    def started(address: str) -> None:
        click.echo(f"{address}  (Ctrl-C ends it)")
        if opens:
            # not waited for: one that runs in the terminal ends only after it got the page
            Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    if hasattr(signal, "SIGPIPE"):  # which ends the other commands: a browser may hang up
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        with suppress(KeyboardInterrupt):  # as the page's address says, that ends it
            server.serve(port, started)
    except OSError as e:
        raise CouldNotRun(
            f"port {port}: {e.strerror or e}: another one with --port, or a free one with --port 0"
        ) from None
