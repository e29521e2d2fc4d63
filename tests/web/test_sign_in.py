"""Pages of a service that asks for keys: signing in, what is whose, and feedback; and what is left after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from subtext.settings import StoreSettings
from tests.support.api import TEXT, client, settings
from tests.support.api_keys import build_key_settings, create_key
from tests.support.owners import MINE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from subtext.settings import Settings


@pytest.fixture
def found(tmp_path: Path) -> Settings:
    return build_key_settings(tmp_path, failures_per_minute=3)


@pytest.fixture
def key(found: Settings) -> str:
    return create_key(found, MINE)["Authorization"].partition(" ")[2]


@pytest.fixture
def pages(found: Settings, key: str) -> Iterator[TestClient]:
    with client(create_app(found)) as service:
        yield service


def sign_in(pages: TestClient, key: str, going: str = "/history") -> None:
    answer = pages.post("/sign-in", data={"key": key, "next": going}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, going)


@pytest.mark.parametrize("path", ["/", "/history", "/compare"])
def test_whoever_has_no_key_is_led_to_where_it_is_asked_for(pages: TestClient, path: str) -> None:
    answer = pages.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")
    assert "needs a key" in pages.get(answer.headers["location"]).text


def test_a_key_opens_the_pages_until_signing_out(pages: TestClient, key: str) -> None:
    sign_in(pages, key)
    (cookie,) = pages.cookies.jar
    assert (cookie.name, cookie.secure, cookie.path) == ("subtext_session", False, "/")
    assert (cookie.has_nonstandard_attr("HttpOnly"), cookie.get_nonstandard_attr("SameSite")) == (True, "lax")
    assert key not in (cookie.value or "")
    assert pages.get("/history").status_code == 200
    assert "signed in as" in pages.get("/sign-in").text
    pages.post("/sign-out")
    assert not pages.cookies
    assert pages.get("/history", follow_redirects=False).status_code == 303


def test_a_key_that_opens_nothing_is_told_in_words_for_a_form(pages: TestClient) -> None:
    answer = pages.post("/sign-in", data={"key": "subtext_none", "next": "/"})

    assert answer.status_code == 401
    assert "there is no such key, or it is revoked or expired: check it" in answer.text
    assert "Authorization" not in answer.text


@pytest.mark.parametrize("path", ["/", "/compare", "/history"])
def test_every_page_leads_who_is_signed_in_to_where_they_sign_out(pages: TestClient, key: str, path: str) -> None:
    link = '<a href="/sign-in">Sign out</a>'
    assert link not in pages.get(path, headers={"Authorization": f"Bearer {key}"}).text
    sign_in(pages, key)
    assert link in pages.get(path).text


def test_a_session_is_over_for_every_copy_of_its_cookie(pages: TestClient, key: str) -> None:
    sign_in(pages, key)
    copy = {"Cookie": f"subtext_session={pages.cookies['subtext_session']}"}
    pages.cookies.clear()
    assert pages.get("/history", headers=copy).status_code == 200
    pages.post("/sign-out", headers=copy)
    assert pages.get("/history", headers=copy, follow_redirects=False).status_code == 303


def test_signing_in_again_ends_the_session_before(pages: TestClient, key: str) -> None:
    sign_in(pages, key)
    first = pages.cookies["subtext_session"]
    sign_in(pages, key)
    assert pages.cookies["subtext_session"] != first
    pages.cookies.clear()
    answer = pages.get("/history", headers={"Cookie": f"subtext_session={first}"}, follow_redirects=False)
    assert answer.status_code == 303


@pytest.mark.parametrize("path", ["/history", "/sign-in", "/docs", "/v1/engines"])
def test_a_cookie_that_holds_a_key_opens_nothing_and_is_cleared(pages: TestClient, key: str, path: str) -> None:
    answer = pages.get(path, headers={"Cookie": f"a=b; subtext_key={key}"}, follow_redirects=False)
    assert "signed in as" not in answer.text
    assert answer.status_code == {"/history": 303, "/v1/engines": 401}.get(path, 200)
    assert answer.headers["set-cookie"].startswith("subtext_key=; Max-Age=0; Path=/;")


def test_behind_tls_the_cookie_is_bound_to_it(found: Settings, key: str) -> None:
    secure = found.model_copy(update={"public_url": "https://subtext.example"})
    with client(create_app(secure)) as service:
        answer = service.post("/sign-in", data={"key": key, "next": "/"}, follow_redirects=False)
        name, _, attributes = answer.headers["set-cookie"].partition("=")
        assert name == "__Host-subtext_session"
        assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(attributes.split("; "))
        token = attributes.partition(";")[0]
        cookies = {"Cookie": f"__Host-subtext_session={token}"}
        assert service.get("/history", headers=cookies).status_code == 200
        # A cookie that another host below the same domain could have set is not read.
        unbound = service.get("/history", headers={"Cookie": f"subtext_session={token}"}, follow_redirects=False)
        assert unbound.status_code == 303
        cleared = service.post("/sign-out", headers=cookies, follow_redirects=False).headers["set-cookie"]
        assert "__Host-subtext_session=" in cleared
        assert "Max-Age=0" in cleared


def test_a_session_does_not_open_forms_to_other_sites(pages: TestClient, key: str) -> None:
    sign_in(pages, key)
    form = {"article": TEXT, "engine": "local"}
    answer = pages.post("/analyses", data=form, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")


def test_the_cookie_opens_no_api(pages: TestClient, key: str) -> None:
    sign_in(pages, key)
    assert pages.get("/v1/analyses").status_code == 401


def test_bad_keys_are_told_and_stopped_after_a_few(pages: TestClient) -> None:
    answers = [pages.post("/sign-in", data={"key": "no", "next": "/"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert "there is no such key" in answers[0].text
    assert not pages.cookies


@pytest.mark.parametrize("going", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1", ""])
def test_signing_in_leads_nowhere_else(pages: TestClient, key: str, going: str) -> None:
    answer = pages.post("/sign-in", data={"key": key, "next": going}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_form_of_another_site_signs_nobody_in(pages: TestClient, key: str) -> None:
    answer = pages.post("/sign-in", data={"key": key, "next": "/"}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert not pages.cookies


def test_what_one_has_read_is_not_anothers(pages: TestClient, key: str, found: Settings) -> None:
    sign_in(pages, key)
    place = pages.post("/analyses", data={"article": TEXT, "engine": "local"}, follow_redirects=False).headers[
        "location"
    ]
    assert pages.get(place).status_code == 200
    assert place in pages.get("/history").text
    pages.post("/sign-out")
    pages.cookies.clear()
    assert pages.get(place, follow_redirects=False).status_code == 303


def test_a_service_without_keys_asks_for_none(tmp_path: Path) -> None:
    with client(create_app(settings())) as service:
        assert "needs no key" in service.get("/sign-in").text
        answer = service.post("/sign-in", data={"key": "x", "next": "/"}, follow_redirects=False)
        assert (answer.status_code, answer.headers.get("set-cookie")) == (303, None)


def test_after_a_restart_pages_show_what_was_kept(tmp_path: Path) -> None:
    store = StoreSettings(database_url=f"sqlite:///{tmp_path / 'kept.db'}")
    with client(create_app(settings(store=store))) as service:
        answer = service.post("/analyses", data={"article": TEXT, "engine": "local"}, follow_redirects=False)
        place = answer.headers["location"]
        assert "shuttered depot" in service.get(place).text
    with client(create_app(settings(store=store))) as service:
        kept = service.get(place).text
        assert "The text was not stored" in kept
        assert "cap in hand" in kept
        assert place in service.get("/history").text
        assert service.get(f"{place}.json").json()["id"] == place.rpartition("/")[2]


def test_feedback_on_a_page_is_kept(tmp_path: Path) -> None:
    store = StoreSettings(database_url=f"sqlite:///{tmp_path / 'kept.db'}")
    with client(create_app(settings(store=store))) as service:
        answer = service.post("/analyses", data={"article": TEXT, "engine": "local"}, follow_redirects=False)
        place = answer.headers["location"]
        for fields in (
            {"verdict": "wrong", "label": "mixed", "comment": "Both."},
            {"verdict": "right", "label": "mixed"},
        ):
            said = service.post(f"{place}/feedback", data=fields, follow_redirects=False)
            assert (said.status_code, said.headers["location"]) == (303, f"{place}?said=1#said")
        assert "Thank you" in service.get(f"{place}?said=1").text
        assert service.post(f"{place}/feedback", data={"verdict": "maybe"}).status_code == 422


def test_where_nothing_is_kept_no_feedback_is_asked_for() -> None:
    with client(create_app(settings())) as service:
        answer = service.post("/analyses", data={"article": TEXT, "engine": "local"})
        assert "Is this right?" not in answer.text
