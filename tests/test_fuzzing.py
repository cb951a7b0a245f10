"""Texts that nobody would write: a few hundred here, and `make fuzz` for as long as you like."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fuzzing import mutating
from fuzzing.properties import PROPERTIES
from fuzzing.reducing import reduced
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Allowed, schedules

SEEDS = mutating.seeds()
AT_ONCE = 10  # texts of one example: hypothesis costs more than they do


def held(text: str, run: dict[str, Any]) -> None:
    for name, holds in PROPERTIES.items():
        try:
            holds(text, run)
        except Exception as error:
            raise AssertionError(f"{name} of {text!r} in {run}: {error}") from error


@given(st.integers(0, 2**64 - 1))
def test_any_mutation_of_a_program_keeps_the_promises(number: int) -> None:
    rng = Random(number)
    for _ in range(AT_ONCE):
        held(mutating.mutated(rng, rng.choice(SEEDS), SEEDS), mutating.run(rng))


@settings(max_examples=settings.default.max_examples * 2)
@given(schedules(Allowed(depth=3, pinned=True)), st.sampled_from(mutating.RUNS))
def test_any_program_keeps_the_promises(s: Any, run: dict[str, Any]) -> None:
    held(str(s), run)


REGRESSIONS = json.loads((Path(__file__).parent / "data" / "fuzzed.json").read_text("utf-8"))


@pytest.mark.parametrize("found", REGRESSIONS, ids=lambda f: f["text"][:30])
def test_what_fuzzing_found_holds_now(found: dict[str, Any]) -> None:
    held(found["text"], found["run"])


def test_mutations_are_the_same_for_the_same_number_and_touch_every_kind() -> None:
    def texts() -> list[str]:
        rng = Random(7)
        return [mutating.mutated(rng, rng.choice(SEEDS), SEEDS) for _ in range(2000)]

    first = texts()
    assert first == texts()
    assert len(set(first)) > 1800
    everything = " ".join(first)
    assert all(kind in everything for kind in mutating.CALLS)


def test_a_failure_is_made_small() -> None:
    text = "warmup(5ep) >> cosine * restarts(limit=3) + noise(0.67, seed=7) >> hold"
    assert reduced(text, lambda t: "noise(" in t and "7" in t) == "noise(7"


@pytest.fixture
def fuzz(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[1] / "tools"))
    import fuzz

    yield fuzz
    sys.modules.pop("fuzz")


def test_the_driver_saves_what_fails_and_finds_it_again(
    fuzz: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_cosine(text: str, run: dict[str, Any]) -> None:
        assert "cosine" not in text

    monkeypatch.setitem(PROPERTIES, "no_cosine", no_cosine)
    assert fuzz.fuzz(0, 1, tmp_path, ["no_cosine"]) in (0, 1)  # no time: one input
    assert "1 inputs" in capsys.readouterr().out
    bug, said = fuzz.failure("no_cosine", "hold >> cosine(5)", {})
    path = fuzz.save(tmp_path, bug, "cosine", {}, said)
    assert fuzz.again(path) == 1
    path.write_text(path.read_text("utf-8").replace('"text": "cosine"', '"text": "hold"'), "utf-8")
    assert fuzz.again(path) == 0
