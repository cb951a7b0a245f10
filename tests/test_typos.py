"""The gate of tests/typos.py, on a third of its programs."""

import pytest
from typos import KINDS, Verdict, corpus, judged, share, table, typos

PROGRAMS = corpus()[::3]


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    return [v for t in typos(PROGRAMS, each=1) if (v := judged(t))]


def test_the_corpus_is_large_enough() -> None:
    assert len(PROGRAMS) > 100


def test_the_first_error_touches_the_typo(verdicts: list[Verdict]) -> None:
    assert {v.typo.kind for v in verdicts} == set(KINDS)
    assert share([v.touches for v in verdicts]) >= 0.95, table(verdicts)


def test_a_fix_restores_the_meaning(verdicts: list[Verdict]) -> None:
    fixed = [v for v in verdicts if v.undone is not None]
    assert len(fixed) > len(verdicts) / 2, table(verdicts)
    assert share([bool(v.undone) for v in fixed]) >= 0.80, table(verdicts)


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_typo_is_far_behind(verdicts: list[Verdict], kind: str) -> None:
    found = [v for v in verdicts if v.typo.kind == kind]
    fixed = [v for v in found if v.undone is not None]
    assert share([v.touches for v in found]) >= 0.90, table(found)
    assert share([bool(v.undone) for v in fixed]) >= 0.75, table(found)


def test_one_typo_is_one_error(verdicts: list[Verdict]) -> None:
    assert share([v.errors == 1 for v in verdicts]) >= 0.90, table(verdicts)
