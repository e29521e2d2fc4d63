from __future__ import annotations

from typing import Any

import pytest

from subtext.errors import RequestInvalid
from subtext.schemas.requests import SOURCES_MAX, TITLE_MAX, ComparisonRequest, build_analysis_request, parse_fields

SEND = "; then send it again"


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({}, "give the article in exactly one of text, html and url"),
        ({"text": "a", "target": " "}, "target: must not be blank: leave it out instead"),
        ({"text": "a", "engine": "b"}, "engine: must be 'auto', 'llm' or 'local'"),
        ({"text": "a", "b": 1}, "b: unknown field: remove it"),
        ({"text": "a", "title": "t" * (TITLE_MAX + 1)}, "title: must have at most 500 characters"),
        ({"text": "a", "include": ["b"]}, "include.0: must be 'text'"),
    ],
)
def test_the_first_field_that_does_not_fit_is_named_with_what_to_do(fields: dict[str, Any], detail: str) -> None:
    with pytest.raises(RequestInvalid) as refused:
        build_analysis_request(**fields)

    assert refused.value.detail == detail + SEND


def test_every_kind_of_request_is_parsed_alike() -> None:
    with pytest.raises(RequestInvalid) as refused:
        parse_fields(ComparisonRequest, {"sources": [{"text": "a"}, {}]})
    assert refused.value.detail == f"sources.1: give the article in exactly one of text, html, url and analysis{SEND}"
    with pytest.raises(RequestInvalid, match=f"sources: must have at most {SOURCES_MAX} items"):
        parse_fields(ComparisonRequest, {"sources": [{"text": "a"}] * (SOURCES_MAX + 1)})
