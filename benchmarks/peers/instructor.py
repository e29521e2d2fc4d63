"""FastAPI with instructor (JSON schema mode)."""

from __future__ import annotations

import os

import instructor
from fastapi import FastAPI
from openai import AsyncOpenAI

from benchmarks.peers.reply import Ask, Reply, messages


def create_app() -> FastAPI:
    """Build the service."""
    app = FastAPI()
    client = instructor.from_openai(
        AsyncOpenAI(base_url=os.environ["BENCH_MODEL_URL"], api_key="none"), mode=instructor.Mode.JSON_SCHEMA
    )

    @app.post("/v1/analyses")
    async def analyze(ask: Ask) -> Reply:
        reply: Reply = await client.chat.completions.create(
            model="m", messages=messages(ask.text), response_model=Reply, max_retries=0
        )
        return reply

    return app
