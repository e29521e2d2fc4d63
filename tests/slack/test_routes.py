from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from subtext.http import problems
from subtext.slack.request_verifier import RequestVerifier
from subtext.slack.routes import slack_router
from tests.support.fakes import FakeClock
from tests.support.slack import SECRET, InMemoryInbox, SlackHarness, event, sign, slack_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def slack() -> AsyncIterator[SlackHarness]:
    async with slack_harness() as found:
        yield found


def client_of(found: SlackHarness, inbox: InMemoryInbox) -> TestClient:
    app = FastAPI()
    problems.install_exception_handlers(app)
    app.include_router(slack_router(RequestVerifier(SECRET, FakeClock()), inbox, found.app))
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


BODY = json.dumps(event("app_mention", text="<@UBOT> hello")).encode()


async def test_a_delivery_is_kept_and_acknowledged_and_nothing_else_is_done(slack: SlackHarness) -> None:
    inbox = InMemoryInbox()
    answer = client_of(slack, inbox).post("/slack/events", content=BODY, headers=sign(BODY))
    assert (answer.status_code, answer.content) == (200, b"")
    assert list(inbox.deliveries) == ["T1:Ev1"]
    assert slack.slack.calls == []


async def test_a_hundred_copies_are_one_delivery(slack: SlackHarness) -> None:
    inbox = InMemoryInbox()
    with client_of(slack, inbox) as client:
        codes = {client.post("/slack/events", content=BODY, headers=sign(BODY)).status_code for _ in range(100)}
    assert (codes, len(inbox.deliveries)) == ({200}, 1)


@dataclass(frozen=True)
class Refused:
    name: str
    body: bytes
    headers: dict[str, str]
    status: int


REFUSED = (
    Refused("unsigned", BODY, {"content-type": "application/json"}, 401),
    Refused("not UTF-8", b"\xff", sign(b"\xff"), 400),
    Refused("larger than anything Slack sends", b"a" * 1_000_001, sign(b"a" * 1_000_001), 413),
)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
async def test_what_is_refused_is_a_problem_and_is_not_kept(slack: SlackHarness, case: Refused) -> None:
    inbox = InMemoryInbox()
    answer = client_of(slack, inbox).post("/slack/events", content=case.body, headers=case.headers)
    assert (answer.status_code, answer.json()["status"]) == (case.status, case.status)
    assert inbox.deliveries == {}


async def test_slack_may_ask_whether_the_address_is_ours(slack: SlackHarness) -> None:
    body = b'{"type": "url_verification", "challenge": "abc"}'
    answer = client_of(slack, InMemoryInbox()).post("/slack/events", content=body, headers=sign(body))
    assert (answer.status_code, answer.text) == (200, "abc")


async def test_one_workspace_needs_no_installation(slack: SlackHarness) -> None:
    assert client_of(slack, InMemoryInbox()).get("/slack/install").status_code == 404
