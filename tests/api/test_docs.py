from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from tests.support.api import PROBLEM

if TYPE_CHECKING:
    from starlette.testclient import TestClient


class _Links(HTMLParser):
    """What a page loads, and scripts and handlers that stand in it."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self._in_script = tag == "script"
        self.inline += [name for name in named if name.startswith("on")]
        where = named.get("src") or (named.get("href") if tag == "link" else None)
        if where:
            self.loaded.append(where)

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.inline.append(data)


def test_the_page_loads_from_this_service_alone_and_runs_nothing_inline(api: TestClient) -> None:
    page = api.get("/docs")
    links = _Links()
    links.feed(page.text)

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert links.inline == []
    for where in links.loaded:
        if not where.startswith("data:"):
            assert not re.match(r"[a-z]+:|//", where)
            assert api.get(f"/{where}").status_code == 200


def test_the_policy_lets_nothing_else_in(api: TestClient) -> None:
    policy = dict(part.strip().split(" ", 1) for part in api.get("/docs").headers["content-security-policy"].split(";"))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert {policy[name] for name in ("base-uri", "form-action", "frame-ancestors")} == {"'none'"}


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("swagger-ui.css", "text/css; charset=utf-8"), ("swagger-ui-bundle.js", "text/javascript; charset=utf-8")],
)
@pytest.mark.parametrize("range_", [None, "bytes=0-1", "bytes=5-1", "bytes=99999999-", "pages=1"])
def test_the_files_of_the_page_are_whole(name: str, media_type: str, range_: str | None, api: TestClient) -> None:
    headers = {} if range_ is None else {"Range": range_}

    response = api.get(f"/docs/assets/{name}", headers=headers)

    assert (response.status_code, response.headers["content-type"]) == (200, media_type)
    assert len(response.content) > 100_000
    assert b"http://fonts" not in response.content


@pytest.mark.parametrize(
    "name", ["LICENSE", "..%2f..%2fproblems.py", "%00", "a" * 5_000, "swagger-ui.css%2f", "%2e%2e", "", "con", "\ufeff"]
)
def test_no_other_file_is_served(name: str, api: TestClient) -> None:
    response = api.get(f"/docs/assets/{name}")

    assert response.status_code == 404
    assert response.headers["content-type"] == PROBLEM


def test_the_script_asks_for_the_document_beside_it(api: TestClient) -> None:
    script = api.get("/docs/start.js")

    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert '"openapi.json"' in script.text
    assert api.get("/openapi.json").json()["openapi"].startswith("3.1")


def test_a_page_about_a_problem_says_whether_to_try_again(api: TestClient) -> None:
    busy, empty = (api.get(f"/problems/{code}").text for code in ("engine_timed_out", "text_refused"))

    assert "engine_timed_out (HTTP 504)" in busy
    assert "may succeed when sent again" in busy
    assert "will not succeed when sent again unchanged" in empty


@pytest.mark.parametrize("code", ["nothing", "..%2f..%2fasgi", "%00", "<b>", "a" * 2_000, "TEXT_REFUSED"])
def test_a_problem_that_there_is_not_has_no_page(code: str, api: TestClient) -> None:
    response = api.get(f"/problems/{code}")

    assert (response.status_code, response.headers["content-type"]) == (404, PROBLEM)
    assert "<b>" not in response.text
    assert len(response.content) < 1_000
