"""The official MCP client, connected to a server under test."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import TextContent

from tests.support.cli import PROGRAM
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mcp_types import CallToolResult


@asynccontextmanager
async def connect_over_stdio(folder: Path, mode: str = "auto") -> AsyncIterator[Client]:
    """Start `subtext mcp` in a folder, and connect to it; mode `legacy` speaks as hosts did before 2026-07-28."""
    command = StdioServerParameters(command=PROGRAM[0], args=[*PROGRAM[1:], "mcp"], cwd=folder)
    async with Client(command, read_timeout_seconds=GIVE_UP_S, mode=mode) as client:
        yield client


@asynccontextmanager
async def connect_over_http(
    url: str, headers: dict[str, str] | None = None, mode: str = "auto"
) -> AsyncIterator[Client]:
    """Connect to `/mcp` of a service, with a mode as above."""
    async with httpx2.AsyncClient(headers=headers, timeout=GIVE_UP_S) as http:
        transport = streamable_http_client(f"{url}/mcp", http_client=http)
        async with Client(transport, read_timeout_seconds=GIVE_UP_S, mode=mode) as client:
            yield client


def text_of(result: CallToolResult) -> str:
    """Return the text of a result."""
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))
