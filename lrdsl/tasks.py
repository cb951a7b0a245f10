"""From what is asked for to what is checked: files and texts with their settings, as tasks."""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lrdsl import api
from lrdsl.binder import every_name
from lrdsl.configs import (
    DEFAULT_KEYS,
    SUFFIXES,
    ConfigError,
    Document,
    Program,
    Scalar,
    holes,
    programs,
    read,
)
from lrdsl.configs.keys import NOT_RATES
from lrdsl.diagnostics import Diagnostic, LrdslError
from lrdsl.settings import Found, Origin, Rules, Section, Settings, nearest

LARGEST = 16 * 2**20  # bytes of a file: no config that people write is longer
SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})

# No program looks like the name of a file, ends in a slash, or begins as a path does.
_BARE = re.compile(r"[\w./~-]+")  # a name or a path: `configs`, `conf/train`
_A_FILE = re.compile(r"[^\s()\[\]]*(\.[A-Za-z]\w*|/)|(\.{0,2}|~)/[^\s()\[\]]*")


@dataclass(frozen=True, slots=True)
class Task:
    """A program with the run that it is for. It is plain data: it pickles.

    Attributes:
        program: the program, and where it stands.
        run: what `lrdsl.check` takes.
        lr: the base rate, where it is known.
        select: which codes count.
        values: what fills its holes, by their texts.
        unknown: names that it may use, whose values only the host knows.
    """

    program: Program
    run: Mapping[str, Any] = field(default_factory=dict)
    lr: float | None = None
    select: Rules = field(default_factory=Rules)
    values: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    @property
    def base(self) -> float:
        """The base rate that it is shown for: 1 where none is known."""
        return 1.0 if self.lr is None else self.lr

    def check(self) -> list[Diagnostic]:
        """What is wrong with it, as far as its rules say that it counts."""
        if self.program.wrong is not None:
            return self.select.judged([self.program.wrong])
        found = holes.check(
            self.program.text,
            values=self.values,
            unknown=self.unknown,
            formatted=self.program.is_formatted,
            lr=self.lr,
            enable=self.select.enabled(),
            **self.run,
        )
        return self.select.judged(found)


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where settings come from.

    Attributes:
        last: what has the last word: the command line.
        config: the settings' file, where it is named; else each file has the nearest one.
        force_exclude: whether files that are named are left out too where settings exclude them,
            as a hook wants that names all files.
        stdin: the file that standard input is the text of, such as one that an editor has not
            saved; None where it is a program.
    """

    last: Section = field(default_factory=Section.model_construct)
    config: Found | None = None
    force_exclude: bool = False
    stdin: str | None = None

    def found(self, folder: Path) -> Found:
        """The settings' file for a folder.

        Raises:
            SettingsError: it cannot be used.
        """
        return self.config or nearest(folder)

    def settings(self, path: Path | None) -> Settings:
        """The settings for a file; for a text with None.

        Raises:
            SettingsError: they cannot be used.
        """
        return self.found(path.parent if path else Path()).settings(path, self.last)

    def leaves_out(self, path: Path) -> bool:
        """Whether a file that is named is not looked at.

        Raises:
            SettingsError: settings cannot be used.
        """
        return self.force_exclude and self.found(path.parent).excludes(path)


# --- inputs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Input:
    """A file that may hold programs, or a text that is one.

    Attributes:
        name: what to call it.
        path: the file, whose settings count.
        text: the text; None where it is what the file holds.
    """

    name: str
    path: Path | None = None
    text: str | None = None


def inputs(
    arguments: Iterable[str], workspace: Workspace, problem: Callable[[str], None]
) -> Iterator[Input]:
    """What arguments stand for, each once: texts, ``-``, files, and the files of directories.

    Args:
        arguments: as a command takes them.
        workspace: says what is left out.
        problem: is called with what cannot be read; the rest goes on.

    Raises:
        SettingsError: settings cannot be used.
    """
    seen: set[str] = set()
    for argument in arguments:
        for found in _input(argument, workspace, problem):
            if found.path is not None:
                place = os.path.abspath(found.path)
                if place in seen:
                    continue
                seen.add(place)
            yield found


def _input(argument: str, workspace: Workspace, problem: Callable[[str], None]) -> Iterator[Input]:
    if argument == "-":
        name = workspace.stdin or "<stdin>"
        path = Path(workspace.stdin) if workspace.stdin else None
        if path is not None and workspace.leaves_out(path):
            return
        try:
            yield Input(name, path, decoded(sys.stdin.buffer.read(), name))
        except ConfigError as e:
            problem(str(e))
    elif os.path.isdir(argument):
        yield from (Input(str(p), p) for p in files(Path(argument), workspace, problem))
    elif _A_FILE.fullmatch(argument) or _is_there(argument):
        path = Path(argument)
        if not workspace.leaves_out(path):
            yield Input(argument, path)
    elif why := _no_program(argument, workspace):
        problem(f"{argument}: no such file or folder; as a program: {why}")
    else:
        yield Input("program", None, argument)


def _no_program(argument: str, workspace: Workspace) -> str | None:
    """Why a bare word is no program, if there is no sign that one was meant."""
    if not _BARE.fullmatch(argument):
        return None
    try:
        found = [d for t in load(Input("program", None, argument), workspace) for d in t.check()]
    except ConfigError:
        return None
    strange = (d.message for d in found if d.code == "LR101" and d.help == every_name())
    return next(strange, None)


def _is_there(argument: str) -> bool:
    return "\0" not in argument and os.path.lexists(argument)


def files(folder: Path, workspace: Workspace, problem: Callable[[str], None]) -> Iterator[Path]:
    """The files of a folder that may hold programs, in order; links to folders are not followed."""

    def failed(e: OSError) -> None:
        problem(f"{e.filename}: {e.strerror or e}")

    for place, folders, names in os.walk(folder, onerror=failed):
        here = Path(place)
        found = workspace.found(here)
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED and name[0] != "." and not found.excludes(here / name)
        )
        for name in sorted(names):
            path = here / name
            included = found.includes(path)
            if included is None:
                included = name[0] != "." and path.suffix.lower() in SUFFIXES
            if included and not found.excludes(path) and path.is_file():
                yield path


def decoded(data: bytes, name: str) -> str:
    """The text of a file's bytes, without a byte order mark, its line ends as they are.

    Raises:
        ConfigError: it is no text.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        raise ConfigError(f"{name}:{line}: byte {e.start + 1} is not UTF-8 text") from None
    if "\0" in text:
        raise ConfigError(f"{name}: a binary file")
    return text


