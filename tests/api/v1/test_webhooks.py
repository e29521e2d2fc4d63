"""Webhooks over HTTP, from asking for them to what is handed over, by a service with a worker and a courier in it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks.webhooks import Webhook as Receiver

from subtext.asgi import create_app
from subtext.settings import WebhookSettings
from tests.support.api import ASK, client
from tests.support.batches import batch_settings, submit, wait_until_ended
from tests.support.patience import GIVE_UP_S
from tests.support.servers.fault_server import fault_server
from tests.support.webhooks import parse_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

    from tests.support.servers.fault_server import FaultServer

pytest.importorskip("dbos", reason="the extra `batch` is not installed")

NOBODYS = "01890000-0000-7000-8000-000000000000"
PUBLIC = "https://hooks.example.org/subtext"
MAX = 3


class Hearer:
    """A receiver on loopback, in a thread of its own, that answers with a status and keeps what it heard."""

    def __init__(self) -> None:
        self.status = "204 No Content"
        self.answering = threading.Event()
        self.answering.set()
        self.server: FaultServer
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()

    async def _answer(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.to_thread(self.answering.wait)
        writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()

    async def _serve(self) -> None:
        async with fault_server(self._answer) as self.server:
            self._ready.set()
            await self._ending.wait()

    @contextmanager
    def listening(self) -> Iterator[None]:
        thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serve()])
        thread.start()
        assert self._ready.wait(GIVE_UP_S)
        yield
        self._loop.call_soon_threadsafe(self._ending.set)
        thread.join(GIVE_UP_S)
        self._loop.close()

    def heard(self) -> list[tuple[dict[str, str], bytes]]:
        return [(parse_headers(head), body) for head, body in self.server.requests]


@pytest.fixture(scope="module")
def hearer() -> Iterator[Hearer]:
    found = Hearer()
    with found.listening():
        yield found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service with batches and webhooks, which may tell loopback."""
    told = WebhookSettings(private_hosts=("127.0.0.0/8",), timeout_s=60, max_per_owner=MAX)
    known = batch_settings(tmp_path_factory.mktemp("webhooks")).model_copy(update={"webhooks": told})
    with client(create_app(known)) as found:
        yield found


@pytest.fixture(autouse=True)
def _nobody_left(desk: TestClient) -> Iterator[None]:
    yield
    for webhook in desk.get("/v1/webhooks").json()["webhooks"]:
        assert desk.delete(f"/v1/webhooks/{webhook['id']}").status_code == 204


def registered(desk: TestClient, url: str, **more: Any) -> dict[str, Any]:
    response = desk.post("/v1/webhooks", json={"url": url, **more})
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    assert response.headers["location"] == f"/v1/webhooks/{found['id']}"
    return found


def settled(desk: TestClient, webhook: dict[str, Any], state: str) -> dict[str, Any]:
    """The newest message to a webhook once it is in a state."""
    until = time.monotonic() + GIVE_UP_S
    while time.monotonic() < until:
        found: list[dict[str, Any]] = desk.get(webhook["deliveries"]).json()["deliveries"]
        if found and found[0]["state"] == state and found[0]["tries"]:
            return found[0]
        time.sleep(0.05)
    pytest.fail(f"no message is {state}")


def test_the_end_of_a_batch_is_heard_and_verified(desk: TestClient, hearer: Hearer) -> None:
    hearer.status = "204 No Content"
    webhook = registered(desk, hearer.server.url)
    sent = submit(desk, {"custom_id": "a", **ASK})
    message = settled(desk, webhook, "delivered")
    headers, body = hearer.heard()[-1]
    told = Receiver(webhook["secret"]).verify(body, headers)
    assert (told["type"], told["data"]["id"]) == ("batch.completed", sent["id"])
    assert headers["webhook-id"] == message["id"]
    assert desk.get(told["data"]["url"]).json()["state"] == "done"
    assert desk.get(told["data"]["results"]).status_code == 200
    assert ASK["text"][:20] not in body.decode()


def test_a_message_that_is_not_taken_waits_and_can_be_asked_for(desk: TestClient, hearer: Hearer) -> None:
    hearer.status = "410 Gone"
    webhook = registered(desk, hearer.server.url, events=["batch.failed"])
    wait_until_ended(desk, submit(desk, {"custom_id": "a", "text": " "})["id"])
    dead = settled(desk, webhook, "dead")
    assert (dead["last_status"], dead["next_at"]) == (410, None)
    assert desk.get(f"/v1/webhooks/{webhook['id']}").json()["disabled_at"] is not None
    listed = desk.get(webhook["deliveries"], params={"state": "dead"}).json()["deliveries"]
    assert [one["id"] for one in listed] == [dead["id"]]
    hearer.status = "200 OK"
    again = desk.post(f"{webhook['deliveries']}/{dead['id']}/redeliver")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    settled(desk, webhook, "delivered")
    (first, body), (second, body_again) = hearer.heard()[-2:]
    assert (first["webhook-id"], body) == (second["webhook-id"], body_again)


