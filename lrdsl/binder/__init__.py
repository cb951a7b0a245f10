"""Concrete tree to syntax tree: look names up, check kinds, put every error on its place.

Binding never stops at the first error: what cannot be bound becomes `BROKEN`, which goes on
silently, so one run reports all errors of a text and none twice.
"""

from lrdsl.binder.expressions import bind, expression
from lrdsl.binder.names import LR, VARIADIC, every_name, reserved, signature, vocabulary
from lrdsl.binder.places import Binding, Places
from lrdsl.binder.slips import explained

__all__ = [
    "LR",
    "VARIADIC",
    "Binding",
    "Places",
    "bind",
    "every_name",
    "explained",
    "expression",
    "reserved",
    "signature",
    "vocabulary",
]
