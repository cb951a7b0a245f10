"""The grammar is what it promises: LALR in lark's strict mode, with a name for every terminal.

The parser runs on tables that lark made of it. That the tables are the grammar's is held here, and
that the parser reads with them what lark reads.
"""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Lark
from lark.exceptions import UnexpectedInput

from lrdsl.algebra import SCHEDULES
from lrdsl.binder import vocabulary
from lrdsl.parser import lalr, parse_text, tables

ROOT = Path(__file__).parents[1]
GRAMMAR = (ROOT / "grammar" / "lrdsl.lark").read_text(encoding="utf-8")


def test_the_tables_are_the_grammar_s(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    from grammar_tables import grammar_tables

    assert Path(tables.__file__).read_text(encoding="utf-8") == grammar_tables()


class Tree:
    """Builds lark's picture of a tree: ``rule(child, ..)``, tokens by their texts."""

    def __getattr__(self, rule):
        return lambda children: (rule, *children)


def picture(tree):
    if hasattr(tree, "data"):
        return (str(tree.data), *map(picture, tree.children))
    return None if tree is None else str(tree)


READS = Lark(GRAMMAR, parser="lalr", lexer="basic", start="program", maybe_placeholders=True)
PIECES = sorted({"5", ".5", "1e-5", "a", "ep", ">>", *"|+-*/()[],:=;% #\n"})


def read(text):
    automaton = lalr.Automaton(Tree())
    for token in lalr.tokens(text):
        automaton.feed(token)
    return automaton.result


@pytest.mark.parametrize(
    "text",
    [
        "a = 5ep; b = 2; warmup(a) >> cosine[1:][:b] * restarts(limit=2) + noise(0.67) | hold",
        "--a - b / 3 % + [1, 2,] * [] - f(x=1, 2,) + f()[:] + 5 k steps # a comment",
    ],
)
def test_the_parser_reads_what_lark_reads(text):
    assert read(text) == picture(READS.parse(text))


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_the_parser_refuses_what_lark_refuses(text):
    try:
        expected = picture(READS.parse(text))
    except UnexpectedInput:
        with pytest.raises(lalr.Unexpected):
            read(text)
    else:
        assert read(text) == expected


def test_it_passes_the_strict_mode():
    lark = Lark(GRAMMAR, parser="lalr", lexer="basic", start="program", strict=True)
    assert lark.parse("a = 5ep; warmup(a) >> cosine[1:] * restarts(limit=2) + noise(0.67) | hold")
    anonymous = [t.name for t in lark.terminals if t.name.startswith("__")]
    assert anonymous == []


def test_a_token_is_equal_to_its_text_and_to_no_other_kind():
    """The end of a program, and a name that is missing, have the same text."""
    end = lalr.Token(lalr.FINISH, "", 5)
    assert end == ""
    assert end != lalr.Token("NAME", "", 5)


def test_it_knows_no_names():
    words = set(re.findall(r'"([a-z]+)"', GRAMMAR))
    assert words == set()


def test_chains_are_flat():
    tree = parse_text(" >> ".join(["hold(1)"] * 3000)).tree
    assert tree is not None
    assert len(tree.body.rest) == 2999


def test_the_reference_has_a_section_for_every_kind():
    spec = (ROOT / "grammar" / "SPEC.md").read_text(encoding="utf-8")
    for name in [*vocabulary(), *(k for k in SCHEDULES if k in ("min", "max"))]:
        assert f"`{name}" in spec, name
