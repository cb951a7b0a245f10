"""Mistakes that have a name, and how each is mended."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lrdsl.diagnostics import Edit, Fix, Problem, Span
from lrdsl.parser.lalr import FINISH, Token
from lrdsl.parser.parsed import MISSING
from lrdsl.values import MAGNITUDES, from_decimal, show_number

WORDS = {
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
    FINISH: "the end of the program",
}
TEXTS = {
    "COMMA": ",", "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]", "THEN": ">>", "STAR": "*",
    "PLUS": "+", "MINUS": "-", "NAME": MISSING, "COLON": ":", "EQUAL": "=", "SEMICOLON": ";",
}  # fmt: skip
CLOSING = {"LPAR": "RPAR", "LSQB": "RSQB"}
OPERATORS = {"BAR", "THEN", "PLUS", "MINUS", "STAR", "SLASH"}
# Words for operators, and words of programming languages that stand where one is wanted.
SPOKEN = {
    "then": "THEN", "plus": "PLUS", "minus": "MINUS", "times": "STAR",
    **dict.fromkeys(("and", "or", "if", "else", "for", "in", "is", "while"), ""),
}  # fmt: skip
BEGINS = {"NUMBER", "NAME", "LPAR", "LSQB"}  # what an operand starts with
ENDS = {"NUMBER", "NAME", "PERCENT", "RPAR", "RSQB"}  # and what it ends with


@dataclass(frozen=True, slots=True)
class Mend:
    """What was wrong at a token, and the stream of tokens as it was probably meant."""

    stream: list[Token]
    message: str
    span: Span
    help: str | None = None
    fix: Fix | None = None
    code: str = "LR003"


class Mending:
    """Mistakes that have a name: each rule looks at the token that does not fit."""

    def __init__(self, text: str, stream: list[Token], i: int) -> None:
        self.text = text
        self.stream = stream
        self.i = i
        self.token = stream[i]
        self.before = stream[i - 1] if i else Token("$START", "", 0)
        self.opened = self._opened()
        self.statement = 1 + max((j for j in range(i) if stream[j].kind == "SEMICOLON"), default=-1)

    def find(self) -> Mend | None:
        """What the first rule that knows this mistake says."""
        rules = (
            self._share_of_lr,
            self._two_numbers,
            self._swallowed,
            self._superfluous_word,
            self._word_for_operator,
            self._argument_without_brackets,
            self._called_again,
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
            kind = self.stream[j].kind
            if kind in CLOSING.values():
                depth += 1
            elif kind in CLOSING:
                if not depth:
                    return j
                depth -= 1
        return None

    @property
    def is_listed(self) -> bool:
        """Whether commas separate here: in a call or in a list."""
        if self.opened is None:
            return False
        before = self.stream[self.opened - 1].kind if self.opened else ""
        if self.stream[self.opened].kind == "LPAR":
            return before == "NAME"
        return before not in ENDS  # else it is a slice

    @property
    def is_binding(self) -> bool:
        """Whether this is part of ``name = ..`` at the start of a statement, outside brackets."""
        head = [t.kind for t in self.stream[self.statement : self.statement + 2]]
        return self.opened is None and head == ["NAME", "EQUAL"] and self.i > self.statement + 2

    def _closing(self) -> int | None:
        """Index of the bracket that closes the innermost open one."""
        depth = 0
        for j in range(self.i, len(self.stream)):
            kind = self.stream[j].kind
            depth += (kind in CLOSING) - (kind in CLOSING.values())
            if depth < 0:
                return j
        return None

    # -- what to do --

    def _inserted(self, *kinds: str, at: int | None = None) -> list[Token]:
        at = self.i if at is None else at
        end = self.stream[at - 1].end if at else 0
        new = [Token(k, TEXTS[k], end, end) for k in kinds]
        return [*self.stream[:at], *new, *self.stream[at:]]

    def _without(self, j: int) -> list[Token]:
        return [*self.stream[:j], *self.stream[j + 1 :]]

    def _turned(self, changes: dict[int, str]) -> list[Token]:
        """The stream with other types for some tokens."""
        return [
            Token(changes[j], TEXTS[changes[j]], t.start, t.end) if j in changes else t
            for j, t in enumerate(self.stream)
        ]

    def _separated(self, at: int) -> Mend:
        """Two operands side by side, the second from token `at` on."""
        right = self.stream[at]
        end = self.stream[at - 1].end
        shown = f"between `{self._operand_before(at)}` and `{self._operand_at(at)}`"
        if self.is_listed:
            fix = Fix("insert `,`", (Edit(Span(end, end), ","),))
            stream = self._inserted("COMMA", at=at)
            return Mend(stream, f"expected `,` {shown}", right.span, fix=fix)
        if self.is_binding:
            fix = Fix("insert `;`", (Edit(Span(end, end), ";"),))
            stream = self._inserted("SEMICOLON", at=at)
            return Mend(stream, f"expected `;` {shown}", right.span, "a binding ends with `;`", fix)
        stream = self._inserted("THEN", at=at)
        advice = "`>>` puts one schedule after the other"
        return Mend(stream, f"expected an operator {shown}", right.span, advice)

    def _operand_before(self, at: int) -> str:
        """What ends before token `at`, in short: ``5ep``, ``warmup(..)``."""
        token, before = self.stream[at - 1], self.stream[at - 2] if at > 1 else None
        if token.kind in ("NAME", "PERCENT") and before is not None and before.kind == "NUMBER":
            return before.span.to(token.span).of(self.text)
        if token.kind not in CLOSING.values():
            return str(token)
        opening, depth = at - 1, 0
        for j in range(at - 1, -1, -1):  # pragma: no branch - brackets before an error match
            kind = self.stream[j].kind
            depth += (kind in CLOSING.values()) - (kind in CLOSING)
            if not depth:
                opening = j
                break
        called = self.stream[opening - 1] if opening else None
        name = called if called is not None and called.kind == "NAME" else ""
        return f"{name}{self.stream[opening]}..{token}"

    def _operand_at(self, at: int) -> str:
        token, after = self.stream[at], self.stream[at + 1]
        if token.kind in CLOSING:
            return f"{token}..{TEXTS[CLOSING[token.kind]]}"
        called = token.kind == "NAME" and after.kind == "LPAR"
        return f"{token}(..)" if called else str(token)

    # -- the rules --

    def _share_of_lr(self) -> Mend | None:
        """``10% lr``."""
        if self.before.kind != "PERCENT" or self.token not in ("lr", "base"):
            return None
        number = self.stream[self.i - 2]
        whole = number.span.to(self.token.span)
        try:
            share = show_number(from_decimal(str(number).replace("_", "")) / 100)
        except Problem:
            return None
        tokens = [Token("NUMBER", share, whole.start), Token("STAR", "*", whole.start)]
        return Mend(
            [*self.stream[: self.i - 2], *tokens, *self.stream[self.i :]],
            f"{whole.of(self.text)} is not a value: a share of the base rate is a product",
            whole,
            fix=Fix("multiply", (Edit(whole, f"{share}*{self.token}"),)),
        )

    def _two_numbers(self) -> Mend | None:
        """``1.2.3`` and ``30 60``."""
        if self.before.kind != "NUMBER" or self.token.kind != "NUMBER":
            return None
        whole = self.before.span.to(self.token.span)
        shown = whole.of(self.text)
        if self.before.end == self.token.start:
            return Mend(
                self._without(self.i),
                f"{shown} is not a number",
                whole,
                "a number is written like 3, 0.67, 1e-5, 1_000 or 10k",
                code="LR005",
            )
        listed = self.opened is not None and self.stream[self.opened].kind == "LSQB"
        if re.fullmatch(r"\d{1,3} \d{3}", shown) and not listed:
            fix = Fix("group digits by `_`", (Edit(whole, shown.replace(" ", "_")),))
            return Mend(self._without(self.i), f"{shown} is two numbers", whole, fix=fix)
        return self._separated(self.i) if self.is_listed else None

    def _swallowed(self) -> Mend | None:
        """``5 start=1`` and ``5ep start=1``: a name that was read as part of a unit."""
        kinds = [t.kind for t in self.stream[max(0, self.i - 3) : self.i]]
        if self.token.kind not in ("EQUAL", "LPAR"):
            return None
        if kinds[-2:] == ["NUMBER", "NAME"] or kinds[-3:] == ["NUMBER", "NAME", "NAME"]:
            return self._separated(self.i - 1)
        return None

    def _superfluous_word(self) -> Mend | None:
        """``let W = 5ep;``."""
        if self.i != self.statement + 1 or self.before.kind != "NAME":
            return None
        if [t.kind for t in self.stream[self.i : self.i + 2]] != ["NAME", "EQUAL"]:
            return None
        gap = Span(self.before.start, self.token.start)
        return Mend(
            self._without(self.i - 1),
            f"a binding starts with its name: `{self.before}` does not belong here",
            self.before.span,
            f"write {self.token} = ..;",
            Fix("remove it", (Edit(gap, ""),)),
        )

    def _word_for_operator(self) -> Mend | None:
        """``warmup(5ep) then cosine``."""
        meant, span = SPOKEN.get(str(self.token)), self.token.span
        if meant is None or self.token.kind != "NAME" or self.before.kind not in ENDS:
            return None
        message = f"`{self.token}` is not an operator of the language"
        if not meant:
            advice = "the operators are >> | + - * /"
            return Mend(self._turned({self.i: "THEN"}), message, span, advice)
        fix = Fix(f"write `{TEXTS[meant]}`", (Edit(span, TEXTS[meant]),))
        message += f": {WORDS[meant]} is"
        return Mend(self._turned({self.i: meant}), message, span, fix=fix)

    def _argument_without_brackets(self) -> Mend | None:
        """``warmup 5ep >> cosine``."""
        name, token = self.before, self.token
        if token.kind != "NUMBER" or name.kind != "NAME" or name in ("lr", "base"):
            return None
        if (self.i > 1 and self.stream[self.i - 2].kind in ENDS) or self._binds(name):
            return None
        last = self.i  # of the number, its magnitude and its unit
        if self.stream[last + 1].kind == "PERCENT":
            last += 1
        else:
            if self.stream[last + 1] in MAGNITUDES:
                last += 1
            if self.stream[last + 1].kind == "NAME" and self.stream[last + 2].kind != "LPAR":
                last += 1
        amount = token.span.to(self.stream[last].span)
        gap = Span(name.end, amount.start)
        called = f"{name}({amount.of(self.text)})"
        left, right = (
            Token(k, TEXTS[k], at, at) for k, at in (("LPAR", gap.end), ("RPAR", amount.end))
        )
        stream = [*self.stream[: self.i], left, *self.stream[self.i : last + 1], right]
        return Mend(
            [*stream, *self.stream[last + 1 :]],
            f"the arguments of {name} stand in round brackets",
            name.span.to(amount),
            f"write {called}",
            Fix(f"write {called}", (Edit(gap, "("), Edit(Span(amount.end, amount.end), ")"))),
        )

    def _called_again(self) -> Mend | None:
        """``cosine(10)(5)``."""
        if self.token.kind != "LPAR" or self.before.kind != "RPAR":
            return None
        inside = [t.kind for t in self.stream[self.i + 1 : self.i + 3]]
        if inside[:1] != ["NUMBER"] and inside != ["NAME", "EQUAL"]:
            return None
        called = self._operand_before(self.i)
        closing, depth = self.i, 0
        while depth or closing == self.i:
            kind = self.stream[closing].kind
            depth += (kind in CLOSING) - (kind in CLOSING.values())
            closing += 1
        if called.startswith("("):
            return None  # no call: a group
        group = self.token.span.to(self.stream[closing - 1].span)
        return Mend(
            [*self.stream[: self.i], *self.stream[closing:]],
            f"{called} is a schedule already, and takes no further arguments",
            group,
            "one pair of brackets holds all arguments; `>>` puts one schedule after the other",
        )

    def _side_by_side(self) -> Mend | None:
        if self.token.kind in BEGINS and self.before.kind in ENDS:
            return self._separated(self.i)
        return None

    def _no_schedule(self) -> Mend | None:
        """``W = 5ep`` and ``W = 5ep;``: bindings, and nothing after them."""
        if self.token.kind != FINISH:
            return None
        name = self.stream[self.statement]
        if self.is_binding and self.before.kind in ENDS:
            return Mend(
                self._inserted("SEMICOLON", "NAME"),
                f"the program ends after the binding of {name}: its schedule is missing",
                name.span.to(self.before.span),
                f"leave out `{name} =`, or end it with `;` and write the schedule after it",
            )
        if self.before.kind == "SEMICOLON":
            return Mend(
                self._inserted("NAME"),
                "the program ends after a binding: its schedule is missing",
                self.before.span,
                "the schedule stands after the bindings: W = 5ep; warmup(W) >> cosine",
            )
        return None

    def _list_in_parentheses(self) -> Mend | None:
        """``multistep((30, 60))``."""
        if self.token.kind != "COMMA" or self.opened is None or self.is_listed:
            return None
        closing = self._closing()
        outside = self.stream[self.opened - 1].kind if self.opened else ""
        if closing is None or outside not in ("LPAR", "COMMA", "EQUAL", "LSQB"):
            return None
        return self._other_brackets(  # round ones: square ones would be a list there
            closing, "LSQB", "a list stands in square brackets", self.stream[self.opened].span
        )

    def _call_in_brackets(self) -> Mend | None:
        """``cosine[5ep]`` and ``tanh[-6, 4]``."""
        if self.token.kind not in ("COMMA", "RSQB", "EQUAL") or not self.opened or self.is_listed:
            return None
        name, closing = self.stream[self.opened - 1], self._closing()
        if self.stream[self.opened].kind != "LSQB" or name.kind != "NAME" or closing is None:
            return None
        if any(t.kind == "COLON" for t in self.stream[self.opened : closing]) or self._binds(name):
            return None
        span = self.stream[self.opened].span
        if self.text[name.span.end : span.start].strip():  # what was wrong between them is left out
            return None
        return self._other_brackets(closing, "LPAR", "arguments stand in round brackets", span)

    def _binds(self, name: Token) -> bool:
        pairs = zip(self.stream, self.stream[1:], strict=False)
        return any(a == name and b.kind == "EQUAL" for a, b in pairs)

    def _other_brackets(self, closing: int, kind: str, message: str, span: Span) -> Mend:
        assert self.opened is not None
        changes = {self.opened: kind, closing: CLOSING[kind]}
        edits = tuple(Edit(self.stream[j].span, TEXTS[k]) for j, k in changes.items())
        shown = TEXTS[kind] + TEXTS[CLOSING[kind]]
        return Mend(self._turned(changes), message, span, fix=Fix(f"write `{shown}`", edits))

    def _slice_without_colon(self) -> Mend | None:
        """``cosine(10)[5]``."""
        if self.token.kind != "RSQB" or self.opened is None or self.is_listed:
            return None
        inside = self.stream[self.opened + 1 : self.i]
        if not inside or any(t.kind == "COLON" for t in inside):
            return None
        shown = inside[0].span.to(inside[-1].span).of(self.text)
        return Mend(
            self._inserted("COLON"),
            "a slice has a `:` between its start and its end",
            self.stream[self.opened].span.to(self.token.span),
            f"[{shown}:] is the rest from {shown} on, [:{shown}] the part up to it",
        )

    def _colon_for_equal(self) -> Mend | None:
        """``warmup(5ep, start: 0)``."""
        if self.token.kind != "COLON" or self.before.kind != "NAME":
            return None
        outside = self.stream[self.i - 2].kind if self.i > 1 else ""
        if not (self.is_listed and outside in ("LPAR", "COMMA")) and self.i != self.statement + 1:
            return None
        fix = Fix("write `=`", (Edit(self.token.span, "="),))
        message = f"`=` gives {self.before} its value, not `:`"
        return Mend(self._turned({self.i: "EQUAL"}), message, self.token.span, fix=fix)

    def _doubled(self) -> Mend | None:
        """``a >> >> b`` and ``f(1,, 2)``."""
        if self.token.kind != self.before.kind or self.token.kind in CLOSING:
            return None
        spare = Span(self.before.end, self.token.end)
        fix = Fix("remove one", (Edit(spare, ""),), certain=False)  # or an operand is missing
        message = f"{WORDS[self.token.kind]} stands twice"
        return Mend(self._without(self.i), message, self.token.span, fix=fix)

    def _last_mark(self) -> Mend | None:
        """``cosine;`` and ``cosine,``."""
        following = self.stream[self.i + 1].kind if self.token.kind != FINISH else ""
        if self.token.kind not in ("COMMA", "SEMICOLON") or following != FINISH:
            return None
        if self.opened is not None or self.is_binding or not self.i:
            return None
        fix = Fix("remove it", (Edit(self.token.span, ""),))
        message = f"a program does not end with {WORDS[self.token.kind]}"
        return Mend(self._without(self.i), message, self.token.span, fix=fix)

    def _mark_for_operator(self) -> Mend | None:
        """``W = 5ep, warmup(W)`` and ``warmup(5ep), cosine``."""
        kind, span = self.token.kind, self.token.span
        if kind not in ("COMMA", "SEMICOLON") or self.before.kind not in ENDS:
            return None
        if self.is_binding and kind == "COMMA":
            fix = Fix("write `;`", (Edit(span, ";"),))
            message = "a binding ends with `;`, not with `,`"
            return Mend(self._turned({self.i: "SEMICOLON"}), message, span, fix=fix)
        if self.opened is not None and self.is_listed:
            return None
        message = (
            "`;` ends a binding, and this is none: it has no name"
            if kind == "SEMICOLON"
            else "`,` separates arguments, and these are none"
        )
        advice = "`>>` puts one schedule after the other"
        return Mend(self._turned({self.i: "THEN"}), message, span, advice)

    def _operand_missing(self) -> Mend | None:
        """``>> cosine``, ``cosine >>`` and ``cosine(end=)``."""
        if self.before.kind in ENDS:
            return None
        if self.token.kind == FINISH and self.i:
            message = f"the program ends after {WORDS[self.before.kind]}: something is missing"
            return Mend(self._inserted("NAME"), message, self.before.span)
        if self.token.kind not in OPERATORS | {"RPAR", "RSQB", "COMMA", "SEMICOLON"}:
            return None
        message = f"expected a schedule or a value, found {WORDS[self.token.kind]}"
        return Mend(self._inserted("NAME"), message, self.token.span)
