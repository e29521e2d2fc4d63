"""Trace context (W3C traceparent): continue the caller's trace, or begin one, and pass it to the model's server.

With an exporter (`exporter.py`) FastAPI has begun a span before the first middleware runs. Without one there is still a
trace id, so that the lines of the log and the requests to a model's server can be joined with what others record.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import attach, detach
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opentelemetry.trace import Span

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("subtext")
# The attributes in which FastAPI's span repeats what a client may have made up: it might be an article, or a key.
_FROM_CLIENT = ("url.path", "url.query", "http.request.method_original")
_REDACTED = "REDACTED"


@contextmanager
def request_context(request_id: str, headers: Mapping[str, str]) -> Iterator[None]:
    """Trace one request: every line of the log in this context has its request id and its trace id."""
    clear_contextvars()
    _redact(trace.get_current_span())
    with _continued(headers) as trace_id:
        bind_contextvars(request_id=request_id, trace_id=trace_id)
        yield


@contextmanager
def job_context(name: str, request_id: str) -> Iterator[None]:
    """Trace one job, such as an item of a batch, in a trace of its own."""
    with (
        _TRACER.start_as_current_span(name, record_exception=False, set_status_on_exception=False),
        _continued({}) as trace_id,
        bound_contextvars(request_id=request_id, trace_id=trace_id),
    ):
        yield


def outgoing_headers() -> dict[str, str]:
    """Return the headers that let a server we ask continue the trace and log the request id; never baggage."""
    headers: dict[str, str] = {}
    _PROPAGATOR.inject(headers)
    if (request_id := current_request_id()) is not None:
        headers["X-Request-ID"] = request_id
    return headers


def current_request_id() -> str | None:
    """Return the id of the request or job of this context; None outside of one."""
    request_id: str | None = get_contextvars().get("request_id")
    return request_id


def _redact(span: Span) -> None:
    for name in _FROM_CLIENT:
        # Only the SDK's spans have attributes that can be read.
        if name in (getattr(span, "attributes", None) or {}):
            span.set_attribute(name, _REDACTED)


@contextmanager
def _continued(headers: Mapping[str, str]) -> Iterator[str]:
    """Hold a trace, and yield its id: the current span's, else the caller's, else a new one."""
    if (current := trace.get_current_span().get_span_context()).is_valid:
        yield format_trace_id(current.trace_id)
        return
    context = _own_context(headers)
    token = attach(trace.set_span_in_context(NonRecordingSpan(context)))
    try:
        yield format_trace_id(context.trace_id)
    finally:
        detach(token)


def _own_context(headers: Mapping[str, str]) -> SpanContext:
    """Return a span context that no exporter records: of the caller's trace, or of a new one that is not sampled."""
    caller = _caller_context(headers) if "traceparent" in headers else trace.INVALID_SPAN_CONTEXT
    span_id = random.getrandbits(64) or 1
    if caller.is_valid:
        return SpanContext(
            caller.trace_id, span_id, is_remote=False, trace_flags=caller.trace_flags, trace_state=caller.trace_state
        )
    trace_id = random.getrandbits(128) or 1
    return SpanContext(trace_id, span_id, is_remote=False, trace_flags=TraceFlags(TraceFlags.DEFAULT))


def _caller_context(headers: Mapping[str, str]) -> SpanContext:
    carrier = {name: headers[name] for name in ("traceparent", "tracestate") if name in headers}
    return trace.get_current_span(_PROPAGATOR.extract(carrier)).get_span_context()
