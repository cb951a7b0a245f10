"""The golden tables: what the real systems returned, and how ours is compared with it."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import lrdsl

GOLDENS = Path(__file__).parent / "goldens"
DEVIATIONS = Path(__file__).parent / "deviations"

# Of the case's largest rate. A float64 system rounds a few times per rate (1e-16 each) and some
# go step by step, so 1e-12 leaves room for a thousand steps; TensorFlow's and Keras' constants,
# and the rates of their float64 cases, go through float32 (6e-8) a few times.
DOUBLE, SINGLE = 1e-12, 2e-6


@dataclass(frozen=True)
class Case:
    """One table of a real system's rates, with what is known to be wrong in it."""

    file: str
    index: int
    data: dict = field(hash=False, repr=False)
    known: dict = field(hash=False, repr=False)

    def __str__(self):
        return f"{self.file}-{self.index}-{self.data['system']}"

    @property
    def groups(self):
        """The base rate and the table of each parameter group."""
        base, table = self.data["base_lr"], self.data["lr"]
        if not isinstance(base, list):
            base, table = [base], [table]
        extra = self.data.get("groups_extra") or [{}] * len(base)
        # a group that has an initial_lr already: timm and torch go by that
        base = [e.get("initial_lr", b) for e, b in zip(extra, base, strict=True)]
        return list(zip(base, table, strict=True))

    @property
    def tolerance(self):
        rates = [abs(v) for _, table in self.groups for v in table]
        single = self.data["system"].startswith(("tf", "keras"))
        single = single or self.data.get("dtype") == "float32"
        return max(rates) * (SINGLE if single else DOUBLE)

    def migrate(self, **changes):
        # what the tables' makers set on the instance, because no constructor takes it
        arguments = self.data["args"]
        if "set_after_init" in self.data:
            arguments = {**arguments, **self.data["set_after_init"]}
        if changes:
            arguments = {**arguments, **changes}
        base = [b for b, _ in self.groups]
        base = base if isinstance(self.data["base_lr"], list) else base[0]
        return lrdsl.migrate(self.data["system"], arguments, base_lr=base)


def cases():
    found = []
    for path in sorted(GOLDENS.glob("*.public.json")):
        name = path.name.partition(".")[0]
        known = DEVIATIONS / f"{name}.json"
        known = json.loads(known.read_text()) if known.exists() else []
        known = {row["case"]: row for row in known}
        for i, data in enumerate(json.loads(path.read_text())["cases"]):
            found.append(Case(name, i, data, known.get(i, {})))
    return found


def off(case, migration):
    """The times before the run's end at which ours is not the real system's rate."""
    if case.data.get("stochastic"):  # its table is the curve without the noise
        migration = case.migrate(initial_variance=0)
    programs = migration.groups or [migration.program] * len(case.groups)
    end = migration.run.get("total", math.inf)
    times = [t for t in case.data["t"] if t < end]
    assert times, "the run ends before it begins"
    found = set()
    for program, (base, table) in zip(programs, case.groups, strict=True):
        plan = lrdsl.compile(program, **migration.run)
        for t, real in zip(case.data["t"], table, strict=True):
            ours = plan(t, lr=1.0 if base is None else base)
            if t < end and not abs(ours - real) <= case.tolerance:
                found.add(t)
    return sorted(found)
