"""Streamed completions: events, and a model that writes a token every so often."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.engines import good_draft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    Answering = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]

USAGE = {"prompt_tokens": 1_200, "completion_tokens": 300, "prompt_tokens_details": {"cached_tokens": 1_000}}
HEADERS = {"Content-Type": "text/event-stream"}


def event(delta: dict[str, Any], reason: str | None = None, **others: Any) -> bytes:
    """Return one event of a completion that is streamed."""
    body = {"model": "some-model-2026-01", "choices": [{"delta": delta, "finish_reason": reason}], **others}
    return f"data: {json.dumps(body)}\n\n".encode()


def stream_completion(
    first_s: float, tokens_per_s: float, tokens: int, *, thoughts: int = 0, usage: dict[str, Any] | None = None
) -> Answering:
    """Answer as a model that is silent at first, and then writes so many tokens: thoughts, then its answer."""
    text = json.dumps(good_draft())
    size = len(text) // tokens + 1

    async def events() -> AsyncIterator[bytes]:
        await asyncio.sleep(first_s)
        for _ in range(thoughts):
            yield event({"reasoning_content": "so "})
            await asyncio.sleep(1 / tokens_per_s)
        for at in range(tokens):
            yield event({"content": text[at * size : (at + 1) * size] or " "})
            await asyncio.sleep(1 / tokens_per_s)
        yield event({}, "stop", **({"usage": usage} if usage else {}))

    async def answer(request: httpx.Request) -> httpx.Response:
        assert json.loads(request.content)["stream"] is True
        return httpx.Response(200, headers=HEADERS, content=events())

    return answer
