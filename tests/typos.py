"""Typos in good programs: does the first error point at the typo, and does its fix undo it?

`python tests/typos.py` prints the table by kind of typo, and `python tests/typos.py "wrong name"`
also every typo of that kind (of "all") that was missed. Every typo is drawn with a seed: the table
is the same in every run. The figures:

* errors: the damaged texts that are no programs; one that still is a program is not counted.
* touched: the first error's span contains or abuts the typo, see `places` and `touches`.
* with fix: the first error suggests a text.
* restored: of these, the text that means the same as the undamaged program, as `==` has it.
* one error: nothing else is reported beside it.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lrdsl
from lrdsl.diagnostics import Diagnostic, Span

ROOT = Path(__file__).resolve().parents[1]
TOKEN = re.compile(
    r"(?P<name>[A-Za-z]\w*)|(?P<number>[\d.][\d_.]*([eE][+-]?\d+)?)|(?P<mark>>>|[^\s\w])"
)
UNIT = re.compile(r"(?<=[\d.]) ?(?P<unit>[A-Za-z%][a-z]*)")


@dataclass(frozen=True)
class Program:
    """A text without errors, and the run that it is for."""

    text: str
    run: dict[str, Any]


@dataclass(frozen=True)
class Typo:
    """A damaged text. `places` are where the damage can be seen, in the damaged text."""

    kind: str
    program: Program
    text: str
    places: tuple[Span, ...]


def corpus() -> list[Program]:
    """The published schedules and the programs of the conformance files, each text once."""
    found: dict[str, dict[str, Any]] = {}
    for p in json.loads((ROOT / "tests" / "data" / "published.json").read_text(encoding="utf-8")):
        found.setdefault(p["program"], {k: v for k, v in p["run"].items() if k != "lr"})
    for path in sorted((ROOT / "grammar" / "conformance").glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            text = case.get("program", "")
            if len(text) >= 24 and "#" not in text and "names" not in case:
                found.setdefault(text, case.get("run", {}))
    programs = [Program(text, run) for text, run in found.items()]
    return [p for p in programs if not lrdsl.check(p.text) and not errors(p.text, p.run)]


def errors(text: str, run: dict[str, Any]) -> list[Diagnostic]:
    return [d for d in lrdsl.check(text, **run) if d.severity == "error"]


# --- typos ----------------------------------------------------------------------------------------

# The keys beside a key, and the character on the same key with or without shift.
BESIDE = dict(
    zip(
        "qwertyuiopasdfghjklzxcvbnm1234567890",
        "wertyuiopo" "sdfghjklk" "xcvbnmn" "2345678909",
        strict=True,
    )
) | {
    ">": ".", "|": "\\", "(": "9", ")": "0", "*": "8", "+": "=", "=": "-", "-": "_", "%": "5",
    "[": "]", "]": "[", ",": ".", ".": ",", ":": ";", ";": ":", "/": "?", "_": "-",
}  # fmt: skip
UNITS = {
    "ep": ("epo", "epch", "eps", "epohcs", "EP", "eoch"),
    "st": ("stp", "sts", "setps", "ST", "step_", "it"),
    "ex": ("exs", "exmaples", "samples", "EX"),
    "tok": ("toks", "tks", "tokes", "TOK"),
    "%": ("pct", "percent", "pc"),
    "k": ("K", "kilo"),
    "M": ("m", "mio"),
    "B": ("b", "bn"),
}
OPENING, CLOSING = "([", ")]"


def replaced(text: str, span: Span, new: str) -> tuple[str, Span]:
    return text[: span.start] + new + text[span.end :], Span(span.start, span.start + len(new))


def one_character(text: str, draw: random.Random, kind: str) -> Iterator[tuple[str, Span]]:
    i = draw.choice([j for j, c in enumerate(text) if not c.isspace()])
    c, after = text[i], text[i + 1 : i + 2]
    if kind == "dropped":
        yield replaced(text, Span(i, i + 1), "")
    elif kind == "doubled":
        yield replaced(text, Span(i, i + 1), c + c)
    elif kind == "swapped" and after and after != c:
        yield replaced(text, Span(i, i + 2), after + c)
    elif kind == "replaced" and c.lower() in BESIDE:
        yield replaced(text, Span(i, i + 1), BESIDE[c.lower()])


def wrong_name(text: str, draw: random.Random) -> Iterator[tuple[str, Span]]:
    names = [m for m in TOKEN.finditer(text) if m["name"] and not text[: m.start()][-1:].isdigit()]
    m = draw.choice(names)
    name = m["name"]
    slips = [
        name.capitalize(),
        name.removesuffix("s") if name.endswith("s") else name + "s",
        name.replace("_", "") if "_" in name else name[:3] + "_" + name[3:],
        name[:1] + re.sub("[aeiou]", "", name[1:], count=1),
        name[:4],
        name[:-2] + name[-1:] + name[-2:-1],
        name + "_lr",
    ]
    yield replaced(text, Span(*m.span()), draw.choice(slips))


def wrong_unit(text: str, draw: random.Random) -> Iterator[tuple[str, Span]]:
    found = [
        m for m in UNIT.finditer(text) if m["unit"].lstrip("kMBT") in UNITS or m["unit"] in UNITS
    ]
    if not found:
        return
    m = draw.choice(found)
    size = "" if m["unit"] in UNITS else m["unit"][:1]
    slip = size + draw.choice(UNITS[m["unit"].removeprefix(size)])
    yield replaced(text, Span(*m.span("unit")), slip)


def missing(text: str, draw: random.Random, marks: str) -> Iterator[tuple[str, Span]]:
    found = [m for m in TOKEN.finditer(text) if m["mark"] and m["mark"] in marks]
    if found:
        yield replaced(text, Span(*draw.choice(found).span()), "")


Slip = Callable[[str, random.Random], Iterator[tuple[str, Span]]]
KINDS: dict[str, Slip] = {
    **{
        k: lambda text, draw, kind=k: one_character(text, draw, kind)  # type: ignore[misc]
        for k in ("dropped", "doubled", "swapped", "replaced")
    },
    "wrong name": wrong_name,
    "missing bracket": lambda text, draw: missing(text, draw, "()[]"),
    "wrong unit": wrong_unit,
    "missing comma": lambda text, draw: missing(text, draw, ",;"),
    "missing operator": lambda text, draw: missing(text, draw, ">>|*+-/="),
}


def typos(programs: list[Program], each: int, seed: int = 0) -> Iterator[Typo]:
    """For every program and kind of typo, `each` damaged texts: the same in every run."""
    for n, program in enumerate(programs):
        for kind, slip in KINDS.items():
            draw = random.Random(f"{seed} {n} {kind}")
            seen = {program.text}
            for _ in range(each):
                for text, place in slip(program.text, draw):
                    if text not in seen:
                        seen.add(text)
                        yield Typo(kind, program, text, places(program.text, text, place))


def places(before: str, text: str, place: Span) -> tuple[Span, ...]:
    """Where a typo can be seen in the damaged text.

    The damaged characters, or the place where something is missing, with the white space around it.
    Of a bracket that is gone, whatever stands there now, also the place of its partner.
    """
    start, end = len(text[: place.start].rstrip()), len(text) - len(text[place.end :].lstrip())
    seen = [Span(start, end)]
    lost = len(text) - len(before) - (place.end - place.start)  # minus the characters there before
    for at in range(place.start, place.start - lost):
        if before[at] in OPENING + CLOSING and before[at] not in text[place.start : place.end]:
            partner = _partner(before, at)
            partner += (len(text) - len(before)) * (partner > at)
            seen.append(Span(partner, partner + 1))
    return tuple(seen)


def _partner(text: str, at: int) -> int:
    """The bracket that belongs to the one at `at`."""
    step = 1 if text[at] in OPENING else -1
    depth, i = 0, at
    while True:
        depth += (text[i] in OPENING) - (text[i] in CLOSING)
        if not depth:
            return i
        i += step


# --- verdicts -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What the first error did about a typo."""

    typo: Typo
    first: Diagnostic
    touches: bool
    undone: bool | None  # whether the fix restores the meaning; None without a fix
    errors: int


