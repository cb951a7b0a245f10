"""Files as they were at a revision, read through git itself."""

from __future__ import annotations

import subprocess
from pathlib import Path


class RevisionError(Exception):
    """git has no answer: its own words, in one line."""


def text_at(revision: str, path: Path) -> bytes | None:
    """A file at a revision; None where the revision has no such file.

    Raises:
        RevisionError: there is no git, no repository around the file, or no such revision.
    """
    folder, name = _around(path)
    commit = _commit(revision, folder)
    listed = _git(folder, "ls-tree", "-z", "--name-only", commit, "--", f"./{name}")
    return _git(folder, "cat-file", "blob", f"{commit}:./{name}") if listed else None


def changed(old: str, new: str | None, path: Path) -> list[Path]:
    """The files under a path that differ between two revisions, in order.

    Args:
        old: a revision.
        new: a revision, or None for the files as they are now, new ones included.
        path: a file or a folder.

    Raises:
        RevisionError: as for `text_at`.
    """
    folder = path if path.is_dir() else _around(path)[0]
    what = "." if path.is_dir() else path.name
    commits = [_commit(r, folder) for r in (old, new) if r is not None]
    options = ("--name-only", "-z", "--no-renames", "--relative", "--no-ext-diff")
    found = _git(folder, "diff", *options, *commits, "--", what)
    if new is None:
        found += _git(folder, "ls-files", "-z", "--others", "--exclude-standard", "--", what)
    names = sorted({name for name in found.decode("utf-8", "surrogateescape").split("\0") if name})
    return [folder / name for name in names]


def base(old: str, new: str, path: Path) -> str:
    """Where two revisions parted, which is what ``old...new`` compares with.

    Raises:
        RevisionError: as for `text_at`, or they have nothing in common.
    """
    folder = path if path.is_dir() else _around(path)[0]
    commits = [_commit(revision, folder) for revision in (old, new)]
    found = _git(folder, "merge-base", *commits).decode().strip()
    return found


def _around(path: Path) -> tuple[Path, str]:
    folder = path.parent
    while not folder.is_dir():  # a folder that only the other revision has
        folder = folder.parent
    return folder, path.relative_to(folder).as_posix()


def _commit(revision: str, folder: Path) -> str:
    options = ("--verify", "--quiet", "--end-of-options")
    try:
        return _git(folder, "rev-parse", *options, f"{revision}^{{commit}}").decode().strip()
    except RevisionError as e:
        raise RevisionError(str(e) or f"there is no revision {revision}") from None


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "--no-pager", *arguments],
            cwd=folder,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError as e:
        raise RevisionError(f"git: {e.strerror or e}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().split("\n")[0]
        raise RevisionError(said.removeprefix("fatal: "))
    return done.stdout
