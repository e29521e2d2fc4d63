from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from subtext.settings import StoreSettings
from subtext.web.forms import SAMPLES
from subtext.web.responses import HEADERS
from tests.support.api import TEXT, TITLE, client, settings
from tests.support.problems import require_problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response
    from starlette.testclient import TestClient

FORM = {"article": f"{TITLE}\r\n\r\n{TEXT}", "target": "", "engine": "local"}


@pytest.fixture(scope="module")
def web() -> Iterator[TestClient]:
    with client(create_app(settings())) as found:
        found.follow_redirects = False
        yield found


@pytest.fixture(scope="module")
def made(web: TestClient) -> str:
    """The address of an analysis."""
    answer = web.post("/analyses", data=FORM)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_a_form_leads_to_the_page_of_its_analysis(web: TestClient, made: str) -> None:
    answer = web.get(made)

    assert answer.status_code == 200
    assert TITLE in answer.text
    assert "\r" not in web.get(f"{made}.json").json()["document"]["text"]


@pytest.mark.parametrize("path", ["/", "/compare", "/history", "/static/subtext.css", "/analyses/x"])
def test_every_page_has_its_guards(web: TestClient, path: str) -> None:
    headers = web.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    for name, value in HEADERS.items():
        assert name == "Cache-Control" or headers[name] == value


