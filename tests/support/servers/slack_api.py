"""Fake of Slack's Web API on a loopback socket: record every call; answer 429 on demand."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

BOTS = {"xoxb-one": "T1", "xoxb-two": "T2"}


@dataclass(frozen=True)
class Call:
    """One call of a method, or of an address for answers (`method` is `respond`)."""

    method: str
    token: str
    body: dict[str, Any]

    @property
    def shown(self) -> str:
        """Everything of it that Slack would show or obey."""
        return json.dumps(self.body, ensure_ascii=False)


@dataclass
class SlackAPI:
    """The recorded calls, and the addresses of the fake."""

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    too_fast: list[int] = field(default_factory=list)
    """Seconds to wait that the next calls of chat.* and conversations.* are sent away with, one each."""
    errors: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Errors that methods answer with."""
    threads: dict[str, dict[str, Any]] = field(default_factory=dict)
    """First messages of threads, by their time stamps."""
    files: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    """Status, media type and content of files, by name."""
    envelopes: list[dict[str, Any]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    all_acknowledged: asyncio.Event = field(default_factory=asyncio.Event)
    _called: asyncio.Condition = field(default_factory=asyncio.Condition)
    _ts: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def response_url(self) -> str:
        return f"{self.origin}respond/1"

    async def until(self, condition: Callable[[], bool]) -> None:
        """Back once the condition holds, which is looked at after every call."""
        async with asyncio.timeout(GIVE_UP_S), self._called:
            await self._called.wait_for(condition)

    def of(self, *methods: str) -> list[Call]:
        return [call for call in self.calls if call.method in methods]

    async def method(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        body = await _parse_body(request)
        if name.startswith(("chat.", "conversations.")) and self.too_fast:
            wait = self.too_fast.pop(0)
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(wait)}
            )
        await self._note(Call(name, token, body))
        if name in self.errors:
            return web.json_response({"ok": False, **self.errors[name]})
        return web.json_response({"ok": True, **self._answer(name, token, body)})

    async def _note(self, call: Call) -> None:
        self.calls.append(call)
        async with self._called:
            self._called.notify_all()

    def _answer(self, name: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        if name == "auth.test":
            return {
                "team_id": BOTS.get(token, "T1"),
                "bot_id": "B1",
                "user_id": "UBOT",
                "bot_user_id": "UBOT",
                "url": "",
            }
        if name == "apps.connections.open":
            return {"url": f"ws://127.0.0.1:{self.port}/link"}
        if name == "conversations.replies":
            return {"messages": [self.threads[body["ts"]]] if body["ts"] in self.threads else []}
        if name == "oauth.v2.access":
            team = {"code-one": "T1", "code-two": "T2"}[body["code"]]
            token = next(token for token, known in BOTS.items() if known == team)
            return {
                "app_id": "A1",
                "access_token": token,
                "token_type": "bot",
                "scope": "commands",
                "bot_user_id": "UBOT",
                "team": {"id": team, "name": team},
                "enterprise": None,
                "is_enterprise_install": False,
                "authed_user": {"id": "U1"},
            }
        return {"ts": f"1700000000.{next(self._ts):06d}", "channel": body.get("channel", "")}

    async def file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        await self._note(Call("file", request.headers.get("Authorization", "").removeprefix("Bearer "), {"name": name}))
        status, media_type, content = self.files[name]
        return web.Response(status=status, content_type=media_type, body=content)

    async def respond(self, request: web.Request) -> web.Response:
        await self._note(Call("respond", "", await request.json()))
        return web.Response(text="ok")

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for envelope in self.envelopes:
            await socket.send_json(envelope)
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data)["envelope_id"])
                if len(self.acknowledged) == len(self.envelopes):
                    self.all_acknowledged.set()
        return socket


@contextlib.asynccontextmanager
async def slack_api() -> AsyncIterator[SlackAPI]:
    """Serve the fake until the context is left."""
    found = SlackAPI()
    app = web.Application()
    app.router.add_post("/api/{name}", found.method)
    app.router.add_get("/api/{name}", found.method)
    app.router.add_post("/respond/{n}", found.respond)
    app.router.add_get("/files/{name}", found.file)
    app.router.add_get("/link", found.link)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.port = runner.addresses[0][1]
    try:
        yield found
    finally:
        await runner.cleanup()


async def _parse_body(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        body: dict[str, Any] = await request.json()
        return body
    form = dict(await request.post()) or dict(request.query)
    parsed: dict[str, Any] = {
        name: json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value
        for name, value in form.items()
    }
    return parsed
