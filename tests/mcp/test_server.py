from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from mcp.shared.exceptions import MCPError

from subtext.asgi import create_app
from subtext.settings import McpSettings
from tests.support.api import TEXT, TITLE, serve, settings
from tests.support.mcp import connect_over_http, connect_over_stdio, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from mcp import Client

OTHER = TEXT.replace("Orlan Freight", "Vesta Lines")


@pytest.fixture(scope="module")
def service_url() -> Iterator[str]:
    with serve(create_app(settings(mcp=McpSettings(enabled=True)))) as wire:
        yield f"http://127.0.0.1:{wire.port}"


@asynccontextmanager
async def connect(transport: str, mode: str, url: str, folder: Path) -> AsyncIterator[Client]:
    connection = connect_over_stdio(folder, mode) if transport == "stdio" else connect_over_http(url, mode=mode)
    async with connection as client:
        yield client


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("transport", ["stdio", "http"])
async def test_the_official_client_uses_every_tool_and_resource(
    transport: str, mode: str, service_url: str, tmp_path: Path
) -> None:
    async with connect(transport, mode, service_url, tmp_path) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        analysis = await client.call_tool(
            "analyze_article", {"text": TEXT, "title": TITLE, "engine": "local", "include_text": True}
        )
        comparison = await client.call_tool(
            "compare_articles", {"articles": [{"text": TEXT, "outlet": "A"}, {"text": OTHER}], "engine": "local"}
        )
        verification = await client.call_tool("verify_analysis", {"analysis": analysis.structured_content})
        refused = await client.call_tool("analyze_article", {"text": " "})
        axes = json.loads((await client.read_resource("subtext://axes")).contents[0].text)  # type: ignore[union-attr]
        axis = json.loads((await client.read_resource("subtext://axes/desperation-domination")).contents[0].text)  # type: ignore[union-attr]

    assert tools.keys() == {"analyze_article", "compare_articles", "verify_analysis"}
    _require_framing(analysis.structured_content)
    assert "desperation, score -" in text_of(analysis)
    assert _structured(comparison)["failures"] == []
    assert "- A: desperation" in text_of(comparison)
    assert _structured(verification)["valid"] is True
    assert (refused.is_error, _structured(refused)["code"]) == (True, "text_refused")
    assert axis in axes["axes"]


def _structured(result: Any) -> dict[str, Any]:
    structured: dict[str, Any] = result.structured_content
    return structured


def _require_framing(analysis: Any) -> None:
    text = analysis["document"]["text"]
    assert analysis["framing"]["label"] == "desperation"
    assert all(text[item["start"] : item["end"]] == item["quote"] for item in analysis["evidence"])


async def test_tools_publish_schemas_of_what_they_take_and_return(service_url: str) -> None:
    async with connect_over_http(service_url) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}

    article = tools["analyze_article"]
    assert article.output_schema is not None
    assert {"framing", "evidence", "summary"} <= article.output_schema["properties"].keys()
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools.values())
    assert tools["compare_articles"].input_schema["properties"]["articles"]["maxItems"] == 20
    assert all(tool.input_schema["additionalProperties"] is False for tool in tools.values())
    assert all("description" in field for tool in tools.values() for field in tool.input_schema["properties"].values())
    source = tools["compare_articles"].input_schema["$defs"]["ArticleInput"]["properties"]
    assert all("description" in field for field in source.values())
    assert not any("  " in (tool.description or "") for tool in tools.values())


async def test_resources_name_axes_and_prompts_and_say_what_is_missing(service_url: str) -> None:
    async with connect_over_http(service_url) as client:
        listed = {str(resource.uri) for resource in (await client.list_resources()).resources}
        templates = {template.uri_template for template in (await client.list_resource_templates()).resource_templates}
        prompts = json.loads((await client.read_resource("subtext://prompts")).contents[0].text)  # type: ignore[union-attr]
        reference = f"{prompts['prompts'][0]['id']}@{prompts['prompts'][0]['version']}"
        prompt = json.loads((await client.read_resource(f"subtext://prompts/{reference}")).contents[0].text)  # type: ignore[union-attr]
        with pytest.raises(MCPError, match="no such axis"):
            await client.read_resource("subtext://axes/none")
        with pytest.raises(MCPError, match="no such prompt"):
            await client.read_resource("subtext://prompts/none")

    assert listed == {"subtext://axes", "subtext://prompts"}
    assert templates == {"subtext://axes/{reference}", "subtext://prompts/{reference}"}
    assert prompt["templates"]["system"]
    assert prompt["sha256"] == prompts["prompts"][0]["sha256"]
