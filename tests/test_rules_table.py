"""The lints on real schedules: what they flag is known, so a new rule shows what it adds."""

from diagnosing import filed as filed  # puts tools/ on the path

# isort: split
import rules_table

import lrdsl.lint


def test_the_default_lints_say_little_of_published_schedules():
    number, said = rules_table.published()
    loud = {s.name for s in said if s.code not in lrdsl.lint.OFF}
    assert number == 90
    assert len(loud) == 8, sorted(loud)


def test_every_verdict_is_of_a_lint_that_says_something():
    counts = rules_table.counts()
    assert {code for code, found in counts.items() if any(found)} == set(rules_table.VERDICTS)
    assert not any(code < "LR8" for code in counts), "a real schedule is refused"
