"""What is said of a value that pydantic rejected, in words that name no library's parts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from subtext.validation import describe_invalid_value


class Place(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str

    @field_validator("name")
    @classmethod
    def _is_no_key(cls, name: str) -> str:
        if name == "key":
            raise ValueError("a key is no name: write the name")
        if name == "url":
            raise ValueError("URL expected: give one")
        return name


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (Place, {"name": "key"}, "a key is no name: write the name"),
        (Place, {"name": "url"}, "URL expected: give one"),
        (Place, {}, "required field"),
        (Place, {"name": "a", "b": 1}, "unknown field"),
        (Place, [], "must be an object"),
        (Place, {"name": 1}, "must be text"),
        (dict[str, int], 1, "must be an object"),
        (list[int], 1, "must be a list"),
        (tuple[int, ...], 1, "must be a list"),
        (int, "x", "must be a whole number, such as 8"),
        (float, "x", "must be a number, such as 2.5"),
        (bool, "x", "must be true or false"),
        (Annotated[int, Field(le=1)], 2, "must be less than or equal to 1"),
        (Annotated[str, Field(max_length=1)], "ab", "must have at most 1 character"),
        (Annotated[str, Field(pattern="^a$")], "b", "must match pattern '^a$'"),
        (Annotated[tuple[int, ...], Field(min_length=1)], (), "must have at least 1 item, not 0"),
        (Literal["a", "b"], "c", "must be 'a' or 'b'"),
    ],
)
def test_a_rejected_value_is_described_in_our_own_words(kind: Any, value: object, said: str) -> None:
    with pytest.raises(ValidationError) as rejected:
        TypeAdapter(kind).validate_python(value)

    assert describe_invalid_value(rejected.value.errors()[0]["msg"]) == said
