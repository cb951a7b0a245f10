"""Text to concrete tree. The only module that knows lark.

A text that does not parse is repaired token by token, so that one run reports every error in it and
the rest can still be checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken

from lrdsl import syntax as S
from lrdsl.diagnostics import Diagnostic, Edit, Fix, Problem, Span
from lrdsl.values import from_decimal, show_number

MAX_SOURCE = 64 * 1024
MAX_NESTING = 100
MAX_ERRORS = 20
MISSING = ""  # the name that stands for an operand that is not there

_BRACKETS = re.compile(r"#[^\n]*|[()\[\]]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree (None where there is nothing to go on with) and what was wrong with the text."""

    tree: S.ProgramTree | None
    diagnostics: tuple[Diagnostic, ...] = ()


def parse_text(text: object) -> Parsed:
    """The concrete tree of a program, repaired where it had to be. Never raises."""
    if not isinstance(text, str):
        return _refused("LR001", f"a program is a text, not {type(text).__name__}", Span(0, 0))
    if len(text) > MAX_SOURCE or len(text.encode(errors="replace")) > MAX_SOURCE:
        return _refused(
            "LR601",
            f"a program has at most {MAX_SOURCE // 1024} KiB, this one has "
            f"{len(text) / 1024:,.0f} KiB",
            Span(0, 0),
        )
    deep = _too_deep(text)
    if deep is not None:
        return _refused("LR602", f"brackets are nested deeper than {MAX_NESTING} levels", deep)
    try:
        return Parsed(_lark().parse(text))  # type: ignore[arg-type]
    except UnexpectedInput:
        return _Repair(text).run()


def _refused(code: str, message: str, span: Span) -> Parsed:
    return Parsed(None, (Diagnostic(code, message, span),))


def _too_deep(text: str) -> Span | None:
    depth = 0
    for m in _BRACKETS.finditer(text):
        if m[0] in "([":
            depth += 1
            if depth > MAX_NESTING:
                return Span(m.start(), m.end())
        elif m[0] in ")]":
            depth -= 1
    return None


# --- lark -----------------------------------------------------------------------------------------


def grammar_path() -> Path:
    """The grammar: beside the package when it is installed, else in the checkout."""
    here = Path(__file__).resolve()
    for path in (here.parent / "lrdsl.lark", here.parents[1] / "grammar" / "lrdsl.lark"):
        if path.is_file():
            return path
    raise FileNotFoundError("lrdsl.lark is missing from this installation of lrdsl")


@cache
def _lark() -> Lark:
    return Lark(
        grammar_path().read_text(encoding="utf-8"),
        parser="lalr",
        lexer="basic",
        start="program",
        maybe_placeholders=True,
        transformer=_Builder(),
    )


def _span(token: Token) -> Span:
    return Span(token.start_pos or 0, token.end_pos or 0)


Children: TypeAlias = "list[Any]"


class _Builder(Transformer[Token, Any]):
    """Builds dataclasses only: an exception here would come out wrapped."""

    def program(self, children: Children) -> S.ProgramTree:
        *bindings, body = children
        start = bindings[0].span if bindings else body.span
        return S.ProgramTree(start.to(body.span), tuple(bindings), body)

    def binding(self, children: Children) -> S.BindingTree:
        name, _, value, end = children
        return S.BindingTree(_span(name).to(_span(end)), self.name([name]), value)

    def _chain(self, children: Children) -> S.ChainTree:
        first = children[0]
        links = tuple(
            S.Link(str(op), _span(op), operand)
            for op, operand in zip(children[1::2], children[2::2], strict=True)
        )
        return S.ChainTree(first.span.to(children[-1].span), first, links)

    overlay = sequence = sum = product = _chain

    def negated(self, children: Children) -> S.NegatedTree:
        *signs, operand = children
        return S.NegatedTree(_span(signs[0]).to(operand.span), len(signs), operand)

    def postfix(self, children: Children) -> S.Tree:
        body, *slices = children
        for begin, end, close in slices:
            body = S.SliceTree(body.span.to(_span(close)), body, begin, end)
        return body  # type: ignore[no-any-return]

    def slice(self, children: Children) -> tuple[Any, Any, Token]:
        _, begin, _, end, close = children
        return begin, end, close

    def number(self, children: Children) -> S.NumberTree:
        return S.NumberTree(_span(children[0]), str(children[0]))

    def quantity(self, children: Children) -> S.QuantityTree:
        number, (words, span) = self.number(children[:1]), children[1]
        return S.QuantityTree(number.span.to(span), number, words, span)

    def unit(self, children: Children) -> tuple[str, Span]:
        return " ".join(children), _span(children[0]).to(_span(children[-1]))

    def name(self, children: Children) -> S.NameTree:
        return S.NameTree(_span(children[0]), str(children[0]))

    def call(self, children: Children) -> S.CallTree:
        name, _, arguments, close = children
        return S.CallTree(_span(name).to(_span(close)), self.name([name]), arguments or ())

    def group(self, children: Children) -> S.Tree:
        opening, inner, close = children
        return replace(inner, span=_span(opening).to(_span(close)))  # type: ignore[no-any-return]

    def list(self, children: Children) -> S.ListTree:
        opening, items, close = children
        return S.ListTree(_span(opening).to(_span(close)), items or ())

    def arguments(self, children: Children) -> tuple[S.ArgumentTree, ...]:
        return tuple(
            c if isinstance(c, S.ArgumentTree) else S.ArgumentTree(c.span, None, c)
            for c in children
            if not isinstance(c, Token)
        )

    def keyword(self, children: Children) -> S.ArgumentTree:
        name, _, value = children
        return S.ArgumentTree(_span(name).to(value.span), self.name([name]), value)

    def items(self, children: Children) -> tuple[S.Tree, ...]:
        return tuple(c for c in children if not isinstance(c, Token))


