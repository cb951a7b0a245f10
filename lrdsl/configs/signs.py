"""Signs that a YAML file is for Hydra, OmegaConf or LightningCLI.

They read ``1e-4`` as a number, where PyYAML, and all that use it as it is, read a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from lrdsl.configs.document import Branch, Document

_INTERPOLATION = re.compile(r"\$\{(?!\{)")  # not the ${{ .. }} of templates
_PACKAGE = re.compile(r"#\s*@package\b")
_DEFAULTS = re.compile(rb"^defaults:[ \t]*(#[^\n]*)?\r?\n([ \t]*(#[^\n]*)?\r?\n)*[ \t]*- ", re.M)
_LIGHTNING = re.compile(r"#\s*(pytorch_lightning|lightning(\.pytorch)?)==")
_DEPTH = 3  # folders of options, one in the other, below Hydra's primary config
_MANY, _LENGTH = 100, 2**14  # files of a folder, and bytes of each, that are looked at


def has_defaults(document: Document) -> bool:
    """Whether it has Hydra's defaults list: ``defaults: [{schedule: wsd}, _self_]``."""
    tops = [root.children.get("defaults") for root in document.roots if isinstance(root, Branch)]
    return any(isinstance(top, Branch) and top.kind == "list" for top in tops)


def is_interpolated(document: Document) -> bool:
    """Whether OmegaConf reads it: it has what only Hydra and OmegaConf understand."""
    return (
        has_defaults(document)
        or any(_PACKAGE.match(comment.text) for comment in document.comments())
        or any(
            "_target_" in scalar.path
            or (scalar.kind == "text" and _INTERPOLATION.search(scalar.text))
            for scalar in document.scalars()
        )
    )


def is_for_lightning(document: Document) -> bool:
    """Whether LightningCLI, or another parser of jsonargparse's, reads it."""
    return (
        any(
            isinstance(root, Branch) and "seed_everything" in root.children
            for root in document.roots
        )
        or any("class_path" in scalar.path for scalar in document.scalars())
        or any(_LIGHTNING.match(comment.text) for comment in document.comments())
    )


def reads_exponents(document: Document) -> bool:
    """Whether ``1e-4`` is a number to its reader."""
    return is_interpolated(document) or is_for_lightning(document)


def is_under_hydra(path: Path) -> bool:
    """Whether a file is an option of a Hydra tree, as ``conf/optimizer/adam.yaml`` is.

    There is then a config with a defaults list in one of the folders around it, or a
    ``config.yaml`` with one beside it.
    """
    return _is_under_hydra(path.absolute().parent)


@lru_cache(maxsize=4096)
def _is_under_hydra(folder: Path) -> bool:
    return any(map(_composes, _primaries(folder)))


def _primaries(folder: Path) -> Iterator[Path]:
    yield folder / "config.yaml"
    for around in folder.parents[:_DEPTH]:
        if (folder / ".git").exists():  # what is around a repository is not about it
            return
        try:
            yield from sorted(p for p in around.iterdir() if p.suffix in (".yaml", ".yml"))[:_MANY]
        except OSError:
            return
        folder = around


def _composes(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _DEFAULTS.search(file.read(_LENGTH)) is not None
    except OSError:
        return False
