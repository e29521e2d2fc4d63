"""FastAPI with pydantic-ai (native output: a JSON schema)."""

from __future__ import annotations

import os

from fastapi import FastAPI
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from benchmarks.peers.reply import PROMPT, Ask, Reply


def create_app() -> FastAPI:
    """Build the service."""
    app = FastAPI()
    provider = OpenAIProvider(base_url=os.environ["BENCH_MODEL_URL"], api_key="none")
    agent = Agent(OpenAIChatModel("m", provider=provider), output_type=NativeOutput(Reply), instructions=PROMPT)

    @app.post("/v1/analyses")
    async def analyze(ask: Ask) -> Reply:
        reply: Reply = (await agent.run(ask.text)).output
        return reply

    return app
