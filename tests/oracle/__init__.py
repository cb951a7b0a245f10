"""A second evaluator of the language, written from grammar/SPEC.md alone.

Slow and obvious: times are exact fractions, rates have 50 digits, nothing is simplified, compiled
or shared with lrdsl. It reads the JSON form (SPEC section 17) and supposes that the program is
legal. ``rate`` gives the rate at one moment, together with the size of the numbers that it was
computed from: what doubles lose on the way is a few units in the last place of that size.
"""

from oracle.curves import NotLegal, rate
from oracle.numbers import Number
from oracle.reading import Host, TooLarge, read

__all__ = ["Host", "NotLegal", "Number", "TooLarge", "rate", "read"]
