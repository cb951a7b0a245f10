"""A program's tokens, and the LALR(1) automaton that reads them.

Both run on the tables that lark makes of the grammar when lrdsl is developed: lark itself is not
needed to read a program, so nothing waits until it is imported and has made them again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lrdsl.diagnostics import Span
from lrdsl.parser.tables import END, IGNORED, RULES, STATES, TERMINALS

FINISH = "$END"  # the kind of the token behind the last one

SCANNER = re.compile("|".join(f"(?P<{name}>{regexp})" for name, regexp in TERMINALS.items()))


class Token(str):
    """A piece of the text, its kind (a terminal of the grammar), and where it stands."""

    __slots__ = ("end", "kind", "start")

    kind: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) is True and self.kind == getattr(other, "kind", self.kind)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__

    def __new__(cls, kind: str, text: str, start: int, end: int | None = None) -> Token:
        token = super().__new__(cls, text)
        token.kind = kind
        token.start = start
        token.end = start + len(text) if end is None else end
        return token


class Unexpected(Exception):
    """A token, or a character, that does not fit."""


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text, and the one that ends it.

    Raises:
        Unexpected: a character that begins no token.
    """
    at = 0
    for match in SCANNER.finditer(text):
        if match.start() != at:
            break
        at = match.end()
        kind = match.lastgroup
        if kind not in IGNORED:
            yield Token(kind or "", match[0], match.start(), at)
    if at != len(text):
        raise Unexpected
    yield Token(FINISH, "", at)


class Automaton:
    """Reads tokens one by one, and builds what the rules make of them.

    Args:
        build: has a method for each rule, by its name, which takes the list of its children. With
            None nothing is built, and copies are small.
    """

    __slots__ = ("_build", "_states", "_values")

    def __init__(self, build: object | None = None) -> None:
        self._build = build
        self._states = [0]
        self._values: list[Any] = []

    def copy(self) -> Automaton:
        """Another one at the same place, of one that builds nothing."""
        assert self._build is None
        other = Automaton()
        other._states = self._states.copy()
        return other

    def feed(self, token: Token) -> None:
        """Read one more token.

        Raises:
            Unexpected: it does not fit. The automaton is spoilt then.
        """
        states, kind = self._states, token.kind
        while (action := STATES[states[-1]].get(kind)) is not None:
            if action >= 0:
                states.append(action)
                if self._build is not None:
                    self._values.append(token)
                return
            made, size, children, maker = RULES[~action]
            del states[-size:]
            states.append(STATES[states[-1]][made])
            if maker and self._build is not None:
                values = self._values
                values[-size:] = [_made(self._build, maker, children, values[-size:])]
        if kind != FINISH or states[-1] != END:
            raise Unexpected

    def accepts(self) -> set[str]:
        """The kinds of the tokens that would fit."""
        return {kind for kind in (*TERMINALS, FINISH) if self._fits(kind)}

    def _fits(self, kind: str) -> bool:
        try:
            self.copy().feed(Token(kind, "", 0))
        except Unexpected:
            return False
        return True

    @property
    def result(self) -> Any:
        """What the whole program makes, once it is complete."""
        (made,) = self._values
        return made


def _made(build: object, maker: str, marks: str, values: list[Any]) -> Any:
    """What a rule makes of the values of its symbols, as its marks in `RULES` say."""
    if "*" in marks or "-" in marks:
        each = iter(values)
        if marks[0] == "*":  # the helper's own list grows: a long chain is not copied at each link
            children, marks = next(each), marks[1:]
        else:
            children = []
        for mark in marks:
            if mark == "*":
                children += next(each)
            else:
                children.append(next(each) if mark == "." else None)
    else:
        children = values
    return children if maker == "[]" else getattr(build, maker)(children)
