"""The service tried before it serves: what is wrong is found, and no work is begun for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from subtext.bootstrap.lifespan import open_app_state
from subtext.clock import SystemClock
from subtext.domain.slack import SlackDelivery
from subtext.errors import SettingsInvalid
from subtext.settings import SlackSettings, StoreSettings
from subtext.storage.database import open_database
from subtext.storage.slack import SqlInboxRepository
from tests.support.api import settings
from tests.support.slack import SECRET, event

if TYPE_CHECKING:
    from pathlib import Path

LEASE = timedelta(seconds=30)


async def test_a_trial_takes_nothing_that_waits_to_be_done(tmp_path: Path) -> None:
    pytest.importorskip("slack_bolt", reason="the extra `slack` is not installed")
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    slack = SlackSettings(signing_secret=SECRET, bot_token="xoxb-one", api_url="http://127.0.0.1:1/api")
    found = settings(store=StoreSettings(database_url=url), slack=slack)
    async with open_database(url, migrate=True) as database:
        deliveries = SqlInboxRepository(database, SystemClock())
        await deliveries.write(SlackDelivery("T1:1", "event", "T1", event("app_mention", text="<@UBOT> hm")))

        async with open_app_state(found, create_app(found), start_workers=False):
            # Enough looks into the database for a worker, if there were one, to have had its turn.
            for _ in range(20):
                await deliveries.get_step("T1:1", "post")
            taken = await deliveries.claim_next(LEASE)

    assert taken is not None
    assert (taken.key, taken.tries) == ("T1:1", 0)


async def test_a_trial_finds_what_is_wrong(tmp_path: Path) -> None:
    pytest.importorskip("slack_bolt", reason="the extra `slack` is not installed")
    store = StoreSettings(database_url=f"sqlite:///{tmp_path / 'kept.db'}")
    found = settings(store=store, slack=SlackSettings(signing_secret=SECRET))
    with pytest.raises(SettingsInvalid, match="SUBTEXT_SLACK_BOT_TOKEN"):
        async with open_app_state(found, create_app(found), start_workers=False):
            pass
