"""The whole service under foreign names, from pages of other sites, behind proxies, and with ambiguous headers."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from subtext.settings import BatchSettings, StoreSettings
from tests.support.api import ASK, PROBLEM, TEXT, client, serve, settings
from tests.support.api_keys import build_key_settings, create_key
from tests.support.owners import MINE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from tests.support.api import RawHttpClient

PAGE = {"Accept": "text/html,*/*"}
# Every kind of address that the service has: API, pages, documentation, probes.
CALLS = [
    ("GET", "/v1/analyses"),
    ("POST", "/v1/analyses"),
    ("DELETE", "/v1/analyses/01890000-0000-7000-8000-000000000000"),
    ("GET", "/v1/engines"),
    ("GET", "/"),
    ("GET", "/history"),
    ("POST", "/analyses"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/static/subtext.css"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/healthz"),
    ("GET", "/version"),
    ("OPTIONS", "/v1/analyses"),
    ("GET", "/nowhere"),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, _nothing_set: None) -> Iterator[TestClient]:
    store = StoreSettings(database_url=f"sqlite:///{tmp_path_factory.mktemp('open') / 'kept.db'}")
    with client(create_app(settings(store=store))) as service:
        yield service


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_an_open_service_answers_no_foreign_name(service: TestClient, method: str, path: str) -> None:
    response = service.request(method, path, headers={"Host": "evil.example"})
    assert (response.status_code, response.headers["content-type"]) == (421, PROBLEM)
    assert response.json()["code"] == "host_refused"
    assert "SUBTEXT_ALLOWED_HOSTS" in response.json()["detail"]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_an_open_service_answers_no_page_of_another_site(service: TestClient, method: str, path: str) -> None:
    response = service.request(method, path, headers={"Origin": "https://evil.example"})
    assert (response.status_code, response.json()["code"]) == (403, "origin_refused")


def test_an_open_service_takes_no_webhook_of_a_foreign_name(tmp_path: Path) -> None:
    pytest.importorskip("dbos", reason="the extra `batch` is not installed")
    store = StoreSettings(database_url=f"sqlite:///{tmp_path / 'kept.db'}")
    webhook = {"url": "https://hooks.example.org/"}
    with client(create_app(settings(store=store, batches=BatchSettings(enabled=True, work=False)))) as service:
        refused = service.post("/v1/webhooks", json=webhook, headers={"Host": "evil.example"})
        assert refused.status_code == 421
        assert service.get("/v1/webhooks").json()["webhooks"] == []


def test_a_browser_is_shown_a_page(service: TestClient) -> None:
    response = service.get("/history", headers={"Host": "evil.example", **PAGE})
    assert (response.status_code, response.headers["content-type"]) == (421, "text/html; charset=utf-8")
    assert "SUBTEXT_PUBLIC_URL" in response.text
    assert "evil.example" not in response.text


def test_a_valid_key_in_a_header_is_no_page_and_a_bad_one_proves_nothing(tmp_path: Path) -> None:
    optional = build_key_settings(tmp_path, auth="auto")
    mine = create_key(optional, MINE)
    foreign = {"Host": "evil.example", "Origin": "https://evil.example"}
    with client(create_app(optional)) as service:
        assert service.post("/v1/analyses", json=ASK, headers={**mine, **foreign}).status_code == 200
        assert service.get("/v1/engines", headers=foreign).status_code == 421
        bad = {"Authorization": mine["Authorization"][:-1] + "_"}
        assert service.get("/v1/engines", headers={**bad, **foreign}).status_code == 401


def test_a_service_with_keys_answers_every_name_until_its_names_are_set(tmp_path: Path) -> None:
    found = build_key_settings(tmp_path)
    create_key(found, MINE)
    with client(create_app(found)) as service:
        assert service.get("/sign-in", headers={"Host": "any.example"}).status_code == 200
    named = found.model_copy(update={"allowed_hosts": ("subtext.example",)})
    with client(create_app(named)) as service:
        assert service.get("/sign-in", headers={"Host": "any.example"}).status_code == 421
        assert service.get("/sign-in", headers={"Host": "subtext.example"}).status_code == 200


@pytest.mark.parametrize("host", ["subtext.example.org", "127.0.0.1:8000"])
def test_behind_a_proxy_pages_work_by_the_public_url_alone(host: str) -> None:
    """Whether the proxy hands the Host on or not."""
    app = create_app(settings(public_url="https://subtext.example.org"))
    browser = {"Host": host, "Origin": "https://subtext.example.org", "Sec-Fetch-Site": "same-origin"}
    with client(app) as service:
        form = {"article": TEXT, "engine": "local"}
        answer = service.post("/analyses", data=form, headers=browser, follow_redirects=False)
        assert answer.status_code == 303
        assert service.get(answer.headers["location"], headers={"Host": host}).status_code == 200


def test_a_trusted_proxy_may_serve_pages_below_a_prefix() -> None:
    forwarded = {
        "Host": "127.0.0.1:8000",
        "X-Forwarded-Host": "example.org",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/subtext",
        "Origin": "https://example.org",
    }
    proxied = settings(trusted_proxies=("127.0.0.1/32",), allowed_hosts=("example.org",))
    with serve(create_app(proxied)) as raw, client(create_app(proxied)) as direct:
        head = "".join(f"{name}: {value}\r\n" for name, value in forwarded.items())
        start = raw.ask(f"GET / HTTP/1.1\r\n{head}\r\n".encode()).body.decode()
        links = set(re.findall(r'(?:href|action|src|data-copy)="(/[^"]*)"', start))
        assert {"/subtext/", "/subtext/history", "/subtext/analyses"} <= links
        assert all(link.startswith("/subtext/") for link in links)
        body = "sample=mixed&engine=local"
        form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        # A proxy may hand the prefix on with the path.
        sent = raw.ask(f"POST /subtext/analyses HTTP/1.1\r\n{head}{form}\r\n{body}".encode())
        assert sent.status == 303
        assert sent.headers["location"].startswith("/subtext/analyses/")
        document = json.loads(raw.ask(f"GET /openapi.json HTTP/1.1\r\n{head}\r\n".encode()).body)
        assert document["servers"] == [{"url": "/subtext"}]
        untrusted = direct.get("/", headers={**forwarded, "Host": "127.0.0.1"})
        assert untrusted.status_code == 403
        assert "/subtext/" not in untrusted.text


def test_failures_count_for_the_client_that_a_trusted_proxy_names(tmp_path: Path) -> None:
    found = build_key_settings(tmp_path, failures_per_minute=2)
    create_key(found, MINE)

    def tried(raw: RawHttpClient, address: str) -> int:
        request = f"GET /v1/engines HTTP/1.1\r\nHost: x\r\nX-API-Key: no\r\nX-Forwarded-For: {address}\r\n\r\n"
        return raw.ask(request.encode()).status

    with serve(create_app(found.model_copy(update={"trusted_proxies": ("127.0.0.0/8",)}))) as raw:
        assert [tried(raw, "203.0.113.1") for _ in range(3)] == [401, 401, 429]
        assert tried(raw, "203.0.113.2") == 401
    with serve(create_app(found)) as raw:
        assert [tried(raw, f"203.0.113.{n}") for n in range(3)] == [401, 401, 429]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ("Host: 127.0.0.1\r\nHost: evil.example\r\n", 400, "request_malformed"),
        ("Host: 127.0.0.1\r\nHost: 127.0.0.1\r\n", 400, "request_malformed"),
        ("Host: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nOrigin: https://evil.example\r\n", 400, "request_malformed"),
        ("Host: 127.0.0.1\r\nX-API-Key: a\r\nX-API-Key: b\r\n", 400, "request_malformed"),
        ("Host: 127.0.0.1\r\n" + "".join(f"a{n}:\r\n" for n in range(5_000)), 431, "head_too_large"),
        ("Host: 127.0.0.1\r\n" + "a:\r\n" * 5_000, 431, "head_too_large"),
    ],
    ids=["two hosts", "one host twice", "two origins", "two keys", "5,000 headers", "one header 5,000 times"],
)
def test_ambiguous_and_endless_headers_are_refused(headers: str, status: int, code: str) -> None:
    with serve(create_app(settings())) as raw:
        response = raw.ask(f"GET /v1/engines HTTP/1.1\r\n{headers}\r\n".encode())
    assert (response.status, response.problem["code"]) == (status, code)


def test_what_a_browser_sends_is_not_too_much(service: TestClient) -> None:
    headers = {f"X-Header-{number}": "x" for number in range(80)}
    assert service.get("/v1/engines", headers=headers).status_code == 200


def test_no_page_has_a_link_that_a_prefix_would_break() -> None:
    links = re.compile(r'\b(?:href|action|src|data-copy)="/')
    templates = list(files("subtext.web").joinpath("templates").iterdir())
    assert len(templates) > 5
    assert [path.name for path in templates if links.search(path.read_text(encoding="utf-8"))] == []
