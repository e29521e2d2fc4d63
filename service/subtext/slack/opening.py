"""The Slack app as part of a service: opened with it, and at work until it closes."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from slack_sdk.errors import SlackClientError

from subtext.domain.errors import SettingsInvalid
from subtext.slack.app import API_URL, Credentials, Installs, Reach, SlackApp, web_client
from subtext.slack.card import CardMaker
from subtext.slack.desk import Desk
from subtext.slack.guard import Guard
from subtext.slack.installations import Installations, StateStore, seal_of
from subtext.slack.pacing import Pacer
from subtext.slack.replies import RESPONSE_ORIGINS
from subtext.slack.routes import slack_router
from subtext.slack.sockets import Socket
from subtext.slack.working import InboxLimits, InboxWorker
from subtext.storage.slack import SqlDeliveries, SqlInstallations, SqlStates

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator

    from fastapi import APIRouter
    from pydantic import SecretStr

    from subtext.analyst.ports import Clock
    from subtext.runtime import Store
    from subtext.services.analyses import AnalysisService
    from subtext.slack.plan import SlackPlan

_AGAIN_S = 5.0
_log = structlog.get_logger("subtext.slack")


@asynccontextmanager
async def open_slack(
    plan: SlackPlan, analyses: AnalysisService, store: Store | None, *, work: bool
) -> AsyncIterator[APIRouter]:
    """The routes of the app, with `work` at work until the context is left; raises `SettingsInvalid`."""
    clock = analyses.clock
    if store is None or analyses.repository is None:
        raise SettingsInvalid("Slack needs a store for what it delivers: set SUBTEXT_STORE_ENABLED=true")
    app = _app(plan, Desk(analyses, CardMaker(reach_of(plan).public_url)), store, clock)
    inbox = InboxWorker(SqlDeliveries(store.database, clock), app.deliver, InboxLimits(lease_s=plan.lease_s))
    working = [asyncio.create_task(task) for task in _work(plan, inbox)] if work else []
    try:
        yield slack_router(_guard(plan, clock), inbox, app)
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)


def _work(plan: SlackPlan, inbox: InboxWorker) -> Iterator[Coroutine[None, None, None]]:
    yield inbox.work()
    if plan.app_token is not None:
        yield _connected(Socket(plan.app_token.get_secret_value(), web_client(None, reach_of(plan).api_url), inbox))


def reach_of(plan: SlackPlan) -> Reach:
    """Where things are; whoever stands in for Slack's Web API stands in for its answers too."""
    api_url, parts = f"{plan.api_url.rstrip('/')}/", urlsplit(plan.api_url)
    own = () if api_url == API_URL else (f"{parts.scheme}://{parts.netloc}/",)
    return Reach(plan.public_url and plan.public_url.rstrip("/"), api_url, (*RESPONSE_ORIGINS, *own))


def _app(plan: SlackPlan, desk: Desk, store: Store, clock: Clock) -> SlackApp:
    credentials = Credentials(_revealed(plan.bot_token), plan.client_id, _revealed(plan.client_secret))
    return SlackApp(desk, credentials, Pacer(clock), reach=reach_of(plan), installs=_installs(plan, store, clock))


def _installs(plan: SlackPlan, store: Store, clock: Clock) -> Installs | None:
    """What many workspaces need; None where one token is all there is."""
    if plan.bot_token is not None:
        return None
    if plan.client_id is None or plan.client_secret is None or not plan.encryption_keys:
        raise SettingsInvalid(
            "Slack needs SUBTEXT_SLACK_BOT_TOKEN (one workspace), or SUBTEXT_SLACK_CLIENT_ID, "
            "SUBTEXT_SLACK_CLIENT_SECRET and SUBTEXT_SLACK_ENCRYPTION_KEYS (many): docs/slack.md says where they are"
        )
    seal = seal_of([key.get_secret_value() for key in plan.encryption_keys])
    states = StateStore(SqlStates(store.database, clock))
    return Installs(Installations(SqlInstallations(store.database, clock), seal), states)


def _guard(plan: SlackPlan, clock: Clock) -> Guard | None:
    return None if plan.signing_secret is None else Guard(plan.signing_secret.get_secret_value(), clock)


async def _connected(socket: Socket) -> None:
    """Stay connected: a Slack that cannot be reached at start is tried again."""
    try:
        while True:
            try:
                await socket.open()
                break
            except (SlackClientError, OSError, TimeoutError) as error:
                _log.warning("slack_unreachable", error=type(error).__name__)
                await asyncio.sleep(_AGAIN_S)
        await asyncio.Event().wait()
    finally:
        with contextlib.suppress(SlackClientError, OSError):
            await socket.close()


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
