"""Span `chat {model}` around one call to a model's server, with OpenTelemetry's GenAI attributes; no message text."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.trace import Span
    from opentelemetry.util.types import AttributeValue

_TRACER = trace.get_tracer("subtext")
# What a server says of itself is taken only if it looks like a name: it might as well be the article.
_NAME = re.compile(r"[\w./:@+-]{1,100}")
_FINISH_REASONS = frozenset({"stop", "length", "content_filter", "tool_calls", "function_call"})


@dataclass(frozen=True, slots=True)
class ChatServer:
    """Identify a model and its server in spans and metrics: the provider's name here, the model, and the base URL."""

    provider: str
    model: str
    base_url: str = ""

    @property
    def attributes(self) -> dict[str, AttributeValue]:
        """Return the attributes that every call has; of the URL only host and port, as it may hold a password."""
        parts = urlsplit(self.base_url)
        attributes: dict[str, AttributeValue] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": self.provider,
            "gen_ai.request.model": self.model,
        }
        if parts.hostname:
            attributes["server.address"] = parts.hostname
            attributes["server.port"] = parts.port or (443 if parts.scheme == "https" else 80)
        return attributes


@dataclass(frozen=True, slots=True)
class ChatResult:
    """Describe how a call ended: outcome, HTTP status, and what the model's server says of its answer."""

    outcome: str
    status: int | None = None
    model: str | None = None
    finish_reason: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


@contextmanager
def chat_span(server: ChatServer) -> Iterator[Span]:
    """Open the span of one call; `end_chat` describes its end."""
    span = _TRACER.start_span(f"chat {server.model}", kind=SpanKind.CLIENT)
    if span.is_recording():
        span.set_attributes(server.attributes)
    # What is raised here may repeat the article, so it is not recorded.
    with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        yield span


def end_chat(span: Span, result: ChatResult) -> None:
    """Describe on its span how a call ended."""
    if not span.is_recording():
        return
    known = {
        "http.response.status_code": result.status,
        "gen_ai.response.model": _name(result.model),
        "gen_ai.response.finish_reasons": _finish_reasons(result.finish_reason),
        "gen_ai.usage.input_tokens": result.input_tokens,
        "gen_ai.usage.output_tokens": result.output_tokens,
    }
    span.set_attributes({name: value for name, value in known.items() if value is not None})
    if result.outcome != "ok":
        span.set_attribute("error.type", result.outcome)
        span.set_status(StatusCode.ERROR)


def _finish_reasons(reason: str | None) -> list[str] | None:
    if reason is None:
        return None
    return [reason if reason in _FINISH_REASONS else "other"]


def _name(value: str | None) -> str | None:
    return value if value is not None and _NAME.fullmatch(value) else None
