"""Bodies within the limit of bytes that are made to cost much: each is refused for little work and little memory."""

from __future__ import annotations

import json
import sys
import tracemalloc
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from subtext.asgi import create_app
from subtext.schemas.bounded_json import ENTRIES_MAX, parse_json, parse_request
from subtext.schemas.problem import FIELD_PROBLEMS_MAX, FieldProblem, HTTPProblem, field_problems
from subtext.schemas.requests import (
    AnalysisRequestBody,
    ComparisonRequest,
    FeedbackRequest,
    VerifyRequest,
    WebhookCreate,
)
from tests.support.api import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

BODY_MAX = 6_000_000
CALLS_MAX = 500_000
MEMORY_MAX = 100_000_000


@dataclass
class Cost:
    """Python and C calls that were made, and the most bytes that were held."""

    calls: int = 0
    peak: int = 0


@contextmanager
def counted() -> Iterator[Cost]:
    cost = Cost()

    def count(*_: object) -> None:
        cost.calls += 1

    sys.setprofile(count)
    try:
        yield cost
    finally:
        sys.setprofile(None)


def peak_of(parse: Any) -> int:
    tracemalloc.start()
    try:
        parse()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def filled(start: str, entry: str, end: str, limit: int = BODY_MAX) -> bytes:
    """As many entries between start and end as fit into a request."""
    count = (limit - len(start) - len(end)) // (len(entry) + 1)
    return (start + ",".join([entry] * count) + end).encode()


@dataclass(frozen=True)
class Hostile:
    id: str
    model: type[BaseModel]
    body: bytes = field(repr=False)


EVIDENCE = json.dumps({"id": "e1", "quote": "a", "start": 0, "end": 1})
CASES = [
    Hostile("a list of numbers", AnalysisRequestBody, filled('{"text":"a","include":[', "1", "]}")),
    Hostile("a list of good values", AnalysisRequestBody, filled('{"text":"a","include":[', '"text"', "]}")),
    Hostile("a list of lists", AnalysisRequestBody, filled('{"text":"a","include":[', "[]", "]}")),
    Hostile("a list of objects", AnalysisRequestBody, filled('{"text":"a","include":[', "{}", "]}")),
    Hostile("a short list of numbers", AnalysisRequestBody, filled('{"text":"a","include":[', "1", "]}", 1_900)),
    Hostile(
        "many unknown names",
        AnalysisRequestBody,
        json.dumps({"text": "a", **{f"unknown{number}": 1 for number in range(40_000)}}).encode(),
    ),
    Hostile(
        "a few thousand objects of unknown names",
        ComparisonRequest,
        filled('{"sources":[', json.dumps({f"n{number}": 1 for number in range(90)}), "]}", 500_000),
    ),
    Hostile("much evidence", VerifyRequest, filled('{"analysis":{"evidence":[', EVIDENCE, "]}}")),
    Hostile("some evidence", VerifyRequest, filled('{"analysis":{"evidence":[', EVIDENCE, "]}}", 50_000)),
    Hostile("many voices", VerifyRequest, filled('{"analysis":{"framing":{"voices":[', "{}", "]}}}")),
    Hostile("many sources", ComparisonRequest, filled('{"sources":[', '{"text":"a"}', "]}")),
    Hostile(
        "much evidence in a source",
        ComparisonRequest,
        filled('{"sources":[{"analysis":{"evidence":[', EVIDENCE, "]}}]}"),
    ),
    Hostile("many events", WebhookCreate, filled('{"url":"https://a.example","events":[', '"batch.completed"', "]}")),
    Hostile("an object for a word", FeedbackRequest, filled('{"verdict":{"a":[', "0", "]}}")),
]


def refuse(case: Hostile) -> list[FieldProblem]:
    try:
        case.model.model_validate(parse_request(case.body))
    except HTTPProblem as problem:
        return [*problem.fields]
    except ValidationError as error:
        return field_problems(error)
    pytest.fail("the body was taken")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_hostile_body_is_refused_for_little_work_and_memory(case: Hostile) -> None:
    with counted() as cost:
        problems = refuse(case)

    assert len(problems) <= FIELD_PROBLEMS_MAX
    assert cost.calls <= CALLS_MAX
    assert peak_of(lambda: refuse(case)) - len(case.body) <= MEMORY_MAX


def test_the_first_list_that_is_too_long_is_named() -> None:
    with pytest.raises(HTTPProblem) as refusal:
        parse_request(json.dumps({"a/b": [{"c": [0] * (ENTRIES_MAX + 1)}]}).encode())

    (problem,) = refusal.value.fields
    assert (problem.pointer, problem.message) == ("/a~1b/0/c", "has 1,001 entries: send 1,000 at most")


@pytest.mark.parametrize("text", [',[{"' * 30_000, "\\" * 60_000, "[" * 60_000])
def test_an_article_of_brackets_and_commas_is_one_value(text: str) -> None:
    assert parse_request(json.dumps({"text": text}).encode()) == {"text": text}


def test_values_are_counted_outside_strings_alone() -> None:
    body = json.dumps([",[{", *range(20)]).encode()

    assert parse_json(body, 22) == [",[{", *range(20)]
    with pytest.raises(HTTPProblem, match="more than 20 values"):
        parse_json(body, 20)


@pytest.mark.parametrize(
    "name", ["title", "language", "target", "axis", "engine", "fallback", "cache", "include", "samples"]
)
def test_null_means_not_given(name: str) -> None:
    assert AnalysisRequestBody.model_validate({"text": "a", name: None}) == AnalysisRequestBody.model_validate(
        {"text": "a"}
    )


def test_every_optional_field_is_described_as_nullable() -> None:
    described = create_app(settings()).openapi()["components"]["schemas"]["AnalysisRequest"]["properties"]

    assert [name for name, kind in described.items() if {"type": "null"} not in kind.get("anyOf", [])] == []
