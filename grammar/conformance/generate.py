"""Writes the conformance vectors next to this file: `python grammar/conformance/generate.py`.

Every value comes from a formula written by hand for that one program, in exact fractions, or from a
real system (source/measured.json). No implementation of the language takes part.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path

from source.cases import Case

HERE = Path(__file__).parent
THEMES = {
    "shapes": "One segment alone: its formula, its arguments, its end.",
    "sequence": "a >> b: carry, lengths, shares of the run, until=.",
    "overlay": "a | b: the second clock runs from 0 all along.",
    "slices": "s[a:b]: a part of a schedule on its own clock.",
    "arithmetic": "+ - * / min max clip, factors and constants.",
    "restarts": "s * restarts(..): cycles, their lengths and their decay.",
    "units": "Ticks, units, shares of the run, what the host says.",
    "grids": "Where within its length a shape is sampled.",
    "points_multistep": "Tables of values, milestones, staircases.",
    "noise": "The stream that timm uses, without torch.",
    "recipes": "Names that stand for a program with parameters.",
    "decided": "Small programs that could have meant something else.",
    "systems": "Programs that give what real systems returned; the numbers are theirs.",
    "canonical": "The one text of a program; programs that are the same.",
    "errors": "Texts and runs that are refused, with code and place.",
    "lints": "Legal programs that are probably not what was meant.",
}


def lines(values: list[Case]) -> str:
    """JSON with a case a paragraph and an entry a line: small diffs, easy to read."""
    paragraphs = []
    for value in values:
        entries = [f"    {json.dumps(key)}: {json.dumps(entry)}" for key, entry in value.items()]
        paragraphs.append("  {\n" + ",\n".join(entries) + "\n  }")
    return ",\n".join(paragraphs)


def main() -> None:
    """Write every theme and print how many cases it has."""
    seen: set[str] = set()
    total = 0
    for theme, about in THEMES.items():
        cases: list[Case] = importlib.import_module(f"source.{theme}").CASES
        for value in cases:
            assert value["id"] not in seen, value["id"]
            seen.add(value["id"])
            for error in value.get("errors", []):
                assert error.get("at", "") in value["program"], value["id"]
        text = f'{{"about": {json.dumps(about)}, "edition": 1, "cases": [\n{lines(cases)}\n]}}\n'
        (HERE / f"{theme}.json").write_text(text, encoding="utf-8")
        total += len(cases)
        print(f"{theme:18}{len(cases):4}")
    print(f"{'all':18}{total:4}")


if __name__ == "__main__":
    main()
