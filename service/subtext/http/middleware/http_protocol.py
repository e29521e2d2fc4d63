"""HTTP/1.1 protocol of uvicorn with limits of heads and of discarded bodies, and problems for what it refuses.

uvicorn's own protocol answers malformed requests in plain text, limits neither size nor time of the head, and loses a
response that is sent before the body has arrived: it closes with unread data, or waits for the rest without limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from subtext.http.middleware.lingering_close import BoundedDiscard, DiscardLimits, LingeringTransport
from subtext.ids import new_request_id
from subtext.schemas.problem import MEDIA_TYPE, problem_from_status
from subtext.telemetry.http_metrics import record_refusal

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

_MALFORMED = (
    "this is no request of HTTP/1.1: correct its first line, its headers or its length; what speaks TLS (https://) "
    "reaches the service through a proxy"
)


class ProblemProtocol(HttpToolsProtocol):
    """Parse HTTP/1.1 with limits on the head, against oversized and slow ones (Slowloris), and on discarded bodies.

    `headers_max_bytes` limits the size of a head, `headers_deadline_s` the seconds in which it must arrive.
    `discard_limits` is how much of a request is read after it was answered, so that its sender gets to the answer.
    """

    headers_max_bytes = 32_768
    headers_deadline_s = 20.0
    discard_limits = DiscardLimits()
    _header_bytes: int = 0
    _in_headers: bool = True
    _headers_timer: asyncio.TimerHandle | None = None
    _discard: BoundedDiscard
    _lingering: LingeringTransport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the deadline of the first head."""
        self._discard = BoundedDiscard(self.loop, self.discard_limits, transport.abort)
        self._lingering = LingeringTransport(transport, self._discard, self._is_receiving)
        super().connection_made(self._lingering)
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the deadlines."""
        self._stop_timer()
        self._discard.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse the data, and answer 431 once an unfinished head exceeds its limit; discard it if nothing is parsed."""
        if self._discard.is_running:
            self._discard.count(len(data))
        if self.transport.is_closing():
            return
        began_in_headers = self._in_headers
        super().data_received(data)
        if began_in_headers and self._in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > self.headers_max_bytes and not self.transport.is_closing():
                self._reject(431)

    def on_message_begin(self) -> None:
        """Start the deadline of the next head."""
        super().on_message_begin()
        self._await_headers()

    def on_headers_complete(self) -> None:
        """Serve the request, or answer 431 if the complete head exceeds its limit."""
        self._in_headers = False
        self._stop_timer()
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self.headers_max_bytes:
            self._reject(431)
        elif not self.transport.is_closing():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Let the connection be used again if the request was answered before its body had arrived."""
        super().on_message_complete()
        if self._discard.is_running:
            self._discard.stop()
            self.cycle.more_body = False
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_response_complete(self) -> None:
        """Discard the rest of a body that was answered before it had arrived."""
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body:
            self.cycle.body.clear()
            self._unset_keepalive_if_required()
            self._discard.start()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the signature of uvicorn
        """Answer 400 to malformed HTTP, unless a response has been sent."""
        if not self.transport.is_closing():
            self._reject(400, _MALFORMED)

    def _is_receiving(self) -> bool:
        """Return whether data of requests may be on its way: a body that is not complete, or further requests."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and (cycle.more_body or bool(self.pipeline))

    def _await_headers(self) -> None:
        self._in_headers, self._header_bytes = True, 0
        self._stop_timer()
        self._headers_timer = self.loop.call_later(self.headers_deadline_s, self._on_late_headers)

    def _stop_timer(self) -> None:
        if self._headers_timer is not None:
            self._headers_timer.cancel()
            self._headers_timer = None

    def _on_late_headers(self) -> None:
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._headers_timer = self.loop.call_later(self.headers_deadline_s, self._on_late_headers)
        elif self._header_bytes == 0:
            self.transport.close()
        else:
            self._reject(408)

    def _reject(self, status: int, detail: str | None = None) -> None:
        request_id = new_request_id()
        problem = problem_from_status(status, detail, instance="/", request_id=request_id)
        record_refusal(problem.code)
        document = problem.model_dump_json().encode()
        head = (
            f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(document)}\r\nX-Request-ID: {request_id}\r\n"
            "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[status] + head.encode() + document)
        self._lingering.linger()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            # As when the connection is lost: nobody gets the answer to a request before this one.
            cycle.disconnected = True
            cycle.message_event.set()