def data_of(path: Path) -> bytes:
    """What a file holds.

    Raises:
        ConfigError: it cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as e:
        raise ConfigError(f"{path}: {e.strerror or e}") from None
    if len(data) > LARGEST:
        raise ConfigError(f"{path}: it has more than {LARGEST // 2**20} MiB, which no config has")
    return data


# --- tasks ----------------------------------------------------------------------------------------


def load(given: Input, workspace: Workspace) -> list[Task]:
    """The programs of a file or a text, each with the run that it is for.

    Raises:
        ConfigError: the file cannot be read, or lacks a key that it must have.
        SettingsError: its settings cannot be used.
    """
    settings = workspace.settings(given.path)
    path = given.path
    text = given.text
    if text is None:
        text = "" if path is None else decoded(data_of(path), given.name)
    if path is None or path.suffix.lower() not in SUFFIXES:
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        return [_alone(Program(plain, given.name), settings)]
    if path.suffix.lower() == ".py" and "lrdsl" not in text and settings.marker not in text:
        return []  # whatever it is, it is not about us
    return tasks(read(text, given.name, settings.marker), settings)


def nothing_in(name: str, asked: Workspace) -> str:
    """That a file holds no program."""
    keys = asked.settings(Path(name)).keys or DEFAULT_KEYS
    return f"{name}: no key {' or '.join(keys)}: name it with --key"


def _alone(program: Program, settings: Settings) -> Task:
    """A program that no config is around."""
    for name, origins in (*settings.origins.items(), *settings.names_from.items()):
        if any(origin.required for origin in origins):
            raise ConfigError(
                f"{program.name}: {name.replace('_', '-')} is to come from the key "
                f"{origins[0].key} of a config, which this is not"
            )
    return _task(program, settings, None, {})


def tasks(document: Document, settings: Settings) -> list[Task]:
    """The programs of a config file, each with the run that it is for.

    Raises:
        ConfigError: the file lacks a key that it must have.
    """
    found = programs(document, settings.keys)
    keys = {program.key for program in found}
    made = []
    for program in found:
        if not _refers(program, keys):
            around = document.around(program.scalar) if program.scalar else document
            values = holes.known(program.text, program.key, around)
            made.append(_task(program, settings, around, values))
    return made


def composed(
    folder: Path, name: str | None, workspace: Workspace, overrides: Sequence[str] = ()
) -> list[Task]:
    """The programs of a config that Hydra composes.

    Args:
        folder: Hydra's config directory.
        name: the primary config; None for ``config``, or for the only one that there is.
        workspace: where settings come from.
        overrides: Hydra's, such as ``optimizer=adam``.

    Raises:
        ConfigError: Hydra is not installed or refuses the config, or a key is missing.
        SettingsError: settings cannot be used.
    """
    from lrdsl.configs import hydra

    config = hydra.compose(folder, name, overrides)
    settings = workspace.settings(config.path)
    found = config.programs(settings.keys)
    keys = {program.key for program, _ in found}
    return [
        _task(program, settings, config.document, values)
        for program, values in found
        if not _refers(program, keys)
    ]


def _refers(program: Program, keys: set[str]) -> bool:
    """Whether a text only repeats another program, which is looked at where it stands."""
    inside = holes.find(program.text) if program.wrong is None else []
    if len(inside) != 1 or inside[0].text != program.text or inside[0].key is None:
        return False
    key = holes.absolute(inside[0].key, program.key)
    return key in keys and key != program.key


def _task(
    program: Program, settings: Settings, document: Document | None, values: Mapping[str, str]
) -> Task:
    run, names = dict(settings.run), dict(settings.names)
    unknown = list(settings.holes)
    if document is not None:
        for argument, origins in settings.origins.items():
            value = _value(argument, origins, program.key, document)
            if value is not None:
                run[argument] = value
    for name, origins in settings.names_from.items():
        value = _value("names", origins, program.key, document) if document else None
        if value is None:
            unknown.append(name)
        else:
            names[name] = value
    lr = run.pop("lr", None)
    if program.key.rpartition(".")[2] in NOT_RATES:
        lr = None
    if names:
        run["names"] = names
    return Task(program, run, lr, settings.rules, values, tuple(unknown))


def _value(argument: str, origins: Sequence[Origin], at: str, document: Document) -> Any:
    """What a config says of its run: the first of the keys that says something usable.

    A value that cannot be used, such as the ``-1`` of "no limit" or a hole, is one that the config
    does not say; but a key that must be there must be usable as well.

    Args:
        argument: which argument of `lrdsl.check` it is, ``lr`` or ``names``.
        origins: the keys.
        at: the program's key.
        document: the config.

    Raises:
        ConfigError: a key that must be there is not, or holds nothing usable.
    """
    for origin in origins:
        key = holes.absolute(origin.key, at)
        value = None if key is None else _read(key, origin, document)
        fault = _missing(key, document) if value is None else _fault(argument, value)
        if fault is None:
            return _number(value) if argument == "lr" else value
        if origin.required:
            raise ConfigError(f"{document.source.name}: {origin.key}: {fault}")
    return None


def _missing(key: str | None, document: Document) -> str:
    there = key is not None and any(True for _ in document.find(key))
    return "it is not a plain value" if there else "there is no such key"


def _read(key: str, origin: Origin, document: Document) -> Any:
    leaf = next((node for _, node in document.find(key) if isinstance(node, Scalar)), None)
    if leaf is None or leaf.value is None or isinstance(leaf.value, bool):
        return None
    value = leaf.value
    if isinstance(value, str):
        value = holes.filled(value, holes.known(value, key, document))
    if value is not None and origin.unit is not None and _number(value) is not None:
        return f"{value}{origin.unit}"
    return value


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _fault(argument: str, value: Any) -> str | None:
    """Why a value cannot be used."""
    if argument == "lr":
        return None if _number(value) is not None else f"{value!r} is not a finite number"
    given: dict[str, Any] = {argument: {"x": value} if argument == "names" else value}
    try:
        api.compile("hold", **given)
    except LrdslError as e:
        return e.diagnostics[0].message
    return None
