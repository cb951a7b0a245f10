"""Settings: ``[tool.lrdsl]`` of the nearest pyproject.toml, its parts per glob, the command line.

A `Section` is what one of these says. `Settings` is what all of them together mean for one file: a
later section has the last word on what it names.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from lrdsl import api
from lrdsl.codes import CODES
from lrdsl.configs import DEFAULT_KEYS, read
from lrdsl.diagnostics import Diagnostic, LrdslError, Severity, closest
from lrdsl.lint import OFF
from lrdsl.values import UNITS

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

RUN = ("total", "steps_per_epoch", "tokens_per_step", "examples_per_step", "lr")  # or from a key


class SettingsError(ValueError):
    """Settings that cannot be used: a line for every fault, with its place where it has one."""


# --- rules ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """What one section says about codes; each is a code or how it begins, such as ``LR8``."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: tuple[tuple[str, Severity], ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """Which codes count, and how much. A later choice has the last word on the codes it names."""

    choices: tuple[Choice, ...] = ()

    def severity(self, code: str) -> Severity | None:
        """How much a code counts; None where it does not."""
        return _severity(self.choices, code)

    def enabled(self) -> frozenset[str]:
        """The codes that are off by default and count here, as `lrdsl.check` takes them."""
        return frozenset(code for code in OFF if self.severity(code))

    def judged(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The findings that count, each as severe as the rules say."""
        return [replace(d, severity=s) for d in found if (s := self.severity(d.code))]


@lru_cache(maxsize=4096)
def _severity(choices: tuple[Choice, ...], code: str) -> Severity | None:
    counts = code not in OFF
    severity: Severity = CODES[code].severity if code in CODES else "error"
    for choice in choices:
        chosen, ignored = _longest(choice.select, code), _longest(choice.ignore, code)
        if max(chosen, ignored) > 0:
            counts = chosen > ignored
        named = dict(choice.severity)
        if size := _longest(named, code):
            severity = named[code[:size]]
    return severity if counts else None


def _longest(starts: Iterable[str], code: str) -> int:
    """How much of a code is named by the one that says most of it."""
    return max((len(start) for start in starts if code.startswith(start)), default=0)


# --- what a section may say -----------------------------------------------------------------------


class _Model(BaseModel):
    model_config = ConfigDict(
        defer_build=True,  # most runs need few of them
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        populate_by_name=True,
        alias_generator=lambda name: name.replace("_", "-"),
    )


class Origin(_Model):
    """A key of the checked file that holds a value of the run.

    Attributes:
        key: a dotted path. One that begins with a dot is beside the program: ``.lr`` is the ``lr``
            of the mapping that holds it, ``..lr`` that of the mapping around.
        unit: what a bare number under the key counts.
        required: whether a file with programs must have it.
    """

    key: str = Field(min_length=1)
    unit: str | None = None
    required: bool = False

    @field_validator("unit")
    @classmethod
    def _is_a_unit(cls, unit: str | None) -> str | None:
        if unit is not None and unit not in UNITS:
            raise ValueError(f"{unit!r} is not a unit{_meant(unit, UNITS)}")
        return unit


def _as_origins(value: Any) -> Any:
    """A key is written as a text, as a table, or as a list of them, of which the first counts."""
    many = value if isinstance(value, (list, tuple)) else [value]
    return tuple({"key": one} if isinstance(one, str) else one for one in many)


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Origins: TypeAlias = Annotated[tuple[Origin, ...], BeforeValidator(_as_origins)]
Texts: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


