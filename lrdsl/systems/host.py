"""What is known beside a scheduler's own arguments: the parameter groups, and the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from lrdsl.python import lr
from lrdsl.values import Value

Rates = Fraction | Sequence[Fraction]


class Unlike(Exception):
    """The parameter groups differ in a way that no single program can say."""


@dataclass(frozen=True, slots=True)
class Host:
    """The parameter groups and the run that a scheduler is made for.

    Attributes:
        base: the base rate of each parameter group; empty where it is not known.
        group: which of several groups a program is wanted for; None for all of them.
        total: the run's length in ticks, where it is known.
        about: what else describes the run (``_state``, ..), by its name without the underscore.
    """

    base: tuple[Fraction, ...] = ()
    group: int | None = None
    total: Fraction | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    def assuming(self, rate: Fraction) -> Host:
        """The host itself, or, where no base rate is known, one whose base rate is this."""
        return self if self.base else replace(self, base=(rate,))

    def rate(self, value: Rates) -> Value:
        """An absolute rate as the program says it: ``lr`` where it is the base rate of every group.

        Args:
            value: one rate for all groups, or one for each.

        Raises:
            Unlike: it is no function ``p*lr + q`` of the groups' base rates.
        """
        wanted = self._of_groups(value)
        base = self.base
        if len(set(wanted)) == 1 and set(wanted) != set(base):
            return 0 * lr + wanted[0]
        if len(wanted) != len(base):
            if len(base) > 1:
                raise Unlike
            base = base * len(wanted)
        if wanted == base:
            return lr
        ratios = {w / b for w, b in zip(wanted, base, strict=True) if b}
        if len(ratios) == 1 and all(base):
            return ratios.pop() * lr
        return self._line(base, wanted)

    def ratio(self, value: Rates) -> Value | None:
        """The same rate as a multiple of ``lr``; None where the groups differ, or are not known."""
        wanted = self._of_groups(value)
        if not self.base or not all(self.base):
            return None
        wanted = wanted * len(self.base) if len(wanted) == 1 else wanted
        ratios = {w / b for w, b in zip(wanted, self.base, strict=False)}
        return ratios.pop() * lr if len(ratios) == 1 else None

    def _of_groups(self, value: Rates) -> tuple[Fraction, ...]:
        several = (value,) if isinstance(value, Fraction | int) else tuple(value)
        return several if self.group is None or len(several) == 1 else (several[self.group],)

    @staticmethod
    def _line(base: Sequence[Fraction], wanted: Sequence[Fraction]) -> Value:
        low, high = min(base), max(base)
        if low == high:
            raise Unlike
        at = dict(zip(base, wanted, strict=True))
        slope = (at[high] - at[low]) / (high - low)
        offset = at[low] - slope * low
        if any(slope * b + offset != w for b, w in zip(base, wanted, strict=True)):
            raise Unlike
        return slope * lr + offset
