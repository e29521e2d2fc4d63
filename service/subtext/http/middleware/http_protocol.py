"""HTTP/1.1 protocol of uvicorn with header limits: malformed, oversized and slow heads get problems as well.

uvicorn's own protocol answers malformed requests in plain text and limits neither size nor time of the head.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

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
    """Parse HTTP/1.1 with limits on the head, against oversized and slow ones (Slowloris).

    `headers_max_bytes` limits its size, `headers_deadline_s` the seconds in which it must arrive.
    """

    headers_max_bytes = 32_768
    headers_deadline_s = 20.0
    _header_bytes: int = 0
    _in_headers: bool = True
    _headers_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the deadline of the first head."""
        super().connection_made(transport)
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the deadline."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse the data, and answer 431 once an unfinished head exceeds its limit."""
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
        else:
            super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the signature of uvicorn
        """Answer 400 to malformed HTTP, unless a response has been sent."""
        if not self.transport.is_closing():
            self._reject(400, _MALFORMED)

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
        self.transport.close()
