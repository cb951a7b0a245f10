"""What the tests of errors ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrdsl import LrdslError


def code_of(work: Callable[[], Any]) -> str:
    """The code of the first diagnostic that the work ends with."""
    with pytest.raises(LrdslError) as caught:
        work()
    return caught.value.diagnostics[0].code
