"""The servers of docs/models.md, with the settings that stand there, against a dialogue with each of them.

A dialogue is recorded, or written after what the vendor's documentation and users' reports show of the server: each
file says which. The settings are read from the document, so that neither can change without the other.
"""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import pytest
import yaml

from subtext.asgi import create_app
from subtext.settings import load_settings, unknown_variables
from tests.support.engines import TEXT, good_draft
from tests.support.servers.dialogue import dialogue_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.servers.dialogue import DialogueServer

FOLDER = Path(__file__).parent / "dialogues"
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "models.md"
KEY = "sk-canary-5a7e"
# What keeps a test to itself; no server's settings are touched.
AROUND = {"SUBTEXT_STORE_ENABLED": "false", "SUBTEXT_LOCAL_SCORER": "words", "SUBTEXT_EXTRACT_WORKERS": "1"}
_SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```sh\n((?:SUBTEXT_\w+=\S+\n)+)```$", re.MULTILINE)


@dataclass(frozen=True)
class Dialogue:
    """What a server answers, and what comes out: a whole analysis, or a problem as its status and code."""

    server: str
    url: str
    name: str
    answers: list[dict[str, Any]]
    attempts: list[str] = field(default_factory=list)
    mode: str | None = None
    last_request: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None

    @property
    def id(self) -> str:
        return f"{self.server}: {self.name}"


FILES = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
DIALOGUES = [Dialogue(file["server"], file["url"], **dialogue) for file in FILES for dialogue in file["dialogues"]]


def documented_settings() -> dict[str, dict[str, str]]:
    """The block of settings in each section of the document that has one."""
    sections = _SECTION.findall(DOCUMENT.read_text(encoding="utf-8"))
    blocks = {title: _BLOCK.findall(text) for title, text in sections}
    return {title: _variables(found[0]) for title, found in blocks.items() if found}


def _variables(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines())


@asynccontextmanager
async def service(
    variables: dict[str, str], server: DialogueServer, patch: pytest.MonkeyPatch, folder: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    """The service with exactly these settings, but for where the server and the file with the key are."""
    key = folder / "key"
    key.write_text(KEY, encoding="utf-8")
    moved = urlsplit(variables["SUBTEXT_LLM_BASE_URL"])._replace(scheme="http", netloc=f"127.0.0.1:{server.port}")
    changed = {"SUBTEXT_LLM_BASE_URL": moved.geturl()}
    if "SUBTEXT_LLM_API_KEY_FILE" in variables:
        changed["SUBTEXT_LLM_API_KEY_FILE"] = str(key)
    for name, value in (variables | AROUND | changed).items():
        patch.setenv(name, value)
    patch.chdir(folder)
    app = create_app(load_settings(secrets=folder / "none"))
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            yield client


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.id)
async def test_a_documented_server_gives_an_analysis_or_its_own_problem(
    dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    variables = documented_settings()[dialogue.server]

    async with (
        dialogue_server(dialogue.answers, json.dumps(good_draft())) as server,
        service(variables, server, monkeypatch, tmp_path) as client,
    ):
        response = await client.post("/v1/analyses", json={"text": TEXT, "language": "en", "fallback": "never"})

    answer = response.json()
    require_addressed(server, dialogue.url, variables)
    if dialogue.problem is not None:
        assert f"{response.status_code} {answer['code']}" == dialogue.problem
        return
    require_whole(answer)
    assert [attempt["outcome"] for attempt in answer["usage"]["attempts"]] == dialogue.attempts
    assert dialogue.mode in {None, answer["engine"]["output_mode"]}
    assert server.requests[-1].meets(dialogue.last_request), server.requests[-1].body


def require_addressed(server: DialogueServer, url: str, variables: dict[str, str]) -> None:
    """Every request went where the server takes it, with the documented model and the key, if there is one."""
    authorization = f"Bearer {KEY}" if "SUBTEXT_LLM_API_KEY_FILE" in variables else None
    assert variables["SUBTEXT_LLM_BASE_URL"] + "/chat/completions" == url
    assert {(request.path, request.authorization) for request in server.requests} == {
        (urlsplit(url).path, authorization)
    }
    assert {request.body["model"] for request in server.requests} == {variables["SUBTEXT_LLM_MODEL"]}


def require_whole(answer: dict[str, Any]) -> None:
    assert answer["status"] == "complete", answer
    assert answer["engine"]["kind"] == "llm"
    assert answer["engine"]["model_reported"]
    assert answer["framing"]["label"] == "desperation"
    assert answer["grounding"]["rejected"] == 0
    assert answer["usage"]["input_tokens"]


def test_each_documented_server_has_a_dialogue_and_each_dialogue_a_document() -> None:
    assert {file["server"] for file in FILES} == set(documented_settings())
    assert len(FILES) >= 9


def test_every_documented_variable_is_a_setting() -> None:
    for server, variables in documented_settings().items():
        assert unknown_variables(variables) == (), server


def test_a_dialogue_that_was_not_recorded_says_what_it_is_written_after() -> None:
    for file in FILES:
        assert file["recorded"] or file["sources"], file["server"]
