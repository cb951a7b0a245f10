"""Text to concrete tree. The only module that knows lark.

A text that does not parse is repaired token by token, so that one run reports every error in it and
the rest can still be checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken

from lrdsl import syntax as S
from lrdsl.diagnostics import Diagnostic, Edit, Fix, Span

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
    "COMMA": ",", "RPAR": ")", "RSQB": "]", "THEN": ">>", "STAR": "*", "PLUS": "+",
    "NAME": MISSING, "COLON": ":", "EQUAL": "=", "SEMICOLON": ";",
}  # fmt: skip
_CLOSING = {"LPAR": "RPAR", "LSQB": "RSQB"}

# What people type, or what an editor makes of it, for something else.
_ALIKE = re.compile(
    r"""(?P<then>[-=]+>|>{3,}|>(?!>)|[\u2192\u21d2\u27f6\u00bb\u226b\u27a1]\ufe0f?)
    |(?P<minus>[\u2010-\u2015\u2212])
    |(?P<times>[\u00d7\u22c5\u2217\u00b7])
    |(?P<over>[\u00f7\u2215])
    |(?P<quote>["'`\u2018-\u201f\u2039\u203a])
    |(?P<space>[\u00a0\u2000-\u200b\u202f\u3000\ufeff])
    |(?P<wide>[\uff08\uff09\uff0c\uff1d\uff0b\uff0a\uff0f\uff1b\uff1a\uff05])""",
    re.VERBOSE,
)
_QUOTE = re.compile("[\"'`\u2018-\u201f\u2039\u203a]")
_MEANT = {"then": ">>", "minus": "-", "times": "*", "over": "/", "quote": "", "space": " "}


class _Repair:
    """Finds every error of a text by mending each as a person would, and reading on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Diagnostic] = []
        self.stopped = False
        self.quotes: set[Span] = set()

    def run(self) -> Parsed:
        tokens = list(self._tokens())
        if not tokens and not self.found:
            return _refused("LR001", "the program is empty", Span(0, len(self.text)))
        if not tokens:
            return Parsed(None, self._sorted())
        tree = self._parse(self._balanced(tokens))
        return Parsed(tree, self._sorted())

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
        self.found.append(Diagnostic(code, message, span, help=help, fix=mended))
        self.stopped = len(self.found) >= MAX_ERRORS

    # -- characters --

    def _tokens(self) -> Iterator[Token]:
        scan, at, bad = _scanner(), 0, 0
        while at < len(self.text) and not self.stopped:
            alike = _ALIKE.match(self.text, at)
            match = scan.match(self.text, at)
            if alike and not (match and match.lastgroup == "THEN" and alike[0] == ">>"):
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
        kind, span = match.lastgroup or "", Span(*match.span())
        meant = _MEANT.get(kind)
        if meant is None:
            meant = chr(ord(match[0]) - 0xFEE0)
        shown = (
            match[0] if match[0].isprintable() and match[0].strip() else f"U+{ord(match[0]):04X}"
        )
        if kind == "quote":
            self._quoted(span)
            return
        if kind == "then":
            message = f"{shown} is not an operator of the language: `>>` is"
        elif meant == " ":
            message = f"{shown} is not an ordinary space"
        else:
            message = f"{shown} looks like `{meant}`, and is another character"
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
        title = "remove the quotes" if later else "remove it"
        self.found.append(
            Diagnostic(
                "LR006",
                f"a program has no quotes: {span.of(self.text)} is not part of it",
                span,
                fix=Fix(title, tuple(edits)),
            )
        )

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
        self._report("LR002", f"{shown} does not belong into a program", span, advice)

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
                    dropped.add(i)
                    self._report(
                        "LR004",
                        f"this {_WORDS[t.type]} closes nothing",
                        _span(t),
                        fix=("remove it", _span(t), ""),
                    )
        for i in reversed(opened):
            self._close(tokens, i, len(tokens), added)
        result: list[Token] = []
        for i, t in enumerate(tokens):
            result += added.get(i, [])
            if i not in dropped:
                result.append(t)
        return result + added.get(len(tokens), [])

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
            Span(opened.start_pos or 0, max(end, (opened.end_pos or 0))),
            help=f"close it with {_WORDS[closing]}",
            fix=(f"insert {_WORDS[closing]}", Span(end, end), _TEXTS[closing]),
        )
        added.setdefault(at, []).insert(0, _token(closing, _TEXTS[closing], end, end))

    # -- grammar --

    def _parse(self, tokens: list[Token]) -> S.ProgramTree | None:
        end = tokens[-1].end_pos or 0
        stream = [*tokens, _token("$END", "", end, end)]
        state: Any = _lark().parse_interactive()
        i = 0
        while not self.stopped:
            try:
                while i < len(stream):
                    result = state.feed_token(stream[i])
                    i += 1
                return result  # type: ignore[no-any-return]
            except UnexpectedToken as error:
                if _swallowed_unit(stream, i):
                    i -= 1
                    self._forgotten_comma(stream[i], stream[i - 1])
                    stream = [*stream[:i], _comma_after(stream[i - 1]), *stream[i:]]
                    state = self._before(stream, i)
                    continue
                if _two_numbers(stream, i):
                    self._explain(stream, i, stream[i], [], None)
                    stream = [*stream[:i], *stream[i + 1 :]]
                    state = self._before(stream, i)
                    continue
                state = self._before(stream, i)
                mended = self._mend(state, stream, i, error)
                if mended is None:
                    return None
                stream, i = mended
        return None

    def _forgotten_comma(self, name: Token, number: Token) -> None:
        at = number.end_pos or 0
        self._report(
            "LR003",
            f"expected `,` between {number} and `{name}`",
            _span(number).to(_span(name)),
            fix=("insert `,`", Span(at, at), ","),
        )

    def _before(self, stream: list[Token], i: int) -> Any:
        state: Any = _lark().parse_interactive()
        for token in stream[:i]:
            state.feed_token(token)
        return state

    def _mend(
        self, state: Any, stream: list[Token], i: int, error: UnexpectedToken
    ) -> tuple[list[Token], int] | None:
        token = stream[i]
        best: tuple[int, list[Token], str, str] | None = None
        for rank, (kind, text, changed) in enumerate(_repairs(stream, i)):
            reach = _reach(state, changed, i)
            score = reach * 100 - rank
            if best is None or score > best[0]:
                best = score, changed, kind, text
        gap = Span((stream[i - 1].end_pos or 0) if i else 0, token.start_pos or 0)
        if not any(gap.start <= d.span.start and d.span.end <= gap.end for d in self.found):
            # nothing else has been reported right here
            self._explain(stream, i, token, sorted(error.accepts or error.expected), best)
        if best is None or best[0] < 50:
            return None
        return best[1], i

    def _explain(
        self,
        stream: list[Token],
        i: int,
        token: Token,
        expected: list[str],
        best: tuple[int, list[Token], str, str] | None,
    ) -> None:
        previous = stream[i - 1] if i else None
        span = _span(token)
        found = _WORDS.get(token.type, f"`{token}`")
        if token.type in ("NAME", "NUMBER"):
            found = f"`{token}`"
        if token.type == "$END" and previous is not None:
            span = _span(previous)
        if token.type == "NUMBER" and previous is not None and previous.type == "NUMBER":
            whole = _span(previous).to(span)
            self._report(
                "LR005" if previous.end_pos == token.start_pos else "LR003",
                f"{whole.of(self.text)} is not a number"
                if previous.end_pos == token.start_pos
                else f"two numbers stand side by side: {previous} {token}",
                whole,
                help="separate arguments by a comma"
                if previous.end_pos != token.start_pos
                else "a number is written like 3, 0.67, 1e-5, 1_000 or 10k",
            )
            return
        wanted = _expectation(expected)
        message = f"expected {wanted}, found {found}"
        if token.type == "$END":
            message = f"the program ends where {wanted} is expected"
        fix = None
        if best is not None and best[2] == "insert" and best[3] in ("COMMA", "SEMICOLON"):
            at = stream[i - 1].end_pos or 0
            fix = (f"insert {_WORDS[best[3]]}", Span(at, at), _TEXTS[best[3]])
        elif best is not None and best[2] == "delete":
            fix = ("remove it", span, "")
        self._report("LR003", message, span, fix=fix)


