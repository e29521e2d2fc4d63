"""How Slack and the service know each other, and the app that comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.domain.errors import SettingsInvalid

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from fastapi import APIRouter
    from pydantic import SecretStr

    from subtext.runtime import Store
    from subtext.services.analyses import AnalysisService


@dataclass(frozen=True, slots=True)
class SlackPlan:
    """How Slack and the service know each other; what is None is not used.

    `signing_secret` for deliveries over HTTP, `app_token` for those over a socket; `bot_token` for one workspace, or
    `client_id`, `client_secret` and `encryption_keys` for many.
    """

    signing_secret: SecretStr | None = None
    app_token: SecretStr | None = None
    bot_token: SecretStr | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    encryption_keys: tuple[SecretStr, ...] = ()
    api_url: str = "https://slack.com/api"
    public_url: str | None = None
    lease_s: float = 30.0


def slack_app(
    plan: SlackPlan, analyses: AnalysisService, store: Store | None, *, work: bool = True
) -> AbstractAsyncContextManager[APIRouter]:
    """The app's routes, with `work` at work while they are open; raises `SettingsInvalid`."""
    try:
        from subtext.slack.opening import open_slack  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise SettingsInvalid("Slack needs what the extra has: pip install 'subtext[slack]'") from error
    return open_slack(plan, analyses, store, work=work)
