"""Analyses that are kept: found again as they were answered, listed in pages, forgotten, and judged by readers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from subtext.asgi import create_app
from subtext.http.state import get_app_state
from subtext.schemas.analysis import AnalysisView, outlet
from subtext.settings import StoreSettings
from tests.support.api import ASK, PROBLEM, client, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

NOBODYS = "01890000-0000-7000-8000-000000000000"


def kept_in(folder: Path, **changes: Any) -> StoreSettings:
    return StoreSettings(database_url=f"sqlite:///{folder / 'kept.db'}", **changes)


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[TestClient]:
    with client(create_app(settings(store=kept_in(tmp_path)))) as found:
        yield found


def analysed(service: TestClient, **changes: Any) -> dict[str, Any]:
    response = service.post("/v1/analyses", json={**ASK, **changes})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_an_answer_is_found_again_as_it_was(keeping: TestClient) -> None:
    answer = analysed(keeping)
    assert answer["links"] == {
        "self": f"/v1/analyses/{answer['id']}",
        "report": f"/analyses/{answer['id']}",
        "verify": "/v1/verify",
        "feedback": f"/v1/analyses/{answer['id']}/feedback",
    }
    again = keeping.get(answer["links"]["self"])
    assert again.json() == answer
    for tags in (again.headers["etag"], "*"):
        assert keeping.get(answer["links"]["self"], headers={"If-None-Match": tags}).status_code == 304


def test_it_is_there_after_a_restart_and_without_its_text(tmp_path: Path) -> None:
    with client(create_app(settings(store=kept_in(tmp_path)))) as service:
        answer = analysed(service, include=["text"])
    with client(create_app(settings(store=kept_in(tmp_path)))) as service:
        again = service.get(answer["links"]["self"]).json()
    assert answer["document"]["text"] is not None
    assert again == {**answer, "document": {**answer["document"], "text": None}}


def test_the_text_is_kept_where_the_service_is_told_to(tmp_path: Path) -> None:
    with client(create_app(settings(store=kept_in(tmp_path, text=True)))) as service:
        answer = analysed(service)
        again = service.get(answer["links"]["self"]).json()
    assert answer["document"]["text"] is None
    assert again["document"]["text"].endswith(ASK["text"])


def test_every_way_of_asking_is_kept(keeping: TestClient) -> None:
    ids = [keeping.post(f"/v1/{path}", json=ASK).json()["id"] for path in ("analyses", "summaries", "stances")]
    events = keeping.post("/v1/analyses", json={**ASK, "cache": "no-store"}, headers={"Accept": "text/event-stream"})
    assert [found["id"] for found in keeping.get("/v1/analyses").json()["analyses"]][1:] == ids[::-1]
    assert keeping.get("/v1/analyses").json()["analyses"][0]["id"] in events.text


def test_a_hit_leads_to_the_analysis_that_it_is_of(keeping: TestClient) -> None:
    first, second = analysed(keeping), analysed(keeping)
    assert second["cache"]["hit"]
    assert second["links"] == first["links"]
    assert len(keeping.get("/v1/analyses").json()["analyses"]) == 1


def test_a_list_comes_in_pages_that_name_the_next(keeping: TestClient) -> None:
    made = [analysed(keeping, target=f"Firm {number}")["id"] for number in range(5)]
    seen, address = [], "/v1/analyses?limit=2&engine=local"
    while address:
        page = keeping.get(address)
        seen += [entry["id"] for entry in page.json()["analyses"]]
        address = page.links["next"]["url"] if page.json()["next_cursor"] else ""
    assert seen == made[::-1]


def test_a_list_can_be_narrowed(keeping: TestClient) -> None:
    answer = analysed(keeping)
    analysed(keeping, text="The committee met on Tuesday and approved the minutes of its last meeting. " * 8)
    entry = keeping.get("/v1/analyses", params={"label": "desperation"}).json()["analyses"]
    assert [found["id"] for found in entry] == [answer["id"]]
    assert entry[0]["self"] == answer["links"]["self"]
    assert entry[0]["score"] == answer["framing"]["score"]
    assert keeping.get("/v1/analyses", params={"since": "2100-01-01T00:00:00Z"}).json()["analyses"] == []


@dataclass(frozen=True)
class Refused:
    id: str
    query: str
    about: str


@pytest.mark.parametrize(
    "case",
    [
        Refused("a cursor that is nobody's", "cursor=../../etc", "cursor"),
        Refused("a cursor that decodes to nonsense", "cursor=AAAA", "cursor"),
        Refused("a negative limit", "limit=-1", "limit"),
        Refused("a limit past all bounds", "limit=1000", "limit"),
        Refused("a moment without a zone", "since=2026-01-01T00:00:00", "since"),
        Refused("a year, which is no moment", "since=2026", "since"),
        Refused("seconds since 1970", "until=1785024000.5", "until"),
        Refused("a confidence that cannot be", "min_confidence=nan", "min_confidence"),
        Refused("a filter that does not exist", "colour=red", "colour"),
    ],
    ids=lambda case: case.id,
)
def test_a_list_that_cannot_be_had_is_refused(keeping: TestClient, case: Refused) -> None:
    response = keeping.get(f"/v1/analyses?{case.query}")
    assert response.status_code == 422
    assert response.headers["content-type"] == PROBLEM
    assert case.about in response.text


def test_what_is_deleted_is_gone_from_every_place(keeping: TestClient) -> None:
    answer = analysed(keeping)
    assert keeping.delete(answer["links"]["self"]).status_code == 204
    assert keeping.get(answer["links"]["self"]).json()["code"] == "analysis_unknown"
    assert keeping.delete(answer["links"]["self"]).status_code == 404
    assert not analysed(keeping)["cache"]["hit"]


def test_a_reader_says_what_is_wrong(keeping: TestClient) -> None:
    answer = analysed(keeping)
    said = keeping.post(answer["links"]["feedback"], json={"verdict": "wrong", "label": "mixed", "comment": "Both."})
    assert said.status_code == 201
    assert said.json()["analysis_id"] == answer["id"]
    assert (said.json()["verdict"], said.json()["label"], said.json()["comment"]) == ("wrong", "mixed", "Both.")


@pytest.mark.parametrize(
    "body",
    [{}, {"verdict": "maybe"}, {"verdict": "wrong", "label": "heroism"}, {"verdict": "right", "label": "mixed"}],
    ids=["nothing", "no verdict", "no label of the axis", "a contradiction"],
)
def test_feedback_that_says_nothing_is_refused(keeping: TestClient, body: dict[str, str]) -> None:
    response = keeping.post(analysed(keeping)["links"]["feedback"], json=body)
    assert response.status_code == 422
    assert response.json()["code"] == "request_invalid"


def test_feedback_on_what_is_not_there_is_refused(keeping: TestClient) -> None:
    response = keeping.post(f"/v1/analyses/{NOBODYS}/feedback", json={"verdict": "right"})
    assert response.json()["code"] == "analysis_unknown"


@pytest.mark.parametrize("path", ["/v1/analyses", f"/v1/analyses/{NOBODYS}"])
def test_where_nothing_is_kept_that_is_said(api: TestClient, path: str) -> None:
    response = api.get(path)
    assert response.status_code == 501
    assert response.json()["code"] == "analyses_not_kept"


def test_a_database_that_fails_costs_nobody_the_answer(tmp_path: Path) -> None:
    app = create_app(settings(store=kept_in(tmp_path)))
    with client(app) as service:
        store = get_app_state(app).require_services().analyses.repository
        asyncio.run(_spoil(store))
        with capture_logs() as logged:
            answer = analysed(service)
        # No outage, but a mistake of somebody, whose place the log has.
        assert [bool(line["at"]) for line in logged if line["event"] == "not_stored"] == [True]
        assert answer["framing"]["label"] == "desperation"
        assert answer["links"]["self"] is None
        assert [warning["code"] for warning in answer["warnings"]].count("not_stored") == 1
        assert service.get("/v1/analyses").json()["code"] == "internal"


async def _spoil(store: Any) -> None:
    """Take the table away, as a database that was restored from the wrong copy."""
    async with store._database.transaction() as connection:  # noqa: SLF001 - damage that no caller can do
        await connection.exec_driver_sql("ALTER TABLE analyses RENAME TO gone")


def test_an_outlet_is_the_site_or_the_host(answer: dict[str, Any]) -> None:
    view = AnalysisView.model_validate(answer)
    source = view.document.source.model_copy(update={"final_url": "https://www.harbour.example/a"})
    document = view.document.model_copy(update={"source": source})
    assert outlet(view) is None
    assert outlet(view.model_copy(update={"document": document})) == "harbour.example"
