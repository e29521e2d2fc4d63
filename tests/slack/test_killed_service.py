"""A service that is killed between the acknowledgement and the answer: the answer comes all the same, and once."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import httpx2
import pytest
from aiohttp import web

from tests.support.api import TEXT, TITLE
from tests.support.patience import GIVE_UP_S
from tests.support.processes import Service
from tests.support.servers.slack_api import slack_api
from tests.support.slack import SECRET, event, sign

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


PAGE = f"<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1><p>{TEXT}</p></article></body></html>"


class Site:
    """A site that keeps its reader waiting until it is told to answer."""

    def __init__(self) -> None:
        self.asked, self.answering = asyncio.Event(), asyncio.Event()
        self.port = 0

    async def article(self, _: web.Request) -> web.Response:
        self.asked.set()
        await self.answering.wait()
        return web.Response(text=PAGE, content_type="text/html")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    found = Site()
    app = web.Application()
    app.router.add_get("/story", found.article)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.port = runner.addresses[0][1]
    yield found
    found.answering.set()
    await runner.cleanup()


async def test_what_was_acknowledged_is_answered_after_a_kill(tmp_path: Path, site: Site) -> None:
    async with slack_api() as slack, httpx2.AsyncClient(trust_env=False, timeout=GIVE_UP_S) as client:
        service = Service(
            tmp_path,
            SUBTEXT_SLACK_SIGNING_SECRET=SECRET,
            SUBTEXT_SLACK_BOT_TOKEN="xoxb-one",
            SUBTEXT_SLACK_API_URL=slack.url,
            SUBTEXT_SLACK_LEASE_S="5",
            SUBTEXT_FETCH_PRIVATE_HOSTS="127.0.0.0/8",
        )
        await service.start()
        body = json.dumps(event("app_mention", text=f"<@UBOT> <http://127.0.0.1:{site.port}/story>")).encode()
        acknowledged = await client.post(
            f"{service.url}/slack/events", content=body, headers=sign(body, at=int(time.time()))
        )
        assert acknowledged.status_code == 200
        await asyncio.wait_for(site.asked.wait(), GIVE_UP_S)
        await service.kill()
        assert (len(slack.of("chat.postMessage")), slack.of("chat.update")) == (1, [])

        site.answering.set()
        await service.start()
        await slack.until(lambda: len(slack.of("chat.update")) > 0)
        await service.kill()

    assert len(slack.of("chat.postMessage")) == 1
    assert slack.of("chat.update")[0].body["ts"] == "1700000000.000000"
    assert "DESPERATION" in slack.of("chat.update")[0].shown
