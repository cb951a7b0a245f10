"""The command line: it reads arguments, calls the floors below, and prints what they say.

Exit codes: 0 clean, 1 findings, 2 usage, 3 could not run. The answer goes to stdout, all else to
stderr.
"""

from lrdsl.cli import checking, comparing, formatting, importing, plotting, serving, viewing
from lrdsl.cli.shell import cli, main

__all__ = [
    "checking",
    "cli",
    "comparing",
    "formatting",
    "importing",
    "main",
    "plotting",
    "serving",
    "viewing",
]