def _swallowed_unit(stream: list[Token], i: int) -> bool:
    """Whether a name was read as a number's unit, and is an argument's name: ``5 start=1``."""
    return i >= 2 and (stream[i].type, stream[i - 1].type, stream[i - 2].type) in (
        ("EQUAL", "NAME", "NUMBER"),
        ("LPAR", "NAME", "NUMBER"),
    )


def _two_numbers(stream: list[Token], i: int) -> bool:
    """Whether a number follows a number without a space: ``1.2.3``."""
    before, token = stream[i - 1] if i else None, stream[i]
    return (
        before is not None
        and before.type == token.type == "NUMBER"
        and before.end_pos == token.start_pos
    )


def _comma_after(token: Token) -> Token:
    return _token("COMMA", ",", token.end_pos or 0, token.end_pos or 0)


def _repairs(stream: list[Token], i: int) -> Iterator[tuple[str, str, list[Token]]]:
    """Ways to go on from token i: kind, token type, and the changed stream."""
    token = stream[i]
    end = stream[i - 1].end_pos or 0 if i else 0
    for kind in ("COMMA", "NAME", "THEN", "COLON", "EQUAL", "SEMICOLON"):
        yield "insert", kind, [*stream[:i], _token(kind, _TEXTS[kind], end, end), *stream[i:]]
    if token.type != "$END":
        yield "delete", token.type, [*stream[:i], *stream[i + 1 :]]
        for kind in ("COMMA", "NAME"):
            yield (
                "replace",
                kind,
                [
                    *stream[:i],
                    _token(kind, _TEXTS[kind], token.start_pos or 0, token.end_pos or 0),
                    *stream[i + 1 :],
                ],
            )


def _reach(state: Any, stream: list[Token], i: int) -> int:
    """How many tokens from i on can be read, up to a dozen."""
    trial = state.copy()
    read = 0
    for token in stream[i : i + 12]:
        try:
            trial.feed_token(token)
        except UnexpectedToken:
            break
        read += 1
        if token.type == "$END":
            return 13
    return read


def _expectation(expected: list[str]) -> str:
    """Expected tokens in a trainer's words."""
    wanted = set(expected)
    words = []
    if {"NUMBER", "LPAR"} <= wanted:
        words.append("a schedule or a value")
        wanted -= {"NUMBER", "NAME", "LPAR", "LSQB", "MINUS"}
    operators = {"BAR", "THEN", "PLUS", "MINUS", "STAR", "SLASH"}
    if len(wanted & operators) >= 2:
        words.append("an operator")
        wanted -= operators | {"LSQB", "PERCENT", "NAME"}
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