def test_a_message_under_way_is_not_sent_a_second_time(desk: TestClient, hearer: Hearer) -> None:
    hearer.status = "200 OK"
    hearer.answering.clear()
    webhook = registered(desk, hearer.server.url)
    wait_until_ended(desk, submit(desk, {"custom_id": "a", **ASK})["id"])
    running = settled(desk, webhook, "running")
    refused = [desk.post(f"{webhook['deliveries']}/{running['id']}/redeliver") for _ in range(3)]
    hearer.answering.set()
    assert {(one.status_code, one.json()["code"]) for one in refused} == {(409, "delivery_in_progress")}
    assert settled(desk, webhook, "delivered")["tries"] == 1
    assert [headers["webhook-id"] for headers, _ in hearer.heard()].count(running["id"]) == 1
    assert desk.post(f"{webhook['deliveries']}/{running['id']}/redeliver").json()["tries"] == 1
    assert settled(desk, webhook, "delivered")["tries"] == 2


def test_what_fails_is_tried_later(desk: TestClient, hearer: Hearer) -> None:
    hearer.status = "500 Oh"
    webhook = registered(desk, hearer.server.url)
    wait_until_ended(desk, submit(desk, {"custom_id": "a", **ASK})["id"])
    waiting = settled(desk, webhook, "waiting")
    assert (waiting["last_status"], waiting["tries"]) == (500, 1)
    assert waiting["next_at"] > waiting["created_at"]


def test_a_secret_is_shown_when_it_is_new_and_never_again(desk: TestClient) -> None:
    webhook = registered(desk, PUBLIC)
    rotated = desk.post(f"/v1/webhooks/{webhook['id']}/rotate").json()
    assert rotated["secret"] != webhook["secret"]
    assert rotated["old_secret_until"] is not None
    shown = desk.get(f"/v1/webhooks/{webhook['id']}").text + desk.get("/v1/webhooks").text
    assert "whsec_" not in shown


@pytest.mark.parametrize("description", ["x" * 200, "🗞 für die Nachtschicht", None])
def test_every_view_has_the_description(desk: TestClient, description: str | None) -> None:
    webhook = registered(desk, PUBLIC, description=description)
    path = f"/v1/webhooks/{webhook['id']}"
    views = [webhook, desk.get(path).json(), *desk.get("/v1/webhooks").json()["webhooks"]]
    views.append(desk.post(f"{path}/rotate").json())
    assert [view["description"] for view in views] == [description] * 4


def test_a_description_may_be_left_out(desk: TestClient) -> None:
    assert registered(desk, PUBLIC)["description"] is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"url": "http://hooks.example.org/"}, 422, "url_refused"),
        ({"url": "https://10.0.0.1/"}, 422, "url_refused"),
        ({"url": "https://[::1]/"}, 422, "url_refused"),
        ({"url": "https://metadata.google.internal/"}, 422, "url_refused"),
        ({"url": "https://hooks.example.org\u0000/"}, 422, "url_refused"),
        ({"url": PUBLIC, "events": []}, 422, "request_invalid"),
        ({"url": PUBLIC, "events": ["batch.begun"]}, 422, "request_invalid"),
        ({"url": PUBLIC, "secret": "mine"}, 422, "request_invalid"),
        ({"url": PUBLIC, "description": "x" * 201}, 422, "request_invalid"),
        ({"url": PUBLIC, "description": ""}, 422, "request_invalid"),
        ({"url": PUBLIC, "description": " "}, 422, "request_invalid"),
        ({"url": PUBLIC, "description": "night\0desk"}, 422, "request_invalid"),
        ({"url": PUBLIC, "description": 7}, 422, "request_invalid"),
        ({}, 422, "request_invalid"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(desk: TestClient, body: Any, status: int, code: str) -> None:
    response = desk.post("/v1/webhooks", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_what_is_not_there_is_said(desk: TestClient) -> None:
    webhook = registered(desk, PUBLIC)
    path = f"/v1/webhooks/wh_{NOBODYS}"
    for method, below in (("GET", ""), ("DELETE", ""), ("POST", "/rotate"), ("GET", "/deliveries")):
        assert desk.request(method, path + below).json()["code"] == "webhook_unknown"
    missing = desk.post(f"{webhook['deliveries']}/msg_{NOBODYS}/redeliver")
    assert (missing.status_code, missing.json()["code"]) == (404, "delivery_unknown")
    assert desk.get("/v1/webhooks/x").status_code == 422


def test_there_is_an_end_to_how_many_one_may_have(desk: TestClient) -> None:
    for number in range(MAX):
        registered(desk, f"{PUBLIC}/{number}")
    response = desk.post("/v1/webhooks", json={"url": PUBLIC})
    assert (response.status_code, response.json()["code"]) == (409, "too_many_webhooks")
    assert f"an owner may have {MAX}" in response.json()["detail"]


def test_pages_of_messages_hold_each_once(desk: TestClient, hearer: Hearer) -> None:
    hearer.status = "200 OK"
    webhook = registered(desk, hearer.server.url)
    for _ in range(3):
        wait_until_ended(desk, submit(desk, {"custom_id": "a", **ASK})["id"])
    seen: list[str] = []
    path: str | None = f"{webhook['deliveries']}?limit=1"
    while path is not None:
        page = desk.get(path)
        seen += [one["id"] for one in page.json()["deliveries"]]
        path = page.links["next"]["url"] if "next" in page.links else None
    assert len(seen) == len(set(seen)) == 3


def test_where_batches_are_off_there_is_nothing_to_tell(api: TestClient) -> None:
    response = api.get("/v1/webhooks")
    assert (response.status_code, response.json()["code"]) == (501, "batches_unavailable")
