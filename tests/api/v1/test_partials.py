"""What is told of a long article while a model still reads it."""

from __future__ import annotations

import json
from typing import Any

import httpx2

from subtext.analysis.ports import Progress
from subtext.asgi import create_app
from subtext.services.progress_events import ProgressEvents
from subtext.settings import LLMSettings
from tests.support.api import settings
from tests.support.engines import TEXT, completion, good_draft
from tests.support.fakes import FakeClock
from tests.support.servers.fault_server import fault_server, send
from tests.support.servers.fault_server import reply as whole

LONG = "\n\n".join([TEXT, *(f"Ship number {n} came in on the morning tide and left before noon." for n in range(90))])
INVENTED = {"quote": "words that nobody wrote", "speaker": None, "pole": "domination", "indicator": None}
DRAFT = good_draft(evidence=[*good_draft()["evidence"], {**INVENTED, "strength": "strong", "polarity": "asserts"}])


WHOLE = whole(json.dumps(completion(DRAFT)).encode())


async def events(text: str, reply: bytes = WHOLE, **asked: Any) -> list[tuple[str, dict[str, Any]]]:
    """The events of an answer by a model that says the same of every part."""
    async with fault_server(send(reply)) as server:
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


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def stream(draft: dict[str, Any], size: int = 20) -> bytes:
    text = json.dumps(draft)
    deltas = [{"content": text[at : at + size]} for at in range(0, len(text), size)]
    choices = [{"delta": delta, "finish_reason": None} for delta in deltas] + [{"delta": {}, "finish_reason": "stop"}]
    return b"".join(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n" for choice in choices)


async def test_what_a_model_has_written_is_told_if_its_server_streams() -> None:
    found = await events(TEXT, reply=STREAM + stream(DRAFT))

    told = [data for name, data in found if name == "status" and "tokens" in data]
    assert told
    assert [name for name, _ in found][-2:] == ["result", "done"]
    assert set(told[0]) == {"stage", "tokens", "elapsed_s", "passages_read", "passages"}
    assert (told[0]["stage"], told[0]["passages"]) == ("analysing", 1)
    assert told[0]["tokens"] > 0


def test_progress_is_told_once_a_second_at_most() -> None:
    clock, sent = FakeClock(), list[tuple[str, str]]()
    reports = ProgressEvents(sent.append, clock)
    for number, at in enumerate((0.0, 0.4, 0.9, 1.0, 1.5, 53.14), start=1):
        clock.elapsed = at
        reports.add(Progress("m", number, at, 2, 5))

    told = [json.loads(data) for _, data in sent]
    assert [item["tokens"] for item in told] == [1, 4, 6]
    assert sent[0][0] == "status"
    assert told[-1] == {"stage": "analysing", "tokens": 6, "elapsed_s": 53.1, "passages_read": 2, "passages": 5}