def test_a_mistyped_address_is_a_page_for_browsers_and_a_problem_for_others(web: TestClient) -> None:
    browser = web.get("/histroy", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    others = [web.get("/histroy"), web.get("/v1/histroy", headers={"Accept": "application/json"})]

    assert (browser.status_code, browser.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert browser.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    assert all(f'href="{page}"' in browser.text for page in ("/", "/compare", "/history", "/batches"))
    assert browser.headers["x-request-id"] in browser.text
    for answer in others:
        require_problem(answer, 404, "not_found")


@pytest.mark.parametrize("path", ["/analyses/x", "/analyses/x.json", "/analyses/01a22da5-0000-7d25-85e1-51b72271caa"])
def test_an_address_that_was_cut_off_is_not_found(web: TestClient, path: str) -> None:
    answer = web.get(path)

    assert answer.status_code == 404
    assert "the address is not complete" in answer.text


@pytest.mark.parametrize("stored", [True, False], ids=["stored", "in memory"])
def test_the_page_of_a_deleted_analysis_leads_to_the_history(tmp_path: Path, stored: bool) -> None:
    store = StoreSettings(enabled=stored, database_url=f"sqlite:///{tmp_path / 'subtext.db'}")
    with client(create_app(settings(store=store))) as service:
        location = service.post("/analyses", data=FORM, follow_redirects=False).headers["location"]
        service.delete(f"/v1{location}")
        unknown = service.get("/analyses/01a22da5-0000-7d25-85e1-51b72271caaa")
        deleted = service.get(location) if stored else unknown

    for answer in (unknown, deleted):
        assert answer.status_code == 404
        assert "GET /v1" not in answer.text
        assert 'or <a href="/history">' in answer.text


def test_no_page_has_inline_script_or_style(web: TestClient, made: str) -> None:
    for path in ("/", made, "/compare", "/history"):
        page = web.get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert page.count("<script") == page.count('<script type="module" src="/static/') == 1


def test_pages_are_not_part_of_the_described_api(web: TestClient) -> None:
    assert all(
        path.startswith(("/v1", "/healthz", "/readyz", "/version")) for path in web.get("/openapi.json").json()["paths"]
    )


@dataclass(frozen=True)
class Wrong:
    id: str
    fields: dict[str, str]
    status: int
    said: str


@pytest.mark.parametrize(
    "case",
    [
        Wrong("nothing", {"article": "  "}, 422, "nothing to read"),
        Wrong("no such engine", {"article": TEXT, "engine": "oracle"}, 422, "engine: "),
        Wrong("no model", {"article": TEXT, "engine": "llm"}, 422, "is configured under this name"),
        Wrong("private address", {"article": "http://10.0.0.1/a"}, 422, "10.0.0.1"),
        Wrong("no such sample", {"sample": "../../etc/passwd"}, 422, "no such sample"),
        Wrong("long target", {"article": TEXT, "target": "x" * 201}, 422, "target: "),
    ],
    ids=lambda case: case.id,
)
def test_a_failure_says_what_to_do_and_keeps_what_was_typed(web: TestClient, case: Wrong) -> None:
    answer = web.post("/analyses", data=case.fields, headers={"X-Request-ID": "req-abc"})
    events = web.post("/analyses", data=case.fields, headers={"Accept": "text/event-stream"})

    assert answer.status_code == case.status
    assert "req-abc" in answer.text
    assert case.fields.get("article", "") in answer.text
    assert "event: error" in events.text
    problem = json.loads(events.text.partition("event: error\ndata: ")[2].partition("\n")[0])
    if case.id != "private address":
        assert case.said in problem["detail"]


def test_progress_comes_as_events_and_ends_with_the_page(web: TestClient) -> None:
    answer = web.post("/analyses", data=FORM, headers={"Accept": "text/event-stream"})

    names = [line[7:] for line in answer.text.splitlines() if line.startswith("event: ")]
    assert names == ["status", "partial", "status", "result", "done"]
    result = json.loads(answer.text.partition("event: result\ndata: ")[2].partition("\n")[0])
    assert web.get(result["location"]).text == result["html"]


@pytest.mark.parametrize("kind", ["json", "md", "csv"])
def test_an_analysis_can_be_taken_along(web: TestClient, made: str, kind: str) -> None:
    answer = web.get(f"{made}.{kind}")

    assert answer.headers["content-disposition"].startswith("attachment")
    assert "lifeline" in answer.text


def _unknown(web: TestClient, made: str) -> list[Response]:
    other = "/analyses/00000000-0000-7000-8000-000000000000"
    return [web.get(path) for path in (other, f"{other}.json", f"{made}.exe", "/static/x", f"/compare?a={other[10:]}")]


def test_what_is_not_there_is_a_page_that_says_so(web: TestClient, made: str) -> None:
    for answer in _unknown(web, made):
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "req-" in answer.text


@pytest.mark.parametrize("path", ["/analyses", "/compare"])
def test_a_form_of_another_site_does_nothing(web: TestClient, path: str) -> None:
    answer = web.post(path, data=FORM, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403
    assert "another site" in answer.text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"article=\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"&".join([b"a=1"] * 65), "application/x-www-form-urlencoded", 400),
    ],
    ids=["json", "not UTF-8", "too many fields"],
)
def test_a_body_that_is_no_form_is_a_page_that_says_so(web: TestClient, body: bytes, kind: str, status: int) -> None:
    for path in ("/analyses", "/compare"):
        answer = web.post(path, content=body, headers={"Content-Type": kind})

        assert answer.status_code == status
        assert "req-" in answer.text


def test_a_comparison_takes_addresses_texts_and_analyses(web: TestClient, made: str) -> None:
    fields = {"addresses": f"http://127.0.0.1{made}\n", "text": ["Orlan Freight dictates the terms. All gave in.", " "]}

    answer = web.post("/compare", data={**fields, "engine": "local"})

    assert answer.status_code == 303
    assert web.get(answer.headers["location"]).text.count('<text class="name"') == 2


def test_what_could_not_be_read_is_named_beside_what_could(web: TestClient, made: str) -> None:
    fields = {"addresses": f"{made}\nhttp://10.0.0.1/a", "text": ["Orlan Freight begs. It has no choice."]}

    answer = web.post("/compare", data={**fields, "engine": "local"}, headers={"X-Request-ID": "req-abc"})

    assert answer.status_code == 200
    assert "could not be compared" in answer.text
    assert "req-abc" in answer.text
    assert answer.text.count('<text class="name"') == 2


@pytest.mark.parametrize(
    "fields", [{"addresses": ""}, {"addresses": "nothing that is known"}, {"analysis": "x"}], ids=str
)
def test_a_comparison_of_too_little_says_so(web: TestClient, fields: dict[str, str]) -> None:
    assert web.post("/compare", data=fields).status_code in {404, 422}


def test_history_lists_what_fits_its_filters(web: TestClient, made: str) -> None:
    assert made in web.get("/history?outlet=PASTED&label=desperation&engine=local&target=orlan").text
    assert made not in web.get("/history?engine=llm").text
    assert "show all" in web.get("/history?outlet=nobody").text


def test_a_line_of_the_history_names_both_poles(web: TestClient) -> None:
    for number in range(3):
        web.post("/analyses", data={**FORM, "article": f"{TITLE}\r\n\r\n{TEXT} It is plea number {number}."})

    page = web.get("/history?target=orlan").text

    assert "▲ domination +1" in page
    assert "▼ desperation −1" in page


@pytest.mark.parametrize("name", [name for name, _, _ in SAMPLES])
def test_a_sample_is_judged_as_it_is_announced(web: TestClient, name: str) -> None:
    location = web.post("/analyses", data={"sample": name}).headers["location"]

    framing = web.get(f"{location}.json").json()["framing"]
    assert (framing["label"], framing["label_source"]) == (name, "engine")