# --- repair ---------------------------------------------------------------------------------------

_WORDS = {
    "BAR": "`|`",
    "THEN": "`>>`",
    "PLUS": "`+`",
    "MINUS": "`-`",
    "STAR": "`*`",
    "SLASH": "`/`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "COMMA": "`,`",
    "COLON": "`:`",
    "EQUAL": "`=`",
    "SEMICOLON": "`;`",
    "PERCENT": "`%`",
    "NUMBER": "a number",
    "NAME": "a name",
    "$END": "the end of the program",
}
_TEXTS = {
    "COMMA": ",", "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]", "THEN": ">>", "STAR": "*",
    "PLUS": "+", "MINUS": "-", "NAME": MISSING, "COLON": ":", "EQUAL": "=", "SEMICOLON": ";",
}  # fmt: skip
_CLOSING = {"LPAR": "RPAR", "LSQB": "RSQB"}

# What people type, or what an editor makes of it, for something else.
_ALIKE = re.compile(
    r"""(?P<then>[-=]+>|>{3,}|>(?!>)|[\u2192\u21d2\u27f6\u00bb\u226b\u27a1]\ufe0f?)
    |(?P<bar>\|\|+)
    |(?P<equal>:=|==+)
    |(?P<power>\*\*|\^)
    |(?P<comment>//[^\n]*)
    |(?P<cut>\d[\d_]*(\.[\d_]*)?[eE][+-](?!\d))
    |(?P<exponent>\d[\d_]*(\.[\d_]*)?[eE][\u2010-\u2015\u2212]\d+)
    |(?P<brace>[{}])
    |(?P<minus>[\u2010-\u2015\u2212])
    |(?P<times>[\u00d7\u22c5\u2217\u00b7])
    |(?P<over>[\u00f7\u2215])
    |(?P<quote>["'`\u2018-\u201f\u2039\u203a])
    |(?P<space>[\u00a0\u2000-\u200b\u202f\u3000\ufeff])
    |(?P<wide>[\uff08\uff09\uff0c\uff1d\uff0b\uff0a\uff0f\uff1b\uff1a\uff05])""",
    re.VERBOSE,
)
_QUOTE = re.compile("[\"'`\u2018-\u201f\u2039\u203a]")
_MEANT = {
    "then": ">>", "bar": "|", "equal": "=", "minus": "-", "times": "*", "over": "/", "space": " ",
}  # fmt: skip

_OPERATORS = {"BAR", "THEN", "PLUS", "MINUS", "STAR", "SLASH"}
# Words for operators, and words of programming languages that stand where one is wanted.
_SPOKEN = {
    "then": "THEN", "plus": "PLUS", "minus": "MINUS", "times": "STAR",
    **dict.fromkeys(("and", "or", "if", "else", "for", "in", "is", "while"), ""),
}  # fmt: skip
_BEGINS = {"NUMBER", "NAME", "LPAR", "LSQB"}  # what an operand starts with
_ENDS = {"NUMBER", "NAME", "PERCENT", "RPAR", "RSQB"}  # and what it ends with


@dataclass(frozen=True, slots=True)
class _Mend:
    """What was wrong at a token, and the stream of tokens as it was probably meant."""

    stream: list[Token]
    message: str
    span: Span
    help: str | None = None
    fix: Fix | None = None
    code: str = "LR003"


