"""Set up the Bolt app and dispatch stored deliveries to its listeners."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler, AsyncServerErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from subtext.slack.assistant import AssistantThread
from subtext.slack.failure_notice import FailureNotice
from subtext.slack.files import FileReader
from subtext.slack.listeners import Listeners
from subtext.slack.rate_limits import BoundedRateLimitRetry
from subtext.slack.replies import SLACK_ORIGINS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.context.ack.async_ack import AsyncAck

    from subtext.domain.slack import SlackDelivery
    from subtext.slack.installations import EncryptedInstallationStore, StateStore
    from subtext.slack.rate_limits import ChannelThrottle
    from subtext.slack.replies import RunOnce
    from subtext.slack.service import SlackService

API_URL = "https://slack.com/api/"
SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "chat:write",
    "commands",
    "files:read",
    "groups:history",
    "im:history",
    "links:read",
    "links:write",
    "mpim:history",
)
_SERVER_ERROR = 500
_TIMEOUT_S = 15


@dataclass(frozen=True, slots=True)
class Credentials:
    """App credentials for Slack: the bot token of one workspace, or the OAuth client that many install with."""

    bot_token: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


@dataclass(frozen=True, slots=True)
class SlackUrls:
    """URLs in use: the public address of the pages, Slack's Web API, and Slack's origins for replies and files."""

    public_url: str | None = None
    api_url: str = API_URL
    origins: tuple[str, ...] = SLACK_ORIGINS


@dataclass(frozen=True, slots=True)
class OAuthStores:
    """Stores that the OAuth installation flow for many workspaces needs."""

    installations: EncryptedInstallationStore
    states: StateStore


class DeliveryFailed(Exception):
    """A delivery had no effect, for a reason that may pass."""


class SlackApp:
    """Bolt app behind this package's request verification and inbox: Bolt verifies and acknowledges nothing."""

    def __init__(
        self,
        service: SlackService,
        credentials: Credentials,
        throttle: ChannelThrottle,
        *,
        urls: SlackUrls | None = None,
        oauth_stores: OAuthStores | None = None,
    ) -> None:
        urls = urls or SlackUrls()
        client = web_client(credentials.bot_token, urls.api_url)
        self._installations = oauth_stores.installations if oauth_stores is not None else None
        self._client, self._api_url = client, urls.api_url
        self._failure_notice = FailureNotice(self._find_client, throttle, urls.origins)
        flow = _oauth(credentials, oauth_stores, web_client(None, urls.api_url)) if oauth_stores else None
        self.bolt = AsyncApp(
            name="subtext",
            logger=logging.getLogger("subtext.slack"),
            client=client,
            oauth_flow=flow,
            process_before_response=True,
            request_verification_enabled=False,
            signing_secret="checked by RequestVerifier",  # noqa: S106 - no secret: Bolt's own check is off
        )
        self.bolt.middleware(_acknowledge)
        self.bolt.assistant(AssistantThread(service, FileReader(urls.origins)).middleware())
        Listeners(service, throttle, urls.public_url, urls.origins).register(self.bolt)
        if oauth_stores is not None:
            self.bolt.enable_token_revocation_listeners()

    async def dispatch(self, delivery: SlackDelivery, once: RunOnce) -> None:
        """Run the listener of a delivery; raises `DeliveryFailed` if a retry may help."""
        request = AsyncBoltRequest(mode="socket_mode", body=delivery.body, context={"once": once})
        response = await self.bolt.async_dispatch(request)
        if response.status >= _SERVER_ERROR:
            raise DeliveryFailed(f"a {delivery.kind} of {delivery.team} had no effect")

    async def give_up(self, delivery: SlackDelivery, once: RunOnce) -> None:
        """Tell whoever waits for a delivery that it failed for good."""
        await self._failure_notice.send(delivery, once)

    async def _find_client(self, delivery: SlackDelivery) -> AsyncWebClient | None:
        """Return the client of the delivery's workspace; None if the app is not installed there any more."""
        if self._installations is None:
            return self._client
        enterprise_id = str(delivery.body.get("enterprise_id") or "") or None
        bot = await self._installations.async_find_bot(enterprise_id=enterprise_id, team_id=delivery.team)
        return None if bot is None else web_client(bot.bot_token, self._api_url)


async def _acknowledge(ack: AsyncAck, next_: Callable[[], Awaitable[object]]) -> None:
    """Acknowledge a delivery to Bolt, which otherwise warns that nothing handles commands, shortcuts and buttons.

    Slack itself had its acknowledgement when the delivery was stored.
    """
    await ack()
    await next_()


def web_client(token: str | None, api_url: str) -> AsyncWebClient:
    """Build a client of Slack's Web API that retries lost connections, server errors and rate limits."""
    handlers = [
        AsyncConnectionErrorRetryHandler(),
        AsyncServerErrorRetryHandler(),
        BoundedRateLimitRetry(max_retry_count=3),
    ]
    return AsyncWebClient(token, base_url=api_url, timeout=_TIMEOUT_S, retry_handlers=handlers)


def _oauth(credentials: Credentials, oauth_stores: OAuthStores, client: AsyncWebClient) -> AsyncOAuthFlow:
    settings = AsyncOAuthSettings(
        client_id=credentials.client_id or "",
        client_secret=credentials.client_secret or "",
        scopes=list(SCOPES),
        installation_store=oauth_stores.installations,
        installation_store_bot_only=False,
        state_store=oauth_stores.states,
        install_path="/slack/install",
        redirect_uri_path="/slack/oauth_redirect",
    )
    return AsyncOAuthFlow(settings=settings, client=client, logger=logging.getLogger("subtext.slack"))
