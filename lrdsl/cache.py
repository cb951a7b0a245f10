"""What earlier checks have found: a file that is still the same is not checked again.

What a check finds in a file depends on its text, its settings and this program, and on nothing else
but whether a tree of Hydra's is around it. All of that makes the key; what was found is the value,
as plain data. It is kept only if it comes back as it was: no report can tell the difference.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import TypeAdapter

from lrdsl.configs import ConfigError, Program, Scalar
from lrdsl.configs.signs import is_under_hydra
from lrdsl.diagnostics import Diagnostic, Source
from lrdsl.reports.finding import Finding
from lrdsl.session import Look
from lrdsl.tasks import Input, Workspace, data_of, decoded

if TYPE_CHECKING:
    import sqlite3

FILE = "looks.db"
DAYS = 30  # what nobody has asked for in so many of them is dropped
MOST = 100_000  # entries
LARGEST = 2**20  # bytes of an entry: a file with more findings is checked anew
AT_ONCE = 256  # entries that are written together
PATIENCE = 2  # seconds to wait for another process

_FIND = "SELECT found, used FROM looks WHERE key = ?"


class Known(NamedTuple):
    """What is known of an input: its key, and what was found in it; None where there is none."""

    key: bytes | None = None
    look: Look | None = None


class Cache:
    """What earlier checks have found, in a folder of its own.

    It has no errors: a damaged file is replaced, and without a usable one nothing is known. Several
    processes may use it at the same time.
    """

    def __init__(
        self, folder: Path | None, asked: Workspace, named: Collection[str] = frozenset()
    ) -> None:
        """Use a folder.

        Args:
            folder: the folder, which is made where it can be; None for no cache.
            asked: where settings come from.
            named: the names that a person gave, as `lrdsl.session.look` takes them.
        """
        self._asked, self._named = asked, named
        self._path = None if folder is None else folder / FILE
        self._base = None if folder is None else _opened(folder / FILE)
        self._waiting: list[tuple[bytes, bytes, int]] = []
        self._today = int(time.time()) // 86_400

    def find(self, given: Input) -> Known:
        """What is known of an input.

        Raises:
            SettingsError: its settings cannot be used.
        """
        if self._base is None or given.path is None or given.text is not None:
            return Known()
        if not given.path.is_file():  # a pipe, such as <(..) of a shell, can be read only once
            return Known()
        try:
            data = data_of(given.path)
        except ConfigError:  # whoever looks at it says so
            return Known()
        key = self._key(given, data)
        for packed, used in self._ask(_FIND, key):
            with suppress(ValueError):  # else it is not what was written
                found = Known(key, _unpacked(packed, given, data))
                if used != self._today:
                    self._put(key, packed)
                return found
        return Known(key)

    def keep(self, given: Input, key: bytes | None, look: Look) -> None:
        """Remember what was found in an input, if it is still the one of the key."""
        if key is None or given.path is None or look.unread or look.said:
            return
        with suppress(ConfigError, ValueError):  # it is gone; it holds what no JSON can
            data = data_of(given.path)
            packed = _packed(look, given, data)
            same = _unpacked(packed, given, data) == look
            if same and len(packed) <= LARGEST and self._key(given, data) == key:
                self._put(key, packed)

    def close(self) -> None:
        """Write what is to be remembered, and drop what is old."""
        if self._waiting:
            self._write()
            self._ask("DELETE FROM looks WHERE used < ?", self._today - DAYS)
            self._ask(
                "DELETE FROM looks WHERE key IN (SELECT key FROM looks ORDER BY used DESC"
                " LIMIT -1 OFFSET ?)",
                MOST,
            )
        if self._base is not None:
            self._base.close()
            self._base = None

    def _key(self, given: Input, data: bytes) -> bytes:
        assert given.path is not None
        settings = self._asked.settings(given.path)
        named = given.name in self._named
        what = (_program(), given.name, named, is_under_hydra(given.path), settings)
        key = sha256(repr(what).encode("utf-8", "surrogatepass"))
        key.update(data)
        return key.digest()

    def _put(self, key: bytes, packed: bytes) -> None:
        self._waiting.append((key, packed, self._today))
        if len(self._waiting) >= AT_ONCE:
            self._write()

    def _write(self) -> None:
        self._ask("BEGIN IMMEDIATE")
        for row in self._waiting:
            self._ask("INSERT OR REPLACE INTO looks VALUES (?, ?, ?)", *row)
        self._ask("COMMIT")
        self._waiting.clear()

    def _ask(self, statement: str, *values: object) -> list[Any]:
        """The rows that a statement yields; none, ever after, if it cannot be carried out."""
        import sqlite3

        if self._base is None:
            return []
        try:
            return self._base.execute(statement, values).fetchall()
        except sqlite3.Error as e:
            self._base.close()
            self._base = None
            if self._path is not None and _is_damaged(e):
                with suppress(OSError):
                    self._path.unlink()
            return []


# --- keys and values ------------------------------------------------------------------------------


@cache
def _program() -> str:
    """This program: when it, and what it reads files with, was installed or edited."""
    files = [path.stat() for path in Path(__file__).parent.rglob("*.py")]
    if not files:  # packed with an application: who knows which it is
        return str(time.time_ns())
    # Where builds are reproducible, the files of all versions have one date, but not one size.
    changed = [max(f.st_mtime_ns for f in files), sum(f.st_size for f in files)]
    for name in ("pydantic", "yaml"):  # asking for their versions takes longer than a check
        found = find_spec(name)
        if found is not None and found.origin is not None:
            changed.append(Path(found.origin).stat().st_mtime_ns)
    return f"{sys.version} {changed}"


@dataclass(frozen=True, slots=True)
class _Row:
    """A finding without what its file says; its text is None where that is the file's."""

    text: str | None
    key: str
    places: tuple[int, ...]
    cut: bool
    wrong: Diagnostic | None
    scalar: Scalar | None
    diagnostic: Diagnostic


