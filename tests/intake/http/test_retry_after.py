from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.intake.http.retry_after import DAY_S, parse_retry_after
from tests.support.fakes import START


@pytest.mark.parametrize(("value", "wait_s"), [("30", 30.0), (" 1.5 ", 1.5), ("Sun, 01 Mar 2026 12:00:09 GMT", 9.0)])
def test_seconds_and_dates_are_read(value: str, wait_s: float) -> None:
    assert parse_retry_after({"retry-after": value}, START) == wait_s


def test_a_wait_without_end_is_one_for_callers_without_a_limit() -> None:
    assert parse_retry_after({"retry-after": "9" * 400}, START) == math.inf


def test_a_date_counts_from_the_clock_of_the_server_that_sent_it() -> None:
    headers = {"retry-after": "Sun, 01 Mar 2026 15:00:09 GMT", "date": "Sun, 01 Mar 2026 15:00:00 GMT"}

    assert parse_retry_after(headers, START) == 9.0


@pytest.mark.parametrize("value", ["86401", "9" * 400, "Tue, 03 Mar 2026 12:00:00 GMT"])
def test_a_wait_above_the_limit_asks_for_nothing(value: str) -> None:
    assert parse_retry_after({"retry-after": value}, START, max_s=DAY_S) is None


@pytest.mark.parametrize(
    "value", ["５", "1e3", "+5", "1.", "", " ", "0.0", "Thu, 01 Jan 1970 00:00:00 GMT", "tomorrow"]
)
def test_a_retry_after_without_sense_asks_for_nothing(value: str) -> None:
    assert parse_retry_after({"retry-after": value}, START) is None


def test_a_date_without_a_zone_is_in_universal_time() -> None:
    assert parse_retry_after({"retry-after": "Sun, 01 Mar 2026 12:00:09"}, START) == 9.0


def test_without_a_header_nothing_is_asked_for() -> None:
    assert parse_retry_after({}, datetime.now(UTC)) is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_header_is_a_wait_or_none(value: str, date: str) -> None:
    wait = parse_retry_after({"retry-after": value, "date": date}, START)

    assert wait is None or wait > 0
