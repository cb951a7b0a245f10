"""The arguments of a live scheduler object, read from its attributes; no library is imported."""

from __future__ import annotations

from typing import Any

from lrdsl.systems.registry import refused


def arguments(scheduler: object) -> tuple[str, dict[str, Any], list[float] | None]:
    """The system of a scheduler object, its arguments, and the base rates of its groups.

    Raises:
        LrdslError: an object of no class that lrdsl knows (LR721).
    """
    kind = type(scheduler)
    raise refused(
        "LR721",
        f"a {kind.__module__}.{kind.__qualname__} is no scheduler that lrdsl can read",
        help="pass a torch, timm or transformers scheduler, or a system's name and its arguments",
    )
