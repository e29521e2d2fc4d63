from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from subtext.asgi import create_app
from subtext.settings import LLMSettings, LogSettings, McpSettings
from tests.support.api import TEXT, client, settings
from tests.support.metrics import scrape_process
from tests.support.ports import find_unused_port

HTML, EVENTS = {"Accept": "text/html"}, {"Accept": "text/event-stream"}
MODEL = {"text": TEXT, "language": "en", "engine": "llm", "fallback": "never"}


def call_tool(**arguments: Any) -> dict[str, Any]:
    """Return the request by which MCP calls a tool."""
    parameters = {"name": "analyze_article", "arguments": arguments}
    headers = {"Accept": "application/json, text/event-stream"}
    return {"json": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": parameters}, "headers": headers}


@dataclass(frozen=True)
class Failing:
    """A request that ends in a problem, and whether the service or a model is at fault."""

    id: str
    path: str
    code: str
    options: dict[str, Any] = field(default_factory=dict)
    is_ours: bool = False


CASES = [
    Failing("api", "/v1/analyses", "text_refused", {"json": {"text": " "}}),
    Failing("api, model", "/v1/analyses", "engine_unavailable", {"json": MODEL}, is_ours=True),
    Failing("events", "/v1/analyses", "text_refused", {"json": {"text": " "}, "headers": EVENTS}),
    Failing("events, model", "/v1/analyses", "engine_unavailable", {"json": MODEL, "headers": EVENTS}, is_ours=True),
    Failing("page", "/analyses", "request_invalid", {"data": {"article": ""}, "headers": HTML}),
    Failing("page that is not a form", "/analyses", "media_type_unsupported", {"json": {}, "headers": HTML}),
    Failing("page for events", "/analyses", "request_invalid", {"data": {"article": ""}, "headers": EVENTS}),
    Failing("page of another host", "/analyses", "host_refused", {"headers": {**HTML, "Host": "evil.example"}}),
    Failing("tool", "/mcp", "text_refused", call_tool(text=" ")),
    Failing("tool, unknown argument", "/mcp", "request_invalid", call_tool(text=TEXT, body=TEXT)),
    Failing("tool, too large a body", "/mcp", "body_too_large", call_tool(text="x" * settings().max_body_bytes)),
    Failing("tool, model", "/mcp", "engine_unavailable", call_tool(text=TEXT, language="en"), is_ours=True),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_problem_is_counted_once_and_logged_however_it_is_shown(
    case: Failing, capsys: pytest.CaptureFixture[str]
) -> None:
    llm = LLMSettings(base_url=f"http://127.0.0.1:{find_unused_port()}/v1", model="m", max_attempts=1)
    known = settings(llm=llm, mcp=McpSettings(enabled=True), log=LogSettings(level="info"), fallback="never")
    with client(create_app(known)) as service:
        before = scrape_process()
        service.post(case.path, **case.options)
        after = scrape_process()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    refused = {
        code: after.value("subtext_refused_total", reason=code) - before.value("subtext_refused_total", reason=code)
        for code in after.labels("subtext_refused_total", "reason")
    }
    assert {code: count for code, count in refused.items() if count} == {case.code: 1}
    assert [line["outcome"] for line in lines if line["event"] == "request"] == [case.code]
    assert [line["code"] for line in lines if line["event"] == "failed"] == [case.code] * case.is_ours
