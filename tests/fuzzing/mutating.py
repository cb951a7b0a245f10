"""Mutations of programs, on three levels: characters, tokens, and whole operands of the grammar.

The words come from the registry of kinds, the recipes and the units, so a new kind is tried without
a change here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from strategies import CALLS

from lrdsl import recipes
from lrdsl.codes import CODES

ROOT = Path(__file__).resolve().parents[2]

_FIELDS = sorted({name for cls in CALLS.values() for name in cls.model_fields})
NUMBERS = [
    *("0", "1", "2", "3", "5", "10", "0.5", ".5", "5.", "1/3", "1e-3", "1e3", "1_000", "7.5"),
    *("1e308", "1e309", "1e-308", "1e-400", "1e999", "1e1000", "9" * 40, "0.1", "1" * 1300),
]
AT_THE_EDGE = [  # of what doubles tell apart, and of what they hold
    *("1e-400", "5e-324", "1e-320", "1e-300", "1e-160", "1e-17", "1e-9", "0", "1/3", "1", "2"),
    *(
        "0.9999999999999999",
        "1e16",
        "9.3e18",
        "1e19",
        "1e155",
        "1e300",
        "1.7e308",
        "1e309",
        "1e400",
    ),
    *("99", "100", "101", "-1", "-1e-320", "-1e300"),
]
UNITS = ["ep", "epochs", "st", "steps", "ex", "tok", "%", "k", "M", "B", "T", "k steps", "kst", "h"]
NAMES = [
    *sorted(CALLS),
    *sorted(recipes.names()),
    *(
        "min",
        "max",
        "clip",
        "lr",
        "base",
        "next",
        "W",
        "x",
        "peak",
        "left",
        "right",
        "both",
        "open",
    ),
    *("normal", "uniform", "sqrt", "triangular2", "exp_range", "coseno", "Cosine", "warm_up"),
]
SIGNS = [">>", "|", "+", "-", "*", "/", "(", ")", "[", "]", ",", ":", "=", ";", "#", "\n", " "]
STRANGE = [
    *("->", "→", "–", "−", "×", "“", "”", "‘", "\x00", "\ud800", "🎉", "\ufeff", "\u202e", "é"),
    *(
        "\r",
        "\t",
        "\f",
        "\v",
        "\u2028",
        "\uff15",
        "${x}",
        "{{x}}",
        "$(x)",
        "`",
        "\\",
        "'",
        '"',
        "!",
        "~",
    ),
    *(
        "**",
        "//",
        "==",
        ">=",
        "<<",
        ">>>",
        "||",
        "@",
        "&",
        "%%",
        "..",
        "->>",
        "lambda: 0",
        "__class__",
    ),
]
WORDS = [*NAMES, *(f"{f}=" for f in _FIELDS), *NUMBERS, *SIGNS]

TOKEN = re.compile(
    r"\s+|#[^\n]*|>>|[A-Za-z][A-Za-z0-9_]*|(?:\d[\d_.]*|\.\d+)(?:[eE][+-]?\d+)?|.", re.S
)


def seeds() -> list[str]:
    """Programs that people wrote: the conformance cases and the examples of every code."""
    found: list[str] = []
    for path in sorted((ROOT / "grammar" / "conformance").glob("*.json")):
        found += [case["program"] for case in json.loads(path.read_text("utf-8"))["cases"]]
    found += [text for c in CODES.values() if not c.file for text in (c.wrong, c.right) if text]
    return list(dict.fromkeys(text for text in found if isinstance(text, str)))


def mutated(rng: Random, text: str, others: Sequence[str]) -> str:
    """The text after one to four mutations."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        text = rng.choice(_LEVELS)(rng, text, others)
    return text


def run(rng: Random) -> dict[str, Any]:
    """Arguments of `compile`: usual ones, none, and a few that fit badly."""
    return dict(rng.choice(RUNS))


RUNS: list[dict[str, Any]] = [
    {"total": 100, "tick": "st", "steps_per_epoch": 7, "tokens_per_step": 4096},
    {"total": 100, "tick": "st", "steps_per_epoch": 7, "overflow": "truncate"},
    {"total": "90ep", "steps_per_epoch": 10, "examples_per_step": 32},
    {"total": "90ep"},
    {"total": "1000st", "steps_per_epoch": 12.5, "overflow": "truncate"},
    {"total": "260B tok", "tick": "st", "tokens_per_step": 4 * 2**20},
    {"total": 1},
    {"total": 2.5, "tick": "ep", "steps_per_epoch": 3},
    {"tick": "st"},
    {"total": 10**12, "tick": "st", "steps_per_epoch": 1251},
    {},
    {"total": "2e300st", "steps_per_epoch": "1e-300"},
    {"total": "1e-9st", "tick": "st", "overflow": "truncate"},
    {"total": 10**19, "tick": "ex", "examples_per_step": "1e155"},
]


