"""What a training script hooks in: a type for its config, one for its arguments, and quotes."""

from __future__ import annotations

import re
from typing import Any

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from lrdsl import api
from lrdsl.algebra import Schedule
from lrdsl.diagnostics import LrdslError

_EXAMPLES = ["warmup(5ep) >> cosine", "warmup(2000st, start=1e-6) >> hold >> linear(10%)"]
_DESCRIPTION = "A learning-rate schedule as a program of lrdsl."


class Program(str):
    """A text that is a program.

    It is a `str` in every way, so that all which takes a text takes it. As the type of a field it
    makes pydantic check the text, write it canonically, and publish its JSON schema.

    Attributes:
        schedule: what it means.

    Raises:
        LrdslError: with every error that the text has in any run.
    """

    schedule: Schedule

    def __new__(cls, text: str | Schedule) -> Program:
        wrong = [d for d in api.check(str(text)) if d.severity == "error"]
        if wrong:
            raise LrdslError(wrong, str(text))
        made = super().__new__(cls, text)
        made.schedule = text if isinstance(text, Schedule) else api.parse(made)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self),)

    @classmethod
    def argument(cls, text: str) -> Program:
        """The program of a command line's argument: a ``type=`` for argparse.

        Raises:
            ArgumentTypeError: what is wrong, which argparse prints; of a `ValueError` it does not.
        """
        from argparse import ArgumentTypeError

        try:
            return cls(text)
        except LrdslError as e:
            raise ArgumentTypeError(str(e)) from None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validated,
            serialization=core_schema.plain_serializer_function_ser_schema(
                _canonical, return_schema=core_schema.str_schema()
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        return {
            "type": "string",
            "format": "lrdsl",
            "description": _DESCRIPTION,
            "examples": list(_EXAMPLES),
        }

    @classmethod
    def _validated(cls, value: Any) -> Program:
        if not isinstance(value, (str, Schedule)):
            raise PydanticCustomError("string_type", "Input should be a valid string")
        try:
            return cls(value)
        except LrdslError as e:
            found = [d.as_dict() for d in e.diagnostics]
            raise PydanticCustomError(
                "lrdsl", "{report}", {"report": str(e), "diagnostics": found}
            ) from None


def _canonical(value: str) -> str:
    """The canonical text; pydantic leaves a default as it is, so that it may be a plain text."""
    return api.format(value.schedule if isinstance(value, Program) else value)


def quote(text: str) -> str:
    """A text as a value of Hydra's command line, whose grammar splits at commas and brackets.

    ``f"schedule={lrdsl.quote(text)}"`` is one word of a command; a shell needs `shlex.quote` around
    it. ``${..}`` stays an interpolation.
    """
    return "'" + _BEFORE_QUOTE.sub(_escaped, text) + "'"


# Hydra reads a backslash as itself, but for those right before a quote or the end.
_BEFORE_QUOTE = re.compile(r"(?<!\\)(\\*)('|\Z)")


def _escaped(match: re.Match[str]) -> str:
    return match[1] * 2 + ("\\'" if match[2] else "")
