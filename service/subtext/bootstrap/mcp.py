"""Open the MCP server: an endpoint of the service, or this process on its standard input and output."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from subtext.bootstrap.runtime import VERSION, open_runtime
from subtext.mcp.callers import get_http_caller, get_local_caller
from subtext.mcp.endpoint import McpRoute, open_endpoint
from subtext.mcp.server import build_server
from subtext.mcp.tools import PATH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.services.analyses import AnalysisService
    from subtext.settings import Settings


@asynccontextmanager
async def open_mcp_route(analyses: AnalysisService) -> AsyncIterator[McpRoute]:
    """Open the endpoint, and return its route."""
    server = build_server(analyses, get_http_caller, VERSION)
    async with open_endpoint(server) as endpoint:
        yield McpRoute(PATH, endpoint)


async def serve_stdio(settings: Settings) -> None:
    """Serve one client on standard input and output, until it closes them."""
    async with open_runtime(settings) as analyses:
        await build_server(analyses, get_local_caller, VERSION).run_stdio_async()
