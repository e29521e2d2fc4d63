"""The services that are measured: what most people write, the least that the SDK allows, and Subtext."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2
import orjson
from fastapi import FastAPI, Request, Response
from openai import AsyncOpenAI, DefaultAioHttpClient
from pydantic import BaseModel

from subtext.asgi import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_MODEL = "m"
_PROMPT = "Summarise this article and say how it frames its subject."


class Ask(BaseModel):
    """A request."""

    text: str


class _Sentence(BaseModel):
    text: str
    quotes: list[str]


class _Evidence(BaseModel):
    quote: str
    speaker: str | None
    pole: str
    indicator: str | None
    strength: str
    polarity: str


class Reply(BaseModel):
    """The model's answer, handed on as it is."""

    target: str | None
    headline: str
    sentences: list[_Sentence]
    evidence: list[_Evidence]
    rationale: str
    label: str
    confidence: float


def _messages(text: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": _PROMPT}, {"role": "user", "content": text}]


def plain() -> FastAPI:
    """FastAPI with `chat.completions.parse`; no check of what comes back but its form."""
    app, client = FastAPI(), AsyncOpenAI(base_url=os.environ["SUBTEXT_LLM_BASE_URL"], api_key="none")

    @app.post("/v1/analyses")
    async def analyse(ask: Ask) -> Reply:
        messages = _messages(ask.text)
        answer = await client.chat.completions.parse(model=_MODEL, messages=messages, response_format=Reply)  # type: ignore[arg-type]
        parsed = answer.choices[0].message.parsed
        if parsed is None:
            raise ValueError("no answer")
        return parsed

    return app


def lean() -> FastAPI:
    """FastAPI's routes alone, bytes in and out, the SDK's post of bytes over aiohttp; the same lack of checks."""
    url = os.environ["SUBTEXT_LLM_BASE_URL"]
    clients: list[AsyncOpenAI] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncOpenAI(base_url=url, api_key="none", http_client=DefaultAioHttpClient()) as client:
            clients.append(client)
            yield

    app = FastAPI(lifespan=lifespan)
    schema = {"name": "reply", "strict": True, "schema": Reply.model_json_schema()}

    @app.post("/v1/analyses")
    async def analyse(request: Request) -> Response:
        ask = Ask.model_validate_json(await request.body())
        fields = {"model": _MODEL, "response_format": {"type": "json_schema", "json_schema": schema}}
        body = orjson.dumps({**fields, "messages": _messages(ask.text)})
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
    return create_app()
