"""Batches over HTTP, from the upload to the results, on a SQLite file and the embedded engine."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from tests.support.api import ASK, client
from tests.support.batches import NDJSON, batch_settings, read_results, submit, wait_until_ended

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

pytest.importorskip("dbos", reason="the extra `batch` is not installed")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service with batches, and a worker inside."""
    with client(create_app(batch_settings(tmp_path_factory.mktemp("batches")))) as found:
        yield found


def test_every_article_is_answered_in_the_order_it_came(desk: TestClient) -> None:
    sent = submit(desk, *({"custom_id": f"a-{number}", **ASK} for number in range(25)))
    found = wait_until_ended(desk, sent["id"])
    assert (found["state"], found["total"], found["counts"]["done"]) == ("done", 25, 25)
    lines = read_results(desk, sent["id"])
    assert [line["custom_id"] for line in lines] == [f"a-{number}" for number in range(25)]
    alone = desk.post("/v1/analyses", json=ASK).json()
    assert {line["result"]["framing"]["label"] for line in lines} == {alone["framing"]["label"]}


def test_the_line_of_an_analysis_that_was_deleted_says_so(desk: TestClient) -> None:
    sent = submit(desk, {"custom_id": "a", **ASK}, {"custom_id": "b", **ASK, "cache": "no-store"})
    ended = wait_until_ended(desk, sent["id"])
    first, second = read_results(desk, sent["id"])
    assert second["state"] == "done"
    assert desk.delete(f"/v1/analyses/{first['result']['id']}").status_code == 204

    deleted, other = read_results(desk, sent["id"])

    assert (deleted["state"], deleted["result"], deleted["problem"]["code"]) == ("failed", None, "analysis_unknown")
    assert other == second
    assert desk.get(f"/v1/batches/{sent['id']}").json()["counts"] == ended["counts"]


@dataclass(frozen=True)
class BadLine:
    """A line that fails, and the code that its problem has."""

    id: str
    line: object
    status: int
    code: str


BAD = [
    BadLine("no JSON", b"{", 400, "request_malformed"),
    BadLine("no object", [1], 422, "request_invalid"),
    BadLine("no custom_id", ASK, 422, "request_invalid"),
    BadLine("custom_id twice", {"custom_id": "good", **ASK}, 422, "request_invalid"),
    BadLine("no article", {"custom_id": "x"}, 422, "request_invalid"),
    BadLine("unknown field", {"custom_id": "x", **ASK, "colour": 1}, 422, "request_invalid"),
    BadLine("unknown axis", {"custom_id": "x", **ASK, "axis": "none"}, 422, "axis_unknown"),
    BadLine("blank text", {"custom_id": "x", "text": " ", "engine": "local"}, 422, "text_refused"),
    BadLine("forbidden address", {"custom_id": "x", "url": "file:///etc/passwd"}, 422, "url_refused"),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.id)
def test_a_bad_line_fails_alone(desk: TestClient, case: BadLine) -> None:
    sent = submit(desk, {"custom_id": "good", **ASK}, case.line)
    assert wait_until_ended(desk, sent["id"])["state"] == "partial"
    good, bad = read_results(desk, sent["id"])
    assert (good["state"], bad["state"]) == ("done", "failed")
    assert (bad["problem"]["status"], bad["problem"]["code"]) == (case.status, case.code)


def test_a_batch_may_come_as_one_object_with_options_for_all(desk: TestClient) -> None:
    article = {key: value for key, value in ASK.items() if key != "engine"}
    body = {"items": [{"custom_id": "a", **article}], "options": {"engine": "local", "target": "Orlan Freight"}}
    sent = desk.post("/v1/batches", json=body).json()
    wait_until_ended(desk, sent["id"])
    assert read_results(desk, sent["id"])[0]["result"]["target"]["name"] == "Orlan Freight"


def test_what_is_not_there_or_not_allowed_is_said(desk: TestClient) -> None:
    assert desk.get("/v1/batches/bat_00").json()["code"] == "batch_unknown"
    assert desk.post("/v1/batches", content=b"\n \n", headers=NDJSON).json()["code"] == "request_invalid"
    assert desk.post("/v1/batches", content=b"a", headers={"Content-Type": "text/csv"}).status_code == 415
    sent = submit(desk, {"custom_id": "a", **ASK})
    wait_until_ended(desk, sent["id"])
    for action in ("retry", "cancel"):
        assert desk.post(f"/v1/batches/{sent['id']}/{action}").json()["code"] == "batch_conflict"


@pytest.mark.parametrize("media_type", ["application/x-ndjson", "application/json"])
@pytest.mark.parametrize(
    ("headers", "charset"),
    [({"Content-Encoding": "gzip"}, ""), ({}, "; charset=latin-1")],
    ids=["compressed", "not in UTF-8"],
)
def test_an_upload_that_is_not_plain_text_in_utf_8_is_no_batch(
    desk: TestClient, media_type: str, headers: dict[str, str], charset: str
) -> None:
    headers = {**headers, "Content-Type": media_type + charset}
    refused = desk.post("/v1/batches", content=gzip.compress(b'{"custom_id": "a", "text": "b"}'), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (415, "media_type_unsupported")
    assert "without a Content-Encoding" in refused.json()["detail"]


def test_a_retry_asks_the_failed_items_alone(desk: TestClient) -> None:
    sent = submit(desk, {"custom_id": "a", **ASK}, {"custom_id": "b", **ASK, "axis": "none"})
    wait_until_ended(desk, sent["id"])
    before = read_results(desk, sent["id"])[0]["result"]["id"]
    assert desk.post(f"/v1/batches/{sent['id']}/retry").status_code == 202
    assert wait_until_ended(desk, sent["id"])["state"] == "partial"
    assert read_results(desk, sent["id"])[0]["result"]["id"] == before


def test_pages_of_the_list_hold_each_batch_once(desk: TestClient) -> None:
    sent = {submit(desk, {"custom_id": "a", **ASK})["id"] for _ in range(5)}
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(100):
        page = desk.get("/v1/batches", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [batch["id"] for batch in page["batches"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sent <= set(seen)
    assert len(seen) == len(set(seen))


def test_where_batches_are_off_it_is_said(api: TestClient) -> None:
    response = api.get("/v1/batches")
    assert (response.status_code, response.json()["code"]) == (501, "batches_unavailable")
