"""The fault matrix: the whole service before a server that fails on real sockets, and what its caller gets.

Each row is asked for as an object and as events, with and without another engine to fall back to.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from itertools import product
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from subtext.asgi import create_app
from subtext.settings import LLMSettings, LogSettings, ResilienceSettings, SecondLLMSettings
from tests.support.api import settings
from tests.support.engine_faults import BODY_CANARY, GOOD, ROWS, FaultCase
from tests.support.engines import KEY, TEXT
from tests.support.patience import GIVE_UP_S
from tests.support.servers.fault_server import fault_server, reply, send

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Asked = tuple[str, str]
ASKED: tuple[Asked, ...] = tuple(product(("object", "events"), ("never", "auto")))


@asynccontextmanager
async def service(row: FaultCase, url: str, **more: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """The service with this row's server as its model."""
    patience: dict[str, Any] = {"attempt_timeout_s": 0.3, "max_attempts": 1} if row.hasty else {"max_attempts": 2}
    llm = LLMSettings(base_url=url, model="m", api_key=KEY, **patience)
    guard = ResilienceSettings(failures=1_000)
    app = create_app(settings(llm=llm, guard=guard, log=LogSettings(level="info"), deadline_s=GIVE_UP_S, **more))
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            yield client


@asynccontextmanager
async def model(row: FaultCase) -> AsyncIterator[str]:
    """The address of this row's server."""
    async with fault_server(row.fault, read_request=row.server != "without TLS") as server:
        url = server.url.replace("http:", "https:") if row.server == "without TLS" else server.url
        if row.server == "nameless":
            # Refused before any name server is asked: tests look up nothing.
            url = f"http://{'a' * 64}.invalid/v1"
        if row.server != "not there":
            yield url
    if row.server == "not there":
        yield url


async def ask(client: httpx2.AsyncClient, mode: str, fallback: str) -> tuple[httpx2.Response, dict[str, Any]]:
    """The response, and the object or problem in it."""
    accept = "text/event-stream" if mode == "events" else "application/json"
    body = {"text": TEXT, "language": "en", "fallback": fallback, "cache": "no-store"}
    response = await client.post("/v1/analyses", json=body, headers={"Accept": accept})
    if mode == "object":
        return response, response.json()
    assert response.status_code == 200
    *_, last, done = [_event(block) for block in response.text.split("\n\n") if block]
    assert done[0] == "done"
    assert last[0] == ("error" if "code" in last[1] else "result")
    return response, last[1]


def _event(block: str) -> tuple[str, dict[str, Any]]:
    fields = dict(line.split(": ", 1) for line in block.splitlines())
    return fields["event"], json.loads(fields["data"])


def outcome(found: dict[str, Any]) -> str:
    """What a caller gets, in the words of the table."""
    if "code" in found:
        return f"{found['status']} {found['code']}"
    if found["engine"]["degraded_from"] is not None:
        assert "degraded" in [warning["code"] for warning in found["warnings"]]
        return "200 degraded"
    return "200" if found["status"] == "complete" else f"200 {found['status']}"


def services(row: FaultCase) -> list[tuple[Asked, ...]]:
    """What is asked of one service after the other; where the first failure opens the breaker each has its own."""
    opens = row.strict.split(" ")[-1] in {"engine_misconfigured", "engine_quota_exhausted", "engine_rate_limited"}
    return [(asked,) for asked in ASKED] if opens else [ASKED]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
async def test_a_fault_ends_as_promised(row: FaultCase, capfd: pytest.CaptureFixture[str]) -> None:
    met = {}
    async with model(row) as url:
        for questions in services(row):
            async with service(row, url) as client:
                for mode, fallback in questions:
                    response, found = await ask(client, mode, fallback)
                    met[mode, fallback] = outcome(found)
                    assert mode == "events" or str(response.status_code) == outcome(found).split(" ")[0]
                    assert not [word for word in (KEY, url.split("/")[2], BODY_CANARY) if word in response.text]

    assert met == {(mode, fallback): row.strict if fallback == "never" else row.usual for mode, fallback in ASKED}
    logged = capfd.readouterr().err
    assert not [word for word in (KEY, url.split("/")[2], BODY_CANARY, "Norwick") if word in logged]
    assert "attempt_failed" in logged or row.strict.startswith("200")


@pytest.mark.parametrize(("asked_s", "told_s"), [("7", "7"), ("3600", "600"), ("-5", None)], ids=str)
async def test_a_wait_that_the_server_asks_for_is_passed_on(asked_s: str, told_s: str | None) -> None:
    row = next(row for row in ROWS if row.number == 3)
    fault = send(reply(b"{}", status="429 Slow down", headers=f"Retry-After: {asked_s}\r\n"))

    async with fault_server(fault) as server, service(row, server.url) as client:
        response, _ = await ask(client, "object", "never")

    assert response.headers.get("retry-after") == told_s


async def test_a_second_server_answers_where_the_first_fails() -> None:
    async with fault_server(send(reply(b"", status="500 Oh"))) as first, fault_server(send(reply(GOOD))) as second:
        row = next(row for row in ROWS if row.strict == "502 engine_erred")
        llm2 = SecondLLMSettings(base_url=second.url, model="m2")
        async with service(row, first.url, llm2=llm2) as client:
            answers = [(await ask(client, "object", fallback))[1] for fallback in ("auto", "never")]

    assert [outcome(found) for found in answers] == ["200", "502 engine_erred"]
    assert answers[0]["engine"]["model"] == "m2"
    assert [warning["code"] for warning in answers[0]["warnings"]][:2] == ["provider_replaced", "engine_erred"]
    assert [attempt["status"] for attempt in answers[0]["usage"]["attempts"]] == [500, 500, 200]


async def test_a_server_that_keeps_failing_is_left_alone() -> None:
    row = next(row for row in ROWS if row.strict == "503 engine_misconfigured")
    async with fault_server(row.fault) as server, service(row, server.url) as client:
        answers = [(await ask(client, "object", fallback))[1] for fallback in ("never", "never", "auto")]

    assert [outcome(found) for found in answers] == [row.strict, row.strict, "200 degraded"]
    assert answers[1]["detail"].startswith(answers[0]["detail"])
    assert "is left alone for another" in answers[1]["detail"]
    assert len(server.requests) == 1