class _Repair:
    """Finds every error of a text by mending each as a person would, and reading on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Diagnostic] = []
        self.stopped = False
        self.quotes: set[Span] = set()
        self.braces: list[str] = []  # the closing brackets that open curly ones stand for
        self.braced = False  # whether the next closing one was reported with its opening one

    def run(self) -> Parsed:
        tokens = list(self._tokens())
        if not tokens and not self.found:
            return _refused("LR001", "the program is empty", Span(0, len(self.text)))
        if not tokens:
            return Parsed(None, self._sorted())
        balanced = self._balanced(tokens)
        return Parsed(self._parse(balanced) if balanced else None, self._sorted())

    def _sorted(self) -> tuple[Diagnostic, ...]:
        found = sorted(self.found, key=lambda d: d.span)[:MAX_ERRORS]
        return tuple(found)

    def _report(
        self,
        code: str,
        message: str,
        span: Span,
        help: str | None = None,
        fix: tuple[str, Span, str] | None = None,
    ) -> None:
        mended = None
        if fix is not None:
            title, where, text = fix
            mended = Fix(title, (Edit(where, text),))
        self._found(Diagnostic(code, message, span, help=help, fix=mended))

    def _found(self, diagnostic: Diagnostic) -> None:
        self.found.append(diagnostic)
        self.stopped = len(self.found) >= MAX_ERRORS

    # -- characters --

    def _tokens(self) -> Iterator[Token]:
        scan, at, bad = _scanner(), 0, 0
        while at < len(self.text) and not self.stopped:
            alike = _ALIKE.match(self.text, at)
            match = scan.match(self.text, at)
            if alike:
                yield from self._look_alike(alike)
                at = alike.end()
            elif match:
                at = match.end()
                if match.lastgroup not in ("SPACE", "COMMENT"):
                    yield _token(match.lastgroup or "", match[0], match.start())
            else:
                bad = at
                while at < len(self.text) and not (
                    scan.match(self.text, at) or _ALIKE.match(self.text, at)
                ):
                    at += 1
                self._strange(Span(bad, at))

    def _look_alike(self, match: re.Match[str]) -> Iterator[Token]:
        kind, span, shown = match.lastgroup or "", Span(*match.span()), match[0]
        if kind == "quote":
            self._quoted(span)
        elif kind == "brace":
            yield self._brace(span)
        elif kind == "power":
            self._report(
                "LR002",
                f"`{shown}` is not an operator of the language: there are no powers",
                span,
                help="write the number itself, such as 1e-5",
            )
            yield _token("STAR", "*", span.start, span.end)
        elif kind == "comment":
            self._report(
                "LR002",
                "`//` is not an operator of the language",
                Span(span.start, span.start + 2),
                help="a comment starts with `#`; `/` divides by a number",
            )
        elif kind == "cut":
            self._report(
                "LR005",
                f"{shown} is not a number: its exponent has no digits",
                span,
                help="a number is written like 3, 0.67, 1e-5, 1_000 or 10k",
            )
            yield _token("NAME", MISSING, span.start, span.end)
        elif kind == "exponent":
            at = next(j for j, c in enumerate(shown) if not c.isascii())
            dash = Span(span.start + at, span.start + at + 1)
            list(self._replaced("minus", shown[at], dash))
            yield _token("NUMBER", f"{shown[:at]}-{shown[at + 1 :]}", span.start, span.end)
        else:
            yield from self._replaced(kind, shown, span)

    def _replaced(self, kind: str, shown: str, span: Span) -> Iterator[Token]:
        """Another character, or another language's operator, for one of this language."""
        meant = _MEANT.get(kind) or chr(ord(shown) - 0xFEE0)
        visible = shown if shown.isprintable() and shown.strip() else f"U+{ord(shown):04X}"
        if kind in ("then", "bar"):
            message = f"`{shown}` is not an operator of the language: `{meant}` is"
        elif kind == "equal":
            message = f"`{shown}` is not part of the language: `=` gives a name its value"
        elif meant == " ":
            message = f"{visible} is not an ordinary space"
        else:
            message = f"{visible} looks like `{meant}`, and is another character"
        title = "write an ordinary space" if meant == " " else f"write `{meant}`"
        self._report("LR006", message, span, fix=(title, span, meant))
        m = _scanner().match(meant)
        if m and m.lastgroup != "SPACE":
            yield _token(m.lastgroup or "", meant, span.start, span.end)

    def _quoted(self, span: Span) -> None:
        """A pair of quotes is one error; its second quote was reported with the first."""
        if span in self.quotes:
            return
        edits = [Edit(span, "")]
        later = _QUOTE.search(self.text, span.end)
        if later:
            self.quotes.add(Span(*later.span()))
            edits.append(Edit(Span(*later.span()), ""))
        self._found(
            Diagnostic(
                "LR006",
                f"a program has no quotes: {span.of(self.text)} is not part of it",
                span,
                fix=Fix("remove the quotes" if later else "remove it", tuple(edits)),
            )
        )

    def _brace(self, span: Span) -> Token:
        """A curly bracket, and the round or square one that was meant by it."""
        if span.of(self.text) == "}":
            meant = self.braces.pop() if self.braces else ")"
            if not self.braced:
                self._report(
                    "LR006",
                    "curly brackets are not part of the language",
                    span,
                    fix=("write `)`", span, ")"),
                )
            self.braced = bool(self.braces)
            return _token("RPAR" if meant == ")" else "RSQB", meant, span.start, span.end)
        called = self.text[: span.start].rstrip()[-1:].isalnum()
        opening, closing = "()" if called else "[]"
        partner = self.text.find("}", span.end)
        edits = [Edit(span, opening)]
        if partner >= 0 and self.text.find("{", span.end, partner) < 0:
            edits.append(Edit(Span(partner, partner + 1), closing))
            self.braced = True
        self.braces.append(closing)
        self._found(
            Diagnostic(
                "LR006",
                "curly brackets are not part of the language",
                span,
                help="arguments stand in (..), lists in [..]",
                fix=Fix(f"write `{opening}{closing}`", tuple(edits)),
            )
        )
        return _token("LPAR" if called else "LSQB", opening, span.start, span.end)

    def _strange(self, span: Span) -> None:
        text = span.of(self.text)
        shown = (
            f"`{text}`"
            if text.isprintable() and len(text) <= 20
            else (
                f"the character U+{ord(text[0]):04X}"
                if len(text) == 1
                else f"{len(text)} characters from U+{ord(text[0]):04X} on"
            )
        )
        advice = (
            "a program is made of names, numbers, units, brackets and the operators >> | + - * /"
        )
        self._report("LR002", f"{shown} does not belong in a program", span, advice)

    # -- brackets --

    def _balanced(self, tokens: list[Token]) -> list[Token]:
        """The tokens with brackets that match: spare ones dropped, missing ones put in."""
        opened: list[int] = []
        dropped: set[int] = set()
        added: dict[int, list[Token]] = {}
        for i, t in enumerate(tokens):
            if t.type in _CLOSING:
                opened.append(i)
            elif t.type in _CLOSING.values():
                if opened and _CLOSING[tokens[opened[-1]].type] == t.type:
                    opened.pop()
                elif opened and len(opened) > 1 and _CLOSING[tokens[opened[-2]].type] == t.type:
                    self._close(tokens, opened.pop(), i, added)
                    opened.pop()
                else:
                    at = self._unopened(tokens, i)
                    if at is not None and not opened:
                        added.setdefault(at, []).append(_opening(tokens[at - 1], t.type))
                    else:
                        dropped.add(i)
        for i in reversed(opened):
            self._close(tokens, i, len(tokens), added)
        result: list[Token] = []
        for i, t in enumerate(tokens):
            result += added.get(i, [])
            if i not in dropped:
                result.append(t)
        return result + added.get(len(tokens), [])

    def _unopened(self, tokens: list[Token], i: int) -> int | None:
        """Report a bracket that closes nothing; where its opening one belongs, if that is plain."""
        closing = tokens[i]
        at = None
        for j in range(i - 1, 0, -1):
            if tokens[j].type in _OPERATORS | {"SEMICOLON", *_CLOSING, *_CLOSING.values()}:
                break
            if tokens[j].type == "NUMBER" and tokens[j - 1].type == "NAME":
                at = j  # `warmup 5)`: a name is never followed by a number
        if at is None:
            fix = ("remove it", _span(closing), "")
        else:
            opening = _opening(tokens[at - 1], closing.type)
            end = opening.start_pos or 0
            gap = Span(end, tokens[at].start_pos or 0)
            fix = (f"insert `{opening}` after {tokens[at - 1]}", gap, str(opening))
        self._report(
            "LR004", f"this {_WORDS[closing.type]} closes nothing", _span(closing), fix=fix
        )
        return at

    def _close(
        self, tokens: list[Token], opening: int, limit: int, added: dict[int, list[Token]]
    ) -> None:
        """Close a bracket where its contents must have ended: before `limit`, or an operator."""
        closing = _CLOSING[tokens[opening].type]
        is_call = opening > 0 and tokens[opening - 1].type == "NAME"
        depth, at = 0, limit
        for i in range(opening + 1, limit):
            kind = tokens[i].type
            depth += (kind in _CLOSING) - (kind in _CLOSING.values())
            ends = ("THEN", "BAR", "SEMICOLON") if is_call or closing == "RSQB" else ("SEMICOLON",)
            variadic = is_call and str(tokens[opening - 1]) in ("min", "max", "clip")
            if depth <= 0 and kind in ends and not variadic:
                at = i
                break
        end = tokens[at - 1].end_pos or 0
        opened = tokens[opening]
        self._report(
            "LR004",
            f"this {_WORDS[opened.type]} is never closed",
            _span(opened),
            help=f"close it with {_WORDS[closing]}",
            fix=(f"insert {_WORDS[closing]}", Span(end, end), _TEXTS[closing])
            if is_call or at > opening + 1
            else None,  # nothing is inside
        )
        added.setdefault(at, []).insert(0, _token(closing, _TEXTS[closing], end, end))

    # -- grammar --

    def _parse(self, tokens: list[Token]) -> S.ProgramTree | None:
        """Read the tokens; at each that does not fit, mend the stream and go on."""
        end = tokens[-1].end_pos or 0
        stream = [*tokens, _token("$END", "", end, end)]
        marks = [(0, _recognizer())]
        quiet = 0  # no second error at tokens that the last repair has touched
        for _ in range(4 * MAX_ERRORS):
            i, state = _read(stream, marks)
            if i == len(stream):
                return _tree(stream)
            mend = _Mending(self.text, stream, i).find() or self._searched(state, stream, i)
            if i >= quiet and not self._is_explained(stream, i, mend.span):
                self._found(
                    Diagnostic(mend.code, mend.message, mend.span, help=mend.help, fix=mend.fix)
                )
            if self.stopped or not mend.stream:
                return None
            same = next(j for j, t in enumerate(stream) if mend.stream[j : j + 1] != [t])
            marks = [m for m in marks if m[0] <= min(same, i)]
            stream, quiet = mend.stream, i + 2
        return None

    def _is_explained(self, stream: list[Token], i: int, span: Span) -> bool:
        """Whether an error right here, such as a character left out, is the reason for this one."""
        token = stream[i]
        if token.type != "$END" and token.start_pos == token.end_pos:
            return True  # a bracket that was put in, and reported
        gap = Span((stream[i - 1].end_pos or 0) if i else 0, token.start_pos or 0)
        return any(
            d.span == span or (gap.start <= d.span.start and d.span.end <= gap.end)
            for d in self.found
        )

    def _searched(self, state: Any, stream: list[Token], i: int) -> _Mend:
        """The repair after which most of what follows can be read."""
        token = stream[i]
        wanted = _expectation(state.accepts())
        found = f"`{token}`" if token.type in ("NAME", "NUMBER") else _WORDS[token.type]
        span, message = _span(token), f"expected {wanted}, found {found}"
        reached = [
            (_reach(state, changed, i, len(stream)), changed) for changed in _repairs(stream, i)
        ]
        best = max(reached, key=lambda pair: pair[0])
        return _Mend(best[1] if best[0] > 0 else [], message, span)


