"""A text that does not parse, read to its end: every error is mended as a person would."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrdsl import syntax as S
from lrdsl.diagnostics import Diagnostic, Edit, Fix, Span
from lrdsl.parser.building import build
from lrdsl.parser.lalr import FINISH, SCANNER, Automaton, Token, Unexpected
from lrdsl.parser.mending import CLOSING, OPERATORS, TEXTS, WORDS, Mend, Mending
from lrdsl.parser.parsed import MAX_ERRORS, MISSING, Parsed, refused
from lrdsl.parser.tables import IGNORED

# What people type, or what an editor makes of it, for something else.
_ALIKE = re.compile(
    r"""(?P<then>(?<![-=])[-=]+>|>{3,}|>[ ]>|>(?!>)|[\u2192\u21d2\u27f6\u00bb\u226b\u27a1]\ufe0f?)
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
_PYTHON = re.compile(r"\blambda\s+[A-Za-z_][\w\s,=*]*:")
_QUOTE = re.compile("[\"'`\u2018-\u201f\u2039\u203a]")
_MEANT = {
    "then": ">>", "bar": "|", "equal": "=", "minus": "-", "times": "*", "over": "/", "space": " ",
}  # fmt: skip


class Repair:
    """Finds every error of a text by mending each as a person would, and reading on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Diagnostic] = []
        self.stopped = False
        self.quotes: set[Span] = set()
        self.braces: list[str] = []  # the closing brackets that open curly ones stand for
        self.braced = False  # whether the next closing one was reported with its opening one

    def run(self) -> Parsed:
        python = _PYTHON.search(self.text)
        if python:
            self._report(
                "LR002",
                "a function of Python's does not belong in a program: nothing runs it",
                Span(*python.span()),
                help="say what curve it draws: 0.95**t, say, is exponential(1, 0.95)",
            )
            return Parsed(None, self._sorted())
        tokens = list(self._tokens())
        if not tokens and not self.found:
            return refused("LR001", "the program is empty", Span(0, len(self.text)))
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
        if self.stopped:
            return
        mended = None
        if fix is not None:
            title, where, text = fix
            certain = code != "LR004"  # where a bracket belongs is seldom plain
            mended = Fix(title, (Edit(where, text),), certain)
        self._found(Diagnostic(code, message, span, help=help, fix=mended))

    def _found(self, diagnostic: Diagnostic) -> None:
        self.found.append(diagnostic)
        self.stopped = len(self.found) >= MAX_ERRORS

    # -- characters --

    def _tokens(self) -> Iterator[Token]:
        scan, at, bad = SCANNER, 0, 0
        while at < len(self.text) and not self.stopped:
            alike = _ALIKE.match(self.text, at)
            match = scan.match(self.text, at)
            if alike:
                yield from self._look_alike(alike)
                at = alike.end()
            elif match:
                at = match.end()
                if match.lastgroup not in IGNORED:
                    yield Token(match.lastgroup or "", match[0], match.start())
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
            yield Token("STAR", "*", span.start, span.end)
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
            yield Token("NAME", MISSING, span.start, span.end)
        elif kind == "exponent":
            at = next(j for j, c in enumerate(shown) if not c.isascii())
            dash = Span(span.start + at, span.start + at + 1)
            list(self._replaced("minus", shown[at], dash))
            yield Token("NUMBER", f"{shown[:at]}-{shown[at + 1 :]}", span.start, span.end)
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
        m = SCANNER.match(meant)
        if m and m.lastgroup != "SPACE":
            yield Token(m.lastgroup or "", meant, span.start, span.end)

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
            return Token("RPAR" if meant == ")" else "RSQB", meant, span.start, span.end)
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
                # without its partner, or after the $ of an interpolation, it may be another thing
                fix=Fix(
                    f"write `{opening}{closing}`",
                    tuple(edits),
                    certain=len(edits) == 2 and self.text[span.start - 1 : span.start] != "$",
                ),
            )
        )
        return Token("LPAR" if called else "LSQB", opening, span.start, span.end)

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
            if t.kind in CLOSING:
                opened.append(i)
            elif t.kind in CLOSING.values():
                if opened and CLOSING[tokens[opened[-1]].kind] == t.kind:
                    opened.pop()
                elif opened and len(opened) > 1 and CLOSING[tokens[opened[-2]].kind] == t.kind:
                    self._close(tokens, opened.pop(), i, added)
                    opened.pop()
                else:
                    at = self._unopened(tokens, i)
                    if at is not None and not opened:
                        added.setdefault(at, []).append(_opening(tokens[at - 1], t.kind))
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
            if tokens[j].kind in OPERATORS | {"SEMICOLON", *CLOSING, *CLOSING.values()}:
                break
            if tokens[j].kind == "NUMBER" and tokens[j - 1].kind == "NAME":
                at = j  # `warmup 5)`: a name is never followed by a number
        if at is None:
            fix = ("remove it", closing.span, "")
        else:
            opening = _opening(tokens[at - 1], closing.kind)
            end = opening.start
            gap = Span(end, tokens[at].start)
            fix = (f"insert `{opening}` after {tokens[at - 1]}", gap, str(opening))
        self._report("LR004", f"this {WORDS[closing.kind]} closes nothing", closing.span, fix=fix)
        return at

    def _close(
        self, tokens: list[Token], opening: int, limit: int, added: dict[int, list[Token]]
    ) -> None:
        """Close a bracket where its contents must have ended: before `limit`, or an operator."""
        closing = CLOSING[tokens[opening].kind]
        is_call = opening > 0 and tokens[opening - 1].kind == "NAME"
        depth, at = 0, limit
        for i in range(opening + 1, limit):
            kind = tokens[i].kind
            depth += (kind in CLOSING) - (kind in CLOSING.values())
            ends = ("THEN", "BAR", "SEMICOLON") if is_call or closing == "RSQB" else ("SEMICOLON",)
            variadic = is_call and str(tokens[opening - 1]) in ("min", "max", "clip")
            if depth <= 0 and kind in ends and not variadic:
                at = i
                break
        end = tokens[at - 1].end
        opened = tokens[opening]
        self._report(
            "LR004",
            f"this {WORDS[opened.kind]} is never closed",
            opened.span,
            help=f"close it with {WORDS[closing]}",
            fix=(f"insert {WORDS[closing]}", Span(end, end), TEXTS[closing])
            if is_call or at > opening + 1
            else None,  # nothing is inside
        )
        added.setdefault(at, []).insert(0, Token(closing, TEXTS[closing], end, end))

    # -- grammar --

    def _parse(self, tokens: list[Token]) -> S.ProgramTree | None:
        """Read the tokens; at each that does not fit, mend the stream and go on."""
        end = tokens[-1].end
        stream = [*tokens, Token(FINISH, "", end, end)]
        marks = [(0, Automaton())]
        quiet = 0  # no second error at tokens that the last repair has touched
        for _ in range(4 * MAX_ERRORS):
            i, state = _read(stream, marks)
            if i == len(stream):
                return build(stream)
            mend = Mending(self.text, stream, i).find() or self._searched(state, stream, i)
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
        if token.kind != FINISH and token.start == token.end:
            return True  # a bracket that was put in, and reported
        gap = Span(stream[i - 1].end if i else 0, token.start)
        return any(
            d.span == span or (gap.start <= d.span.start and d.span.end <= gap.end)
            for d in self.found
        )

    def _searched(self, state: Automaton, stream: list[Token], i: int) -> Mend:
        """The repair after which most of what follows can be read."""
        token = stream[i]
        wanted = _expectation(state.accepts())
        found = f"`{token}`" if token.kind in ("NAME", "NUMBER") else WORDS[token.kind]
        span, message = token.span, f"expected {wanted}, found {found}"
        reached = [
            (_reach(state, changed, i, len(stream)), changed) for changed in _repairs(stream, i)
        ]
        best = max(reached, key=lambda pair: pair[0])
        return Mend(best[1] if best[0] > 0 else [], message, span)


_STRIDE = 32  # tokens between two states that are kept, to go back to


def _read(stream: list[Token], marks: list[tuple[int, Automaton]]) -> tuple[int, Automaton]:
    """The first token that does not fit, and the state before it. `marks` grows on the way."""
    i, state = marks[-1][0], marks[-1][1].copy()
    try:
        while i < len(stream):
            state.feed(stream[i])
            i += 1
            if i >= marks[-1][0] + _STRIDE:
                marks.append((i, state.copy()))
    except Unexpected:  # the state is spoilt: back to the last mark
        begin, kept = marks[-1]
        state = kept.copy()
        for token in stream[begin:i]:
            state.feed(token)
    return i, state


def _reach(state: Automaton, changed: list[Token], i: int, length: int) -> int:
    """How many tokens of the old stream, from i on, a changed one lets us read: up to a dozen."""
    state, added = state.copy(), len(changed) - length
    for n, token in enumerate(changed[i : i + 12]):
        try:
            state.feed(token)
        except Unexpected:
            return n - added
    return 12 - added


def _opening(before: Token, closing: str) -> Token:
    """The bracket that a closing one lacks, behind a token."""
    kind = "LPAR" if closing == "RPAR" else "LSQB"
    return Token(kind, TEXTS[kind], before.end, before.end)


def _repairs(stream: list[Token], i: int) -> Iterator[list[Token]]:
    """Streams with one token more, less, or another one, at token i."""
    token = stream[i]
    start, end = token.start, token.end
    gap = stream[i - 1].end if i else 0
    for kind in ("COMMA", "NAME", "THEN", "COLON", "EQUAL", "SEMICOLON"):
        yield [*stream[:i], Token(kind, TEXTS[kind], gap, gap), *stream[i:]]
    if token.kind != FINISH:
        yield [*stream[:i], *stream[i + 1 :]]
        for kind in ("COMMA", "NAME"):
            yield [*stream[:i], Token(kind, TEXTS[kind], start, end), *stream[i + 1 :]]


def _expectation(wanted: set[str]) -> str:
    """Expected tokens in a trainer's words."""
    words = []
    if {"NUMBER", "LPAR"} <= wanted:
        words.append("a schedule or a value")
        wanted = wanted - {"NUMBER", "NAME", "LPAR", "LSQB", "MINUS", "RPAR", "RSQB"}
    if len(wanted & OPERATORS) >= 2:
        words.append("an operator")
        wanted = wanted - (OPERATORS | {"LSQB", "LPAR", "PERCENT", "NAME"})
    words += [WORDS[w] for w in sorted(wanted) if w in WORDS]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
