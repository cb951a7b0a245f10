"""Other systems' schedulers, as programs: a file per system.

A system is a function whose parameters are the real constructor's own, by the real names and with
the real defaults; it returns the schedule in the Python spelling. Adding a system is adding a file
to this package: a function under `registry.system` in it is found by its name.
"""

from lrdsl.systems.migration import Migration, migrate
from lrdsl.systems.registry import names

__all__ = ["Migration", "migrate", "names"]
