"""The command line: it reads arguments, calls the floors below, and prints what they say.

Exit codes: 0 clean, 1 findings, 2 usage, 3 could not run. The answer goes to stdout, all else to
stderr.
"""

from lrdsl.cli.shell import cli, load, main

__all__ = ["cli", "load", "main"]
