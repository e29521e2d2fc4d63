"""More than the service can do: what is beyond is sent away at once, and what was accepted is answered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2

from subtext.asgi import create_app
from subtext.http.state import get_app_state
from subtext.settings import LLMSettings, LoadSettings
from tests.support.api import ASK, TEXT, settings
from tests.support.patience import GIVE_UP_S
from tests.support.servers.fault_server import fault_server
from tests.support.servers.gate import Gate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MODEL = {"text": TEXT, "language": "en", "fallback": "never", "cache": "no-store"}


async def test_what_is_beyond_the_queue_is_sent_away_and_the_rest_is_answered() -> None:
    gate = Gate(2)
    async with fault_server(gate) as model:
        load = LoadSettings(in_flight=2, queue=3, queue_wait_s=30)
        app = create_app(settings(llm=LLMSettings(base_url=model.url, model="m"), load=load))
        async with app.router.lifespan_context(app):
            transport = httpx2.ASGITransport(app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as service:
                asking = [asyncio.create_task(service.post("/v1/analyses", json=MODEL)) for _ in range(12)]
                await asyncio.wait_for(gate.is_full.wait(), GIVE_UP_S)
                gone, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
                assert {(await task).status_code for task in gone} == {503}
                assert (await service.get("/healthz")).status_code == 200
                assert (await service.get("/v1/engines")).status_code == 200
                gate.opened.set()
                answers = await asyncio.gather(*asking)
    codes = [answer.status_code for answer in answers]
    assert (codes.count(200), codes.count(503)) == (5, 7)
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.json()["code"] for answer in refused} == {"overloaded"}
    assert all(1 <= int(answer.headers["retry-after"]) <= 5 for answer in refused)


class UnreadBody:
    """A body that nobody may ask for."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        raise AssertionError("the body was asked for")


async def test_what_finds_no_room_is_sent_away_before_its_body_is_read() -> None:
    app = create_app(settings(load=LoadSettings(in_flight=1, queue=0)))

    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as service:
            async with get_app_state(app).require_services().bulkhead.slot():
                refused = await service.post(
                    "/v1/analyses", content=UnreadBody(), headers={"Content-Type": "application/json"}
                )
                assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
                assert refused.headers["x-request-id"]
                assert (await service.get("/v1/axes")).status_code == 200
            assert (await service.post("/v1/analyses", json=ASK)).status_code == 200
