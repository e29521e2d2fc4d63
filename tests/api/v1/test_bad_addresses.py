"""Addresses that nobody should send, and sites that misbehave: each a problem that says what to do."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from subtext.asgi import create_app
from subtext.http.state import get_app_state
from subtext.intake.limits import ExtractLimits, FetchLimits, IntakeLimits
from subtext.intake.loader import ArticleLoader
from tests.support.api import settings
from tests.support.intake import ARTICLE, FakeResolver, FixedResolver, RecordingNetwork, http_response, redirect
from tests.support.patience import GIVE_UP_S
from tests.support.problems import require_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLIC = "93.184.216.34"
SITE = "https://news.example/story"
CANARY = "zyzzyva-canary-71"


@dataclass
class World:
    """The service in a world of our own: what names mean, and what sites answer."""

    api: TestClient
    limits: IntakeLimits

    def post(self, url: str, network: RecordingNetwork, resolver: Any = None) -> Any:
        services = get_app_state(self.api.app).require_services()  # type: ignore[arg-type]
        analyses = services.analyses
        reader = ArticleLoader(self.limits, resolver=resolver or FixedResolver(PUBLIC), network=network)
        services.analyses = replace(analyses, loader=reader)
        try:
            return self.api.post("/v1/analyses", json={"url": url, "engine": "local"})
        finally:
            services.analyses = analyses
            self.api.portal.call(reader.__aexit__, None, None, None)  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    extract = ExtractLimits(deadline_s=GIVE_UP_S, workers=1, max_html_bytes=300_000)
    with TestClient(create_app(settings())) as api:
        yield World(api, IntakeLimits(fetch=FetchLimits(deadline_s=GIVE_UP_S, max_bytes=1_000_000), extract=extract))


@dataclass(frozen=True)
class Address:
    id: str
    url: str
    answers: tuple[str, ...] = (PUBLIC,)


ADDRESSES = (
    *(Address(f"41-scheme-{scheme.partition(':')[0]}", f"{scheme}{CANARY}") for scheme in (
        "file:///etc/", "gopher://a.example/", "ftp://a.example/", "data:text/html,", "javascript:", "jar:http://a.example!/"
    )),
    *(Address(f"41-number-{host}", f"http://{host}/{CANARY}", ("127.0.0.1",)) for host in (
        "127.1", "0x7f000001", "2130706433", "017700000001", "0", "１２７.0.0.1", "localhost", "localhost."
    )),
    Address("41-user", f"https://{CANARY}:secret@news.example/"),
    Address("41-port", f"https://news.example:22/{CANARY}"),
    Address("41-tab", f"https://news\t.example/{CANARY}"),
    Address("41-newline", f"https://news.example/\r\nX: {CANARY}"),
    Address("41-backslash", f"https:\\\\news.example\\{CANARY}"),
    Address("41-nul", f"https://127.0.0.1\0.example/{CANARY}"),
    Address("41-no-host", f"https:///{CANARY}"),
    Address("41-mapped", f"http://[::ffff:127.0.0.1]/{CANARY}", ("::ffff:127.0.0.1",)),
    Address("43-mixed", SITE, (PUBLIC, "127.0.0.1")),
    Address("43-nat64", SITE, ("64:ff9b::7f00:1",)),
    Address("43-6to4", SITE, ("2002:7f00:1::",)),
    Address("43-shared", SITE, ("100.64.0.1",)),
    Address("50-metadata", "http://169.254.169.254/latest/meta-data/", ("169.254.169.254",)),
    Address("50-metadata-alibaba", "http://100.100.100.200/", ("100.100.100.200",)),
    Address("50-metadata-v6", "http://[fd00:ec2::254]/", ("fd00:ec2::254",)),
    Address("50-metadata-name", "http://metadata.google.internal/", ("169.254.169.254",)),
    Address("50-ourselves", "http://127.0.0.1:8000/v1/axes", ("127.0.0.1",)),
)  # fmt: skip


@pytest.mark.parametrize("case", ADDRESSES, ids=lambda case: case.id)
def test_an_address_that_is_never_fetched(world: World, case: Address) -> None:
    network = RecordingNetwork([http_response()])

    async def resolver(host: str, port: int) -> tuple[str, ...]:
        return case.answers

    reply = world.post(case.url, network, resolver)
    problem = require_problem(reply, 422, "url_refused")
    assert problem["retryable"] is False
    assert CANARY not in reply.text
    assert network.connects == []


def test_an_address_may_have_two_thousand_characters(world: World) -> None:
    reply = world.post(f"{SITE}?{'a' * 2_048}", RecordingNetwork([http_response()]))
    require_problem(reply, 422, "request_invalid")


@dataclass(frozen=True)
class Site:
    id: str
    replies: tuple[bytes, ...]
    status: int
    code: str
    retryable: bool = False


WALL = (
    "<html><head><title>We value your privacy</title></head><body><h1>We value your privacy</h1><p>We use cookies and "
    "similar data. Accept all or manage your preferences; see our cookie policy and the list of partners.</p></body>"
)
LOST = "<html><head><title>Page not found</title></head><body><h1>404</h1><p>Page not found.</p></body></html>"
GZIP = "Content-Encoding: gzip"
SITES = (
    Site("42-loop", (redirect(SITE),) * 30, 422, "url_refused"),
    Site("42-down-to-http", (redirect("http://news.example/"), http_response()), 422, "url_refused"),
    Site("42-to-private", (redirect("https://10.0.0.1/"), http_response()), 422, "url_refused"),
    Site("42-to-file", (redirect("file:///etc/passwd"),), 422, "url_refused"),
    Site("44-no-http", (b"SSH-2.0-OpenSSH\r\n",), 502, "fetch_failed", retryable=True),
    Site("44-nothing", (b"",), 502, "fetch_failed", retryable=True),
    Site("45-bomb", (http_response(gzip.compress(b"a" * 20_000_000), GZIP),), 413, "page_too_large"),
    Site("45-no-gzip", (http_response(b"plain", GZIP),), 502, "fetch_failed", retryable=True),
    Site("46-pdf", (http_response(b"%PDF-1.7", "Content-Type: application/pdf"),), 415, "content_unsupported"),
    Site("46-image", (http_response(b"\x89PNG", "Content-Type: image/png"),), 415, "content_unsupported"),
    Site("46-bytes", (http_response(b"\0", "Content-Type: application/octet-stream"),), 415, "content_unsupported"),
    Site("46-pdf-that-lies", (http_response(b"%PDF-1.7\n"),), 415, "content_unsupported"),
    Site("48-large", (http_response("<p>a</p>" * 60_000),), 413, "page_too_large"),
    Site("48-scripts-alone", (http_response("<html><script>let a = 1;</script></html>"),), 422, "not_an_article"),
    Site("49-cookie-wall", (http_response(WALL),), 422, "not_an_article"),
    Site("49-lost-with-200", (http_response(LOST),), 422, "not_an_article"),
    Site("51-401", (http_response("", status="401 Unauthorized"),), 422, "page_unavailable"),
    Site("51-403", (http_response("", status="403 Forbidden"),), 422, "page_unavailable"),
    Site("51-404", (http_response("", status="404 Not Found"),), 422, "page_unavailable"),
    Site("51-429", (http_response("", status="429 Too Many Requests"),), 502, "fetch_failed", retryable=True),
    Site("51-503", (http_response("", status="503 Unavailable"),), 502, "fetch_failed", retryable=True),
)


@pytest.mark.parametrize("case", SITES, ids=lambda case: case.id)
def test_a_site_that_gives_no_article(world: World, case: Site) -> None:
    network = RecordingNetwork(list(case.replies))
    problem = require_problem(world.post(SITE, network), case.status, case.code)
    assert problem["retryable"] is case.retryable
    assert {host for host, _ in network.connects} <= {PUBLIC}


def test_a_wait_that_a_site_asks_for_is_passed_on(world: World) -> None:
    reply = world.post(SITE, RecordingNetwork([http_response("", "Retry-After: 7", status="503 Unavailable")]))
    assert reply.headers["retry-after"] == "7"


def test_a_name_that_nobody_knows(world: World) -> None:
    network = RecordingNetwork([http_response()])
    require_problem(world.post(SITE, network, FakeResolver({})), 422, "url_refused")
    assert network.connects == []


def test_a_page_with_an_article_is_read_and_its_cookies_are_not_kept(world: World) -> None:
    network = RecordingNetwork(
        [
            http_response(ARTICLE, "Set-Cookie: id=1", "Refresh: 0; url=http://10.0.0.1/", f"X: {'a' * 50_000}"),
            http_response(ARTICLE),
        ]
    )
    first, second = world.post(SITE, network), world.post(SITE, network)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["document"]["source"]["final_url"] == SITE
    assert all(b"ookie" not in stream.sent for stream in network.streams)