class _Mending:
    """Mistakes that have a name: each rule looks at the token that does not fit."""

    def __init__(self, text: str, stream: list[Token], i: int) -> None:
        self.text = text
        self.stream = stream
        self.i = i
        self.token = stream[i]
        self.before = stream[i - 1] if i else _token("$START", "", 0)
        self.opened = self._opened()
        self.statement = 1 + max((j for j in range(i) if stream[j].type == "SEMICOLON"), default=-1)

    def find(self) -> _Mend | None:
        """What the first rule that knows this mistake says."""
        rules = (
            self._share_of_lr,
            self._two_numbers,
            self._swallowed,
            self._superfluous_word,
            self._word_for_operator,
            self._side_by_side,
            self._no_schedule,
            self._list_in_parentheses,
            self._call_in_brackets,
            self._slice_without_colon,
            self._colon_for_equal,
            self._doubled,
            self._last_mark,
            self._mark_for_operator,
            self._operand_missing,
        )
        return next((m for m in (rule() for rule in rules) if m is not None), None)

    # -- where we are --

    def _opened(self) -> int | None:
        """Index of the innermost bracket that is open here."""
        depth = 0
        for j in range(self.i - 1, -1, -1):
            kind = self.stream[j].type
            if kind in _CLOSING.values():
                depth += 1
            elif kind in _CLOSING:
                if not depth:
                    return j
                depth -= 1
        return None

    @property
    def is_listed(self) -> bool:
        """Whether commas separate here: in a call or in a list."""
        if self.opened is None:
            return False
        before = self.stream[self.opened - 1].type if self.opened else ""
        if self.stream[self.opened].type == "LPAR":
            return before == "NAME"
        return before not in _ENDS  # else it is a slice

    @property
    def is_binding(self) -> bool:
        """Whether this is part of ``name = ..`` at the start of a statement, outside brackets."""
        head = [t.type for t in self.stream[self.statement : self.statement + 2]]
        return self.opened is None and head == ["NAME", "EQUAL"] and self.i > self.statement + 2

    def _closing(self) -> int | None:
        """Index of the bracket that closes the innermost open one."""
        depth = 0
        for j in range(self.i, len(self.stream)):
            kind = self.stream[j].type
            depth += (kind in _CLOSING) - (kind in _CLOSING.values())
            if depth < 0:
                return j
        return None

    # -- what to do --

    def _inserted(self, *kinds: str, at: int | None = None) -> list[Token]:
        at = self.i if at is None else at
        end = (self.stream[at - 1].end_pos or 0) if at else 0
        new = [_token(k, _TEXTS[k], end, end) for k in kinds]
        return [*self.stream[:at], *new, *self.stream[at:]]

    def _without(self, j: int) -> list[Token]:
        return [*self.stream[:j], *self.stream[j + 1 :]]

    def _turned(self, changes: dict[int, str]) -> list[Token]:
        """The stream with other types for some tokens."""
        return [
            _token(changes[j], _TEXTS[changes[j]], t.start_pos or 0, t.end_pos or 0)
            if j in changes
            else t
            for j, t in enumerate(self.stream)
        ]

    def _separated(self, at: int) -> _Mend:
        """Two operands side by side, the second from token `at` on."""
        right = self.stream[at]
        end = self.stream[at - 1].end_pos or 0
        shown = f"between `{self._operand_before(at)}` and `{self._operand_at(at)}`"
        if self.is_listed:
            fix = Fix("insert `,`", (Edit(Span(end, end), ","),))
            stream = self._inserted("COMMA", at=at)
            return _Mend(stream, f"expected `,` {shown}", _span(right), fix=fix)
        if self.is_binding:
            fix = Fix("insert `;`", (Edit(Span(end, end), ";"),))
            stream = self._inserted("SEMICOLON", at=at)
            return _Mend(
                stream, f"expected `;` {shown}", _span(right), "a binding ends with `;`", fix
            )
        stream = self._inserted("THEN", at=at)
        advice = "`>>` puts one schedule after the other"
        return _Mend(stream, f"expected an operator {shown}", _span(right), advice)

    def _operand_before(self, at: int) -> str:
        """What ends before token `at`, in short: ``5ep``, ``warmup(..)``."""
        token, before = self.stream[at - 1], self.stream[at - 2] if at > 1 else None
        if token.type in ("NAME", "PERCENT") and before is not None and before.type == "NUMBER":
            return _span(before).to(_span(token)).of(self.text)
        if token.type not in _CLOSING.values():
            return str(token)
        opening, depth = at - 1, 0
        for j in range(at - 1, -1, -1):
            kind = self.stream[j].type
            depth += (kind in _CLOSING.values()) - (kind in _CLOSING)
            if not depth:
                opening = j
                break
        called = self.stream[opening - 1] if opening else None
        name = called if called is not None and called.type == "NAME" else ""
        return f"{name}{self.stream[opening]}..{token}"

    def _operand_at(self, at: int) -> str:
        token, after = self.stream[at], self.stream[at + 1]
        if token.type in _CLOSING:
            return f"{token}..{_TEXTS[_CLOSING[token.type]]}"
        called = token.type == "NAME" and after.type == "LPAR"
        return f"{token}(..)" if called else str(token)

    # -- the rules --

    def _share_of_lr(self) -> _Mend | None:
        """``10% lr``."""
        if self.before.type != "PERCENT" or self.token not in ("lr", "base"):
            return None
        number = self.stream[self.i - 2]
        whole = _span(number).to(_span(self.token))
        try:
            share = show_number(from_decimal(str(number).replace("_", "")) / 100)
        except Problem:
            return None
        tokens = [_token("NUMBER", share, whole.start), _token("STAR", "*", whole.start)]
        return _Mend(
            [*self.stream[: self.i - 2], *tokens, *self.stream[self.i :]],
            f"{whole.of(self.text)} is not a value: a share of the base rate is a product",
            whole,
            fix=Fix("multiply", (Edit(whole, f"{share}*{self.token}"),)),
        )

    def _two_numbers(self) -> _Mend | None:
        """``1.2.3`` and ``30 60``."""
        if self.before.type != "NUMBER" or self.token.type != "NUMBER":
            return None
        whole = _span(self.before).to(_span(self.token))
        shown = whole.of(self.text)
        if self.before.end_pos == self.token.start_pos:
            return _Mend(
                self._without(self.i),
                f"{shown} is not a number",
                whole,
                "a number is written like 3, 0.67, 1e-5, 1_000 or 10k",
                code="LR005",
            )
        listed = self.opened is not None and self.stream[self.opened].type == "LSQB"
        if re.fullmatch(r"\d{1,3} \d{3}", shown) and not listed:
            fix = Fix("group digits by `_`", (Edit(whole, shown.replace(" ", "_")),))
            return _Mend(self._without(self.i), f"{shown} is two numbers", whole, fix=fix)
        return self._separated(self.i) if self.is_listed else None

    def _swallowed(self) -> _Mend | None:
        """``5 start=1`` and ``5ep start=1``: a name that was read as part of a unit."""
        kinds = [t.type for t in self.stream[max(0, self.i - 3) : self.i]]
        if self.token.type not in ("EQUAL", "LPAR"):
            return None
        if kinds[-2:] == ["NUMBER", "NAME"] or kinds[-3:] == ["NUMBER", "NAME", "NAME"]:
            return self._separated(self.i - 1)
        return None

    def _superfluous_word(self) -> _Mend | None:
        """``let W = 5ep;``."""
        if self.i != self.statement + 1 or self.before.type != "NAME":
            return None
        if [t.type for t in self.stream[self.i : self.i + 2]] != ["NAME", "EQUAL"]:
            return None
        gap = Span(self.before.start_pos or 0, self.token.start_pos or 0)
        return _Mend(
            self._without(self.i - 1),
            f"a binding starts with its name: `{self.before}` does not belong here",
            _span(self.before),
            f"write {self.token} = ..;",
            Fix("remove it", (Edit(gap, ""),)),
        )

    def _word_for_operator(self) -> _Mend | None:
        """``warmup(5ep) then cosine``."""
        meant, span = _SPOKEN.get(str(self.token)), _span(self.token)
        if meant is None or self.token.type != "NAME" or self.before.type not in _ENDS:
            return None
        message = f"`{self.token}` is not an operator of the language"
        if not meant:
            advice = "the operators are >> | + - * /"
            return _Mend(self._turned({self.i: "THEN"}), message, span, advice)
        fix = Fix(f"write `{_TEXTS[meant]}`", (Edit(span, _TEXTS[meant]),))
        message += f": {_WORDS[meant]} is"
        return _Mend(self._turned({self.i: meant}), message, span, fix=fix)

    def _side_by_side(self) -> _Mend | None:
        if self.token.type in _BEGINS and self.before.type in _ENDS:
            return self._separated(self.i)
        return None

    def _no_schedule(self) -> _Mend | None:
        """``W = 5ep`` and ``W = 5ep;``: bindings, and nothing after them."""
        if self.token.type != "$END":
            return None
        name = self.stream[self.statement]
        if self.is_binding and self.before.type in _ENDS:
            return _Mend(
                self._inserted("SEMICOLON", "NAME"),
                f"the program ends after the binding of {name}: its schedule is missing",
                _span(name).to(_span(self.before)),
                f"leave out `{name} =`, or end it with `;` and write the schedule after it",
            )
        if self.before.type == "SEMICOLON":
            return _Mend(
                self._inserted("NAME"),
                "the program ends after a binding: its schedule is missing",
                _span(self.before),
                "the schedule stands after the bindings: W = 5ep; warmup(W) >> cosine",
            )
        return None

    def _list_in_parentheses(self) -> _Mend | None:
        """``multistep((30, 60))``."""
        if self.token.type != "COMMA" or self.opened is None or self.is_listed:
            return None
        closing = self._closing()
        outside = self.stream[self.opened - 1].type if self.opened else ""
        if closing is None or outside not in ("LPAR", "COMMA", "EQUAL", "LSQB"):
            return None
        if self.stream[self.opened].type != "LPAR":
            return None
        return self._other_brackets(
            closing, "LSQB", "a list stands in square brackets", _span(self.stream[self.opened])
        )

    def _call_in_brackets(self) -> _Mend | None:
        """``cosine[5ep]`` and ``tanh[-6, 4]``."""
        if self.token.type not in ("COMMA", "RSQB", "EQUAL") or not self.opened or self.is_listed:
            return None
        name, closing = self.stream[self.opened - 1], self._closing()
        if self.stream[self.opened].type != "LSQB" or name.type != "NAME" or closing is None:
            return None
        if any(t.type == "COLON" for t in self.stream[self.opened : closing]) or self._binds(name):
            return None
        span = _span(self.stream[self.opened])
        return self._other_brackets(closing, "LPAR", "arguments stand in round brackets", span)

    def _binds(self, name: Token) -> bool:
        pairs = zip(self.stream, self.stream[1:], strict=False)
        return any(a == name and b.type == "EQUAL" for a, b in pairs)

    def _other_brackets(self, closing: int, kind: str, message: str, span: Span) -> _Mend:
        assert self.opened is not None
        changes = {self.opened: kind, closing: _CLOSING[kind]}
        edits = tuple(Edit(_span(self.stream[j]), _TEXTS[k]) for j, k in changes.items())
        shown = _TEXTS[kind] + _TEXTS[_CLOSING[kind]]
        return _Mend(self._turned(changes), message, span, fix=Fix(f"write `{shown}`", edits))

    def _slice_without_colon(self) -> _Mend | None:
        """``cosine(10)[5]``."""
        if self.token.type != "RSQB" or self.opened is None or self.is_listed:
            return None
        inside = self.stream[self.opened + 1 : self.i]
        if not inside or any(t.type == "COLON" for t in inside):
            return None
        shown = _span(inside[0]).to(_span(inside[-1])).of(self.text)
        return _Mend(
            self._inserted("COLON"),
            "a slice has a `:` between its start and its end",
            _span(self.stream[self.opened]).to(_span(self.token)),
            f"[{shown}:] is the rest from {shown} on, [:{shown}] the part up to it",
        )

    def _colon_for_equal(self) -> _Mend | None:
        """``warmup(5ep, start: 0)``."""
        if self.token.type != "COLON" or self.before.type != "NAME":
            return None
        outside = self.stream[self.i - 2].type if self.i > 1 else ""
        if not (self.is_listed and outside in ("LPAR", "COMMA")) and self.i != self.statement + 1:
            return None
        fix = Fix("write `=`", (Edit(_span(self.token), "="),))
        message = f"`=` gives {self.before} its value, not `:`"
        return _Mend(self._turned({self.i: "EQUAL"}), message, _span(self.token), fix=fix)

    def _doubled(self) -> _Mend | None:
        """``a >> >> b`` and ``f(1,, 2)``."""
        if self.token.type != self.before.type or self.token.type in _CLOSING:
            return None
        fix = Fix(
            "remove one", (Edit(Span(self.before.end_pos or 0, self.token.end_pos or 0), ""),)
        )
        message = f"{_WORDS[self.token.type]} stands twice"
        return _Mend(self._without(self.i), message, _span(self.token), fix=fix)

    def _last_mark(self) -> _Mend | None:
        """``cosine;`` and ``cosine,``."""
        following = self.stream[self.i + 1].type if self.token.type != "$END" else ""
        if self.token.type not in ("COMMA", "SEMICOLON") or following != "$END":
            return None
        if self.opened is not None or self.is_binding or not self.i:
            return None
        fix = Fix("remove it", (Edit(_span(self.token), ""),))
        message = f"a program does not end with {_WORDS[self.token.type]}"
        return _Mend(self._without(self.i), message, _span(self.token), fix=fix)

    def _mark_for_operator(self) -> _Mend | None:
        """``W = 5ep, warmup(W)`` and ``warmup(5ep), cosine``."""
        kind, span = self.token.type, _span(self.token)
        if kind not in ("COMMA", "SEMICOLON") or self.before.type not in _ENDS:
            return None
        if self.is_binding and kind == "COMMA":
            fix = Fix("write `;`", (Edit(span, ";"),))
            message = "a binding ends with `;`, not with `,`"
            return _Mend(self._turned({self.i: "SEMICOLON"}), message, span, fix=fix)
        if self.opened is not None and self.is_listed:
            return None
        message = (
            "`;` ends a binding, and this is none: it has no name"
            if kind == "SEMICOLON"
            else "`,` separates arguments, and these are none"
        )
        advice = "`>>` puts one schedule after the other"
        return _Mend(self._turned({self.i: "THEN"}), message, span, advice)

    def _operand_missing(self) -> _Mend | None:
        """``>> cosine``, ``cosine >>`` and ``cosine(end=)``."""
        if self.before.type in _ENDS:
            return None
        if self.token.type == "$END" and self.i:
            message = f"the program ends after {_WORDS[self.before.type]}: something is missing"
            return _Mend(self._inserted("NAME"), message, _span(self.before))
        if self.token.type not in _OPERATORS | {"RPAR", "RSQB", "COMMA", "SEMICOLON"}:
            return None
        message = f"expected a schedule or a value, found {_WORDS[self.token.type]}"
        return _Mend(self._inserted("NAME"), message, _span(self.token))


