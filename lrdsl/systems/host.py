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
    """The parameter groups differ in a way that no single program can say.

    Attributes:
        groups: how many there are; 0 for as many as there are base rates.
    """

    def __init__(self, groups: int = 0) -> None:
        super().__init__(groups)
        self.groups = groups


@dataclass(frozen=True, slots=True)
class Host:
    """The parameter groups and the run that a scheduler is made for.

    Attributes:
        base: the base rate of each parameter group; empty where it is not known.
        group: which of several groups a program is wanted for; None for all of them.
        groups: how many there are, where that is known.
        total: the run's length in ticks, where it is known.
        about: what else describes the run (``_state``, ..), by its name without the underscore.
        given: the names of the arguments that differ from their defaults.
    """

    base: tuple[Fraction, ...] = ()
    group: int | None = None
    total: Fraction | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    groups: int | None = None
    given: frozenset[str] = frozenset()

    def idle(self, *names: str, without: str) -> tuple[str, ...]:
        """A note on those of the arguments that were given, and have no effect."""
        vain = [name for name in names if name in self.given]
        return (f"{' and '.join(vain)} without {without}: no effect",) if vain else ()

    def assuming(self, rate: Fraction) -> Host:
        """The host itself, or, where no base rate is known, one whose base rate is this."""
        return self if self.base else replace(self, base=(rate,))

    def rate(self, value: Rates) -> Value:
        """An absolute rate as the program says it: ``lr`` where it is the base rate of every group.

        A rate of 0 is 0, whatever the base rate is.

        Args:
            value: one rate for all groups, or one for each.

        Raises:
            Unlike: it is no function ``p*lr + q`` of the groups' base rates.
        """
        wanted = self._of_groups(value)
        same = len(set(wanted)) == 1
        if same and (set(wanted) != set(self.base) or not wanted[0]):
            return 0 * lr + wanted[0]
        groups = max(len(wanted), len(self.base))
        wanted, base = _for_each(wanted, groups), _for_each(self.base, groups)
        if wanted == base:
            return lr
        if not base:
            raise Unlike(groups)
        ratios = {w / b for w, b in zip(wanted, base, strict=True) if b}
        if len(ratios) == 1 and all(base):
            return ratios.pop() * lr
        return self._line(base, wanted)

    def ratio(self, value: Rates) -> Value | None:
        """The same rate as a multiple of ``lr``; None where the groups differ, or are not known."""
        wanted = self._of_groups(value)
        if not self.base or not all(self.base):
            return None
        groups = max(len(wanted), len(self.base))
        each = zip(_for_each(wanted, groups), _for_each(self.base, groups), strict=True)
        ratios = {w / b for w, b in each}
        return ratios.pop() * lr if len(ratios) == 1 else None

    def alone(self, group: int, groups: int) -> Host:
        """The host of one of several groups."""
        base = self.base[group : group + 1] if len(self.base) > 1 else self.base
        return replace(self, base=base, group=group, groups=groups)

    def _of_groups(self, value: Rates) -> tuple[Fraction, ...]:
        several = (value,) if isinstance(value, Fraction | int) else tuple(value)
        return several if self.group is None or len(several) == 1 else (several[self.group],)

    @staticmethod
    def _line(base: Sequence[Fraction], wanted: Sequence[Fraction]) -> Value:
        low, high = min(base), max(base)
        if low == high:
            raise Unlike(len(base))
        at = dict(zip(base, wanted, strict=True))
        slope = (at[high] - at[low]) / (high - low)
        offset = at[low] - slope * low
        if any(slope * b + offset != w for b, w in zip(base, wanted, strict=True)):
            raise Unlike(len(base))
        return slope * lr + offset


def _for_each(rates: tuple[Fraction, ...], groups: int) -> tuple[Fraction, ...]:
    return rates * groups if len(rates) == 1 else rates
