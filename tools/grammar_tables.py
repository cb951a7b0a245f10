"""lrdsl/parser/tables.py: the LALR(1) tables that lark makes of grammar/lrdsl.lark.

States and rules are numbered in the order in which they are met from the start, each state's
symbols in alphabetical order: whatever order lark has them in, the same grammar gives the same
text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

GRAMMAR = Path(__file__).resolve().parents[1] / "grammar" / "lrdsl.lark"
HEADER = '''"""The tables of grammar/lrdsl.lark, for `lrdsl.parser.lalr`. Generated: make docs."""

'''


def grammar_tables() -> str:
    """The module's text."""
    lark = Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        lexer="basic",
        start="program",
        maybe_placeholders=True,
    )
    # How lark itself saves a parser, to a file or as a module of its own.
    data, memo = lark.memo_serialize([TerminalDef, Rule])
    lexer, parser = data["parser"]["lexer_conf"], data["parser"]["parser"]
    terminals = {
        memo[t["@"]]["name"]: lark.get_terminal(memo[t["@"]]["name"]).pattern.to_regexp()
        for t in lexer["terminals"]
    }
    states, rules, end = _numbered(parser, memo)
    lines = [
        HEADER + "# Each terminal and its regular expression; the longer ones first.",
        "TERMINALS: dict[str, str] = {",
        *(f"    {k!r}: {v!r}," for k, v in sorted(terminals.items(), key=_longest_first)),
        "}",
        f"IGNORED: frozenset[str] = frozenset({sorted(lexer['ignore'])!r})",
        "",
        "# Each rule: what it makes, how many symbols, its children, and what builds it.",
        "RULES: tuple[tuple[str, int, str, str], ...] = (",
        *(f"    {_rule(memo[rule])!r}," for rule in rules),
        ")",
        "",
        "# In each state, for each symbol: the state that follows, or ~rule to apply first.",
        "STATES: tuple[dict[str, int], ...] = (",
        *(f"    {_row(state)}," for state in states),
        ")",
        f"END: int = {end}  # the state of a program that is complete",
    ]
    return "\n".join(lines) + "\n"


def _longest_first(item: tuple[str, str]) -> tuple[int, str]:
    return -len(item[1]), item[0]


def _row(state: Mapping[str, int]) -> str:
    """A state; what follows from many symbols is said once."""
    by_action = groupby(sorted(state.items(), key=lambda p: p[1]), key=lambda p: p[1])
    parts = [(sorted(s for s, _ in pairs), action) for action, pairs in by_action]
    shared = [f"**dict.fromkeys({' '.join(s)!r}.split(), {a})" for s, a in parts if len(s) > 2]
    single = [f"{s!r}: {a}" for symbols, a in parts if len(symbols) <= 2 for s in symbols]
    return f"{{{', '.join([*single, *shared])}}}"


def _numbered(parser: Any, memo: Any) -> tuple[list[dict[str, int]], list[int], int]:
    """States, the memo's numbers of the rules, and the end, all numbered from the start on."""
    names, given = parser["tokens"], parser["states"]
    (start,), (end,) = parser["start_states"].values(), parser["end_states"].values()
    order, states = {start: 0}, []
    rules: dict[int, int] = {}
    for state in _as_it_grows(order):
        row = {}
        for symbol, (reduces, to) in sorted((names[k], v) for k, v in given[state].items()):
            if reduces:
                row[symbol] = ~rules.setdefault(to["@"], len(rules))
            elif state != end:
                row[symbol] = order.setdefault(to, len(order))
        states.append(row)
    return states, list(rules), order[end]


def _as_it_grows(mapping: Mapping[Any, int]) -> Iterator[Any]:
    """The keys of a mapping, with those that are added meanwhile."""
    at = 0
    while at < len(mapping):
        yield list(mapping)[at]
        at += 1


def _rule(rule: Any) -> tuple[str, int, str, str]:
    """A rule as `lrdsl.parser.lalr` has it.

    Children are ``.`` for one, ``*`` for those of a helper, ``-`` for one that was left out. What
    builds it is a name, nothing where the only child stands for it, or ``[]`` for a helper.
    """
    origin, options = str(rule["origin"]["name"]), rule["options"]
    names = [str(symbol["name"]) for symbol in rule["expansion"]]
    assert names, f"{origin} may be empty, and the automaton has no rules of no symbols"
    left_out = options["empty_indices"] or [False] * len(names)
    symbols = iter(names)
    children = "".join(
        "-" if gap else "*" if next(symbols).startswith("_") else "." for gap in left_out
    )
    if origin.startswith("_"):
        return origin, len(names), children, "[]"
    makes = str(rule["alias"] or "") or ("" if options["expand1"] and children == "." else origin)
    return origin, len(names), children, makes
