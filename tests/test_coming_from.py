"""docs/coming-from.md: its programs are lrdsl's, and it leaves out no system and no argument."""

import inspect
import json
import re
import sys
from importlib import import_module
from pathlib import Path

import golden
import pytest
import real_timm
import torch

import lrdsl
from lrdsl.systems import names
from lrdsl.systems.registry import find

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")

sys.path.insert(0, str(ROOT / "tools"))
coming_from = import_module("coming_from")
sys.path.remove(str(ROOT / "tools"))


def sections():
    """The text under each second heading, by the heading."""
    parts = re.split(r"^## (.*)$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def code(text):
    """What is written as code in a text."""
    return [found.replace("\\|", "|") for found in re.findall(r"`([^`\n]+)`", text)]


def named(text):
    """The systems that a text has."""
    written = [found for found in code(text) if not re.search(r"[ ('\"]", found)]
    return {s for found in written for s in coming_from.systems(found) if s in names()}


SYSTEMS = {
    name: text
    for heading, text in sections().items()
    if heading != "Known deviations"
    for name in named(text)
}
REFUSED = named(sections()["What is refused"])


def test_the_page_is_what_lrdsl_says_today():
    shown, today = PAGE.split("\n"), coming_from.coming_from().split("\n")
    assert [(a, b) for a, b in zip(shown, today, strict=True) if a != b] == []


def test_every_system_is_on_the_page():
    assert sorted(set(names()) - set(SYSTEMS)) == []


@pytest.mark.parametrize("name", sorted(set(names()) - REFUSED))
def test_every_argument_has_its_place(name):
    text = SYSTEMS[name]
    words = {word for found in code(text) for word in re.findall(r"\w+", found)}
    parameters = list(inspect.signature(find(name)).parameters)[1:]
    assert [p for p in parameters if p not in words] == []


def test_the_rows_are_read_as_they_are_written():
    first = {"a": 1}
    assert coming_from.arguments("`a=1, b=[2, 'x|y']`".replace("|", "\\|"), {}) == {
        "a": 1,
        "b": [2, "x|y"],
    }
    assert coming_from.arguments("`.. b=2`", first) == {"a": 1, "b": 2}
    assert coming_from.arguments("`b=2`", first) == {"b": 2}
    assert coming_from.arguments("", first) == {}
    assert coming_from.systems("{a,b.c}.D") == ["a.D", "b.c.D"]
    assert coming_from.cells(r"| `a \| b` | c |") == [r"`a \| b`", "c"]


def test_a_stale_row_is_filled_in_and_the_rest_is_left_alone():
    lines = [
        "### `torch.StepLR`",
        "| arguments | program |",
        "|---|---|",
        "| `step_size=30` | old |",
        "| `.. gamma=0.5` | old |",
        "",
        "| system | arguments | instead |",
        "|---|---|---|",
        "| `torch.ReduceLROnPlateau` | | old |",
        "prose, and | a | bar",
    ]
    found = list(coming_from.fresh(lines))
    assert found[3] == "| `step_size=30` | `step(every=30, factor=0.1)` |"
    assert found[4] == "| `.. gamma=0.5` | `step(every=30, factor=0.5)` |"
    assert found[8].startswith("| `torch.ReduceLROnPlateau` |  | LR725: ")
    assert [a for i, a in enumerate(found) if i not in (3, 4, 8)] == [
        a for i, a in enumerate(lines) if i not in (3, 4, 8)
    ]


def test_the_words_of_the_page_that_are_no_table_row_are_true():
    made = lrdsl.migrate("torch.OneCycleLR", {"max_lr": 0.1, "total_steps": 100}, base_lr=0.1)
    assert lrdsl.compile(made.program, **made.run).total == 100
    (shown,) = re.findall(r"```console\n\$ lrdsl import (\S+) (.*) --base-lr (\S+)\n(.*)\n", PAGE)
    arguments = dict(a.split("=") for a in shown[1].split())
    assert lrdsl.migrate(shown[0], arguments, base_lr=float(shown[2])).program == shown[3]
    written = {text for text in code(PAGE) if text.startswith(("cyclic(", "warmup(5) "))}
    assert len(written) >= 4
    for text in written:
        lrdsl.parse(text)


def test_every_reason_for_a_deviation_is_on_the_page_with_its_systems():
    table = sections()["Known deviations"]
    rows = [coming_from.cells(line) for line in table.split("\n") if line.startswith("| `")]
    shown = {(s, r.replace("\\|", "|")) for systems, r in rows for s in code(systems)}
    files = {p.stem: json.loads(p.read_text("utf-8")) for p in golden.DEVIATIONS.glob("*.json")}
    known = {
        (case.data["system"], case.known["reason"])
        for case in golden.cases()
        if case.file in files and case.known.get("at")
    }
    assert shown == known


@pytest.mark.parametrize(
    ("system", "args", "late"),
    [
        ("timm.tanh", {"t_initial": 10, "cycle_mul": 3, "cycle_limit": 9}, 1210),
        ("timm.tanh", {"t_initial": 10, "cycle_mul": 10, "cycle_limit": 9}, 1110),
        ("timm.step", {"decay_t": 1.1, "decay_rate": 0.5}, 11),
    ],
)
def test_what_is_said_of_live_timm(system, args, late):
    parameter = torch.nn.Parameter(torch.zeros(1))
    kinds = {
        "timm.tanh": real_timm.scheduler.TanhLRScheduler,
        "timm.step": real_timm.scheduler.StepLRScheduler,
    }
    real = kinds[system](torch.optim.SGD([parameter], lr=0.1), **args)
    plan = lrdsl.migrate(system, args, base_lr=0.1).compile()
    for t in range(late - 3, late + 4):
        real.step(t)
        (group,) = real.optimizer.param_groups
        assert (abs(plan(t, lr=0.1) - group["lr"]) > 1e-13) == (t == late)
    written = ", ".join(
        f"{k}={v}" for k, v in args.items() if k not in ("cycle_limit", "decay_rate")
    )
    assert f"`{written}` at t = {late}" in re.sub(r"\s+", " ", PAGE)
