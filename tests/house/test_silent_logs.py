"""What no output of the service holds, at any level: a word of an article, or a key."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from subtext.asgi import create_app
from subtext.domain.caller import Owner
from subtext.settings import LLMSettings, LogSettings
from tests.support.api import client, settings
from tests.support.api_keys import build_key_settings, create_key
from tests.support.engines import completion, good_draft
from tests.support.servers.dialogue import dialogue_server
from tests.support.traces import recorded_spans

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from subtext.settings import Settings

CANARY = "Zyzzyva71"
SENTENCE = f"{CANARY} went back to its creditors, cap in hand, and begged for a last lifeline. "


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/analyses", {"text": SENTENCE * 5, "title": CANARY, "target": CANARY, "engine": "local"}),
        ("/v1/summaries", {"html": f"<html><body><p>{SENTENCE * 5}</p></body></html>", "engine": "local"}),
        ("/v1/stances", {"url": f"http://127.0.0.1/{CANARY}"}),
        ("/v1/analyses", {"text": SENTENCE, "axis": CANARY}),
        ("/v1/analyses", {"text": SENTENCE, CANARY: CANARY}),
        ("/v1/verify", {"analysis": {"id": CANARY}, "text": SENTENCE}),
    ],
    ids=["text", "page", "url", "axis", "field", "verify"],
)
def test_no_word_of_an_article_is_logged(path: str, body: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    with TestClient(create_app(settings(log=LogSettings(level="debug")))) as api:
        reply = api.post(path, json=body)
    logged = capfd.readouterr()
    lines = [json.loads(line) for line in logged.err.splitlines() if line.startswith("{")]
    mine = [line for line in lines if line.get("request_id") == reply.headers["x-request-id"]]
    assert [line["status"] for line in mine if line["event"] == "request"] == [reply.status_code]
    assert CANARY not in logged.out + logged.err


MODEL_KEY = "sk-canary-0f1e2d"
KEY = "Zyzzyva72"
LEVELS = ("debug", "info", "warning", "error")
# A model's server that repeats the article wherever it can say something.
ECHOES: list[dict[str, Any]] = [
    {"once": True, "status": 500, "body": {"error": {"message": SENTENCE, "code": CANARY, "type": CANARY}}},
    {"once": True, "status": 400, "body": {"error": {"message": SENTENCE, "param": CANARY}}},
    {"once": True, "body": completion(SENTENCE, finish_reason=CANARY, model=SENTENCE)},
    {"once": True, "body": [SENTENCE]},
    {"body": completion("$DRAFT", finish_reason=f"{CANARY} {CANARY}", model=f"{CANARY} {CANARY}")},
]
DRAFT = good_draft(target=CANARY, rationale=SENTENCE, label=CANARY, evidence=[{"quote": f"{CANARY} begged"}])


def ask_everything(configured: Settings, key: dict[str, str]) -> Iterator[tuple[str, bool]]:
    """Ask a service in many ways; yield what it says, and whether it is an answer about the article itself."""
    with client(create_app(configured)) as service:
        for body in ({"text": SENTENCE * 5}, {"text": SENTENCE * 5, "fallback": "never", "cache": "no-store"}):
            for headers in (key, {**key, "Accept": "text/event-stream"}, {**key, "Idempotency-Key": KEY}):
                response = service.post("/v1/analyses", json=body, headers=headers)
                yield response.text, True
        for headers in (
            {"Authorization": f"Bearer sbt_live_{KEY}"},
            {"X-API-Key": KEY},
            {"Cookie": f"subtext_key={KEY}"},
        ):
            yield service.post("/v1/analyses", json={"text": SENTENCE}, headers=headers).text, False
        yield service.get(f"/v1/analyses/{KEY}", params={"key": KEY}, headers={**key, "baggage": KEY}).text, True
        yield service.request(KEY, f"/{KEY}", headers={**key, "User-Agent": KEY, "Referer": KEY}).text, True
        yield service.post("/v1/verify", json={"analysis": {"id": CANARY}, "text": SENTENCE}, headers=key).text, False
        yield service.post("/v1/webhooks", json={"url": f"https://a:{KEY}@10.0.0.1/"}, headers=key).text, False
        yield service.get("/metrics", headers=key).text, False


@pytest.mark.parametrize("style", ["json", "text"])
@pytest.mark.parametrize("level", LEVELS)
async def test_no_output_holds_a_word_of_an_article_or_a_key(
    level: Any, style: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with_keys = build_key_settings(tmp_path)
    key = await asyncio.to_thread(create_key, with_keys, Owner("a"))
    async with dialogue_server(ECHOES, json.dumps(DRAFT)) as model:
        llm = LLMSettings(base_url=f"http://127.0.0.1:{model.port}/v1", api_key=MODEL_KEY, model="some-model")
        configured = with_keys.model_copy(update={"llm": llm, "log": LogSettings(level=level, format=style)})
        with recorded_spans() as exporter:
            said = await asyncio.to_thread(lambda: list(ask_everything(configured, key)))
            spans = [span.to_json() for span in exporter.get_finished_spans()]

    logged = capfd.readouterr()
    assert len(model.requests) > len(ECHOES)
    assert {"POST /v1/analyses", "chat some-model"} <= {json.loads(span)["name"] for span in spans}
    secrets = (CANARY, KEY, MODEL_KEY, key["Authorization"].removeprefix("Bearer "))
    outputs = [logged.out, logged.err, *spans, *(text for text, is_about_it in said if not is_about_it)]
    assert [(secret, output) for secret in secrets for output in outputs if secret in output] == []
    assert not any(MODEL_KEY in text for text, _ in said)
    assert ("attempt_failed" in logged.err) == (level != "error")
