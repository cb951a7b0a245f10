"""The grammar is what it promises: LALR in lark's strict mode, with a name for every terminal."""

import re
from pathlib import Path

from lark import Lark

from lrdsl.algebra import SCHEDULES
from lrdsl.binder import vocabulary
from lrdsl.parser import grammar_path, parse_text

ROOT = Path(__file__).parents[1]
GRAMMAR = grammar_path().read_text(encoding="utf-8")


def test_it_is_the_one_of_the_checkout():
    assert grammar_path() == ROOT / "grammar" / "lrdsl.lark"


def test_it_passes_the_strict_mode():
    lark = Lark(GRAMMAR, parser="lalr", lexer="basic", start="program", strict=True)
    assert lark.parse("a = 5ep; warmup(a) >> cosine[1:] * restarts(limit=2) + noise(0.67) | hold")
    anonymous = [t.name for t in lark.terminals if t.name.startswith("__")]
    assert anonymous == []


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
