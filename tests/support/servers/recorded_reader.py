"""Model server that finds the article in the request and returns the answer recorded for it."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping
    from pathlib import Path

MODEL = "recorded-reader"
# Enough of an article to know it by, without what the service does to white space.
_KNOWN_BY_CHARS = 300
_BODY_MAX = 20_000_000


@dataclass(frozen=True)
class RecordedAnswer:
    """An article of a labelled set, and what a reader answered."""

    row: Mapping[str, Any]
    answer: Mapping[str, Any]

    @property
    def is_right(self) -> bool:
        """Tell whether the reader's own label is one that a coder gave."""
        return self.answer["label"] in labels(self.row)


def labels(row: Mapping[str, Any]) -> list[str]:
    """Return every label that counts as right."""
    return row.get("labels") or [row["label"]]


def read_recorded(answers: Path, articles: Path) -> list[RecordedAnswer]:
    """Read recorded answers (id, answer) and the labelled articles that they are about (id, title, text, label)."""
    rows = {row["id"]: row for row in _rows(articles)}
    return [RecordedAnswer(rows[each["id"]], each["answer"]) for each in _rows(answers)]


@asynccontextmanager
async def recorded_reader(recorded: Iterable[RecordedAnswer]) -> AsyncIterator[str]:
    """Serve the answers on loopback; the base URL, until the context is left."""
    known = {_article_key(each.row["text"]): each.answer for each in recorded}

    async def complete(request: web.Request) -> web.Response:
        asked = await request.json()
        said = _strip_spaces(asked["messages"][-1]["content"])
        answer = next((found for key, found in known.items() if key in said), None)
        if answer is None:
            return web.json_response({"error": {"message": "no answer was recorded for this article"}}, status=422)
        return web.json_response(_completion(answer))

    app = web.Application(client_max_size=_BODY_MAX)
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


def _completion(answer: Mapping[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": json.dumps(answer, ensure_ascii=False)}
    return {
        "id": "recorded",
        "object": "chat.completion",
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    }


def _article_key(text: str) -> str:
    return _strip_spaces(text)[:_KNOWN_BY_CHARS]


def _strip_spaces(text: str) -> str:
    return "".join(text.split())


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
