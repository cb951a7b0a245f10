"""A system's arguments as people write them: words of a command line, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

_PYTHON = {"True": True, "False": False, "None": None}


def value(text: str) -> Any:
    """What a text stands for: JSON, a word of Python, or else itself."""
    if text in _PYTHON:
        return _PYTHON[text]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def arguments(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Names with their values.

    Raises:
        ValueError: a name is given twice.
    """
    found: dict[str, Any] = {}
    for name, text in pairs:
        if name in found:
            raise ValueError(f"{name} is given twice")
        found[name] = value(text)
    return found


def document(text: str, name: str) -> Any:
    """What JSON holds; None where there is nothing.

    Raises:
        ValueError: it is no JSON; the message says where, in the file of this name.
    """
    try:
        return json.loads(text) if text.strip() else None
    except json.JSONDecodeError as e:
        raise ValueError(f"{name}:{e.lineno}:{e.colno}: not JSON: {e.msg}") from None
    except (
        ValueError,
        RecursionError,
    ) as e:  # too many digits or brackets
        raise ValueError(f"{name}: {e}") from None
