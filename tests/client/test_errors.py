from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime

import pytest

from subtext.client.errors import (
    BatchNotEnded,
    CallFailed,
    InvalidOption,
    ResponseTimedOut,
    ServiceUnreachable,
    UnexpectedResponse,
)
from subtext.client.models.batch import Batch
from subtext.client.models.problem import FieldProblem, Problem
from subtext.client.problem_errors import RateLimited, RequestInvalid
from subtext.client.webhook_signature import InvalidWebhook

BATCH = Batch(
    id="bat_1",
    state="running",
    total=1,
    counts={},
    rate=None,
    remaining_s=None,
    created_at=datetime(2026, 11, 30, tzinfo=UTC),
    started_at=None,
    ended_at=None,
    results="/",
)


def problem(code: str, *fields: FieldProblem) -> Problem:
    return Problem(
        type=f"/problems/{code}",
        title=code,
        status=422,
        detail="it failed: see `errors`",
        instance="/",
        code=code,
        request_id="req-1",
        retryable=False,
        errors=list(fields),
    )


EVERY_KIND = [
    InvalidOption("a"),
    ServiceUnreachable("b", was_sent=True),
    ResponseTimedOut("c", was_sent=True),
    UnexpectedResponse("d", status=502, retry_after_s=1.5),
    BatchNotEnded(BATCH),
    RateLimited(problem("rate_limited"), 7.0),
    InvalidWebhook("e"),
]


@pytest.mark.parametrize("error", EVERY_KIND, ids=lambda error: type(error).__name__)
def test_an_error_survives_a_pool_of_processes(error: CallFailed) -> None:
    other = pickle.loads(pickle.dumps(error))  # noqa: S301 - what was pickled here

    assert type(other) is type(error)
    assert str(other) == str(error)
    assert vars(other) == vars(error) == vars(copy.deepcopy(error))


def test_the_message_of_a_problem_names_each_field() -> None:
    error = RequestInvalid(
        problem(
            "request_invalid",
            FieldProblem(pointer="/text", code="missing", message="give the text"),
            FieldProblem(pointer="", code="value_error", message="give one article"),
        )
    )

    assert str(error) == (
        "it failed: see `errors` (request_invalid, request req-1); /text: give the text; body: give one article"
    )
