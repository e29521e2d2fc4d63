"""The services that need nothing but what Subtext installs: the least that the SDK allows, its `parse`, and Subtext."""

from __future__ import annotations

import gc
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2
import orjson
from fastapi import FastAPI, Request, Response
from openai import AsyncOpenAI, DefaultAioHttpClient

from benchmarks.peers.reply import Ask, Reply, messages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def parse() -> FastAPI:
    """FastAPI with `chat.completions.parse`; no check of what comes back but its form."""
    app, client = FastAPI(), AsyncOpenAI(base_url=os.environ["BENCH_MODEL_URL"], api_key="none")

    @app.post("/v1/analyses")
    async def analyze(ask: Ask) -> Reply:
        answer = await client.chat.completions.parse(
            model="m",
            messages=messages(ask.text),  # type: ignore[arg-type]
            response_format=Reply,
        )
        parsed = answer.choices[0].message.parsed
        if parsed is None:
            raise ValueError("no answer")
        return parsed

    return app


def lean() -> FastAPI:
    """FastAPI's routes alone, bytes in and out, the SDK's post of bytes over aiohttp; the same lack of checks."""
    clients: list[AsyncOpenAI] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        url = os.environ["BENCH_MODEL_URL"]
        async with AsyncOpenAI(base_url=url, api_key="none", http_client=DefaultAioHttpClient()) as client:
            clients.append(client)
            gc.freeze()
            yield

    app = FastAPI(lifespan=lifespan)
    schema = {"name": "reply", "strict": True, "schema": Reply.model_json_schema()}

    @app.post("/v1/analyses")
    async def analyze(request: Request) -> Response:
        ask = Ask.model_validate_json(await request.body())
        fields = {"model": "m", "response_format": {"type": "json_schema", "json_schema": schema}}
        body = orjson.dumps({**fields, "messages": messages(ask.text)})
        headers = {"Content-Type": "application/json"}
        answer = await clients[0].post(
            "/chat/completions", cast_to=httpx2.Response, content=body, options={"headers": headers}
        )
        content = orjson.loads(answer.content)["choices"][0]["message"]["content"]
        reply = Reply.model_validate_json(content)
        return Response(reply.model_dump_json(), media_type="application/json")

    return app


def subtext() -> FastAPI:
    """Subtext as it is shipped, with its log written and every answer kept (SQLite)."""
    from subtext.asgi import create_app  # noqa: PLC0415 - the other services do not pay for it

    return create_app()
