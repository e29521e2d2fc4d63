"""What is never logged: a word of an article, whatever becomes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from subtext.asgi import create_app
from subtext.settings import LogSettings
from tests.support.api import settings

if TYPE_CHECKING:
    from typing import Any

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
