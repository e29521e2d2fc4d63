"""Define the base classes of wire objects: views are lenient and frozen, request bodies are strict."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

T = TypeVar("T")


# The domain's tuples become lists; nothing else is ever converted.
ListOf = Annotated[list[T], Field(strict=False)]


class View(BaseModel):
    """A part of an answer; unknown fields are ignored when a stored answer is read back, and nothing is converted."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False, from_attributes=True)


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank: leave it out instead")
    return value


NonBlankStr = Annotated[str, AfterValidator(_not_blank)]


class RequestModel(BaseModel):
    """A request body: unknown fields are refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
