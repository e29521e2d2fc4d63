"""Open the Slack app: its routes, its inbox, and its connection in Socket Mode."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from subtext.errors import SettingsInvalid
from subtext.slack.app import API_URL, Credentials, OAuthStores, SlackApp, SlackUrls, web_client
from subtext.slack.inbox import InboxLimits, InboxWorker
from subtext.slack.installations import EncryptedInstallationStore, StateStore, build_cipher
from subtext.slack.messages import MessageBuilder
from subtext.slack.rate_limits import ChannelThrottle
from subtext.slack.replies import SLACK_ORIGINS
from subtext.slack.request_verifier import RequestVerifier
from subtext.slack.routes import slack_router
from subtext.slack.service import SlackService
from subtext.slack.socket_mode import SocketModeConnection
from subtext.storage.background import background_task, prune_periodically
from subtext.storage.slack import SqlInboxRepository, SqlInstallationRepository, SqlOAuthStateRepository

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import APIRouter
    from pydantic import SecretStr

    from subtext.bootstrap.runtime import Storage
    from subtext.clock import Clock
    from subtext.services.analyses import AnalysisService
    from subtext.settings import Settings, SlackSettings

# Longer than Slack redelivers, and long enough to look at failures.
_DELIVERY_RETENTION: Final = timedelta(days=1)


@asynccontextmanager
async def open_slack(
    settings: Settings, analyses: AnalysisService, storage: Storage | None, *, start_workers: bool
) -> AsyncIterator[APIRouter]:
    """Open the routes of the app, with its inbox worker if asked for; raises `SettingsInvalid`."""
    slack, clock = settings.slack, analyses.clock
    if storage is None or analyses.repository is None:
        raise SettingsInvalid("Slack needs a store for what it delivers: set SUBTEXT_STORE_ENABLED=true")
    urls = _build_urls(settings)
    app = _build_app(slack, SlackService(analyses, MessageBuilder(urls.public_url)), urls, storage, clock)
    deliveries, limits = SqlInboxRepository(storage.database, clock), InboxLimits(lease_s=slack.lease_s)
    inbox = InboxWorker(deliveries, app.dispatch, limits, give_up=app.give_up)
    async with AsyncExitStack() as stack:
        if start_workers:
            await stack.enter_async_context(background_task(inbox.work()))
            await stack.enter_async_context(prune_periodically(deliveries, _DELIVERY_RETENTION, clock))
            if slack.app_token is not None:
                client = web_client(None, urls.api_url)
                socket = SocketModeConnection(slack.app_token.get_secret_value(), client, inbox)
                await stack.enter_async_context(background_task(socket.stay_connected()))
        yield slack_router(_build_verifier(slack, clock), inbox, app)


def _build_urls(settings: Settings) -> SlackUrls:
    """Return the URLs to link to and to call; a server that stands in for Slack's Web API receives its replies too."""
    api_url, parts = f"{settings.slack.api_url.rstrip('/')}/", urlsplit(settings.slack.api_url)
    own_origins = () if api_url == API_URL else (f"{parts.scheme}://{parts.netloc}/",)
    return SlackUrls(settings.public_url and settings.public_url.rstrip("/"), api_url, (*SLACK_ORIGINS, *own_origins))


def _build_app(
    slack: SlackSettings, service: SlackService, urls: SlackUrls, storage: Storage, clock: Clock
) -> SlackApp:
    credentials = Credentials(_secret_value(slack.bot_token), slack.client_id, _secret_value(slack.client_secret))
    return SlackApp(
        service, credentials, ChannelThrottle(clock), urls=urls, oauth_stores=_build_oauth_stores(slack, storage, clock)
    )


def _build_oauth_stores(slack: SlackSettings, storage: Storage, clock: Clock) -> OAuthStores | None:
    """Build the OAuth stores for many workspaces; None if one token is configured."""
    if slack.bot_token is not None:
        return None
    if slack.client_id is None or slack.client_secret is None or not slack.encryption_keys:
        raise SettingsInvalid(
            "Slack needs SUBTEXT_SLACK_BOT_TOKEN (one workspace), or SUBTEXT_SLACK_CLIENT_ID, "
            "SUBTEXT_SLACK_CLIENT_SECRET and SUBTEXT_SLACK_ENCRYPTION_KEYS (many): docs/slack.md says where they are"
        )
    cipher = build_cipher([key.get_secret_value() for key in slack.encryption_keys])
    states = StateStore(SqlOAuthStateRepository(storage.database, clock))
    return OAuthStores(EncryptedInstallationStore(SqlInstallationRepository(storage.database, clock), cipher), states)


def _build_verifier(slack: SlackSettings, clock: Clock) -> RequestVerifier | None:
    return None if slack.signing_secret is None else RequestVerifier(slack.signing_secret.get_secret_value(), clock)


def _secret_value(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
