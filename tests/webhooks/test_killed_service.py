"""A service that is killed before a message was taken: the message outlives it, and comes with the same id."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.support.api import ASK
from tests.support.patience import GIVE_UP_S
from tests.support.processes import Service
from tests.support.servers.fault_server import fault_server, reply

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("dbos", reason="the extra `batch` is not installed")


class Receiver:
    """Refuses until it is told to take; says when it was asked."""

    def __init__(self) -> None:
        self.taking = False
        self.refused, self.taken = asyncio.Event(), asyncio.Event()

    async def __call__(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(b"", status="200 OK" if self.taking else "503 Later"))
        await writer.drain()
        (self.taken if self.taking else self.refused).set()


async def test_a_message_outlives_the_service_that_tried_it(tmp_path: Path) -> None:
    receiver = Receiver()
    async with fault_server(receiver) as server, httpx2.AsyncClient(trust_env=False, timeout=GIVE_UP_S) as client:
        service = Service(tmp_path, SUBTEXT_BATCHES_ENABLED="true", SUBTEXT_WEBHOOKS_PRIVATE_HOSTS="127.0.0.0/8")
        await service.start()
        made = await client.post(f"{service.url}/v1/webhooks", json={"url": server.url})
        assert made.status_code == 201
        await client.post(f"{service.url}/v1/batches", json={"items": [{"custom_id": "a", **ASK}]})
        await asyncio.wait_for(receiver.refused.wait(), GIVE_UP_S)
        await service.kill()

        receiver.taking = True
        await service.start()
        await asyncio.wait_for(receiver.taken.wait(), GIVE_UP_S)
        await service.kill()
    heads, bodies = zip(*server.requests, strict=True)
    ids = {line for head in heads for line in head.split(b"\r\n") if line.startswith(b"webhook-id")}
    assert len(ids) == len(set(bodies)) == 1
