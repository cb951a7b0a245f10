"""Rules about the file around a program: what its format has made of the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from lrdsl.configs.document import Scalar
from lrdsl.configs.program import Program
from lrdsl.configs.signs import reads_exponents
from lrdsl.diagnostics import Diagnostic, Edit, Fix, Span

# What people write for a number, and YAML 1.1 takes for a text: it wants a point and a sign.
_EXPONENT = re.compile(r"[-+]?\d[\d_]*(\.\d*)?[eE][-+]?\d+")

_COMMENT = re.compile(r"#[^\n]*[^\s]")


def hinted(program: Program, found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings of a program, with that of its file instead of those that follow from it.

    LR901: YAML ended the text at a comma of a flow collection, in the middle of a bracket.
    LR905: a comment whose line the format has joined with those that follow.
    """
    findings = [*found, *_swallowing(program)]
    for i, d in enumerate(findings):
        if program.cut and d.code == "LR004":
            end = len(program.text)
            cut = replace(
                d,
                code="LR901",
                span=Span(end, end),
                message="YAML ended this text at a comma, in the middle of a bracket",
                help="quote the program: inside of {..} and [..] a comma ends a text",
                fix=None,
            )
            return [*findings[:i], *(n for n in findings[i + 1 :] if n.code != "LR004"), cut]
    return findings


def _swallowing(program: Program) -> Iterator[Diagnostic]:
    if program.file is None or program.scalar is None or program.wrong is not None:
        return
    folded = program.scalar.style == "folded"
    for comment in _COMMENT.finditer(program.text):
        start, last = comment.start(), comment.end() - 1
        end = program.file.text.find("\n", program.places[start])
        if 0 <= end < program.places[last]:
            own = sum(place < end for place in program.places[start : last + 1])
            yield Diagnostic(
                "LR905",
                "this comment hides the lines that follow: they are joined with its own",
                Span(start, start + len(program.text[start : start + own].rstrip())),
                "warning",
                "write | instead of >" if folded else "a comment can only stand at the end",
            )


def beside(programs: Iterable[Program]) -> Iterator[tuple[Program, Diagnostic]]:
    """LR903: numbers next to a program, in the same mapping, that YAML reads as texts.

    OmegaConf, and with it Hydra, and LightningCLI read them as numbers: a file for one has none.

    Yields:
        The file as a program, and the finding at its place there; each value once.
    """
    seen: set[int] = set()
    numbers: dict[int, bool] = {}
    for program in programs:
        if program.scalar is None or program.document is None:
            continue
        document, around = program.document, program.scalar.path[:-1]
        if id(document) not in numbers:
            numbers[id(document)] = reads_exponents(document)
        if numbers[id(document)]:
            continue
        for scalar in document.around(program.scalar).scalars():
            near = scalar.path[:-1] == around and scalar.span.start not in seen
            if near and scalar is not program.scalar and is_misread(scalar):
                seen.add(scalar.span.start)
                source = document.source
                yield Program(source.text, source.name), misread(scalar)


def is_misread(scalar: Scalar) -> bool:
    """Whether it was written as a number, and is read as a text."""
    plain = scalar.kind == "text" and scalar.style == "plain"
    return plain and _EXPONENT.fullmatch(scalar.text) is not None


def misread(scalar: Scalar) -> Diagnostic:
    """The finding, at its place in the file."""
    mantissa, _, exponent = scalar.text.lower().partition("e")
    sign = "" if exponent[0] in "+-" else "+"
    shown = f"{mantissa}{'' if '.' in mantissa else '.0'}e{sign}{exponent}"
    return Diagnostic(
        "LR903",
        f"YAML reads {scalar.text} as a text, not as a number",
        scalar.span,
        "warning",
        f"write {shown}: its numbers have a point, and a sign in the exponent",
        Fix(f"write {shown}", (Edit(scalar.span, shown),), certain=False),  # it may be a text
    )
