"""Paths as a repository has them: the same from whichever folder the run was started."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path


def in_repository(name: str) -> str:
    """A file's path from the root of its repository, with slashes.

    The root is the nearest folder around the working directory that holds ``.git``, else that
    directory. The path of a file outside of it stays absolute, and what is no file (``<stdin>``)
    keeps its name.
    """
    return _in_repository(name, os.getcwd())


@lru_cache(maxsize=1024)  # a file's findings come one after the other
def _in_repository(name: str, directory: str) -> str:
    if not os.path.exists(name):
        return name
    here = Path(directory).resolve()
    root = next((p for p in (here, *here.parents) if (p / ".git").exists()), here)
    path = Path(directory, name)
    path = path.parent.resolve() / path.name  # a link in the repository is a file of it
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
