"""Define the base classes of wire objects: views are lenient and frozen, request bodies are strict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, FailFast, Field, model_validator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

T = TypeVar("T")
# Objects of a request with more fields are rejected without naming the unknown ones.
_FIELDS_MAX = 100
# Keywords of a field's JSON schema that stay beside its type.
_ANNOTATIONS = ("title", "description", "default", "examples")

# The domain's tuples become lists: the only conversion in strict mode. Validation stops at the first invalid entry,
# because a list of a stored analysis is input, too.
ListOf = Annotated[list[T], Field(strict=False), FailFast()]


class View(BaseModel):
    """Base of views: frozen, nothing is converted, and unknown fields of a stored analysis are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False, from_attributes=True)


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank: leave it out instead")
    return value


NonBlankStr = Annotated[str, AfterValidator(_not_blank)]


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not contain U+0000: remove it")
    return value


# PostgreSQL stores no NUL in text: for a field that is stored and returned as it was given.
StorableStr = Annotated[NonBlankStr, AfterValidator(_no_nul)]


class RequestModel(BaseModel):
    """Base of request bodies: reject unknown fields by name; null for an optional field means it is not given."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        if len(fields) > _FIELDS_MAX:
            raise ValueError(f"has {len(fields):,} fields: send only those that are documented")
        return {name: value for name, value in fields.items() if value is not None}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe every optional field as one that may be null."""
        document = handler.resolve_ref_schema(handler(schema))
        required = document.get("required", ())
        for name, field in document.get("properties", {}).items():
            if name not in required:
                document["properties"][name] = _or_null(field)
        return document


def _or_null(field: Mapping[str, Any]) -> dict[str, Any]:
    if {"type": "null"} in field.get("anyOf", ()):
        return dict(field)
    notes = {name: field[name] for name in _ANNOTATIONS if name in field}
    kind = {name: value for name, value in field.items() if name not in notes}
    return {"anyOf": [kind, {"type": "null"}], **notes}
