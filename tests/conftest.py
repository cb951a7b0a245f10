"""Settings of the property tests: few examples by default, many under ``make fuzz``."""

import os

from hypothesis import HealthCheck, settings

# No deadline, no complaint about slow data: a shared machine may pause any example. No complaint
# about refused data either: programs are drawn from the registry, and many do not fit their run.
settings.register_profile(
    "few",
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    derandomize=bool(os.environ.get("CI")),  # in CI the same examples every time
    print_blob=True,
)
few = settings.get_profile("few")
# One bug at a time: every generated function is a place of its own, and would count as another.
settings.register_profile(
    "fuzz", few, max_examples=5_000, derandomize=False, report_multiple_bugs=False
)
settings.load_profile("few")  # pytest's --hypothesis-profile is read later and wins
