"""Configs that Hydra composes: what a training script would see, and where its texts stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrdsl.configs import holes
from lrdsl.configs.document import Document, Scalar, read
from lrdsl.configs.keys import ConfigError
from lrdsl.configs.program import Program, programs

if TYPE_CHECKING:
    from omegaconf import DictConfig, ListConfig

SUFFIX = ".yaml"  # Hydra reads no other
INSTALL = "composing a config needs Hydra: pip install hydra-core"


@dataclass(frozen=True)
class Composition:
    """A composed config.

    Attributes:
        path: the file of the primary config.
        document: all of it as YAML, with interpolations resolved as far as they can be.
        config: the same as OmegaConf has it.
        written: the same as plain data, with interpolations as they are written.
        choices: the options that were chosen, as files.
    """

    path: Path
    document: Document
    config: DictConfig
    written: Any
    choices: frozenset[Path]

    def programs(self, keys: Iterable[str]) -> list[tuple[Program, Mapping[str, str]]]:
        """The programs under the keys, with what fills their holes.

        A program that stands literally in one of the files is shown there; another in the composed
        document, in which its holes are filled as far as they can be.
        """
        return [self._placed(program) for program in programs(self.document, keys)]

    def _placed(self, program: Program) -> tuple[Program, Mapping[str, str]]:
        steps = program.key.split(".")
        text = _under(self.written, steps)
        if program.wrong is not None or not isinstance(text, str):
            return program, {}
        place = self._place(text, steps)
        if place is None:
            return program, {}
        file, leaf = place
        values = _values(self.config, steps, text)
        return replace(
            program,
            text=leaf.text,
            name=file.source.name,
            file=file.source,
            places=leaf.places,
            cut=leaf.cut,
            scalar=leaf,
            document=file,
        ), values

    def _place(self, text: str, steps: Sequence[str]) -> tuple[Document, Scalar] | None:
        """The one leaf of the files that a composed text comes from, if that is certain."""
        found = [
            (path, file, leaf)
            for path, file in self._files
            for leaf in file.scalars()
            if leaf.kind == "text" and leaf.text == text and leaf.path[-1:] == tuple(steps[-1:])
        ]
        exact = [f for f in found if (*self._group(f[0]), *f[2].path) == tuple(steps)]
        for some in (exact, found):
            chosen = [f for f in some if f[0] in self.choices]
            for candidates in (chosen, some):
                if len(candidates) == 1:
                    return candidates[0][1:]
        return None

    def _group(self, path: Path) -> tuple[str, ...]:
        return path.relative_to(self.path.parent).parent.parts

    @cached_property
    def _files(self) -> list[tuple[Path, Document]]:
        found = []
        for path in sorted(self.path.parent.rglob(f"*{SUFFIX}")):
            with suppress(OSError, ValueError):  # one that Hydra did not read
                found.append((path, read(path.read_text("utf-8-sig"), str(path))))
        return found


def compose(folder: Path, name: str | None = None, overrides: Sequence[str] = ()) -> Composition:
    """The config that Hydra composes from a directory.

    Args:
        folder: the config directory.
        name: the primary config; None for ``config``, or for the only one that there is.
        overrides: Hydra's, such as ``optimizer=adam``.

    Raises:
        ConfigError: Hydra is not installed, or refuses.
    """
    import yaml

    try:
        from hydra import compose as hydra_compose
        from hydra import initialize_config_dir
        from hydra.core.global_hydra import GlobalHydra
        from hydra.errors import HydraException
        from omegaconf import OmegaConf
        from omegaconf.errors import OmegaConfBaseException
    except ImportError:
        raise ConfigError(INSTALL) from None
    path = folder / f"{name or _primary(folder)}{SUFFIX}"
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such config")
    before = GlobalHydra.instance().hydra  # whoever calls may be in the middle of its own
    try:
        GlobalHydra.instance().clear()
        with initialize_config_dir(str(folder.absolute()), version_base=None):
            config = hydra_compose(path.stem, list(overrides), return_hydra_config=True)
    except (HydraException, OmegaConfBaseException, yaml.YAMLError, OSError, ValueError) as e:
        about = " ".join(str(e).partition("\nConfig search path")[0].split())
        raise ConfigError(f"{path}: Hydra: {about}") from None
    finally:
        GlobalHydra.instance().hydra = before
    chosen = {
        folder / group.partition("@")[0] / f"{option}{SUFFIX}"
        for group, option in config.hydra.runtime.choices.items()
    }
    OmegaConf.set_readonly(config, False)
    OmegaConf.set_struct(config, False)
    config.pop("hydra")
    written = OmegaConf.to_container(config, resolve=False, enum_to_str=True)
    document = _as_document(_resolved(config, written), f"{path} (composed)")
    return Composition(path, document, config, written, frozenset({path, *chosen}))


def _primary(folder: Path) -> str:
    names = sorted(p.stem for p in folder.glob(f"*{SUFFIX}"))
    if "config" in names or len(names) == 1:
        return "config" if "config" in names else names[0]
    if not names:
        raise ConfigError(f"{folder}: there is no config in it")
    raise ConfigError(f"{folder}: which of its configs? {', '.join(names)}: name it, {folder}:NAME")


def _as_document(data: Any, name: str) -> Document:
    import yaml

    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=2**20)
    document = read(text, f"composed{SUFFIX}")
    document.source = replace(document.source, name=name)
    return document


def _under(data: Any, steps: Sequence[str]) -> Any:
    """The plain value at the end of a path; None where there is none."""
    for step in steps:
        try:
            data = data[int(step)] if isinstance(data, list) else data[step]
        except (LookupError, TypeError, ValueError):
            return None
    return data


# --- interpolations -------------------------------------------------------------------------------


def _resolved(node: DictConfig | ListConfig, written: Any) -> Any:
    """A config as plain data, with interpolations left as they are where they do not resolve."""
    if isinstance(written, dict):
        return {str(k): _leaf(node, k, v) for k, v in written.items()}
    return [_leaf(node, i, v) for i, v in enumerate(written)]


def _leaf(node: Any, key: Any, written: Any) -> Any:
    from omegaconf import DictConfig, ListConfig, OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        value = node[key]
    except (OmegaConfBaseException, RecursionError):
        return _plain(written)  # a resolver of the host, a missing variable, a value to be given
    if isinstance(value, (DictConfig, ListConfig)):
        if not isinstance(written, (dict, list)):  # an interpolation brought it
            written = OmegaConf.to_container(value, resolve=False, enum_to_str=True)
        return _resolved(value, written) if isinstance(written, (dict, list)) else None
    return _plain(value)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _values(config: DictConfig, steps: Sequence[str], text: str) -> dict[str, str]:
    """What OmegaConf puts into the holes of a text at the end of a path."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    found = {}
    for hole in holes.find(text):
        try:
            beside = OmegaConf.create(config)  # a copy, to ask it
            node: Any = beside
            for step in steps[:-1]:
                node = node[int(step)] if OmegaConf.is_list(node) else node[step]
            last: Any = int(steps[-1]) if OmegaConf.is_list(node) else steps[-1]
            node[last] = hole.text
            value = node[last]
        except (OmegaConfBaseException, RecursionError, LookupError, ValueError):
            continue
        if isinstance(value, (str, int, float)):
            found[hole.text] = str(value)
    return found
