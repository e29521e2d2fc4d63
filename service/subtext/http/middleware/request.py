"""Outermost middleware: request id, body size and time limits, HEAD as GET, errors to problems, observation."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from starlette.requests import Request

from subtext.http.middleware.request_log import ObservedResponse, observe_request
from subtext.http.problems import internal_problem
from subtext.http.state import get_request_state
from subtext.http.strict_requests import get_request_id
from subtext.logs import stack_summary
from subtext.schemas.problem import HTTPProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = structlog.get_logger("subtext.http")
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Limits of a request body: its size in bytes, and the seconds in which it must arrive."""

    max_bytes: int
    deadline_s: float


class RequestMiddleware:
    """Wrap each request: id, body limits, observation; `uploads` maps paths to body limits of their own."""

    def __init__(self, app: ASGIApp, *, limits: BodyLimits, uploads: Mapping[str, BodyLimits] | None = None) -> None:
        self._app = app
        self._limits, self._uploads = limits, uploads or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, response = get_request_id(Request(scope)), ObservedResponse()
        headers = get_request_state(scope).headers
        headers += (b"x-request-id", request_id.encode()), _NO_SNIFFING
        inner = _with_head_as_get(scope)
        with observe_request(inner, request_id, response):
            await self._serve(inner, receive, _TrackedSend(send, headers, response))

    async def _serve(self, scope: Scope, receive: Receive, reply: _TrackedSend) -> None:
        request = Request(scope)
        limits = self._uploads.get(scope["path"], self._limits)
        body = _LimitedReceive(receive, request.headers, limits)
        try:
            await self._app(scope, body, reply)
        except Exception as error:  # noqa: BLE001 - the process edge: whatever is left becomes a problem, and is logged
            _log.error("failed", error=type(error).__name__, at=stack_summary(error))
            # Once an answer has begun, it can only break off: the server closes the connection.
            if reply.response.status is None:
                await internal_problem(request)(scope, receive, reply)


def _with_head_as_get(scope: Scope) -> Scope:
    """Return the scope with HEAD as GET (RFC 9110, section 9.3.2); the server drops the body."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


class _TrackedSend:
    """Send messages on, with the headers that every response to the request has, and remember the status.

    The one wrapper of `send`: what another layer adds to every response, it adds to these headers.
    """

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]], response: ObservedResponse) -> None:
        self._send = send
        self._headers = headers
        self.response = response

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.response.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._headers]
        await self._send(message)


class _LimitedReceive:
    """Limit the body: reject one that is too large (413) or arrives too slowly (408).

    Starlette's own limit answers in plain text and takes the place of any other response, so it is not used.
    """

    def __init__(self, receive: Receive, headers: Headers, limits: BodyLimits) -> None:
        self._receive = receive
        self._max_bytes = limits.max_bytes
        self._ends_at = time.monotonic() + limits.deadline_s
        declared = headers.get("content-length", "")
        # Twenty digits are more than any limit, and no more than int() takes.
        self._declared = int(declared[:20]) if declared.isdecimal() else 0
        self._received = 0
        self._complete = False

    async def __call__(self) -> Message:
        if self._complete:
            return await self._receive()
        self._require_size(self._declared)
        try:
            async with asyncio.timeout(self._ends_at - time.monotonic()):
                message = await self._receive()
        except TimeoutError as error:
            detail = "the body did not arrive in time: send it again, faster"
            raise HTTPProblem(408, detail, headers={"Connection": "close"}) from error
        self._received += len(message.get("body", b""))
        self._require_size(self._received)
        self._complete = not message.get("more_body", False)
        return message

    def _require_size(self, size: int) -> None:
        if size > self._max_bytes:
            raise HTTPProblem(413, f"the body has more than {self._max_bytes:,} bytes: send less text")
