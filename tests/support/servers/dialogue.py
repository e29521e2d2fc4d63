"""Model server that replays a dialogue: each request gets the first answer whose conditions it meets."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

_BODY_MAX_BYTES = 2**24


@dataclass(frozen=True)
class Request:
    """One request as the server received it."""

    path: str
    authorization: str | None
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def meets(self, conditions: Mapping[str, Any]) -> bool:
        """Whether each field is `present`, `absent` or has the value; `response_format` stands for its type."""
        return all(self._meets(name, value) for name, value in conditions.items())

    def _meets(self, name: str, expected: object) -> bool:
        if expected in {"present", "absent"}:
            return (name in self.body) == (expected == "present")
        actual = self.body.get(name)
        return bool((actual.get("type") if isinstance(actual, dict) else actual) == expected)


@dataclass
class DialogueServer:
    """Server that replays `answers`, mappings with `if`, `once`, `status` and `body`; `$DRAFT` is the draft as JSON."""

    answers: list[dict[str, Any]]
    draft: str
    port: int = 0
    requests: list[Request] = field(default_factory=list)

    async def reply(self, request: web.Request) -> web.Response:
        """Answer one request, and remember it."""
        received = Request(request.path, request.headers.get("Authorization"), await request.json(), request.headers)
        self.requests.append(received)
        answer = next(answer for answer in self.answers if received.meets(answer.get("if", {})))
        if answer.get("once"):
            self.answers.remove(answer)
        body = json.dumps(answer["body"]).replace("$DRAFT", json.dumps(self.draft)[1:-1])
        return web.Response(text=body, status=answer.get("status", 200), content_type="application/json")


@contextlib.asynccontextmanager
async def dialogue_server(answers: list[dict[str, Any]], draft: str) -> AsyncIterator[DialogueServer]:
    """Run the server on a loopback socket, for every path."""
    server = DialogueServer(list(answers), draft)
    app = web.Application(client_max_size=_BODY_MAX_BYTES)
    app.router.add_post("/{path:.*}", server.reply)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.port = runner.addresses[0][1]
        yield server
    finally:
        await runner.cleanup()