def _is_quantity(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError("a number or a text is wanted")
    return value


Quantity: TypeAlias = Annotated[Any, BeforeValidator(_is_quantity)]


def _is_code(code: str) -> str:
    if not code or not any(known.startswith(code) for known in CODES):
        raise ValueError(f"there is no code {code or '``'}{_meant(code, CODES)}")
    return code


Codes: TypeAlias = Annotated[
    tuple[Annotated[str, BeforeValidator(_is_code)], ...], BeforeValidator(_as_tuple)
]


def _meant(name: str, names: Iterable[str]) -> str:
    near = closest(name, names)
    return f": did you mean {near}?" if near else ""


class Section(_Model):
    """What pyproject.toml, a part of it, or the command line says; None where it says nothing.

    Attributes:
        keys: where config files hold programs.
        marker: the word of a comment that marks a program.
        total, tick, steps_per_epoch, tokens_per_step, examples_per_step, lr: the run.
        total_from, ...: the keys of the checked file that hold them instead.
        names: names that programs may use, with their values.
        names_from: the same, with the keys that hold the values.
        holes: names that programs may use, whose values only the host knows.
        truncate: whether programs longer than the run are cut.
        select, ignore: codes that count and codes that do not; the longer one wins.
        severity: how much codes count.
    """

    keys: Texts | None = Field(None, min_length=1)
    marker: str | None = Field(None, min_length=1)
    total: Quantity | None = None
    tick: str | None = None
    steps_per_epoch: float | None = Field(None, gt=0)
    tokens_per_step: float | None = Field(None, gt=0)
    examples_per_step: float | None = Field(None, gt=0)
    lr: float | None = None
    total_from: Origins | None = None
    steps_per_epoch_from: Origins | None = None
    tokens_per_step_from: Origins | None = None
    examples_per_step_from: Origins | None = None
    lr_from: Origins | None = None
    names: dict[str, Quantity] | None = None
    names_from: dict[str, Origins] | None = None
    holes: Texts | None = None
    truncate: bool | None = None
    select: Codes = ()
    ignore: Codes = ()
    severity: dict[Annotated[str, BeforeValidator(_is_code)], Severity] = Field(
        default_factory=dict
    )

    @field_validator("total", "tick", "names", "names_from", "holes")
    @classmethod
    def _is_understood(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None:
            name = info.field_name or ""
            given = {name: value} if name in ("total", "tick", "names") else {}
            try:  # by whom it will be read
                api.compile("hold", **given or {"names": dict.fromkeys(value, 1)})
            except LrdslError as e:
                messages = (d.message.removeprefix(f"{name}: ") for d in e.diagnostics)
                raise ValueError("; ".join(messages)) from None
        return value

    @model_validator(mode="after")
    def _say_it_once(self) -> Section:
        for name in RUN:
            if getattr(self, name) is not None and getattr(self, f"{name}_from") is not None:
                shown = name.replace("_", "-")
                raise ValueError(f"{shown} and {shown}-from exclude each other")
        return self

    @property
    def choice(self) -> Choice:
        return Choice(self.select, self.ignore, tuple(self.severity.items()))


class PerGlob(Section):
    """A section for the files that match one of its globs."""

    files: Texts = Field(min_length=1)


class Project(Section):
    """The table ``[tool.lrdsl]``.

    Attributes:
        include, exclude: globs, from the table's folder, of the files that are looked at in
            directories.
        cache: whether what was found is remembered for the next check.
        cache_dir: the folder for that, from the table's.
        per_glob: sections for some of the files, in order.
    """

    include: Texts | None = None
    exclude: Texts = ()
    cache: bool = True
    cache_dir: str = Field(".lrdsl_cache", min_length=1)
    per_glob: Annotated[tuple[PerGlob, ...], BeforeValidator(_as_tuple)] = ()


# --- what all of them mean for a file -------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    """What is known of a file before it is read.

    Attributes:
        keys, marker: where it holds programs.
        run: values of the run, as `lrdsl.check` takes them; ``lr`` among them.
        origins: run argument -> the keys of the file that hold it.
        names: names that programs may use.
        names_from: the same, with the keys that hold their values.
        holes: names whose values only the host knows.
        rules: which codes count.
    """

    keys: tuple[str, ...] = DEFAULT_KEYS
    marker: str = "lrdsl"
    run: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)
    names_from: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    holes: tuple[str, ...] = ()
    rules: Rules = field(default_factory=Rules)

    def under(self, section: Section) -> Settings:
        """These settings where a further section has the last word."""
        run, origins = dict(self.run), dict(self.origins)
        for name in RUN:
            value, keys = getattr(section, name), getattr(section, f"{name}_from")
            if value is not None or keys is not None:
                run.pop(name, None)
                origins.pop(name, None)
            if value is not None:
                run[name] = value
            if keys is not None:
                origins[name] = keys
        if section.tick is not None:
            run["tick"] = section.tick
        if section.truncate is not None:
            run["overflow"] = "truncate" if section.truncate else "error"
        named, named_from = section.names or {}, section.names_from or {}
        said = {*named, *named_from, *(section.holes or ())}
        return Settings(
            keys=self.keys if section.keys is None else section.keys,
            marker=self.marker if section.marker is None else section.marker,
            run=run,
            origins=origins,
            names={k: v for k, v in self.names.items() if k not in said} | named,
            names_from={k: v for k, v in self.names_from.items() if k not in said} | named_from,
            holes=(*(h for h in self.holes if h not in said), *(section.holes or ())),
            rules=Rules((*self.rules.choices, section.choice)),
        )


@dataclass(frozen=True)
class Found:
    """A project's table and the folder that its globs start from."""

    folder: Path
    project: Project = field(default_factory=Project.model_construct)

    def settings(self, path: Path | None, *last: Section) -> Settings:
        """What is known of a file; of no file in particular with None.

        Args:
            path: the file.
            last: what has the last word, such as the command line.
        """
        parts: Sequence[Section] = () if path is None else self.project.per_glob
        inside = None if path is None else self._inside(path)
        settings = Settings().under(self.project)
        for part in parts:
            if isinstance(part, PerGlob) and _any(inside, part.files):
                settings = settings.under(part)
        for section in last:
            settings = settings.under(section)
        return settings

    @property
    def cache(self) -> Path | None:
        """Where checks remember what they have found, if they do."""
        if not self.project.cache:
            return None
        folder = self.folder if self.project.model_fields_set else Path()  # there is no table
        return folder / self.project.cache_dir

    def includes(self, path: Path) -> bool | None:
        """Whether a file of a directory is looked at; None where its suffix decides."""
        include = self.project.include
        return None if include is None else _any(self._inside(path), include)

    def excludes(self, path: Path) -> bool:
        """Whether a file, or a directory with all that lies in it, is left out."""
        return _any(self._inside(path), self.project.exclude)

    def _inside(self, path: Path) -> tuple[str, ...] | None:
        """The steps from the folder to a path; None where it lies elsewhere."""
        try:
            return path.absolute().relative_to(self.folder).parts
        except ValueError:
            return None


def _any(steps: tuple[str, ...] | None, globs: Iterable[str]) -> bool:
    return steps is not None and any(matches(steps, glob) for glob in globs)


def matches(steps: Sequence[str], glob: str) -> bool:
    """Whether a path, or a folder that it lies in, is meant by a glob, as in a .gitignore.

    ``*`` stands for any part of a step and ``**`` for any number of steps; a glob without a slash
    is looked for at every depth.
    """
    pattern = tuple(part for part in glob.split("/") if part not in ("", "."))
    if "/" not in glob.rstrip("/"):
        pattern = ("**", *pattern)
    return _match(tuple(steps), pattern)


def _match(steps: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return True  # here, or below
    if pattern[0] == "**":
        return any(_match(steps[i:], pattern[1:]) for i in range(len(steps) + 1))
    return bool(steps) and fnmatchcase(steps[0], pattern[0]) and _match(steps[1:], pattern[1:])


# --- reading --------------------------------------------------------------------------------------

PYPROJECT = "pyproject.toml"


def nearest(folder: Path) -> Found:
    """The settings of the first pyproject.toml with a ``[tool.lrdsl]``, upwards from a folder.

    Raises:
        SettingsError: it cannot be read or used.
    """
    return _nearest(str(folder.absolute()))


@lru_cache(maxsize=4096)
def _nearest(folder: str) -> Found:
    path = Path(folder, PYPROJECT)
    if path.is_file():
        table = _tables(path).get("tool", {}).get("lrdsl")
        if table is not None:
            return Found(path.parent, _project(table, path, ("tool", "lrdsl")))
    parent = os.path.dirname(folder)
    return Found(Path(folder)) if parent == folder else _nearest(parent)


def load(path: Path) -> Found:
    """The settings of a file: its ``[tool.lrdsl]``, or all of it where it is no pyproject.toml.

    Raises:
        SettingsError: it cannot be read or used, or has none.
    """
    tables = _tables(path)
    table = tables.get("tool", {}).get("lrdsl")
    prefix: tuple[str, ...] = ("tool", "lrdsl")
    if table is None:
        if path.name == PYPROJECT:
            raise SettingsError(f"{path}: there is no [tool.lrdsl]")
        table, prefix = tables, ()
    return Found(path.absolute().parent, _project(table, path, prefix))


def _tables(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:  # pragma: no cover - Python 3.10
        import tomli as tomllib
    try:
        return tomllib.loads(path.read_bytes().decode())
    except OSError as e:
        raise SettingsError(f"{path}: {e.strerror or e}") from None
    except UnicodeDecodeError as e:
        raise SettingsError(f"{path}: byte {e.start + 1} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as e:
        raise SettingsError(f"{path}: not TOML: {e}") from None


def _project(table: Any, path: Path, prefix: tuple[str, ...]) -> Project:
    try:
        return Project.model_validate(table)
    except ValidationError as e:
        faults = [_fault(error) for error in e.errors()]
    lines = dict.fromkeys(
        f"{_place(path, (*prefix, *map(str, loc)))}: {message}" for loc, message in faults
    )
    raise SettingsError("\n".join(lines)) from None


_WANTED = {
    "string_type": "a text is wanted",
    "tuple_type": "a list is wanted",
    "dict_type": "a table is wanted",
    "model_type": "a table is wanted",
    "bool_type": "true or false is wanted",
    "int_type": "a number is wanted",
    "float_type": "a number is wanted",
    "finite_number": "a finite number is wanted",
    "greater_than": "a positive number is wanted",
    "missing": "it is missing",
    "too_short": "it is empty",
    "string_too_short": "it is empty",
}


def _fault(error: ErrorDetails) -> tuple[tuple[int | str, ...], str]:
    """Where a setting is at fault, as far as it was written, and why."""
    loc, kind = error["loc"], error["type"]
    if kind == "extra_forbidden":
        model: type[_Model] = PerGlob if loc[0] in ("per-glob", "per_glob") else Project
        if any(str(step).endswith(("-from", "_from")) for step in loc[:-1]):
            model = Origin
        known = [f.alias or name for name, f in model.model_fields.items()]
        name = str(loc[-1])
        return loc, f"there is no setting {name}{_meant(name, known)}"
    written = tuple(step for step in loc if step != "[key]")
    shown = ".".join(map(str, written))
    if kind == "value_error":
        why = str(error["ctx"]["error"])
    elif kind == "literal_error":
        why = f"{error['ctx']['expected']} is wanted, not {error['input']!r}"
    else:
        why = _WANTED.get(kind, error["msg"])
    return written, f"{shown}: {why}" if shown else why


def _place(path: Path, loc: tuple[str, ...]) -> str:
    """``FILE:LINE`` of what lies nearest to a setting."""
    document = read(path.read_text("utf-8"), PYPROJECT)
    for size in range(len(loc), 0, -1):
        for scalar in document.scalars():
            if scalar.path[:size] == loc[:size]:
                return f"{path}:{document.source.locate(scalar.span.start)[0]}"
    return str(path)
