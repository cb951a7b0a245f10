"""The entries of a parameter group that a program may drive: `lr`, `weight_decay`, `betas[0]`."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch

from lrdsl.torch.errors import finite, refused

Group = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    """One number in a parameter group: ``group[key]``, or ``group[key][index]``."""

    name: str
    key: str
    index: int | None = None
    initial: str = field(init=False)
    scheduled: str = field(init=False)

    def __post_init__(self) -> None:
        # What a group remembers between processes, beside the number itself. torch's own
        # schedulers leave `initial_lr`; `scheduled_lr` says that the number in force is a
        # schedule's doing: it is that number, or a list of it that several groups share.
        object.__setattr__(self, "initial", f"initial_{self.name}")
        object.__setattr__(self, "scheduled", f"scheduled_{self.name}")

    @classmethod
    def named(cls, name: str) -> Option:
        """The option of a name such as ``lr`` or ``betas[0]``.

        Raises:
            LrdslError: no such spelling (LR704).
        """
        match = re.fullmatch(r"([A-Za-z_]\w*)(?:\[(\d+)\])?", name)
        if match is None or match[1] == "params":
            raise refused("LR704", f"{name!r} is no option of an optimizer, such as 'lr'")
        return cls(name, match[1], None if match[2] is None else int(match[2]))

    def read(self, group: Group) -> float:
        """The number as it stands in a group.

        Raises:
            LrdslError: the group has no such number (LR707).
        """
        try:
            found = group[self.key] if self.index is None else group[self.key][self.index]
        except (KeyError, IndexError, TypeError):
            known = ", ".join(k for k in group if k != "params")
            raise refused(
                "LR707", f"the optimizer's groups have no {self.name}", f"they have {known}"
            ) from None
        if isinstance(found, torch.Tensor):
            found = found.detach()
            if not found.is_floating_point():  # it could be filled with whole numbers alone
                kind = str(found.dtype).removeprefix("torch.")
                raise refused(
                    "LR707", f"{self.name} is a tensor of {kind}", "make it one of float32"
                )
        return finite(self.name, found, "LR707")

    def write(self, group: Group, value: float) -> float:
        """Put a number there; a tensor is filled in place, so that compiled code keeps it.

        Returns:
            The number as it then stands there, which a tensor rounds to its own dtype.
        """
        held = group[self.key] if self.index is None else group[self.key][self.index]
        if isinstance(held, torch.Tensor):
            held.detach().fill_(value)
            return _rounded(value, held.dtype)
        if self.index is None:
            group[self.key] = value
        elif held != value:
            several = list(group[self.key])
            several[self.index] = value
            group[self.key] = type(group[self.key])(several)
        return value

    def mark(self, group: Group) -> Any:
        """The number that a schedule wrote there last; None where none did."""
        mark = group.get(self.scheduled)
        return mark[0] if isinstance(mark, list) else mark

    def base(self, group: Group) -> float:
        """What the option was before any schedule.

        That is what is written there, or, where a schedule wrote it, what that one remembered.
        """
        now = self.read(group)
        if self.initial in group and self.mark(group) == now:
            return finite(self.initial, group[self.initial], "LR707")
        return now


@lru_cache(maxsize=16)  # one number goes into many groups
def _rounded(value: float, dtype: torch.dtype) -> float:
    """A number as a tensor holds it; reading that one back would wait for its device."""
    return float(torch.tensor(value, dtype=dtype, device="cpu"))


LR = Option("lr", "lr")
