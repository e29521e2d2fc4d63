"""Endpoint of streamable HTTP: `/mcp`, behind the same keys, limits and logs as the API.

Every request stands for itself (stateless), so that any process and any replica can answer it.
"""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from mcp.server.transport_security import TransportSecuritySettings
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp.server.mcpserver import MCPServer
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from starlette.types import Receive, Scope, Send


class McpEndpoint:
    """Serve MCP messages (ASGI); the host check of the middleware has let them pass."""

    def __init__(self, sessions: StreamableHTTPSessionManager) -> None:
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._sessions.handle_request(scope, receive, send)


class McpRoute(Route):
    """Route that names itself in the scope, as those of FastAPI do: logs and metrics know a request by that."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request that matches."""
        scope["route"] = self
        await super().handle(scope, receive, send)


@asynccontextmanager
async def open_endpoint(server: MCPServer[None]) -> AsyncIterator[McpEndpoint]:
    """Open the endpoint of a server, until the context is left."""
    # Builds the session manager; the application around it is not used, as the middleware of ours checks all that. It
    # limits the body, too: the SDK's limit would answer before it, without a problem that is counted and logged.
    server.streamable_http_app(
        stateless_http=True,
        max_request_body_size=sys.maxsize,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    async with server.session_manager.run():
        yield McpEndpoint(server.session_manager)