_STRIDE = 32  # tokens between two states that are kept, to go back to


def _recognizer() -> Any:
    """A parser that builds nothing, so that copies of its state are small."""
    state: Any = _lark().parse_interactive()
    conf = copy(state.parser_state.parse_conf)
    conf.callbacks = {}
    state.parser_state.parse_conf = conf
    return state


def _read(stream: list[Token], marks: list[tuple[int, Any]]) -> tuple[int, Any]:
    """The first token that does not fit, and the state before it. `marks` grows on the way."""
    i, state = marks[-1][0], marks[-1][1].copy(deepcopy_values=False)
    try:
        while i < len(stream):
            state.feed_token(stream[i])
            i += 1
            if i >= marks[-1][0] + _STRIDE:
                marks.append((i, state.copy(deepcopy_values=False)))
    except UnexpectedToken:  # the state is spoilt: back to the last mark
        begin, kept = marks[-1]
        state = kept.copy(deepcopy_values=False)
        for token in stream[begin:i]:
            state.feed_token(token)
    return i, state


def _tree(stream: list[Token]) -> S.ProgramTree:
    state: Any = _lark().parse_interactive()
    for token in stream:
        result = state.feed_token(token)
    return result  # type: ignore[no-any-return]


def _reach(state: Any, changed: list[Token], i: int, length: int) -> int:
    """How many tokens of the old stream, from i on, a changed one lets us read: up to a dozen."""
    state, added = state.copy(deepcopy_values=False), len(changed) - length
    for n, token in enumerate(changed[i : i + 12]):
        try:
            state.feed_token(token)
        except UnexpectedToken:
            return n - added
    return 12 - added


