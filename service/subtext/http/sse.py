"""Server-sent events (SSE): stream an analysis in parts, with problems, pings and a final `done` event.

Written by hand: a shutdown ends a stream with a problem as its last event, and a disconnect cancels the model's calls.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import StreamingResponse

from subtext.errors import ShuttingDown, SubtextError
from subtext.http.disconnect import cancel_on_disconnect
from subtext.http.problems import count_problem, report_error
from subtext.http.strict_requests import get_request_id
from subtext.schemas.problem import HTTPProblem, problem_from_error, problem_from_status
from subtext.services.progress_events import ProgressEvent

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.types import Receive, Scope, Send

EVENT_STREAM = "text/event-stream"
PING_S = 15.0
_NEVER = re.compile(r"q=0(?:\.0{0,3})?")


def accepts_event_stream(request: Request) -> bool:
    """Return whether the Accept header names `text/event-stream`; `*/*` means JSON, and `q=0` never (RFC 9110)."""
    kinds = [kind.replace(" ", "").split(";") for kind in request.headers.get("accept", "").lower().split(",")]
    return any(kind == EVENT_STREAM and not any(map(_NEVER.fullmatch, parts)) for kind, *parts in kinds)


async def with_problems(events: AsyncGenerator[ProgressEvent], request: Request) -> AsyncGenerator[ProgressEvent]:
    """Yield the events, then `done`; a failure becomes the event `error` with a problem."""
    place = {"instance": request.scope["path"], "request_id": get_request_id(request)}
    try:
        async with aclosing(events):
            async for event in events:
                yield event
    except SubtextError as error:
        yield "error", report_error(error, **place).model_dump_json()
    except Exception:
        yield "error", count_problem(problem_from_status(500, **place)).model_dump_json()
        raise
    yield "done", "{}"


class EventStreamResponse(StreamingResponse):
    """Stream server-sent events, numbered from 1, with a ping comment so that no proxy closes an idle connection.

    The stream ends with the events, or when the client disconnects, which cancels their source too, or when the service
    shuts down: its last event then is an `error` with a problem.
    """

    media_type = EVENT_STREAM

    def __init__(self, events: AsyncGenerator[ProgressEvent], *, ping_s: float = PING_S) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(_encode(events), headers=headers)
        self._events, self._ping_s = events, ping_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the response."""
        # Nobody is left to send the problem to.
        with suppress(HTTPProblem):
            await cancel_on_disconnect(receive, self._serve(scope, send))

    async def _serve(self, scope: Scope, send: Send) -> None:
        pings = asyncio.create_task(self._ping(send))
        try:
            async with aclosing(self._events):
                await self.stream_response(send)
        except asyncio.CancelledError:
            # The service shuts down, or the client is gone and does not get this.
            await send({"type": "http.response.body", "body": _shutdown_events(scope), "more_body": False})
            raise
        finally:
            pings.cancel()

    async def _ping(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._ping_s)
            await send({"type": "http.response.body", "body": b": ping\n\n", "more_body": True})


def _shutdown_events(scope: Scope) -> bytes:
    """Build the last events of a stream that the shutdown of the service cuts off."""
    error = ShuttingDown("the service ended before the answer was there: ask again")
    problem = problem_from_error(error, instance=scope["path"], request_id=get_request_id(Request(scope)))
    return f"event: error\ndata: {problem.model_dump_json()}\n\nevent: done\ndata: {{}}\n\n".encode()


async def _encode(events: AsyncGenerator[ProgressEvent]) -> AsyncGenerator[bytes]:
    number = 0
    async for name, data in events:
        number += 1
        yield f"id: {number}\nevent: {name}\ndata: {data}\n\n".encode()