def touches(span: Span, place: Span) -> bool:
    """Whether a span contains or abuts a place, with nothing between."""
    return span.start <= place.end and place.start <= span.end


def judged(typo: Typo) -> Verdict | None:
    """The verdict, or None where the text is no error: it is a program still."""
    found = lrdsl.check(typo.text)
    found = [d for d in found if d.severity == "error"]
    if not found:
        return None
    first = found[0]
    undone = None
    if first.fix is not None:
        undone = meaning(first.fix.apply(typo.text)) == meaning(typo.program.text)
    touched = any(touches(first.span, p) for p in typo.places)
    return Verdict(typo, first, touched, undone, len(found))


def meaning(text: str) -> Any:
    """The schedule that a text means, None where it is none."""
    try:
        return lrdsl.parse(text)
    except lrdsl.LrdslError:
        return None


# --- the table ------------------------------------------------------------------------------------


def table(verdicts: list[Verdict]) -> str:
    rows: dict[str, list[Verdict]] = defaultdict(list)
    for v in verdicts:
        rows[v.typo.kind].append(v)
    rows["all"] = verdicts
    lines = ["kind of typo       errors  touched  with fix  restored  one error"]
    for kind, found in rows.items():
        fixed = [v for v in found if v.undone is not None]
        lines.append(
            f"{kind:17} {len(found):7} {percent([v.touches for v in found]):>8} "
            f"{percent([v.undone is not None for v in found]):>9} "
            f"{percent([bool(v.undone) for v in fixed]):>9} "
            f"{percent([v.errors == 1 for v in found]):>10}"
        )
    return "\n".join(lines)


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits) if hits else 1.0


def percent(hits: list[bool]) -> str:
    return f"{100 * share(hits):.1f}%"


def shown(v: Verdict) -> str:
    lines = [v.typo.kind, v.typo.program.text, v.typo.text]
    lines += [f"{v.first.code} {v.first.message} at {v.first.span.of(v.typo.text)!r}"]
    lines += [v.first.fix.apply(v.typo.text)] if v.first.fix else []
    return "\n    ".join(lines)


def main(kinds: list[str]) -> None:
    programs = corpus()
    every = list(typos(programs, each=8))
    verdicts = [v for t in every if (v := judged(t))]
    print(f"{len(programs)} programs, {len(every)} typos, {len(verdicts)} errors\n")
    print(table(verdicts))
    for v in verdicts:
        missed = not v.touches or v.undone is False
        if missed and ("all" in kinds or v.typo.kind in kinds):
            print(f"\n{shown(v)}")


if __name__ == "__main__":
    main(sys.argv[1:])
