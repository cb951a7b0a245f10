"""docs/coming-from.md: its words are written by hand, and what lrdsl says in it is filled in.

Filled in are the last cells of the rows whose table has one of these heads:

    | arguments | .. | program |       the system is the last heading's
    | system | arguments | program |   braces are alternatives, all with this program
    | system | arguments | instead |   refused: the help of the error
    | system | what it does |          the known deviations, all rows, from tests/deviations

Arguments that begin with `..` are those of the system's first row, and the ones after it. A row
whose system is empty is of the system above it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import lrdsl

ROOT = Path(__file__).resolve().parents[1]
BASE_LR = 0.1
COMPOSER = {"_state": {"max_duration": "10ep", "dataloader_len": 7}}

_CODE = re.compile(r"`([^`]+)`")
_BRACES = re.compile(r"\{([^}]*)\}")
_CELLS = re.compile(r"(?<!\\)\|")


def coming_from() -> str:
    """The page, with what lrdsl says today."""
    page = ROOT / "docs" / "coming-from.md"
    return "\n".join(fresh(page.read_text(encoding="utf-8").split("\n")))


def fresh(lines: Iterable[str]) -> Iterator[str]:
    """The page's lines with the cells filled in."""
    head: list[str] | None = None
    system, first = "", {}
    for line in lines:
        if line.startswith("### "):
            system, first = "", {}
            if code := _CODE.search(line):
                system = code[1]
        if not line.startswith("|"):
            head = None
        elif head is None:
            head = cells(line)
            if head == ["system", "what it does"]:
                yield from (line, "|---|---|")
                yield from deviations()
                continue
        elif head == ["system", "what it does"]:
            continue
        elif head[-1] in ("program", "instead") and not line.startswith("|---"):
            row = cells(line)
            named = dict(zip(head, row, strict=True))
            if named.get("system"):
                system, first = named["system"].strip("`"), {}
            args = arguments(named["arguments"], first)
            first = first or args
            row[-1] = said(system, args, refused=head[-1] == "instead")
            line = f"| {' | '.join(row)} |"
        yield line


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELLS.split(line)[1:-1]]


def arguments(cell: str, first: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments that a cell shows as code; nothing where it shows none."""
    code = _CODE.search(cell)
    text = code[1].replace("\\|", "|") if code else ""
    more = text.removeprefix("..").strip()
    call = ast.parse(f"f({more})", mode="eval").body
    assert isinstance(call, ast.Call)
    given = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    return {**first, **given} if text.startswith("..") else given


def systems(text: str) -> list[str]:
    """``{keras3,tf2.13}.CosineDecay`` is two systems."""
    parts = _BRACES.split(text)
    choices = [part.split(",") if i % 2 else [part] for i, part in enumerate(parts)]
    return ["".join(choice) for choice in product(*choices)]


def said(text: str, args: dict[str, Any], *, refused: bool) -> str:
    """The last cell of a row: the same for all systems that it is for."""
    found = {_instead(s, args) if refused else _program(s, args) for s in systems(text)}
    assert len(found) == 1, f"{text}: {found}"
    return found.pop()


def _program(system: str, args: dict[str, Any]) -> str:
    about = COMPOSER if system.startswith("composer.") else {}
    made = lrdsl.migrate(system, args | about, base_lr=BASE_LR)
    cell = _code(made.program)
    if "total" in made.run:
        cell += f" in a run of {made.run['total']:g}"
    if made.momentum:
        cell += f"<br>momentum: {_code(made.momentum)}"
    return cell


def _instead(system: str, args: dict[str, Any]) -> str:
    try:
        lrdsl.migrate(system, args, base_lr=BASE_LR)
    except lrdsl.LrdslError as e:
        (found,) = e.diagnostics
        return _cell(f"{found.code}: {found.help}")
    raise AssertionError(f"{system} is not refused")


def _code(program: str) -> str:
    return f"`{_cell(program)}`"


def deviations() -> Iterator[str]:
    """A row for each reason why a real system's rates are not what its program gives."""
    reasons: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests" / "deviations").glob("*.json")):
        table = ROOT / "tests" / "goldens" / f"{path.stem}.public.json"
        cases = json.loads(table.read_text(encoding="utf-8"))["cases"]
        for row in json.loads(path.read_text(encoding="utf-8")):
            if row.get("at"):
                reasons.setdefault(row["reason"], set()).add(cases[row["case"]]["system"])
    for reason, found in sorted(reasons.items(), key=lambda item: sorted(item[1])):
        names = ", ".join(f"`{name}`" for name in sorted(found))
        yield f"| {names} | {_cell(reason)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
