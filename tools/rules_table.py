"""docs/rules.md: what the lints say on published schedules, and on those of other libraries.

`python tools/rules_table.py LR802` prints all that one of them says.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))  # the tables' reader

import golden

import lrdsl
from lrdsl.codes import CODES
from lrdsl.lint import OFF

ROOT = Path(__file__).resolve().parents[1]
VERDICTS = {
    "LR801": "right: parentheses say that it is meant",
    "LR802": "right: resets, restarts that are written out, and tables made to be odd",
    "LR804": "right: a warm-up that does not rise",
    "LR805": "right: the floor stays as large when the rate changes",
    "LR806": "cycles in absolute rates: the tables' base rate plays no part",
    "LR807": "right: the trunk and its branches share what is left by chance",
    "LR810": "right: the last cycle does not fit these totals",
    "LR811": "right: the real scheduler holds its last rate too, and does not say so",
    "LR815": "the field's habit: off",
    "LR817": "right: the root or the short cycle falls steeply at its end",
    "LR818": "right: the table ends in the middle of a rise",
    "LR820": "right: warm-ups from above, which are seldom meant",
    "LR822": "nothing is wrong with it: off",
    "LR823": "style: off; what migrate prints is canonical",
}
NEVER = "nothing found: no false alarm"


@dataclass(frozen=True, slots=True)
class Said:
    """A lint on a program."""

    name: str
    program: str
    code: str
    message: str


@cache
def published() -> tuple[int, tuple[Said, ...]]:
    """How many published programs there are, and what is said of them."""
    rows = json.loads((ROOT / "tests" / "data" / "published.json").read_text(encoding="utf-8"))
    said = []
    for row in rows:
        found = lrdsl.check(row["program"], enable=OFF, **row["run"])
        said += [Said(row["name"], row["program"], d.code, d.message) for d in found]
    return len(rows), tuple(said)


@cache
def migrated() -> tuple[int, tuple[Said, ...]]:
    """The same for the programs that `migrate` makes of the golden tables' cases."""
    said, count = [], 0
    for case in golden.cases():
        if "refused" in case.known:
            continue
        made = case.migrate()
        bases = [base for base, _ in case.groups]
        for program, base in zip(made.groups or [made.program] * len(bases), bases, strict=True):
            count += 1
            found = lrdsl.check(program, enable=OFF, lr=base, **made.run)
            said += [Said(case.data["system"], program, d.code, d.message) for d in found]
    return count, tuple(said)


def counts() -> dict[str, tuple[int, int]]:
    """On how many programs of the two sets a code is found."""
    (_, first), (_, second) = published(), migrated()
    codes = {s.code for s in (*first, *second)} | {c for c in CODES if c.startswith("LR8")}
    number = lambda code, said: len({(s.name, s.program) for s in said if s.code == code})  # noqa: E731
    return {code: (number(code, first), number(code, second)) for code in sorted(codes)}


def rules() -> str:
    """docs/rules.md."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    (first, _), (second, _) = published(), migrated()
    yield "# What the lints say on real schedules"
    yield ""
    yield "A lint is worth its place if what it flags is worth a look. This table is printed by"
    yield f"`tools/rules_table.py`: the lints of {first} published schedules"
    yield "(tests/data/published.json), with their real runs and base rates, and of the"
    yield f"{second} programs that `lrdsl.migrate` makes of the golden tables, which were made to"
    yield "cover every argument of the real schedulers, odd ones too. A count is of programs;"
    yield "the same program of the same system counts once. Those that are off by default were on."
    yield ""
    yield "| rule | | published | migrated | for example | verdict |"
    yield "|---|---|--:|--:|---|---|"
    for code, (here, there) in counts().items():
        title = _cell(CODES[code].title) + (" (off)" if code in OFF else "")
        verdict = VERDICTS[code] if here or there else NEVER
        example = _cell(_example(code))
        link = f"[{code}](diagnostics.md#{code})"
        yield f"| {link} | {title} | {here} | {there} | {example} | {verdict} |"


def _example(code: str) -> str:
    said = [s for _, several in (published(), migrated()) for s in several if s.code == code]
    if not said:
        return ""
    shortest = min(said, key=lambda s: (len(s.program), s.program))
    program = shortest.program if len(shortest.program) <= 90 else f"{shortest.program[:87]}..."
    return f"{shortest.name}: `{program}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for _, several in (published(), migrated()):
        for s in several:
            if s.code in sys.argv[1:]:
                print(f"{s.name}: {s.program}\n    {s.message}")
