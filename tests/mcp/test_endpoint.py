from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2
import pytest

from subtext.asgi import create_app
from subtext.settings import LLMSettings, LogSettings, McpSettings
from tests.support.api import PROBLEM, TEXT, serve, settings
from tests.support.api_keys import build_key_settings, create_key
from tests.support.mcp import connect_over_http, text_of
from tests.support.metrics import scrape_process
from tests.support.owners import MINE
from tests.support.patience import GIVE_UP_S
from tests.support.servers.fault_server import fault_server

if TYPE_CHECKING:
    from pathlib import Path

    from subtext.settings import Settings

ENABLED = McpSettings(enabled=True)
DISCOVER = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
HEADERS = {"Accept": "application/json, text/event-stream"}


@dataclass
class SilentModel:
    """A model server that never answers, and notices when its caller leaves."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        self.asked.set()
        await reader.read()
        self.left.set()


def post(service: Settings, **headers: str) -> httpx2.Response:
    with serve(create_app(service)) as wire:
        return httpx2.post(f"http://127.0.0.1:{wire.port}/mcp", json=DISCOVER, headers={**HEADERS, **headers})


def test_there_is_no_endpoint_unless_it_is_switched_on() -> None:
    assert post(settings()).status_code == 404


def test_a_request_is_counted_under_the_route() -> None:
    before = scrape_process()
    assert post(settings(mcp=ENABLED)).status_code == 200
    counted = [scrape.value("subtext_http_requests_total", route="/mcp") for scrape in (before, scrape_process())]
    assert counted[1] - counted[0] == 1


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Origin": "https://evil.example"}, 403, "origin_refused"),
        ({"Host": "evil.example"}, 421, "host_refused"),
    ],
)
def test_a_page_of_another_site_is_refused(headers: dict[str, str], status: int, code: str) -> None:
    refused = post(settings(mcp=ENABLED), **headers)

    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_a_request_that_the_protocol_refuses_is_not_logged_as_ok(capsys: pytest.CaptureFixture[str]) -> None:
    refused = post(settings(mcp=ENABLED, log=LogSettings(level="info")), Accept="text/html")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    assert refused.status_code == 406
    assert [line["outcome"] for line in lines if line["event"] == "request"] == ["refused"]


async def test_the_same_keys_open_it_and_scopes_hold(tmp_path: Path) -> None:
    service = build_key_settings(tmp_path).model_copy(update={"mcp": ENABLED})
    allowed = await asyncio.to_thread(create_key, service, MINE, "analyse")
    reader = await asyncio.to_thread(create_key, service, MINE, "read")
    with serve(create_app(service)) as wire:
        url = f"http://127.0.0.1:{wire.port}"
        async with httpx2.AsyncClient() as http:
            stranger = await http.post(f"{url}/mcp", json=DISCOVER, headers=HEADERS)
        async with connect_over_http(url, allowed) as client:
            analysis = await client.call_tool("analyze_article", {"text": TEXT})
        async with connect_over_http(url, reader) as client:
            refused = await client.call_tool("analyze_article", {"text": TEXT})
        async with httpx2.AsyncClient(headers=allowed) as http:
            stored = (await http.get(f"{url}/v1/analyses", headers=reader)).json()["analyses"]

    assert (stranger.status_code, stranger.headers["content-type"]) == (401, PROBLEM)
    assert not analysis.is_error
    assert [item["id"] for item in stored] == [analysis.structured_content["id"]]
    assert refused.is_error
    assert "it needs the scope `analyse` (scope_missing, request req-" in text_of(refused)


async def test_a_call_that_is_cancelled_ends_the_call_to_the_model() -> None:
    silent = SilentModel()
    async with fault_server(silent) as model:
        llm = LLMSettings(base_url=model.url, model="m")
        with serve(create_app(settings(mcp=ENABLED, llm=llm, deadline_s=GIVE_UP_S))) as wire:
            async with connect_over_http(f"http://127.0.0.1:{wire.port}") as client:
                call = asyncio.create_task(client.call_tool("analyze_article", {"text": TEXT, "language": "en"}))
                await asyncio.wait_for(silent.asked.wait(), GIVE_UP_S)
                call.cancel()
                await asyncio.wait_for(silent.left.wait(), GIVE_UP_S)


async def test_the_deadline_of_a_request_holds() -> None:
    async with fault_server(SilentModel()) as model:
        llm = LLMSettings(base_url=model.url, model="m")
        with serve(create_app(settings(mcp=ENABLED, llm=llm, deadline_s=0.5, fallback="never"))) as wire:
            async with connect_over_http(f"http://127.0.0.1:{wire.port}") as client:
                result = await client.call_tool("analyze_article", {"text": TEXT, "language": "en"})

    assert result.is_error
    assert result.structured_content["code"] == "engine_timed_out"
