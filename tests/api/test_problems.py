"""Every error of the tree as a problem: its status, its code and its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from subtext import errors
from subtext.api.docs import problem_pages
from subtext.http import problems
from subtext.http.middleware.request import BodyLimits, RequestMiddleware
from subtext.schemas.problem import HTTP_PROBLEMS, STATUS_BY_ERROR, http_status
from tests.support.problems import local_request, require_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "Xyzzy-canary-9f3b"


def every(kind: type[errors.SubtextError]) -> Iterator[type[errors.SubtextError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from every(child)


KINDS = list(every(errors.SubtextError))


def failing_with(error: Exception) -> TestClient:
    app = FastAPI()
    app.add_middleware(RequestMiddleware, limits=BodyLimits(1_000, 5.0))
    problems.install_exception_handlers(app)

    @app.get("/fail")
    async def fail() -> None:
        raise error

    return TestClient(app)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_error_leaves_as_a_problem_with_its_own_status(kind: type[errors.SubtextError]) -> None:
    reply = failing_with(kind("it broke: do this")).get("/fail")
    body = require_problem(reply, http_status(kind), kind.code)
    assert body["detail"] == "it broke: do this"
    assert body["retryable"] is kind.retryable
    assert body["instance"] == "/fail"


def test_the_table_names_only_errors_of_the_tree() -> None:
    assert set(STATUS_BY_ERROR) <= set(KINDS)


def test_no_two_errors_share_a_code() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(codes) == len(set(codes))


def test_a_code_means_one_status_wherever_it_comes_from() -> None:
    by_http = {code: status for status, (code, _) in HTTP_PROBLEMS.items()}
    shared = {kind.code: http_status(kind) for kind in KINDS if kind.code in by_http}
    assert shared == {code: by_http[code] for code in shared}


@pytest.mark.parametrize(("wait_s", "header"), [(2.1, "3"), (0.0, "0"), (None, None)])
def test_a_known_wait_is_told_in_whole_seconds(wait_s: float | None, header: str | None) -> None:
    reply = failing_with(errors.EngineRateLimited("the model is busy", retry_after_s=wait_s)).get("/fail")
    assert reply.headers.get("retry-after") == header


def test_a_failure_that_nobody_foresaw_says_nothing_of_what_failed() -> None:
    reply = failing_with(RuntimeError(CANARY)).get("/fail")
    body = require_problem(reply, 500, "internal")
    assert body["retryable"] is True
    assert CANARY not in reply.text


def test_what_is_not_there_is_a_problem(api: TestClient) -> None:
    body = require_problem(api.get("/v1/nothing"), 404, "not_found")
    assert body["retryable"] is False


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/v1/verify", "POST"), ("DELETE", "/v1/axes", "GET"), ("PUT", "/healthz", "GET")],
)
def test_a_method_that_is_not_taken_is_told_which_are(api: TestClient, method: str, path: str, allowed: str) -> None:
    reply = api.request(method, path)
    require_problem(reply, 405, "method_not_allowed")
    assert allowed in reply.headers["allow"]


def test_a_field_that_does_not_fit_is_named_and_its_value_is_not_repeated(api: TestClient) -> None:
    reply = api.post("/v1/analyses", json=local_request(target=[CANARY], colour=CANARY))
    body = require_problem(reply, 422, "request_invalid")
    assert {item["pointer"] for item in body["errors"]} == {"/target", "/colour"}
    assert CANARY not in reply.text


@pytest.mark.parametrize("path", ["/v1/verify", f"/{CANARY}/../../etc/passwd", "/docs/assets/../../problems.py"])
def test_the_address_is_all_that_a_problem_repeats(api: TestClient, path: str) -> None:
    reply = api.get(path)
    assert reply.status_code in {404, 405}
    assert "root:" not in reply.text


def test_each_problem_type_leads_to_a_page(api: TestClient) -> None:
    for code, text in problem_pages().items():
        reply = api.get(f"/problems/{code}")
        assert (reply.status_code, reply.text) == (200, text)


def test_every_code_has_a_page() -> None:
    codes = {kind.code for kind in KINDS} | {code for code, _ in HTTP_PROBLEMS.values()}
    assert set(problem_pages()) == codes


def test_a_problem_nobody_has_is_no_page(api: TestClient) -> None:
    require_problem(api.get("/problems/nobody"), 404, "not_found")


def test_the_name_of_an_unknown_field_is_a_pointer_and_says_what_to_do(api: TestClient) -> None:
    reply = api.post("/v1/analyses", json=local_request(**{"a/b~c": 1}))
    message = "unknown field: remove it"
    assert reply.json()["errors"] == [{"pointer": "/a~1b~0c", "code": "extra_forbidden", "message": message}]


def test_many_faults_are_counted_and_the_first_are_shown(api: TestClient) -> None:
    reply = api.post("/v1/analyses", json=local_request(**{f"k{number}": 1 for number in range(90)}))
    body = require_problem(reply, 422, "request_invalid")
    assert len(body["errors"]) == 20
    assert body["detail"].endswith("which has the first 20 of 90")


def test_more_faults_than_anyone_counts_are_one(api: TestClient) -> None:
    reply = api.post("/v1/analyses", json=local_request(**{f"k{number}": 1 for number in range(1_234)}))
    (error,) = require_problem(reply, 422, "request_invalid")["errors"]
    assert error["message"] == "has 1,236 fields: send only those that are documented"


def test_a_name_that_nobody_would_read_is_shortened(api: TestClient) -> None:
    reply = api.post("/v1/analyses", json=local_request(**{"n" * 70_000: 1}))
    assert reply.json()["errors"][0]["pointer"] == f"/{'n' * 80}…"
