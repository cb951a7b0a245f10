"""Signs that a YAML file is for Hydra or OmegaConf, which read it in their own way."""

from __future__ import annotations

import re

from lrdsl.configs.document import Branch, Document

_INTERPOLATION = re.compile(r"\$\{(?!\{)")  # not the ${{ .. }} of templates
_PACKAGE = re.compile(r"#\s*@package\b")


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
