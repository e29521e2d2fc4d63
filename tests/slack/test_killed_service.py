"""A service that is killed between the acknowledgement and the answer: the answer comes all the same, and once."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from typing import TYPE_CHECKING

import httpx2
import pytest
from aiohttp import web

from api.serving import TEXT, TITLE
from cli.ran import PROGRAM
from servers.slack_api import slack_api
from slacking import SECRET, event, signed

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


class Service:
    """The service as a process of its own."""

    def __init__(self, folder: Path, slack_url: str) -> None:
        known = {name: value for name, value in os.environ.items() if not name.startswith("SUBTEXT_")}
        self._environment = known | {
            "SUBTEXT_STORE_DATABASE_URL": f"sqlite:///{folder / 'kept.db'}",
            "SUBTEXT_SLACK_SIGNING_SECRET": SECRET,
            "SUBTEXT_SLACK_BOT_TOKEN": "xoxb-one",
            "SUBTEXT_SLACK_API_URL": slack_url,
            "SUBTEXT_SLACK_LEASE_S": "1",
            "SUBTEXT_FETCH_PRIVATE_HOSTS": "127.0.0.0/8",
            "SUBTEXT_LOCAL_SCORER": "words",
        }
        self._folder = folder
        self.url = ""

    async def start(self) -> None:
        command = [*PROGRAM, "serve", "--port", "0"]
        self._process = await asyncio.create_subprocess_exec(
            *command, env=self._environment, cwd=self._folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert self._process.stderr is not None
        async with asyncio.timeout(30):
            while "serves on " not in (line := (await self._process.stderr.readline()).decode()):
                assert line, "the service ended"
        self.url = line.partition("serves on ")[2].split()[0]

    async def kill(self) -> None:
        self._process.kill()
        await self._process.wait()


async def test_what_was_acknowledged_is_answered_after_a_kill(tmp_path: Path, site: Site) -> None:
    async with slack_api() as slack, httpx2.AsyncClient(trust_env=False) as client:
        service = Service(tmp_path, slack.url)
        await service.start()
        body = json.dumps(event("app_mention", text=f"<@UBOT> <http://127.0.0.1:{site.port}/story>")).encode()
        acknowledged = await client.post(
            f"{service.url}/slack/events", content=body, headers=signed(body, at=int(time.time()))
        )
        assert acknowledged.status_code == 200
        await asyncio.wait_for(site.asked.wait(), 30)
        await service.kill()
        assert (len(slack.of("chat.postMessage")), slack.of("chat.update")) == (1, [])

        site.answering.set()
        await service.start()
        await slack.until(lambda: len(slack.of("chat.update")) > 0)
        await service.kill()

    assert len(slack.of("chat.postMessage")) == 1
    assert slack.of("chat.update")[0].body["ts"] == "1700000000.000000"
    assert "DESPERATION" in slack.of("chat.update")[0].shown
