"""The outermost layer, as plain ASGI: request ids, slow bodies, failures nobody foresaw, one log line a request."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request

from subtext.api.problems import internal_problem, problem
from subtext.api.requests import RequestProblem, request_id_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = structlog.get_logger("subtext.http")


class Envelope:
    """Wraps the app; `body_deadline_s` is how long a request's body may take to arrive (seconds)."""

    def __init__(self, app: ASGIApp, body_deadline_s: float) -> None:
        self._app = app
        self._body_deadline_s = body_deadline_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        reply = _Reply(send, request_id_of(Request(scope)))
        try:
            await self._app(scope, _BodyDeadline(receive, self._body_deadline_s), reply)
        except Exception as error:  # noqa: BLE001 - the process edge: whatever is left becomes a problem, and is logged
            await _rescue(scope, receive, reply, error)
        _log.info(
            "request",
            request_id=reply.request_id,
            method=scope["method"],
            path=scope["path"],
            status=reply.status,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )


async def _rescue(scope: Scope, receive: Receive, reply: _Reply, error: Exception) -> None:
    """Answer in the app's stead; once the answer has begun, the connection can only be cut."""
    if reply.status is not None:
        raise error
    request = Request(scope)
    if isinstance(error, HTTPException) and error.status_code == 408:  # noqa: PLR2004 - the status says itself
        response = problem(request, 408, "request_timeout", error.detail, retryable=True)
    else:
        _log.error("failed", request_id=reply.request_id, exc_info=error)
        response = internal_problem(request)
    await response(scope, receive, reply)


class _Reply:
    """Passes messages on, with the request id on every answer."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.request_id
            headers["X-Content-Type-Options"] = "nosniff"
        await self._send(message)


class _BodyDeadline:
    """Passes the body on, and refuses one that trickles in past its deadline."""

    def __init__(self, receive: Receive, deadline_s: float) -> None:
        self._receive = receive
        self._ends_at = time.monotonic() + deadline_s
        self._complete = False

    async def __call__(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout(self._ends_at - time.monotonic()):
                message = await self._receive()
        except TimeoutError as error:
            detail = "the body did not arrive in time: send it again, faster"
            raise RequestProblem(408, detail, headers={"Connection": "close"}) from error
        self._complete = not message.get("more_body", False)
        return message