def _opening(before: Token, closing: str) -> Token:
    """The bracket that a closing one lacks, behind a token."""
    kind = "LPAR" if closing == "RPAR" else "LSQB"
    return _token(kind, _TEXTS[kind], before.end_pos or 0, before.end_pos or 0)


def _repairs(stream: list[Token], i: int) -> Iterator[list[Token]]:
    """Streams with one token more, less, or another one, at token i."""
    token = stream[i]
    start, end = token.start_pos or 0, token.end_pos or 0
    gap = (stream[i - 1].end_pos or 0) if i else 0
    for kind in ("COMMA", "NAME", "THEN", "COLON", "EQUAL", "SEMICOLON"):
        yield [*stream[:i], _token(kind, _TEXTS[kind], gap, gap), *stream[i:]]
    if token.type != "$END":
        yield [*stream[:i], *stream[i + 1 :]]
        for kind in ("COMMA", "NAME"):
            yield [*stream[:i], _token(kind, _TEXTS[kind], start, end), *stream[i + 1 :]]


def _expectation(wanted: set[str]) -> str:
    """Expected tokens in a trainer's words."""
    words = []
    if {"NUMBER", "LPAR"} <= wanted:
        words.append("a schedule or a value")
        wanted = wanted - {"NUMBER", "NAME", "LPAR", "LSQB", "MINUS", "RPAR", "RSQB"}
    if len(wanted & _OPERATORS) >= 2:
        words.append("an operator")
        wanted = wanted - (_OPERATORS | {"LSQB", "LPAR", "PERCENT", "NAME"})
    words += [_WORDS[w] for w in sorted(wanted) if w in _WORDS]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


@cache
def _scanner() -> re.Pattern[str]:
    """The grammar's own terminals as one pattern."""
    terminals = sorted(_lark().terminals, key=lambda t: (-t.priority, -len(t.pattern.value)))
    return re.compile("|".join(f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in terminals))


def _token(kind: str, text: str, start: int, end: int | None = None) -> Token:
    end = start + len(text) if end is None else end
    return Token(kind, text, start_pos=start, end_pos=end)
