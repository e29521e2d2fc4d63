"""The configurations of docs/mcp.md, each tried with the official client."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client, StdioServerParameters

from subtext.asgi import create_app
from subtext.settings import McpSettings
from tests.support.api import serve
from tests.support.api_keys import build_key_settings, create_key
from tests.support.cli import PROGRAM
from tests.support.documents import read_blocks
from tests.support.mcp import connect_over_http
from tests.support.owners import MINE
from tests.support.patience import GIVE_UP_S
from tests.support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

BLOCKS = [json.loads(block.code) for block in read_blocks(ROOT / "docs" / "mcp.md", "json")]
SERVERS: list[dict[str, Any]] = [
    server for block in BLOCKS for server in (block.get("servers") or block["mcpServers"]).values()
]
COMMANDS = [server for server in SERVERS if "command" in server]
ADDRESSES = [server for server in SERVERS if "url" in server]


def test_there_are_three_hosts_and_both_transports() -> None:
    assert (len(COMMANDS), len(ADDRESSES)) == (3, 2)


@pytest.mark.parametrize("server", COMMANDS)
async def test_a_host_that_starts_the_command_finds_the_tools(server: dict[str, Any], tmp_path: Path) -> None:
    assert server["command"] == "subtext"
    command = StdioServerParameters(
        command=PROGRAM[0], args=[*PROGRAM[1:], *server["args"]], env=server.get("env"), cwd=tmp_path
    )
    async with Client(command, read_timeout_seconds=GIVE_UP_S) as client:
        tools = (await client.list_tools()).tools

    assert len(tools) == 3


@pytest.mark.parametrize("server", ADDRESSES)
async def test_a_host_that_presents_a_key_finds_the_tools(server: dict[str, Any], tmp_path: Path) -> None:
    service = build_key_settings(tmp_path).model_copy(update={"mcp": McpSettings(enabled=True)})
    key = (await asyncio.to_thread(create_key, service, MINE))["Authorization"].removeprefix("Bearer ")
    headers = {name: re.sub(r"\$\{.*\}", key, value) for name, value in server["headers"].items()}
    with serve(create_app(service)) as wire:
        url = server["url"].removesuffix("/mcp").replace("8000", str(wire.port))
        async with connect_over_http(url, headers) as client:
            tools = (await client.list_tools()).tools

    assert len(tools) == 3
