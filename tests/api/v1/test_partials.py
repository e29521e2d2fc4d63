"""What is told of a long article while a model still reads it."""

from __future__ import annotations

import json
from typing import Any

import httpx2

from api.serving import settings
from engines.lab import TEXT, completion, good_draft
from servers.fault_server import fault_server, reply, sends
from subtext.asgi import create_app
from subtext.settings import LLMSettings

LONG = "\n\n".join([TEXT, *(f"Ship number {n} came in on the morning tide and left before noon." for n in range(90))])
INVENTED = {"quote": "words that nobody wrote", "speaker": None, "pole": "domination", "indicator": None}
DRAFT = good_draft(evidence=[*good_draft()["evidence"], {**INVENTED, "strength": "strong", "polarity": "asserts"}])


async def events(text: str, **asked: Any) -> list[tuple[str, dict[str, Any]]]:
    """The events of an answer by a model that says the same of every part."""
    async with fault_server(sends(reply(json.dumps(completion(DRAFT)).encode()))) as server:
        llm = LLMSettings(base_url=server.url, model="m", passage_tokens=500)
        app = create_app(settings(llm=llm))
        async with app.router.lifespan_context(app):
            transport = httpx2.ASGITransport(app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                body = {"text": text, "language": "en", **asked}
                response = await client.post("/v1/analyses", json=body, headers={"Accept": "text/event-stream"})
    blocks = (
        dict(line.split(": ", 1) for line in block.splitlines()) for block in response.text.split("\n\n") if block
    )
    return [(block["event"], json.loads(block["data"])) for block in blocks]


async def test_quotes_of_a_part_are_told_once_they_are_certain() -> None:
    found = await events(LONG)

    names = [name for name, _ in found]
    told = [item for name, data in found if name == "partial" for item in data.get("evidence", ())]
    assert names.count("partial") > 2
    assert names[-2:] == ["result", "done"]
    assert {item["quote"] for item in told} >= {"pleaded for patience", "We are stronger than ever"}
    assert all(LONG[item["start"] : item["end"]] == item["quote"] for item in told)
    assert {(item["quote"], item["pole"]) for item in found[-2][1]["evidence"] if item["role"] == "framing"} <= {
        (item["quote"], item["pole"]) for item in told
    }


async def test_a_short_article_is_told_whole() -> None:
    assert [name for name, _ in await events(TEXT)] == ["status", "partial", "status", "result", "done"]


async def test_the_embedded_engine_reads_in_one_go() -> None:
    assert [name for name, _ in await events(LONG, engine="local")].count("partial") == 1