@cache
def _rows() -> TypeAdapter[list[_Row]]:
    return TypeAdapter(list[_Row])  # most files have no findings


_SUM = 8  # bytes, in front of the rest: a database does not notice a bit that has changed


def _packed(look: Look, given: Input, data: bytes) -> bytes:
    """What was found in a file, as bytes.

    Raises:
        ValueError: the file is no text now, or there is something in it that no JSON can hold.
    """
    rows, whole = [], decoded(data, given.name) if look.findings else ""
    for f in look.findings:
        p = f.program
        text = None if p.text == whole else p.text
        rows.append(_Row(text, p.key, p.places, p.cut, p.wrong, p.scalar, f.diagnostic))
    packed = b"%d" % look.programs + (b" " + _rows().dump_json(rows) if rows else b"")
    return sha256(packed).digest()[:_SUM] + packed


def _unpacked(packed: object, given: Input, data: bytes) -> Look:
    """The same again.

    Raises:
        ValueError: these bytes are something else.
    """
    if not isinstance(packed, bytes) or sha256(packed[_SUM:]).digest()[:_SUM] != packed[:_SUM]:
        raise ValueError("damaged")
    programs, _, rows = packed[_SUM:].partition(b" ")
    look = Look(1, int(programs), [], [], [])
    if rows:
        source = Source(decoded(data, given.name), given.name)
        look.findings.extend(_finding(row, source) for row in _rows().validate_json(rows))
    return look


def _finding(row: _Row, source: Source) -> Finding:
    text = source.text if row.text is None else row.text
    file = source if row.places else None
    where = row.key, file, row.places, row.cut, row.wrong, row.scalar
    return Finding(Program(text, source.name, *where), row.diagnostic)


# --- the file -------------------------------------------------------------------------------------

_APPLICATION = 0x6C726401  # whose file it is, and which layout it has
_LAYOUT = """
CREATE TABLE IF NOT EXISTS looks
    (key BLOB PRIMARY KEY, found BLOB, used INTEGER) WITHOUT ROWID
"""
_BESIDE = {  # in a folder that was made for the cache: another, such as ".", is not ours to hide
    ".gitignore": "*\n",
    # https://bford.info/cachedir: what archivers and backups leave out
    "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of lrdsl check.\n",
}


def _opened(path: Path) -> sqlite3.Connection | None:
    """The database of a file, made anew where it is another's; None where it cannot be used."""
    try:
        import sqlite3  # some interpreters are built without it

        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)  # another process may make it too
            for name, text in _BESIDE.items():
                (path.parent / name).write_text(text, encoding="utf-8")
        try:
            return _connected(path)
        except sqlite3.Error as e:
            if not _is_damaged(e):
                return None
            path.unlink()
            return _connected(path)
    except (OSError, ImportError):
        return None
    except sqlite3.Error:
        return None


def _connected(path: Path) -> sqlite3.Connection:
    """A connection to the table of a file.

    Raises:
        sqlite3.Error: the file cannot be used; or it is no such file, if it is damaged.
    """
    import sqlite3

    base = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        (tables,) = base.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables:
            base.execute("BEGIN IMMEDIATE")  # another process may be about to do the same
            base.execute(_LAYOUT)
            base.execute(f"PRAGMA application_id = {_APPLICATION}")
            base.execute("COMMIT")
        elif base.execute("PRAGMA application_id").fetchone() != (_APPLICATION,):
            raise sqlite3.DatabaseError("another's")
    except BaseException:
        base.close()
        raise
    return base


def _is_damaged(error: Exception) -> bool:
    """Whether the file is at fault, and not who may use it or who is using it."""
    import sqlite3

    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError
    )
