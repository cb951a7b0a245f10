"""What pydantic and JSON see of the syntax tree: kinds told apart by name, errors with codes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import GenerateJsonSchema, model_json_schema
from pydantic_core import PydanticCustomError, core_schema, to_jsonable_python

from lrdsl.diagnostics import Problem
from lrdsl.values import Value

# Every kind by the name that programs, JSON and messages use; classes enter themselves.
SCHEDULES: dict[str, type[Any]] = {}
MODIFIERS: dict[str, type[Any]] = {}


def fault(problem: Problem) -> PydanticCustomError:
    """A problem as a pydantic validator reports it."""
    return PydanticCustomError(
        problem.code,
        "{message}",
        {"message": problem.message, "help": problem.help, "field": problem.field},
    )


def register(cls: type[Any], registry: dict[str, type[Any]]) -> None:
    """Enter a class under its kind; abstract classes have none."""
    default = cls.model_fields["kind"].default if "kind" in cls.model_fields else None
    if isinstance(default, str):
        registry[default] = cls


class Tagged:
    """Pydantic's view of a child node: the class is told by `kind`, looked up when it is needed."""

    def __init__(self, registry: dict[str, type[Any]], name: str) -> None:
        self.registry = registry
        self.name = name

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: validate_kind(value, self.registry),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda node: node.model_dump(mode="json")
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {_LINK: self.name}  # pydantic wants to own every $ref: see `with_definitions`


_LINK = "x-any"


def validate_kind(value: Any, registry: dict[str, type[Any]]) -> Any:
    if isinstance(value, tuple(registry.values())):
        return value
    if isinstance(value, Mapping):
        kind = value.get("kind")
        if kind not in registry:
            raise fault(Problem("LR101", f"unknown kind {kind!r}"))
        return registry[kind].model_validate(value)
    if registry is SCHEDULES and isinstance(value, (int, float, Fraction, Value)):
        try:
            return registry["constant"](value=Value.validate(value))
        except Problem as p:
            raise fault(p) from None
    raise fault(Problem("LR201", f"a schedule is wanted here, not {type(value).__name__}"))


def with_definitions(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with the definitions that its references to kinds need."""
    definitions = schema.pop("$defs", {})
    for name, registry in (("Schedule", SCHEDULES), ("Modifier", MODIFIERS)):
        for cls in registry.values():
            definitions[cls.__name__] = _plain_schema(cls)
        references = {k: f"#/$defs/{c.__name__}" for k, c in sorted(registry.items())}
        definitions[name] = {
            "oneOf": [{"$ref": r} for r in references.values()],
            "discriminator": {"propertyName": "kind", "mapping": references},
        }
    linked: dict[str, Any] = _link({**schema, "$defs": definitions})
    return linked


class _Defaults(GenerateJsonSchema):
    """Defaults as documents have them: pydantic 2.7 cannot write fractions by itself."""

    def encode_default(self, dft: Any) -> Any:
        return to_jsonable_python(dft, fallback=str)


def _plain_schema(cls: type[BaseModel]) -> dict[str, Any]:
    """Pydantic's own schema of one class, without `Schedule`'s additions."""
    return model_json_schema(cls, schema_generator=_Defaults)


def _link(schema: Any) -> Any:
    if isinstance(schema, dict):
        if _LINK in schema:
            return {"$ref": f"#/$defs/{schema[_LINK]}"}
        return {k: _link(v) for k, v in schema.items()}
    return [_link(v) for v in schema] if isinstance(schema, list) else schema
