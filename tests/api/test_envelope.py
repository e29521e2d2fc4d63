"""What every answer has: a request id, hardening headers, limits of its body, and a problem for what nobody foresaw."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from subtext.asgi import create_app
from subtext.http import problems
from subtext.http.middleware.request import BodyLimits, RequestMiddleware
from subtext.logs import configure_logs
from subtext.settings import LogSettings
from tests.support.api import ASK, PROBLEM, client, settings

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from tests.support.api import RawHttpClient

CANARY = "quokka-7f3a9"


@pytest.mark.parametrize("given", ["a", "A.b_c-9", "x" * 64])
@pytest.mark.parametrize("path", ["/healthz", "/nothing", "/v1/analyses"])
def test_a_well_formed_request_id_is_taken_over(given: str, path: str, api: TestClient) -> None:
    response = api.get(path, headers={"X-Request-ID": given})

    assert response.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", ["", " ", "x" * 65, "a b", "a\tb", "<b>", "é", "a,b", "x" * 10_000])
def test_any_other_request_id_is_replaced(given: str, api: TestClient) -> None:
    response = api.get("/nothing", headers={b"X-Request-ID": given.encode("latin-1")})

    own = response.headers["x-request-id"]
    assert own.startswith("req-")
    assert response.json()["request_id"] == own


def test_each_request_has_an_id_of_its_own(api: TestClient) -> None:
    first, second = (api.get("/healthz").headers["x-request-id"] for _ in range(2))

    assert first != second


def test_an_answer_names_its_request(api: TestClient) -> None:
    response = api.post("/v1/analyses", json=ASK, headers={"X-Request-ID": "mine-1"})

    assert (response.status_code, response.json()["request_id"]) == (200, "mine-1")


@pytest.mark.parametrize("path", ["/healthz", "/version", "/v1/axes", "/docs", "/openapi.json", "/problems/not_found"])
def test_head_is_get_without_a_body(path: str, api: TestClient) -> None:
    got, head = api.get(path), api.head(path)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(got.content))
    assert head.headers["content-type"] == got.headers["content-type"]


@dataclass(frozen=True)
class Method:
    method: str
    path: str
    allow: str


@pytest.mark.parametrize(
    "case",
    [
        Method("HEAD", "/v1/verify", "POST"),
        Method("GET", "/v1/verify", "POST"),
        Method("OPTIONS", "/v1/analyses", "GET, HEAD, POST"),
        Method("TRACE", "/v1/analyses/01890000-0000-7000-8000-000000000000", "DELETE, GET, HEAD"),
        Method("DELETE", "/v1/verify", "POST"),
        Method("POST", "/healthz", "GET, HEAD"),
        Method("OPTIONS", "/v1/axes", "GET, HEAD"),
        Method("TRACE", "/v1/axes", "GET, HEAD"),
        Method("PATCH", "/docs", "GET, HEAD"),
        Method("QUERY", "/problems/not_found", "GET, HEAD"),
        Method("MADEUP", "/version", "GET, HEAD"),
    ],
    ids=lambda case: f"{case.method} {case.path}",
)
def test_another_method_is_refused_with_those_that_are_taken(case: Method, api: TestClient) -> None:
    response = api.request(case.method, case.path, headers={"X-Canary": CANARY})

    assert response.status_code == 405
    assert response.headers["allow"] == case.allow
    assert response.headers["content-type"] == PROBLEM
    assert CANARY not in response.text
    if case.method != "HEAD":
        assert response.json()["code"] == "method_not_allowed"


def test_every_answer_forbids_to_guess_its_type(api: TestClient) -> None:
    for path in ("/healthz", "/nothing", "/docs", "/docs/assets/swagger-ui.css"):
        assert api.get(path).headers["x-content-type-options"] == "nosniff"


def failing() -> FastAPI:
    """An app with every way to fail that endpoints should not have."""
    app = FastAPI()
    app.add_middleware(RequestMiddleware, limits=BodyLimits(1_000, 5.0))
    problems.install_exception_handlers(app)

    @app.get("/raises")
    async def raises() -> None:
        article = CANARY
        raise ValueError(f"cannot read {article}")

    @app.get("/groups")
    async def groups() -> None:
        raise ExceptionGroup(CANARY, [KeyError(CANARY)])

    @app.get("/response", response_model=int)
    async def response() -> str:
        return CANARY

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError(CANARY)

    app.mount("/breaks", broken)
    return app


@pytest.mark.parametrize("path", ["/raises", "/groups", "/response"])
@pytest.mark.parametrize("style", ["json", "console"])
def test_what_nobody_foresaw_is_a_problem_and_a_log_line_that_tell_nothing_of_the_input(
    path: str, style: Literal["json", "console"], capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("info", style)

    response = TestClient(failing()).get(path, headers={"X-Request-ID": "mine-1"})

    problem = response.json()
    assert (response.status_code, response.headers["content-type"]) == (500, PROBLEM)
    assert (problem["code"], problem["retryable"], problem["request_id"]) == ("internal", True, "mine-1")
    out, err = capsys.readouterr()
    assert out == ""
    assert "failed" in err
    assert "test_envelope.py" in err or path == "/response"
    assert err.count("mine-1") == 2
    assert CANARY not in err + response.text


@pytest.mark.parametrize("host", ["[", "[::1", "a]b", "x:y:z", "", "\xff"])
def test_a_host_header_that_is_none_does_no_harm(host: str, api: TestClient) -> None:
    statuses = {api.get(path, headers={b"Host": host.encode("latin-1")}).status_code for path in ("/healthz", "/no")}

    assert statuses == {421}
    assert TestClient(failing()).get("/raises", headers={b"Host": host.encode("latin-1")}).json()["code"] == "internal"


def test_an_answer_that_breaks_off_is_not_given_a_second_head(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")

    response = TestClient(failing()).get("/breaks/")

    assert response.content == b"half"
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["failed", "request"]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(wire: RawHttpClient) -> None:
    head = (
        b"POST /v1/analyses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )

    for size in (100_001, 10**12, 10**18):
        answer = wire.ask(head % size)

        assert (answer.status, answer.problem["code"]) == (413, "body_too_large")
        assert answer.headers["x-request-id"] == answer.problem["request_id"]
        assert "100,000 bytes" in answer.problem["detail"]


def test_a_body_of_unknown_length_is_refused_once_it_is_too_large(wire: RawHttpClient) -> None:
    head = (
        b"POST /v1/analyses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )

    answer = wire.ask(head + b"186a0\r\n" + b" " * 100_000 + b"\r\n1\r\n \r\n")

    assert (answer.status, answer.problem["code"]) == (413, "body_too_large")


def test_a_body_in_chunks_is_read(api: TestClient) -> None:
    body = json.dumps(ASK).encode()

    response = api.post(
        "/v1/analyses", content=iter([body[:100], body[100:]]), headers={"Content-Type": "application/json"}
    )

    assert response.status_code == 200


def test_no_word_of_an_article_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    asks = [
        {"text": f"{CANARY} went to the council. " * 20, "title": CANARY, "target": CANARY, "engine": "local"},
        {"html": f"<p>{CANARY} went to the council, cap in hand.</p>" * 20, "engine": "local"},
        {"url": f"http://127.0.0.1:9/{CANARY}"},
        {"url": f"http://10.0.0.1/{CANARY}"},
        {"text": CANARY, "axis": CANARY},
        {"text": CANARY, "language": CANARY},
        {"text": CANARY, "engine": CANARY},
        {CANARY: CANARY},
    ]
    app = create_app(settings(log=LogSettings(level="debug")))
    with client(app) as service:
        answers = [service.post("/v1/analyses", json=ask, params={"q": CANARY}) for ask in asks]
        answers.append(service.post("/v1/verify", json={"analysis": answers[0].json(), "text": CANARY}))
    ids = [answer.headers["X-Request-ID"] for answer in answers]

    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in err.splitlines()]
    # A request of an earlier test may end, and be logged, while this one runs.
    ours = {line["request_id"]: line["status"] for line in lines if line["event"] == "request"}
    assert [ours[each] for each in ids] == [answer.status_code for answer in answers]
    assert answers[0].status_code == answers[1].status_code == 200
    assert CANARY not in out + err


def test_the_log_line_of_a_refusal_has_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    with client(create_app(settings(log=LogSettings(level="info")))) as service:
        service.post("/v1/analyses", json={"text": " ", "engine": "local"}, headers={"X-Request-ID": "mine-2"})
        service.get("/healthz")

    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first == first | {"event": "request", "code": "text_refused", "status": 422, "request_id": "mine-2"}
    assert "code" not in second


async def test_nothing_of_one_request_is_logged_with_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    """Two requests in one task, as a server may serve those of one connection."""
    configure_logs("info", "json")
    transport = httpx2.ASGITransport(failing())
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as service:
        await service.get("/nothing")
        await service.put("/raises", headers={"X-Request-ID": "mine-3"})
        await service.get("/openapi.json")

    first, second, third = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["code"], second["code"]) == ("not_found", "method_not_allowed")
    assert (third["status"], "code" in third) == (200, False)
    assert second["request_id"] == "mine-3" != third["request_id"]
