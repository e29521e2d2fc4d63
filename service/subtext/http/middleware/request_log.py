"""Observe each request: its metrics, its trace, and the one line that is logged at its end."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from starlette.datastructures import Headers
from structlog.contextvars import get_contextvars

from subtext.http.state import get_request_state
from subtext.telemetry.http_metrics import IN_FLIGHT, bounded_method, record_request
from subtext.telemetry.request_record import start_record
from subtext.telemetry.trace_context import request_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Scope

    from subtext.telemetry.request_record import RequestRecord

_API = "/v1"
_log = structlog.get_logger("subtext.http")


@dataclass(slots=True)
class ObservedResponse:
    """Hold the status of a response; None until it has begun."""

    status: int | None = None


@contextmanager
def observe_request(scope: Scope, request_id: str, response: ObservedResponse) -> Iterator[None]:
    """Observe a request for as long as the context lasts; `scope` is the one that the router has filled in."""
    started, record = time.perf_counter(), start_record()
    IN_FLIGHT.inc()
    with request_context(request_id, Headers(scope=scope)):
        try:
            yield
        finally:
            IN_FLIGHT.dec()
            _end_request(scope, response.status, time.perf_counter() - started, record)


def _end_request(scope: Scope, status: int | None, seconds: float, record: RequestRecord) -> None:
    """Record and log a request that has ended; of its address only the route's template, never what a client wrote."""
    route, caller, client = route_template(scope), get_request_state(scope).caller, scope.get("client")
    method = bounded_method(scope["method"])
    record_request(route, method, status, seconds)
    code = get_contextvars().get("code")
    record.outcome = code or record.outcome or _outcome(status)
    record.client, record.owner, record.key_id = client and client[0], caller.owner or None, caller.key_id
    ms = round(seconds * 1_000, 1)
    _log.info("request", method=method, route=route, status=status, ms=ms, **record.fields())


def _outcome(status: int | None) -> str:
    """Return the outcome of a request without a problem; what a protocol of its own refuses, as MCP does, has none."""
    if status is None:
        return "aborted"
    return "ok" if status < HTTPStatus.BAD_REQUEST else "refused"


def route_template(scope: Scope) -> str | None:
    """Return the template of the matched route, such as `/v1/analyses/{analysis_id}`; None if no route was reached."""
    path: str | None = getattr(scope.get("route"), "path", None)
    # The template of an included route lacks the prefix under which its router was included.
    if path is None or not scope["path"].startswith(f"{_API}/") or path.startswith(f"{_API}/"):
        return path
    return _API + path
