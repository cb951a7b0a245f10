"""The tour of the tutorials: what it draws is what the real schedulers return."""

import os
import runpy
import struct
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import golden
import numpy as np
import pytest

import lrdsl

pytest.importorskip("matplotlib")

ROOT = Path(__file__).parents[1]
TOUR = ROOT / "examples" / "tour"
SCRIPTS = ["tanh", "step", "keras_tour", "policy"]

sys.path.insert(0, str(TOUR))  # as where the scripts are run
drawing = import_module("drawing")
PICTURES = [p for script in SCRIPTS for p in import_module(script).PICTURES]
SCHEDULES = [s for p in PICTURES for s in p.schedules]
INSTALLABLE = [s for s in SCHEDULES if s.system.rpartition(".")[0] in drawing.real.LIBRARIES]
sys.path.remove(str(TOUR))

# Keras' constants go through float32, as do its rates.
DOUBLE, SINGLE = golden.DOUBLE, golden.SINGLE
# Where Keras drops to the end rate for an update instead of starting anew: the table of known
# deviations has it.
LATE = {"keras3.PolynomialDecay": {30, 60, 90}}

schedules = pytest.mark.parametrize("s", SCHEDULES, ids=lambda s: f"{s.system} {s.program}")


def off(s, ours, theirs):
    """The ticks at which the two are not the same rate."""
    single = s.system.startswith(("keras", "tf"))
    tolerance = (SINGLE if single else DOUBLE) * max(abs(v) for v in theirs)
    return {t for t, (a, b) in enumerate(zip(ours, theirs, strict=True)) if abs(a - b) > tolerance}


def expected(s):
    return LATE.get(s.system, set()) if s.args.get("cycle") else set()


def tables():
    """What the golden tables have for the schedules of the tour."""
    for unit, s in [(p.unit, s) for p in PICTURES for s in p.schedules]:
        for data in (case.data for case in golden.cases()):
            same = (data["system"], data["args"]) == (s.system, s.args)
            base = data["base_lr"] in (s.lr, s.args.get("initial_learning_rate"), None)
            if same and base and data["unit"] == unit:
                yield s, data


TABLES = list(tables())


@pytest.mark.parametrize(("s", "data"), TABLES, ids=[f"{s.system} {s.program}" for s, _ in TABLES])
def test_the_curves_are_those_of_the_golden_tables(s, data):
    times = [t for t in data["t"] if t < s.ticks]
    table = data["lr"][: len(times)]
    assert len(times) > 30
    program = s.context[0] if data.get("stochastic") else s.program  # the table is without noise
    assert {times[i] for i in off(s, s.values(program)[times], table)} == expected(s)
    if s.momentum:
        kept = data["momentum"][: len(times)]
        assert off(s, s.values(s.momentum)[times], kept) == set()


def test_most_of_the_tour_is_in_the_golden_tables():
    assert len({id(s) for s, _ in TABLES}) >= 0.6 * len(SCHEDULES)


@pytest.mark.parametrize("s", INSTALLABLE, ids=lambda s: f"{s.system} {s.program}")
def test_the_curves_are_those_of_the_real_schedulers(s):
    if s.real is None:
        pytest.skip(f"the library of {s.system} is not installed")
    assert off(s, s.values(), s.real.values) == expected(s)


@schedules
def test_the_programs_by_hand_are_those_that_import_finds(s):
    base = s.args.get("initial_learning_rate", s.args.get("LR_MAX", s.lr))
    found = lrdsl.migrate(s.system, s.args, base_lr=base)
    theirs = found.compile()(np.arange(s.ticks), lr=base)
    assert off(s, s.values(), theirs) == set()
    assert (found.momentum is None) == (s.momentum is None)
    if s.momentum:
        theirs = lrdsl.compile(found.momentum, **found.run)(np.arange(s.ticks))
        assert off(s, s.values(s.momentum), theirs) == set()


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_prints_its_programs_and_draws_those_curves(script, tmp_path, monkeypatch, capsys):
    drawn, draw = [], drawing.draw
    monkeypatch.setattr(drawing, "draw", lambda p: drawn.append((p, draw(p))) or drawn[-1][1])
    monkeypatch.setattr(sys, "argv", [script, "--out", str(tmp_path / "new")])
    monkeypatch.syspath_prepend(TOUR)
    pictures = runpy.run_path(str(TOUR / f"{script}.py"), run_name="__main__")["PICTURES"]
    assert [p for p, _ in drawn] == pictures
    shown = capsys.readouterr().out.splitlines()
    assert len(list((tmp_path / "new").iterdir())) == len(pictures)
    for picture, figure in drawn:
        assert f"# {picture.says}" in shown
        assert {f"    {s.program}" for s in picture.schedules} <= set(shown)
        header = (tmp_path / "new" / f"{picture.name}.png").read_bytes()[:24]
        assert header.startswith(b"\x89PNG")
        assert min(struct.unpack(">II", header[16:])) > 300
        has_those_curves(picture, figure)


def has_those_curves(picture, figure):
    ours, theirs = [], []
    for axes in figure.axes:
        assert axes.get_ylabel() in ("learning rate", "momentum", "")
        ours += [list(line.get_ydata()) for line in axes.lines if line.get_gid() == "lrdsl"]
        theirs += [list(line.get_ydata()) for line in axes.lines if line.get_gid() == "real"]
    assert {axes.get_xlabel() for axes in figure.axes} - {""} == {picture.unit}
    panels = [s for s in picture.schedules for _ in range(2 if picture.scales else 1)]
    momenta = [list(s.values(s.momentum)) for s in picture.schedules if s.momentum]
    assert ours == [list(s.values()) for s in panels] + momenta
    assert theirs == [list(s.real.values) for s in panels if s.real]
    legend = {text.get_text() for text in figure.legends[0].get_texts()}
    assert legend >= {"lrdsl"} | {s.real.by for s in panels if s.real}


def test_a_script_runs_on_its_own(tmp_path):
    done = subprocess.run(
        [sys.executable, TOUR / "policy.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert {p.name for p in tmp_path.glob("runs/tour/*")} == {
        f"{p.name}.png" for p in import_module("policy").PICTURES
    }


def test_a_script_needs_neither_timm_nor_keras(monkeypatch):
    monkeypatch.setattr(drawing.real, "installed", lambda _: False)
    for s in SCHEDULES:
        assert drawing.real.rates(s.system, s.args, s.lr, s.ticks) is None
