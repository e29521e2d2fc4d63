"""Read the server-sent events (SSE) of an analysis in progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from httpx2 import EventSource

from subtext.client.errors import ServiceUnreachable
from subtext.client.models.analysis import Analysis
from subtext.client.models.event import PartialEvent, ResultEvent, StatusEvent
from subtext.client.responses import parse_json, raise_problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx2

    from subtext.client.models.event import AnalysisEvent

# An analysis with the text of a long article; httpx2 would stop at less.
_EVENT_MAX_BYTES = 64_000_000
_DONE = "done"


class EventReader:
    """Read events until `done`; unknown ones are skipped, and a problem is raised as its error."""

    def read(self, response: httpx2.Response) -> Iterator[AnalysisEvent]:
        """Yield the events of a response of `Client`."""
        name = ""
        for event in EventSource(response, _EVENT_MAX_BYTES):
            name = event.event
            yield from _decode(name, event.data)
        _require_done(name)

    async def aread(self, response: httpx2.Response) -> AsyncIterator[AnalysisEvent]:
        """Yield the events of a response of `AsyncClient`."""
        name = ""
        async for event in EventSource(response, _EVENT_MAX_BYTES):
            name = event.event
            for decoded in _decode(name, event.data):
                yield decoded
        _require_done(name)


def _decode(name: str, data: str) -> Iterator[AnalysisEvent]:
    body = data.encode()
    if name == "status":
        yield parse_json(StatusEvent, body)
    elif name == "partial":
        yield parse_json(PartialEvent, body)
    elif name == "result":
        yield ResultEvent(analysis=parse_json(Analysis, body))
    elif name == "error":
        raise_problem(body)


def _require_done(name: str) -> None:
    if name != _DONE:
        raise ServiceUnreachable("the stream broke off: send the request again", was_sent=True)
