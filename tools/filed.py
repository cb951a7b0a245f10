"""What lrdsl finds in the text of a config file, for the documentation and the tests."""

from __future__ import annotations

from typing import Any

import lrdsl
from lrdsl import ignores
from lrdsl.configs import read
from lrdsl.configs.program import programs
from lrdsl.configs.rules import beside, hinted
from lrdsl.reports.finding import Finding


def filed(text: str, name: str, **run: Any) -> list[Finding]:
    """The findings of all programs of a file, and of what is around them."""
    document = read(text, name)
    found = []
    for program in (every := programs(document)):
        wrong = [program.wrong] if program.wrong else lrdsl.check(program.text, **run)
        found += [Finding(program, d) for d in hinted(program, wrong)]
    found += [Finding(program, d) for program, d in beside(every)]
    return ignores.apply(found, [document])
