from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from subtext.client.errors import ServiceUnreachable, UnexpectedResponse
from subtext.client.models.event import PartialEvent, StatusEvent
from subtext.client.problem_errors import EngineTimedOut
from tests.support.clients import SOON, open_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.client.models.event import AnalysisEvent

STATUS = 'id: 1\nevent: status\ndata: {"stage": "analysing", "tokens": 3, "new_field": 1}\n\n'
QUOTE = 'event: partial\ndata: {"evidence": [{"quote": "a\u2028b", "start": 0, "end": 3, "pole": "domination"}]}\n\n'
DONE = "event: done\ndata: {}\n\n"
PROBLEM = (
    'event: error\ndata: {"type": "/problems/engine_timed_out", "title": "t", "status": 504, "detail": "d", '
    '"instance": "/", "code": "engine_timed_out", "request_id": "req-1", "retryable": true, "errors": []}\n\n'
)


class Pieces(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body in pieces of three bytes, for both kinds of client."""

    def __init__(self, body: str) -> None:
        self._body = body.encode()

    def __iter__(self) -> Iterator[bytes]:
        yield from (self._body[at : at + 3] for at in range(0, len(self._body), 3))

    async def __aiter__(self):  # type: ignore[no-untyped-def] # noqa: ANN204 - as in its base
        for piece in self:
            yield piece


def read(kind: str, body: str, content_type: str = "text/event-stream") -> list[AnalysisEvent]:
    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"Content-Type": content_type}, stream=Pieces(body))

    transport = httpx2.MockTransport(answer)
    make = httpx2.Client if kind == "sync" else httpx2.AsyncClient
    http = make(transport=transport, base_url="http://127.0.0.1")
    with open_client(kind, http=http, retries=SOON) as client, client.stream_analysis(text="a") as events:
        return list(events)


def test_events_are_typed_and_unknown_ones_and_fields_are_no_error(kind: str) -> None:
    status, partial = read(kind, f": ping\n\n{STATUS}event: novelty\ndata: [1]\n\n{QUOTE}{DONE}")

    assert isinstance(status, StatusEvent)
    assert (status.stage, status.tokens) == ("analysing", 3)
    assert isinstance(partial, PartialEvent)
    assert partial.evidence[0].quote == "a\u2028b"


def test_a_problem_in_the_stream_is_raised(kind: str) -> None:
    with pytest.raises(EngineTimedOut) as caught:
        read(kind, STATUS + PROBLEM + DONE)

    assert (caught.value.request_id, caught.value.retryable) == ("req-1", True)


def test_a_stream_that_ends_without_done_is_broken(kind: str) -> None:
    with pytest.raises(ServiceUnreachable, match="broke off"):
        read(kind, STATUS)


def test_a_stream_of_another_kind_is_an_error_of_the_tree(kind: str) -> None:
    with pytest.raises(ServiceUnreachable):
        read(kind, "<html>", "text/html")


def test_data_that_is_no_event_of_subtext_is_named(kind: str) -> None:
    with pytest.raises(UnexpectedResponse, match="StatusEvent"):
        read(kind, "event: status\ndata: {}\n\n")
