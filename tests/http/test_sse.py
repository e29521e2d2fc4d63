"""Event streams: who gets one, what is on the wire, and pings while nothing happens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from subtext.http.sse import EventStreamResponse, accepts_event_stream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.types import Message

    from subtext.services.progress_events import ProgressEvent


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/event-stream", True),
        ("Text/Event-Stream;q=0.9, application/json;q=0.1", True),
        ("application/json, text/event-stream", True),
        ("application/json", False),
        ("*/*", False),
        ("text/*", False),
        ("text/event-stream;q=0", False),
        ("text/event-stream; q=0.000, */*", False),
        ("text/event-stream;q=0.001", True),
        ("", False),
    ],
)
def test_events_are_for_who_asks_for_them_by_name(accept: str, *, wanted: bool) -> None:
    scope = {"type": "http", "headers": [(b"accept", accept.encode())]}

    assert accepts_event_stream(Request(scope)) is wanted


class Line:
    """What the client has of a response; it goes away when it is told to."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.gone = asyncio.Event()
        self.pinged = asyncio.Event()

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        if message.get("body") == b": ping\n\n":
            self.pinged.set()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


async def test_events_are_numbered_and_no_proxy_holds_them_back() -> None:
    async def events() -> AsyncGenerator[ProgressEvent]:
        yield "status", "{}"
        yield "done", '{"a":1}'

    line = Line()
    await EventStreamResponse(events())({"type": "http"}, line.receive, line.send)

    headers = dict(line.sent[0]["headers"])
    assert headers[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert headers[b"x-accel-buffering"] == b"no"
    assert headers[b"cache-control"] == b"no-store"
    assert line.body == b'id: 1\nevent: status\ndata: {}\n\nid: 2\nevent: done\ndata: {"a":1}\n\n'
    assert line.sent[-1]["more_body"] is False


async def test_a_quiet_stream_is_pinged() -> None:
    line = Line()

    async def events() -> AsyncGenerator[ProgressEvent]:
        await line.pinged.wait()
        yield "done", "{}"

    await EventStreamResponse(events(), ping_s=0.001)({"type": "http"}, line.receive, line.send)

    assert line.body.startswith(b": ping\n\n")
    assert line.body.endswith(b"id: 1\nevent: done\ndata: {}\n\n")


async def test_the_making_of_events_ends_with_the_client() -> None:
    line, ended = Line(), asyncio.Event()

    async def events() -> AsyncGenerator[ProgressEvent]:
        try:
            yield "status", "{}"
            line.gone.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    await EventStreamResponse(events())({"type": "http"}, line.receive, line.send)

    assert ended.is_set()


async def test_a_failure_while_events_are_made_is_not_swallowed() -> None:
    line = Line()

    async def events() -> AsyncGenerator[ProgressEvent]:
        yield "error", "{}"
        raise KeyError

    with pytest.raises(KeyError):
        await EventStreamResponse(events())({"type": "http"}, line.receive, line.send)

    assert b"event: error" in line.body
