"""The tables of what servers say: whole, and of outcomes that are known."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.engines.llm.completion import parse_completion
from subtext.engines.llm.error_outcomes import BY_WORD, OUTCOMES, STATUS_OF_WORD, classify_report, to_attempt_failure
from subtext.engines.llm.error_reports import ErrorReport, normalize, parse_duration, parse_report
from subtext.engines.llm.failures import FAILURES
from tests.support.engines import attempt_outcome

_NAMES = ["error", "code", "message", "type", "status", "details", "choices", "retryDelay", "loc", "finish_reason"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4),
    max_leaves=12,
)


def test_every_outcome_is_a_fault() -> None:
    assert FAILURES.keys() >= OUTCOMES


def test_every_word_stands_as_it_is_looked_up_and_in_one_table() -> None:
    words = [*BY_WORD, *STATUS_OF_WORD]

    assert [normalize(word) for word in words] == words
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("error", [None, "no", {}, {"code": 7, "type": None, "message": 3}, [1]], ids=str)
def test_every_status_has_an_outcome_in_the_table(error: object) -> None:
    report = parse_report(error)

    assert {classify_report(status, report) for status in range(300, 600)} <= FAILURES.keys()


@pytest.mark.parametrize("word", sorted(STATUS_OF_WORD))
def test_a_word_that_stands_for_a_status_counts_only_without_one(word: str) -> None:
    report = ErrorReport(words=(word,))

    assert classify_report(200, report) == classify_report(STATUS_OF_WORD[word], ErrorReport())
    assert classify_report(429, report) == "rate_limited"


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ("rate_limit_error", "ratelimit"),
        ("RESOURCE_EXHAUSTED", "resourceexhausted"),
        ("RateLimitError", "ratelimit"),
        ("com.amazon.coral.service#ThrottlingException", "throttling"),
        ("ThrottlingException:http://internal.example/", "throttling"),
        ("policies.ratelimit.SpikeArrestViolation", "spikearrestviolation"),
        ("https://errors.example/rate-limited", "ratelimited"),
        ("error", ""),
    ],
)
def test_a_word_is_looked_up_without_its_dress(told: str, word: str) -> None:
    assert normalize(told) == word


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("27s", 27.0),
        ("27.214s", 27.214),
        ("20ms", 0.02),
        ("6m0s", 360.0),
        ("1h2m3.5s", 3_723.5),
        ("2 days", 172_800.0),
        ("1 minute and 5 seconds", 65.0),
        ("0s", None),
        ("soon", None),
        ("7", None),
        ("5 apples", None),
        ("", None),
        ("9" * 400 + "s", None),
    ],
)
def test_a_duration_is_seconds_or_none(told: str, seconds: float | None) -> None:
    assert parse_duration(told) == (None if seconds is None else pytest.approx(seconds))


@given(st.integers(100, 599), _JSON)
def test_any_error_is_a_failure_that_is_known(status: int, error: object) -> None:
    failed = to_attempt_failure(status, json.dumps(error))

    assert failed.outcome in FAILURES
    assert failed.retry_after_s is None or 0 < failed.retry_after_s < float("inf")


@given(_JSON)
def test_any_body_with_status_200_is_an_answer_or_a_failure_that_is_known(body: object) -> None:
    assert attempt_outcome(lambda: parse_completion(json.dumps(body).encode())) in {"ok", *FAILURES}


def test_what_echoes_the_request_says_nothing_of_the_error() -> None:
    detail = [{"loc": ["body", "x"], "msg": "no", "input": {"content": "rate limit, system role not supported"}}]

    assert "limit" not in parse_report({"detail": detail, "choices": [{"message": "rate limit"}]}).named
    assert to_attempt_failure(422, {"detail": detail}).outcome == "rejected"


def test_an_error_without_end_is_read_as_far_as_makes_sense() -> None:
    deep: object = "rate limit"
    for _ in range(5_000):
        deep = {"error": deep}

    assert to_attempt_failure(400, deep).outcome == "rejected"
    assert to_attempt_failure(400, {"error": ["x" * 3_000] * 1_000}).outcome == "rejected"
