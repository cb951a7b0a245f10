"""Layout: where every segment of a program lies in a run, and which value it starts from.

A schedule is *measured* (does it have a length, is it open, or does it adapt?), a sequence
*divides* its room, and what has its room is *placed*. A placed schedule can be traced at any
moment, which yields closed-form expressions; an exit is the same trace at the end. Times are exact
rationals, or, inside cycles of unequal length, exact progressions over the cycles.
"""

from lrdsl.layout.cycles import Cycles
from lrdsl.layout.frames import Frame, Moment, Part, Placed, label
from lrdsl.layout.placing import Layout

__all__ = ["Cycles", "Frame", "Layout", "Moment", "Part", "Placed", "label"]
