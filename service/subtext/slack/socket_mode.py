"""Receive deliveries over Socket Mode, which needs no public address."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
from typing import TYPE_CHECKING

import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse

from subtext.slack.request_verifier import parse_delivery

if TYPE_CHECKING:
    from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest
    from slack_sdk.web.async_client import AsyncWebClient

    from subtext.slack.inbox import Inbox


_RETRY_S = 5.0
_log = structlog.get_logger("subtext.slack")


class SocketModeConnection:
    """Socket Mode client that stores each delivery before acknowledging it."""

    def __init__(self, app_token: str, client: AsyncWebClient, inbox: Inbox) -> None:
        self._inbox = inbox
        self._client = SocketModeClient(app_token, logging.getLogger("subtext.slack.socket"), client)
        self._client.socket_mode_request_listeners.append(self._on_request)

    async def open(self) -> None:
        """Connect; the client reconnects by itself."""
        await self._client.connect()  # type: ignore[no-untyped-call] # the library's own

    async def close(self) -> None:
        """Close the connection."""
        await self._client.close()  # type: ignore[no-untyped-call] # the library's own

    async def stay_connected(self) -> None:
        """Stay connected until cancelled; retry if Slack cannot be reached at start."""
        try:
            while True:
                try:
                    await self.open()
                    break
                except (SlackClientError, OSError, TimeoutError) as error:
                    _log.warning("slack_unreachable", error=type(error).__name__)
                    await asyncio.sleep(_RETRY_S)
            await asyncio.Event().wait()
        finally:
            with contextlib.suppress(SlackClientError, OSError):
                await self.close()

    async def _on_request(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if isinstance(request.payload, dict):
            digest = hashlib.sha256(json.dumps(request.payload, sort_keys=True).encode()).hexdigest()
            await self._inbox.write(parse_delivery(request.payload, digest))
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
