"""Writes the files that are printed by lrdsl itself: `python tools/generate.py [--check]`.

With --check nothing is written: it says what is stale, and exits with 1. A new generated file is
a function that returns its text, and a row of `FILES`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))  # the tools import each other

from coming_from import coming_from
from filed import filed
from grammar_tables import grammar_tables
from rules_table import rules
from stub import stub
from torch_page import page as torch_page

import lrdsl
from lrdsl.codes import CODES, Code
from lrdsl.diagnostics import render

ROOT = Path(__file__).resolve().parents[1]


def diagnostics() -> str:
    """docs/diagnostics.md: a section for each code."""
    lines = [
        "# Diagnostics",
        "",
        "Every finding has a code that never changes its meaning. `lrdsl explain LR402` prints a "
        "section of this page. It is generated, outputs included: `make docs`.",
        "",
    ]
    for hundred, title in GROUPS.items():
        codes = [c for c in CODES.values() if c.code.startswith(hundred)]
        links = ", ".join(f"[{c.code}](#{c.code})" for c in codes)
        lines.append(f"- {title}: {links}")
    for code in CODES.values():
        lines += ["", *section(code)]
    return "\n".join(lines) + "\n"


GROUPS = {
    "LR0": "the text",
    "LR1": "names and arguments",
    "LR2": "kinds and units",
    "LR3": "operators",
    "LR4": "lengths",
    "LR5": "numbers",
    "LR6": "limits",
    "LR7": "the run, and the host",
    "LR8": "lints: legal, and seldom meant",
    "LR9": "the file around a program",
}


def section(code: Code) -> Iterator[str]:
    """A code's section; what is printed in it comes from running its example."""
    yield f'<a id="{code.code}"></a>'
    yield ""
    yield f"## {code.code}: {code.title}"
    yield ""
    yield f"*{code.severity}* · {code.text}"
    yield ""
    yield "Wrong:"
    yield ""
    if code.call:
        yield from block(code.call, "python")
    else:
        yield from example(code.wrong, code.run, code.file)
    yield ""
    yield from block(output(code), "text")
    yield ""
    yield "Right:"
    yield ""
    if code.right_call:
        yield from block(code.right_call, "python")
    else:
        yield from example(code.right, code.right_run, code.file)


def example(program: str, run: Any, file: str = "") -> Iterator[str]:
    """A program or a file as it is written, and the run where that matters."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in run.items())
    yield from block(program or "(an empty text)", file.partition(".")[2] or "text")
    if arguments and not file:
        yield ""
        yield f"in a run with `{arguments}`"


def block(text: str, language: str) -> Iterator[str]:
    yield f"```{language}"
    yield from text.split("\n")
    yield "```"


def output(code: Code) -> str:
    """What `lrdsl check` prints for the wrong example, or what the Python example raises."""
    if code.call:
        return raised(code.call)
    if code.file:
        found = filed(code.wrong, code.file, **code.run)
        return "\n\n".join(render([f.diagnostic], f.program) for f in found)
    if code.severity == "error":
        run = {k: v for k, v in code.run.items() if k not in ("lr", "enable")}
        try:
            lrdsl.compile(code.wrong, **run)
        except lrdsl.LrdslError as e:
            return str(e)
        raise AssertionError(f"{code.code}: its wrong example is right")
    lints = [d for d in lrdsl.check(code.wrong, **code.run) if d.code == code.code]
    return render(lints, code.wrong)


def raised(statements: str) -> str:
    """The message of the LrdslError that the statements raise."""
    try:
        exec(statements, {"lrdsl": lrdsl})
    except lrdsl.LrdslError as e:
        return str(e)
    raise AssertionError(f"no LrdslError: {statements}")


FILES: dict[str, Callable[[], str]] = {
    "docs/coming-from.md": coming_from,
    "docs/diagnostics.md": diagnostics,
    "docs/rules.md": rules,
    "docs/torch.md": torch_page,
    "lrdsl/parser/tables.py": grammar_tables,
    "lrdsl/python.pyi": stub,
}


def main(arguments: list[str]) -> int:
    """Write what is stale, or only say so; the exit status."""
    stale = []
    for name, generate in FILES.items():
        path, text = ROOT / name, generate()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in arguments:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{name} is stale: run make docs" if "--check" in arguments else f"wrote {name}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
