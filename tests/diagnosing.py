"""What the tests of diagnostics share: findings as plain rows, and the names that calls use.

`python tests/diagnosing.py` writes tests/data/messages.json anew after a message has changed, or a
program or call was added to it (with ``"found": []``): then read the difference.
"""

from __future__ import annotations

import decimal
import functools
import json
import math
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from filed import filed as filed

import lrdsl
import lrdsl.python as spelled
from lrdsl.diagnostics import Diagnostic
from lrdsl.torch import Scheduler, for_lightning, value

TABLE = Path(__file__).parent / "data" / "messages.json"


def row(d: Diagnostic, text: str) -> dict[str, Any]:
    """A finding as the table has it: what it says, what it points at, and the text it fixes."""
    at = d.span.of(text)
    if len(at) > 300:
        at = f"{at[:20]}.. ({len(at)} characters)"
    found: dict[str, Any] = {"code": d.code, "message": d.message, "at": at}
    if d.help is not None:
        found["help"] = d.help
    if d.fix is not None:
        found["fixed"] = d.fix.apply(text)
    return found


def optimizer(groups: int) -> torch.optim.Optimizer:
    parameters = [[torch.nn.Parameter(torch.zeros(1))] for _ in range(groups)]
    return torch.optim.SGD([{"params": p} for p in parameters], lr=0.1)


def raised(call: str) -> list[dict[str, Any]]:
    """The findings of a Python expression that is refused."""
    words = {name: getattr(spelled, name) for name in ("cosine", "hold", "multistep")}
    known = {
        **words,
        "lrdsl": lrdsl,
        "Scheduler": Scheduler,
        "value": value,
        "for_lightning": for_lightning,
        "Endless": functools.partial(SimpleNamespace, estimated_stepping_batches=math.inf),
        "torch": torch,
        "OPT": optimizer(1),
        "OPT2": optimizer(2),
        "PLAN": lrdsl.compile("cosine", total=90),
        "math": math,
        "np": np,
        "decimal": decimal,
        "functools": functools,
    }
    try:
        eval(call, known)
    except lrdsl.LrdslError as e:
        return [row(d, e.text) for d in e.diagnostics]
    raise AssertionError(f"accepted: {call}")


def written(entries: list[dict[str, Any]]) -> str:
    """The table: a finding a line, so that differences are small."""
    paragraphs = []
    for entry in entries:
        lines = [f'"{k}": {json.dumps(v, ensure_ascii=False)}' for k, v in entry.items()]
        found = [f"    {json.dumps(f, ensure_ascii=False)}" for f in entry["found"]]
        lines[-1] = '"found": [\n' + ",\n".join(found) + "]"
        paragraphs.append(" {" + ",\n  ".join(lines) + "}")
    return "[\n" + ",\n".join(paragraphs) + "\n]\n"


def main() -> None:
    entries = json.loads(TABLE.read_text(encoding="utf-8"))
    for e in entries:
        if "call" in e:
            e["found"] = raised(e["call"])
        elif "file" in e:
            found = filed(e["text"], e["file"], **e["run"])
            e["found"] = [row(f.diagnostic, f.program.text) for f in found]
        else:
            e["found"] = [row(d, e["program"]) for d in lrdsl.check(e["program"], **e["run"])]
    TABLE.write_text(written(entries), encoding="utf-8")


if __name__ == "__main__":
    main()
