"""The app: deliveries in, effects in Slack out."""

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
from subtext.slack.listeners import Listeners
from subtext.slack.replies import RESPONSE_ORIGINS, BoundedRateLimitRetry

if TYPE_CHECKING:
    from subtext.domain.slack import SlackDelivery
    from subtext.slack.installations import EncryptedInstallationStore, StateStore
    from subtext.slack.replies import ChannelThrottle, RunOnce
    from subtext.slack.service import SlackService

API_URL = "https://slack.com/api/"
SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "chat:write",
    "commands",
    "im:history",
    "links:read",
    "links:write",
)
_SERVER_ERROR = 500
_TIMEOUT_S = 15


@dataclass(frozen=True, slots=True)
class Credentials:
    """How the app is known to Slack: one workspace's token, or what many install it with."""

    bot_token: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


@dataclass(frozen=True, slots=True)
class SlackUrls:
    """Where things are: our own pages, Slack's Web API, and the origins that answers may be sent to."""

    public_url: str | None = None
    api_url: str = API_URL
    response_origins: tuple[str, ...] = RESPONSE_ORIGINS


@dataclass(frozen=True, slots=True)
class OAuthStores:
    """What lets many workspaces install the app by themselves."""

    installations: EncryptedInstallationStore
    states: StateStore


class DeliveryFailed(Exception):
    """A delivery had no effect, for a reason that may pass."""


class SlackApp:
    """Bolt behind our own guard and queue: it is handed what was verified, kept and not yet done."""

    def __init__(
        self,
        service: SlackService,
        credentials: Credentials,
        throttle: ChannelThrottle,
        *,
        reach: SlackUrls | None = None,
        installs: OAuthStores | None = None,
    ) -> None:
        reach = reach or SlackUrls()
        client = web_client(credentials.bot_token, reach.api_url)
        flow = _oauth(credentials, installs, web_client(None, reach.api_url)) if installs else None
        self.bolt = AsyncApp(
            name="subtext",
            logger=logging.getLogger("subtext.slack"),
            client=client,
            oauth_flow=flow,
            process_before_response=True,
            request_verification_enabled=False,
            signing_secret="verified before",  # noqa: S106 - no secret: the guard has checked
        )
        self.bolt.assistant(AssistantThread(service).middleware())
        Listeners(service, throttle, reach.public_url, reach.response_origins).register(self.bolt)
        if installs is not None:
            self.bolt.enable_token_revocation_listeners()

    async def dispatch(self, delivery: SlackDelivery, once: RunOnce) -> None:
        """The effect of a delivery; raises `DeliveryFailed` where it is worth another try."""
        request = AsyncBoltRequest(mode="socket_mode", body=delivery.body, context={"once": once})
        response = await self.bolt.async_dispatch(request)
        if response.status >= _SERVER_ERROR:
            raise DeliveryFailed(f"a {delivery.kind} of {delivery.team} had no effect")


def web_client(token: str | None, api_url: str) -> AsyncWebClient:
    """A client of Slack's Web API that does as it is told when it is too fast."""
    handlers = [
        AsyncConnectionErrorRetryHandler(),
        AsyncServerErrorRetryHandler(),
        BoundedRateLimitRetry(max_retry_count=3),
    ]
    return AsyncWebClient(token, base_url=api_url, timeout=_TIMEOUT_S, retry_handlers=handlers)


def _oauth(credentials: Credentials, installs: OAuthStores, client: AsyncWebClient) -> AsyncOAuthFlow:
    settings = AsyncOAuthSettings(
        client_id=credentials.client_id or "",
        client_secret=credentials.client_secret or "",
        scopes=list(SCOPES),
        installation_store=installs.installations,
        installation_store_bot_only=False,
        state_store=installs.states,
        install_path="/slack/install",
        redirect_uri_path="/slack/oauth_redirect",
    )
    return AsyncOAuthFlow(settings=settings, client=client, logger=logging.getLogger("subtext.slack"))
