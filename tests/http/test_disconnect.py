"""A client that goes away, on real sockets: the call to the model ends with it, for an object and for events."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from subtext.settings import LLMSettings
from tests.support.api import ASK, RawHttpClient, serve, settings
from tests.support.patience import GIVE_UP_S
from tests.support.servers.fault_server import fault_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# Far more than it takes, far less than the model's time-out: what ends within it was ended by the client.
PATIENCE_S = GIVE_UP_S / 2


def request(accept: str) -> bytes:
    body = json.dumps({**ASK, "engine": "llm"}).encode()
    head = (
        f"POST /v1/analyses HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class SilentModel:
    """A model that takes a call, and tells when it came and when its caller hung up."""

    def __init__(self) -> None:
        self.called, self.hung_up = threading.Event(), threading.Event()

    async def __call__(self, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        self.called.set()
        await reader.read()
        self.hung_up.set()


@pytest.fixture
async def model() -> AsyncIterator[tuple[SilentModel, str]]:
    silent = SilentModel()
    async with fault_server(silent) as server:
        yield silent, server.url


def leave(wire: RawHttpClient, accept: str, silent: SilentModel, others: int = 0) -> bool:
    """Whether the model's caller has hung up after a client, and all `others` with the same question, went away."""
    connections = []
    for _ in range(1 + others):
        with wire.connection() as connection:
            connection.sendall(request(accept))
            assert silent.called.wait(PATIENCE_S)
            connections.append(connection.dup())
    for connection in connections:
        connection.close()
    return silent.hung_up.wait(PATIENCE_S)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_the_call_to_the_model_ends_with_the_client(accept: str, model: tuple[SilentModel, str]) -> None:
    silent, url = model
    app = create_app(settings(llm=LLMSettings(base_url=url, model="m", attempt_timeout_s=300.0), deadline_s=300.0))

    with serve(app) as wire:
        assert await asyncio.to_thread(leave, wire, accept, silent, 1)
