"""A stored analysis, checked again: as given it holds, with any claim changed it does not, and it never is a 500."""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.api import TEXT
from tests.support.problems import local_request, require_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

CANARY = "zyzzyva-canary-71"
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
# What stands in these is checked against the text or recomputed; the rest of an analysis is told, not proven.
CLAIMS = (
    ("document", "sha256"),
    ("evidence", 0, "quote"),
    ("evidence", 0, "start"),
    ("evidence", 0, "end"),
    ("evidence", 0, "utf16", "start"),
    ("evidence", 0, "utf16", "end"),
    ("evidence", 0, "occurrence"),
    ("evidence", 0, "occurrences"),
    ("evidence", 0, "voice_id"),
    ("evidence", 0, "pole"),
    ("evidence", 0, "strength"),
    ("framing", "label"),
    ("framing", "score"),
    ("framing", "intensity"),
    ("framing", "scores", "desperation"),
    ("framing", "by_voice", "author", "score"),
    ("framing", "by_voice", "attributed", "label"),
    ("framing", "divergence"),
    ("framing", "headline", "label"),
    ("framing", "headline", "score"),
    ("framing", "indicators", 0, "count"),
    ("framing", "indicators", 0, "code"),
    ("voices", 0, "label"),
    ("voices", 0, "score"),
    ("voices", 0, "evidence_ids", 0),
    ("summary", "sentences", 0, "evidence_ids", 0),
)
HTTP = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)


@pytest.fixture(scope="module")
def stored(api: TestClient) -> dict[str, Any]:
    reply = api.post("/v1/analyses", json=local_request(include=["text"], target="Orlan Freight"))
    found: dict[str, Any] = reply.json()
    assert found["framing"]["label"] is not None
    return found


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from places(inner, (*path, step))


def changed(stored: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copied = copy.deepcopy(stored)
    *way, last = path
    inner = copied
    for step in way:
        inner = inner[step]
    inner[last] = value
    return copied


def at(stored: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        stored = stored[step]
    return stored


def test_an_analysis_holds_as_it_was_given(api: TestClient, stored: dict[str, Any]) -> None:
    reply = api.post("/v1/verify", json={"analysis": stored})
    assert reply.status_code == 200
    body = reply.json()
    assert (body["valid"], body["failures"]) == (True, [])
    assert body["checked"]["quotes"] == len(stored["evidence"])
    assert body["checked"]["verdict"] is True


def test_the_text_may_come_beside_it(api: TestClient, stored: dict[str, Any]) -> None:
    bare = changed(stored, ("document", "text"), None)
    assert api.post("/v1/verify", json={"analysis": bare, "text": TEXT}).json()["valid"] is True
    assert api.post("/v1/verify", json={"analysis": bare, "text": f"{TEXT} "}).json()["valid"] is False
    require_problem(api.post("/v1/verify", json={"analysis": bare}), 422, "request_invalid")


@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: ".".join(map(str, path)))
def test_each_claim_is_checked(api: TestClient, stored: dict[str, Any], path: tuple[Any, ...]) -> None:
    old = at(stored, path)
    new: float | str = "other"
    if isinstance(old, int):
        new = old + 1
    elif isinstance(old, float):
        new = old - 0.25 if old > 0 else old + 0.25
    reply = api.post("/v1/verify", json={"analysis": changed(stored, path, new)})
    assert reply.status_code == 200, reply.text
    assert reply.json()["valid"] is False
    assert reply.json()["failures"]


@HTTP
@given(data=st.data())
def test_whatever_is_changed_gets_a_verdict_or_a_problem(
    api: TestClient, stored: dict[str, Any], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(list(places(stored))))
    value = data.draw(JUNK)
    reply = api.post("/v1/verify", json={"analysis": changed(stored, path, value)})
    if reply.status_code == 200:
        assert reply.json()["valid"] is (not reply.json()["failures"])
    else:
        assert reply.status_code == 422, reply.text
        assert reply.json()["code"] in {"request_invalid", "axis_unknown", "text_refused"}


@HTTP
@given(data=st.data())
def test_whatever_is_left_out_gets_a_problem(api: TestClient, stored: dict[str, Any], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([path for path in places(stored) if isinstance(path[-1], str)]))
    copied = copy.deepcopy(stored)
    del at(copied, path[:-1])[path[-1]]
    assert api.post("/v1/verify", json={"analysis": copied}).status_code in {200, 422}


@HTTP
@given(start=st.integers(0, len(TEXT) + 5), length=st.integers(1, 60))
def test_a_quote_from_elsewhere_never_holds(api: TestClient, stored: dict[str, Any], start: int, length: int) -> None:
    item = stored["evidence"][0]
    moved = changed(stored, ("evidence", 0, "start"), start)
    moved["evidence"][0]["end"] = start + length
    honest = (start, start + length) == (item["start"], item["end"])
    assert api.post("/v1/verify", json={"analysis": moved}).json()["valid"] is honest


def test_an_axis_that_is_not_loaded_is_named_a_problem_without_an_echo(api: TestClient, stored: dict[str, Any]) -> None:
    reply = api.post("/v1/verify", json={"analysis": changed(stored, ("framing", "axis"), CANARY)})
    require_problem(reply, 422, "axis_unknown")
    assert CANARY not in reply.text


def test_an_analysis_made_to_keep_the_service_busy_is_refused(api: TestClient, stored: dict[str, Any]) -> None:
    """Each quote stands at thousands of places, and each place is looked at: uncounted, this is minutes of work."""
    text = "a b " * 60_000
    first = {**stored["evidence"][0], "start": 0}
    made = copy.deepcopy(stored)
    made["document"] |= {"sha256": hashlib.sha256(text.encode()).hexdigest(), "text": text}
    made["evidence"] = [
        {**first, "id": f"e{n}", "quote": text[: 9 + 2 * n], "end": 9 + 2 * n, "utf16": {"start": 0, "end": 9 + 2 * n}}
        for n in range(900)
    ]
    require_problem(api.post("/v1/verify", json={"analysis": made}), 422, "request_invalid")


def test_an_analysis_with_more_evidence_than_any_has_is_refused_by_its_place(
    api: TestClient, stored: dict[str, Any]
) -> None:
    made = {**stored, "evidence": stored["evidence"][:1] * 1_001}
    (error,) = require_problem(api.post("/v1/verify", json={"analysis": made}), 422, "request_invalid")["errors"]
    assert (error["pointer"], error["message"]) == ("/analysis/evidence", "has 1,001 entries: send 1,000 at most")


@pytest.mark.parametrize(("sentences", "chars"), [(101, 10), (1, 50_001)], ids=["sentences", "characters"])
def test_a_summary_longer_than_any_is_refused(
    api: TestClient, stored: dict[str, Any], sentences: int, chars: int
) -> None:
    made = copy.deepcopy(stored)
    made["summary"]["sentences"] = [{**made["summary"]["sentences"][0], "text": "a" * chars}] * sentences
    problem = require_problem(api.post("/v1/verify", json={"analysis": made}), 422, "request_invalid")
    assert "the summary has over" in problem["detail"]


def test_an_invented_summary_does_not_hold(api: TestClient, stored: dict[str, Any]) -> None:
    made = copy.deepcopy(stored)
    made["summary"]["sentences"][0]["text"] = "The minister was arrested in Paris on Monday."
    result = api.post("/v1/verify", json={"analysis": made}).json()
    assert [failure["code"] for failure in result["failures"]] == ["support_differs", "summary_text_differs"]
