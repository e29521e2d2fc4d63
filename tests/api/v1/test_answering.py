"""Answers as objects and as events, made and kept."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from subtext.asgi import create_app
from subtext.http.state import get_app_state
from subtext.intake.loader import ArticleLoader
from subtext.settings import CacheSettings, LLMSettings
from tests.support.api import ASK, client, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

NOWHERE = LLMSettings(base_url="http://127.0.0.1:9/v1", model="m", max_attempts=1)
SECRET = "secret-canary-5512"
EVENTS = {"Accept": "text/event-stream"}


@pytest.fixture
def service() -> Iterator[TestClient]:
    with client(create_app(settings(llm=NOWHERE))) as found:
        yield found


def ask(service: TestClient, **changes: Any) -> tuple[str, dict[str, Any]]:
    """How the answer was come by, and the answer."""
    response = service.post("/v1/analyses", json={**ASK, **changes})
    assert response.status_code == 200
    return response.headers["x-cache"], response.json()


def events(service: TestClient, **changes: Any) -> list[tuple[str, dict[str, Any]]]:
    response = service.post("/v1/analyses", json={**ASK, **changes}, headers=EVENTS)
    assert response.headers["content-type"].startswith("text/event-stream")
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in response.text.split("\n\n")[:-1]]
    assert [block["id"] for block in blocks] == [str(number + 1) for number in range(len(blocks))]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


def test_the_same_question_is_answered_from_what_was_kept(service: TestClient) -> None:
    first_way, first = ask(service)
    second_way, second = ask(service)

    assert (first_way, first["cache"]) == ("miss", {"hit": False, "age_s": None})
    assert (second_way, second["cache"]["hit"]) == ("hit", True)
    assert second["cache"]["age_s"] >= 0
    assert second["id"] == first["id"]
    assert second["request_id"] != first["request_id"]


@pytest.mark.parametrize("path", ["/v1/summaries", "/v1/stances"])
def test_other_parts_are_another_question(service: TestClient, path: str) -> None:
    ask(service)

    ways = [service.post(path, json=ASK).headers["x-cache"] for _ in range(2)]

    assert ways == ["miss", "hit"]


def test_no_store_neither_takes_nor_leaves_an_answer(service: TestClient) -> None:
    ways = [ask(service, cache=cache)[0] for cache in ("no-store", "default", "no-store", "default")]

    assert ways == ["miss", "miss", "miss", "hit"]


@pytest.mark.parametrize("told", ["no-store", "max-age=0, No-Cache"])
def test_a_header_asks_for_a_new_answer_too(service: TestClient, told: str) -> None:
    ask(service)

    response = service.post("/v1/analyses", json=ASK, headers={"Cache-Control": told})

    assert response.headers["x-cache"] == "miss"


def test_a_degraded_answer_is_not_kept(service: TestClient) -> None:
    answers = [ask(service, engine="auto") for _ in range(2)]

    assert [way for way, _ in answers] == ["miss", "miss"]
    for _, found in answers:
        assert found["engine"]["degraded_from"] == "llm"
        assert [warning["code"] for warning in found["warnings"]][:2] == ["degraded", "engine_unavailable"]
        assert [attempt["outcome"] for attempt in found["usage"]["attempts"]] == ["connect_failed"]


def test_the_embedded_engine_calls_nobody(service: TestClient) -> None:
    assert ask(service, engine="local")[1]["usage"]["calls"] == 0


def test_a_service_may_keep_nothing() -> None:
    with client(create_app(settings(cache=CacheSettings(enabled=False)))) as service:
        assert [ask(service)[0] for _ in range(2)] == ["miss", "miss"]


def test_events_lead_to_the_same_object(service: TestClient) -> None:
    _, whole = ask(service)

    found = events(service)

    assert [name for name, _ in found] == ["status", "partial", "status", "result", "done"]
    result = found[3][1]
    assert found[1][1]["document"] == result["document"] == whole["document"]
    assert result["cache"]["hit"] is True
    assert result["id"] == whole["id"]


def test_a_failure_on_the_way_is_the_same_problem_as_an_event(service: TestClient) -> None:
    asked = {"engine": "llm", "fallback": "never"}
    problem = service.post("/v1/analyses", json={**ASK, **asked}).json()

    found = events(service, **asked)

    assert [name for name, _ in found] == ["status", "partial", "status", "error", "done"]
    assert found[3][1] | {"request_id": ""} == problem | {"request_id": ""}
    assert problem["code"] == "engine_unavailable"


def test_what_cannot_be_read_is_told_as_an_event_too(service: TestClient) -> None:
    found = events(service, text=" ", title=None)

    assert [name for name, _ in found] == ["status", "error", "done"]
    assert found[1][1]["code"] == "text_refused"


def test_a_request_that_is_none_is_a_problem_without_events(service: TestClient) -> None:
    response = service.post("/v1/analyses", json={**ASK, "fallback": "maybe"}, headers=EVENTS)

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/fallback"


class BrokenReader(ArticleLoader):
    """A reader with a fault of ours, which tells a secret."""

    async def from_text(self, *_: object, **__: object) -> NoReturn:
        raise KeyError(SECRET)


def test_a_fault_of_ours_is_told_as_an_event_without_its_words() -> None:
    app = create_app(settings())
    with client(app) as service:
        services = get_app_state(app).require_services()
        services.analyses = replace(services.analyses, loader=BrokenReader())

        found = events(service)

    assert [name for name, _ in found] == ["status", "error"]
    assert (found[1][1]["status"], found[1][1]["code"]) == (500, "internal")
    assert SECRET not in str(found)
