"""A new kind of segment is tried by every property test without a change to any of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import Phase, find, settings
from strategies import Allowed, schedules

HERE = Path(__file__).resolve().parent

# In an interpreter of its own: a kind that is registered stays.
TOY = '''
from fractions import Fraction
from typing import ClassVar, Literal

from hypothesis import Phase, find, settings

from lrdsl import expr as E
from lrdsl.expr import Affine
from lrdsl.segments.base import Clock, Segment
from lrdsl.values import Num, Time, Value


class Toy(Segment):
    """``toy(every!, to=0)``: a fall to a value, by a factor for every so many ticks."""

    terse: ClassVar[int] = 0  # all by name
    kind: Literal["toy"] = "toy"
    every: Time
    factor: Num = Fraction(1, 2)
    to: Value = Value(Fraction(0), Fraction(0))

    def formula(self, c: Clock) -> Affine:
        to = c.value(self.to)
        return to + (c.start - to) * E.const(self.factor) ** (c.elapsed / c.ticks(self.every))


import lrdsl
from fuzzing import mutating
from strategies import calls, schedules

few = settings(phases=[Phase.generate], max_examples=2_000, database=None)  # nothing to shrink
drawn = find(calls("toy"), lambda s: s.factor != Fraction(1, 2) and s.to.lr != 0, settings=few)
assert lrdsl.parse(str(drawn)) == drawn, drawn
inside = find(schedules(), lambda s: "toy(" in str(s), settings=few)
assert lrdsl.parse(str(inside)) == inside, inside
assert "toy" in mutating.WORDS and "every=" in mutating.WORDS
print(drawn, "|", inside)
'''


def test_a_new_kind_is_drawn_and_mutated() -> None:
    path = os.pathsep.join([str(HERE), str(HERE.parent)])
    ran = subprocess.run(
        [sys.executable, "-c", TOY],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "toy(" in ran.stdout


def test_next_is_drawn_where_it_has_a_meaning() -> None:
    few = settings(phases=[Phase.generate], max_examples=2_000, database=None)
    aimed = find(schedules(Allowed(depth=1)), lambda s: "end=next" in str(s), settings=few)
    assert "|" in str(aimed)
