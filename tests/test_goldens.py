"""Every rate of the golden tables, or a reason in tests/deviations why not.

A row of a deviations file is ``{"case", "reason"}`` with ``"at"``: the exact times before the run's
end at which the real system is known to be wrong, or ``"refused"``: the code of the error.
"""

import statistics

import golden
import pytest

import lrdsl

CASES = golden.cases()
systems = pytest.mark.parametrize("case", CASES, ids=str)


@systems
def test_the_real_rates_but_for_the_known_deviations(case):
    if "refused" in case.known:
        with pytest.raises(lrdsl.LrdslError) as caught:
            case.migrate()
        assert [d.code for d in caught.value.diagnostics] == [case.known["refused"]]
        assert caught.value.diagnostics[0].help, "says what to do"
        return
    assert golden.off(case, case.migrate()) == case.known.get("at", [])


@systems
def test_the_program_is_canonical_and_clean(case):
    if "refused" in case.known:
        return
    migration = case.migrate()
    for program in (migration.program, *migration.groups, migration.momentum):
        if program is not None:
            assert lrdsl.format(program) == program
    interval = {"epoch": "epoch"}.get(case.data["unit"], "step")
    assert migration.interval == interval or "at" in case.known


def test_programs_are_what_a_person_would_write():
    lengths = sorted(len(c.migrate().program) for c in CASES if "refused" not in c.known)
    assert statistics.median(lengths) <= 60
    assert lengths[len(lengths) * 9 // 10] <= 110


def test_every_known_deviation_is_of_a_public_case_and_has_a_reason():
    for path in golden.DEVIATIONS.glob("*.json"):
        held = [c for c in CASES if c.file == path.stem and c.known]
        assert len(held) == len(golden.json.loads(path.read_text()))
        assert all(c.known["reason"] for c in held)
