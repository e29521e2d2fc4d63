from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.api import PROBLEM, TEXT

if TYPE_CHECKING:
    from starlette.testclient import TestClient

DICTATES = (
    "Orlan Freight dictates the terms to its creditors. On Monday it told all nine of them when they will be paid, and "
    "every one of them gave in. Nobody dares to challenge the company, which dominates the bidding for every quay."
)
SOURCES: list[dict[str, Any]] = [
    {"outlet": "Harbour Post", "title": "Orlan Freight sets its creditors a date", "text": DICTATES},
    {"title": "Orlan Freight begs for one more month", "text": TEXT},
]
ASK: dict[str, Any] = {"sources": SOURCES, "target": "Orlan Freight", "engine": "local"}


def compared(api: TestClient, **changes: Any) -> dict[str, Any]:
    response = api.post("/v1/comparisons", json={**ASK, **changes})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_articles_stand_on_one_axis_from_its_first_pole_to_its_second(api: TestClient) -> None:
    found = compared(api)

    assert [item["position"] for item in found["articles"]] == [1, 0]
    assert [item["outlet"] for item in found["articles"]] == [None, "Harbour Post"]
    scores = [item["overall"]["score"] for item in found["articles"]]
    assert scores == sorted(scores)
    assert found["spread"] == pytest.approx(scores[1] - scores[0], abs=1e-3)
    assert found["poles"] == ["desperation", "domination"]
    assert found["same_target"] is True


def test_quotes_are_verbatim_with_their_speakers_and_two_a_pole_at_most(api: TestClient) -> None:
    found = compared(api, sources=[*SOURCES, {"text": TEXT}])
    texts = [f"{source['title']}\n\n{source['text']}" if "title" in source else source["text"] for source in SOURCES]
    texts.append(TEXT)

    for item in found["articles"]:
        poles = [quote["pole"] for quote in item["quotes"]]
        assert all(poles.count(pole) <= 2 for pole in poles)
        for quote in item["quotes"]:
            assert texts[item["position"]][quote["start"] : quote["end"]] == quote["quote"]


def test_an_analysis_that_was_made_before_stands_beside_a_new_one(api: TestClient, answer: dict[str, Any]) -> None:
    found = compared(api, sources=[{"analysis": answer, "outlet": "Archive"}, SOURCES[0]])

    assert answer["id"] in [item["analysis_id"] for item in found["articles"]]


def test_a_source_that_cannot_be_read_is_named_and_the_others_are_compared(api: TestClient) -> None:
    found = compared(api, sources=[*SOURCES, {"url": "http://10.0.0.1/a"}])

    assert [(item["position"], item["code"]) for item in found["failures"]] == [(2, "url_refused")]
    assert len(found["articles"]) == 2


def test_where_nothing_can_be_read_the_first_failure_is_the_answer(api: TestClient) -> None:
    response = api.post("/v1/comparisons", json={**ASK, "sources": [{"url": "http://10.0.0.1/a"}] * 2})

    assert (response.status_code, response.json()["code"]) == (422, "url_refused")


def test_analyses_on_different_axes_or_without_framing_are_refused(api: TestClient, answer: dict[str, Any]) -> None:
    other = {**answer, "framing": {**answer["framing"], "axis": "hope-fear@1"}}
    for analysis, words in ((other, "different axes"), ({**answer, "framing": None}, "without framing")):
        response = api.post("/v1/comparisons", json={**ASK, "sources": [SOURCES[0], {"analysis": analysis}]})

        assert response.headers["content-type"] == PROBLEM
        assert (response.status_code, response.json()["code"]) == (422, "request_invalid")
        assert words in response.json()["detail"]


@pytest.mark.parametrize(
    "sources",
    [[], SOURCES[:1], [SOURCES[0], {"text": "a", "url": "b"}], [SOURCES[0], {}], [SOURCES[0]] * 21],
    ids=["none", "one", "two ways", "no way", "too many"],
)
def test_a_comparison_takes_two_to_twenty_sources_given_one_way_each(api: TestClient, sources: list[Any]) -> None:
    response = api.post("/v1/comparisons", json={**ASK, "sources": sources})

    assert (response.status_code, response.json()["code"]) == (422, "request_invalid")