# --- levels ---------------------------------------------------------------------------------------


def _characters(rng: Random, text: str, others: Sequence[str]) -> str:
    """A character dropped, doubled, swapped, replaced or put in."""
    i = rng.randrange(len(text) + 1)
    c = text[i : i + 1]
    return rng.choice(
        (
            text[:i] + text[i + 1 :],
            text[:i] + c + text[i:],
            text[:i] + text[i + 1 : i + 2] + c + text[i + 2 :],
            text[:i] + rng.choice(STRANGE + SIGNS) + text[i + 1 :],
            text[:i] + rng.choice(STRANGE + SIGNS + NUMBERS[:6]) + text[i:],
        )
    )


def _tokens(rng: Random, text: str, others: Sequence[str]) -> str:
    """A token dropped, doubled, swapped, replaced by one of its sort or of any, or put in."""
    found = TOKEN.findall(text) or [""]
    i, j = rng.randrange(len(found)), rng.randrange(len(found))
    word = rng.choice(WORDS)
    how = rng.randrange(6)
    if how == 0:
        del found[i]
    elif how == 1:
        found.insert(i, found[i])
    elif how == 2:
        found[i], found[j] = found[j], found[i]
    elif how == 3:
        found[i] = _alike(rng, found[i])
    elif how == 4:
        found[i] = word
    else:
        found.insert(i, word)
    return "".join(found)


def _alike(rng: Random, token: str) -> str:
    if _is_number(token):
        return rng.choice(NUMBERS)
    if token in UNITS:
        return rng.choice(UNITS)
    if token[:1].isalpha():
        return rng.choice([*NAMES, *_FIELDS])
    return rng.choice(SIGNS)


def _operands(rng: Random, text: str, others: Sequence[str]) -> str:
    """A part of the text replaced by a part of another, wrapped, repeated, joined or bound."""
    a, b = _part(rng, text)
    part = text[a:b]
    other = rng.choice(others)
    c, d = _part(rng, other)
    piece = other[c:d]
    n = rng.choice((2, 3, 8, 9, 40, 101))
    new = rng.choice(
        (
            piece,
            f"({part})",
            f"({part}) {rng.choice(('>>', '|', '+', '-', '*', '/'))} {piece}",
            f"{rng.choice(NAMES)}({part})",
            f"{rng.choice(('min', 'max'))}({part}, {piece})",
            f"{part}[{rng.choice(('', '1', '10%'))}:{rng.choice(('', '20', '50%'))}]",
            f"({part}) * restarts(limit={n}, t_mul={rng.choice(NUMBERS[:8])})",
            f"({part}) * snap({rng.choice(NUMBERS[:6])})",
            f"({part}) + noise({rng.choice(NUMBERS[:8])})",
            f"{rng.choice(NUMBERS[:12])}*({part})",
            rng.choice((" >> ", " + ", " * ", " | ", ", ")).join([part] * n),
            "(" * n + part + ")" * n,
            _nested(rng, part, piece, n),
            "-" * n + part,
        )
    )
    if rng.random() < 0.1:
        return f"x = {part or 'hold'}; {text[:a]}x{text[b:]}"
    return (text[:a] + new + text[b:])[: 1 << 17]


def _nested(rng: Random, part: str, bound: str, n: int) -> str:
    """What is bound, or snapped, n times over."""
    opens, closes = rng.choice(
        (
            ("min(", f", {bound})"),
            ("max(", f", {bound})"),
            ("clip(", f", 0, {bound})"),
            ("(", ") * snap(7)"),
        )
    )
    return opens * n + part + closes * n


def _numbers(rng: Random, text: str, others: Sequence[str]) -> str:
    """Some or all numbers at the edge."""
    often = rng.choice((0.2, 0.5, 1))
    found: list[str] = TOKEN.findall(text)
    return "".join(
        rng.choice(AT_THE_EDGE) if _is_number(t) and rng.random() < often else t for t in found
    )


def _is_number(token: str) -> bool:
    return token[:1].isdigit() or (token[:1] == "." and len(token) > 1)


def _part(rng: Random, text: str) -> tuple[int, int]:
    """The bounds of a bracket's contents, of a call, of an operand, or of all of it."""
    parts = [
        (0, len(text)),
        *_brackets(text),
        *((m.start(), m.end()) for m in TOKEN.finditer(text)),
    ]
    return rng.choice(parts[:400])


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    open_: list[int] = []
    for i, c in enumerate(text):
        if c in "([":
            open_.append(i)
        elif c in ")]" and open_:
            start = open_.pop()
            yield start + 1, i
            name = re.search(r"\w*$", text[:start])
            yield (name.start() if name else start), i + 1


_LEVELS = (_characters, _tokens, _tokens, _operands, _operands, _numbers)
