"""A small text that fails as a large one does: delta debugging (Zeller & Hildebrandt 2002)."""

from __future__ import annotations

from collections.abc import Callable

from fuzzing.mutating import TOKEN


def reduced(text: str, fails: Callable[[str], bool], tries: int = 400) -> str:
    """The text without the tokens, and then the characters, that the failure does not need."""
    for cut in (TOKEN.findall, list):
        parts = cut(text)
        size = max(1, len(parts) // 2)
        while tries > 0:
            i = 0
            while i < len(parts) and tries > 0:
                tries -= 1
                fewer = parts[:i] + parts[i + size :]
                if fails("".join(fewer)):
                    parts = fewer
                else:
                    i += size
            if size == 1:
                break
            size //= 2
        text = "".join(parts)
    return text
