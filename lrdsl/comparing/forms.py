"""A change of several programs as a document: text, Markdown or JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lrdsl.captions import counted
from lrdsl.comparing.numbers import Comparison, Difference
from lrdsl.comparing.words import Fact, facts, floor, said
from lrdsl.curves import Curve


@dataclass(frozen=True)
class Change:
    """A program before and after.

    Attributes:
        name: where it stands: a key of a config, or nothing.
        old, new: its text; None where there is no such program on that side.
        found: the comparison; None where there is none to make.
        reason: why there is none.
        is_broken: whether that is because a side cannot be compared at all.
    """

    name: str
    old: str | None
    new: str | None
    found: Comparison | None = None
    reason: str = ""
    is_broken: bool = False

    @property
    def is_equal(self) -> bool:
        """Whether nothing that a run can notice differs."""
        return self.found is not None and self.found.is_equal

    @property
    def differs_in_text(self) -> bool:
        return self.old != self.new


def text(changes: Sequence[Change]) -> str:
    """For a terminal."""
    return "\n".join(_text(change) for change in changes)


def _text(change: Change) -> str:
    lines = [f"# {change.name}"] if change.name else []
    if change.old == change.new:
        lines.append(f"  {_flat(change.new)}")
    else:
        lines += [f"- {_flat(old)}" for old in (change.old,) if old is not None]
        lines += [f"+ {_flat(new)}" for new in (change.new,) if new is not None]
    if change.found is None:
        return "\n".join([*lines, change.reason]) + "\n"
    lines += ["", *said(change.found)]
    if not change.is_equal:
        rows = facts(change.found)
        cells = [(f.name, f.old, f.new if f.differs else "", f.change) for f in rows]
        widths = [max(len(c) for c in column) for column in zip(*cells, strict=True)]
        lines.append("")
        lines += [
            "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
            for row in [("", "old", "new", ""), *cells]
        ]
    return "\n".join(lines) + "\n"


def _flat(program: str | None) -> str:
    return " ".join((program or "").split())


def markdown(changes: Sequence[Change]) -> str:
    """For the comment of a pull request: the words, a table, and the programs as a diff."""
    differing = [c for c in changes if not c.is_equal]
    if not differing:
        return f"No rate changes in {counted(str(len(changes)), 'schedule')}.\n"
    return "\n".join(_markdown(c) for c in differing)


def _markdown(change: Change) -> str:
    blocks = [f"#### {_cell(change.name)}" if change.name else "#### Learning-rate schedule"]
    sides = [("-", change.old), ("+", change.new)]
    if change.differs_in_text:
        lines = [f"{s} {_flat(t)}" for s, t in sides if t is not None]
        fence = "`" * max(3, 1 + max((_ticks(line) for line in lines), default=0))
        blocks.append("\n".join([f"{fence}diff", *lines, fence]))
    if change.found is None:
        return "\n\n".join([*blocks, change.reason]) + "\n"
    blocks.append("\n".join(f"- {sentence}" for sentence in said(change.found)))
    rows = facts(change.found)
    blocks.append(_table([f for f in rows if f.differs]))
    same = [f for f in rows if not f.differs]
    if same:
        inside = "\n".join(["| | |", "|---|---|", *(f"| {f.name} | {f.old} |" for f in same)])
        blocks.append(f"<details><summary>What stays the same</summary>\n\n{inside}\n\n</details>")
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(rows: Sequence[Fact]) -> str:
    if not rows:
        return ""
    lines = ["| | old | new | change |", "|---|---|---|---|"]
    lines += [f"| {f.name} | {f.old} | {f.new} | {f.change} |" for f in rows]
    return "\n".join(lines)


def _cell(text: str) -> str:
    """A name in Markdown, where nothing of it acts."""
    return "`" + text.replace("`", "'").replace("\n", " ") + "`"


def _ticks(line: str) -> int:
    longest = run = 0
    for character in line:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


def as_json(changes: Sequence[Change]) -> str:
    """A list of changes, for tools of one's own."""
    return json.dumps([_as_dict(change) for change in changes], indent=2) + "\n"


def _as_dict(change: Change) -> dict[str, Any]:
    found = change.found
    data: dict[str, Any] = {
        "name": change.name,
        "equal": change.is_equal,
        "reason": change.reason or None,
        "old": {"text": change.old},
        "new": {"text": change.new},
    }
    if found is None:
        return data
    data["old"] |= _side(found.old)
    data["new"] |= _side(found.new)
    return data | {
        "rounding_only": found.is_rounding,
        "by_share": found.by_share,
        "whole": found.whole,
        "first_difference": _difference(found.first),
        "largest_difference": _difference(found.largest),
        "resume": None if found.resume is None else asdict(found.resume),
        "said": said(found),
    }


def _side(curve: Curve) -> dict[str, Any]:
    numbers = asdict(curve.readouts)
    area = numbers["area"]
    return {
        "program": curve.plan.program,
        "run": curve.plan.run.as_dict(),
        "base": curve.lr,
        **numbers,
        "floor": asdict(floor(curve)),
        "area": area if math.isfinite(area) else None,
    }


def _difference(found: Difference | None) -> dict[str, float] | None:
    return None if found is None else asdict(found)


FORMS: Mapping[str, Callable[[Sequence[Change]], str]] = {
    "text": text,
    "md": markdown,
    "json": as_json,
}
