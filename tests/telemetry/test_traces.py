"""Traces: continued from the caller to the model's server, in memory and over OTLP to a real receiver."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx2
import pytest
from opentelemetry.trace import SpanKind, StatusCode, format_span_id, format_trace_id

from subtext.asgi import create_app
from subtext.settings import LLMSettings, LogSettings
from tests.support.api import TEXT, client, settings
from tests.support.engines import KEY, completion, good_draft
from tests.support.processes import Service
from tests.support.servers.dialogue import dialogue_server
from tests.support.servers.otlp_receiver import otlp_receiver
from tests.support.traces import recorded_spans

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 500}
ANSWER = {"body": completion("$DRAFT", usage=USAGE, model="some-model-2")}
DRAFT = json.dumps(good_draft())


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    with recorded_spans() as memory:
        yield memory


def llm(port: int) -> LLMSettings:
    return LLMSettings(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY, model="some-model")


def named(spans: tuple[ReadableSpan, ...], name: str) -> ReadableSpan:
    (span,) = (span for span in spans if span.name == name)
    return span


async def ask(port: int, **headers: str) -> httpx2.Response:
    """Ask a service in front of a model's server, by an address with a word of its own."""

    def post() -> httpx2.Response:
        with client(create_app(settings(llm=llm(port)))) as service:
            body = {"text": TEXT, "fallback": "never"}
            return service.post("/v1/analyses", json=body, params={"q": "Zyzzyva"}, headers=headers)

    return await asyncio.to_thread(post)


async def test_a_model_call_is_a_span_of_the_callers_trace(exporter: InMemorySpanExporter) -> None:
    async with dialogue_server([ANSWER], DRAFT) as server:
        response = await ask(server.port, traceparent=TRACEPARENT)

    assert response.status_code == 200, response.text
    spans = exporter.get_finished_spans()
    chat, request = named(spans, "chat some-model"), named(spans, "POST /v1/analyses")
    assert {format_trace_id(span.context.trace_id) for span in (chat, request)} == {TRACE_ID}
    assert chat.parent is not None
    assert chat.parent.span_id == request.context.span_id
    assert chat.kind is SpanKind.CLIENT
    assert dict(chat.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "llm",
        "gen_ai.request.model": "some-model",
        "gen_ai.response.model": "some-model-2",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 1_000,
        "gen_ai.usage.output_tokens": 500,
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": server.port,
    }
    sent = server.requests[0].headers
    assert sent["traceparent"] == f"00-{TRACE_ID}-{format_span_id(chat.context.span_id)}-01"
    assert sent["X-Request-ID"] == response.headers["X-Request-ID"]
    assert "baggage" not in {name.lower() for name in sent}


async def test_an_attempt_that_fails_says_how_and_a_span_repeats_nothing(exporter: InMemorySpanExporter) -> None:
    words = TEXT.split(".")[0]
    failing = {"status": 500, "body": {"error": {"message": words}}}
    echo = {"body": completion(words, model=words, finish_reason=words)}
    async with dialogue_server([{**failing, "once": True}, echo], DRAFT) as server:
        response = await ask(server.port, baggage=f"a={KEY}")

    assert response.status_code >= 500
    spans = exporter.get_finished_spans()
    chats = [span for span in spans if span.name == "chat some-model"]
    assert {(span.attributes or {})["error.type"] for span in chats} == {"server_error", "no_json"}
    assert {span.status.status_code for span in chats} == {StatusCode.ERROR}
    told = "".join(span.to_json() for span in spans)
    assert [word for word in (words, KEY, "Zyzzyva") if word in told] == []
    assert not any(span.events for span in spans)


def test_probes_and_scrapes_are_not_traced(exporter: InMemorySpanExporter) -> None:
    with client(create_app(settings())) as service:
        for path in ("/healthz", "/readyz", "/metrics", "/version"):
            service.get(path)

    assert [span.name for span in exporter.get_finished_spans()] == ["GET /version"]


async def test_spans_are_exported_where_an_endpoint_is_named(tmp_path: Path) -> None:
    async with otlp_receiver() as receiver, dialogue_server([ANSWER], DRAFT) as server:
        service = Service(
            tmp_path,
            OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url,
            OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test",
            SUBTEXT_LLM_BASE_URL=f"http://127.0.0.1:{server.port}/v1",
            SUBTEXT_LLM_MODEL="some-model",
            SUBTEXT_LLM_API_KEY=KEY,
            SUBTEXT_LOG_FORMAT="json",
        )
        await service.start()
        async with httpx2.AsyncClient(timeout=None) as caller:
            response = await caller.post(
                f"{service.url}/v1/analyses", json={"text": TEXT}, headers={"traceparent": TRACEPARENT}
            )
        service.terminate()
        lines = await service.remaining_lines()
        await service.ended()

    assert response.status_code == 200
    chat, request = receiver.span("chat some-model"), receiver.span("POST /v1/analyses")
    assert (chat.trace_id.hex(), chat.parent_span_id) == (TRACE_ID, request.span_id)
    resource = receiver.resources[0]
    assert (resource["service.name"], resource["deployment.environment.name"]) == ("subtext", "test")
    logged = [json.loads(line) for line in lines]
    (line,) = (line for line in logged if line["event"] == "request")
    assert (line["trace_id"], line["request_id"]) == (TRACE_ID, response.headers["X-Request-ID"])
    assert TEXT.split(".")[0].encode() not in b"".join(receiver.bodies)
    assert KEY.encode() not in b"".join(receiver.bodies)


async def test_without_an_endpoint_a_trace_is_continued_all_the_same(tmp_path: Path) -> None:
    async with dialogue_server([ANSWER], DRAFT) as server:
        service = Service(
            tmp_path, SUBTEXT_LLM_BASE_URL=f"http://127.0.0.1:{server.port}/v1", SUBTEXT_LLM_MODEL="some-model"
        )
        await service.start()
        async with httpx2.AsyncClient(timeout=None) as caller:
            for headers in ({"traceparent": TRACEPARENT, "tracestate": "a=1"}, {}, {"traceparent": "00-zz-1"}):
                await caller.post(
                    f"{service.url}/v1/analyses", json={"text": TEXT, "cache": "no-store"}, headers=headers
                )
        service.terminate()
        lines = [json.loads(line) for line in await service.remaining_lines()]
        await service.ended()

    continued, new, other = (request.headers["traceparent"].split("-") for request in server.requests)
    assert (continued[1], continued[3]) == (TRACE_ID, "01")
    assert continued[2] != "b7ad6b7169203331"
    assert server.requests[0].headers["tracestate"] == "a=1"
    assert (new[3], other[3]) == ("00", "00")
    assert len({TRACE_ID, new[1], other[1]}) == 3
    logged = [line["trace_id"] for line in lines if line["event"] == "request"]
    assert logged == [TRACE_ID, new[1], other[1]]


def test_a_line_of_the_log_has_the_trace_it_belongs_to(capsys: pytest.CaptureFixture[str]) -> None:
    with client(create_app(settings(log=LogSettings(level="info")))) as service:
        service.get("/v1/axes", headers={"traceparent": TRACEPARENT})

    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert line["trace_id"] == TRACE_ID
