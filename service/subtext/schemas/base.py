"""Define the base classes of wire objects: views are lenient and frozen, request bodies are strict."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

T = TypeVar("T")


# The domain's tuples become lists: the only conversion in strict mode.
ListOf = Annotated[list[T], Field(strict=False)]


class View(BaseModel):
    """Base of views: frozen, nothing is converted, and unknown fields of a stored analysis are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False, from_attributes=True)


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank: leave it out instead")
    return value


NonBlankStr = Annotated[str, AfterValidator(_not_blank)]


class RequestModel(BaseModel):
    """Base of request bodies: unknown fields are rejected by name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
