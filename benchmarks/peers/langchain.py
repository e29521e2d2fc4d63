"""FastAPI with langchain-openai (structured output by a JSON schema)."""

from __future__ import annotations

import os

from fastapi import FastAPI
from langchain_openai import ChatOpenAI

from benchmarks.peers.reply import Ask, Reply, messages


def create_app() -> FastAPI:
    """Build the service."""
    app = FastAPI()
    model = ChatOpenAI(model="m", base_url=os.environ["BENCH_MODEL_URL"], api_key="none", max_retries=0)
    structured = model.with_structured_output(Reply, method="json_schema")

    @app.post("/v1/analyses")
    async def analyze(ask: Ask) -> Reply:
        reply: Reply = await structured.ainvoke(messages(ask.text))
        return reply

    return app
