"""The door of a running service: who comes in, what each may do, what is whose, and what is told of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from subtext.asgi import create_app
from subtext.errors import SettingsInvalid
from subtext.settings import BatchSettings, KeySettings, LLMSettings, StoreSettings
from tests.support.api import ASK, PROBLEM, TEXT, client, settings
from tests.support.api_keys import PEPPER, build_key_settings, create_key
from tests.support.batches import NDJSON, ndjson
from tests.support.owners import MINE, THEIRS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response
    from starlette.testclient import TestClient


NOBODYS = "01890000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Guarded:
    service: TestClient
    mine: dict[str, str]
    theirs: dict[str, str]
    reader: dict[str, str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, _nothing_set: None) -> Iterator[Guarded]:
    pytest.importorskip("dbos", reason="the extra `batch` is not installed")
    found = build_key_settings(
        tmp_path_factory.mktemp("keys"), batches=True, requests_per_minute=None, failures_per_minute=1_000
    )
    headers = create_key(found, MINE), create_key(found, THEIRS), create_key(found, MINE, "read")
    with client(create_app(found)) as service:
        yield Guarded(service, *headers)


OPEN = ["/healthz", "/readyz", "/version", "/docs", "/openapi.json", "/problems/key_refused", "/static/subtext.css"]


@pytest.mark.parametrize("path", OPEN)
def test_what_operators_and_readers_need_stays_open(site: Guarded, path: str) -> None:
    assert site.service.get(path).status_code == 200


CALLS = [
    ("POST", "/v1/analyses", "analyse"),
    ("POST", "/v1/summaries", "analyse"),
    ("POST", "/v1/stances", "analyse"),
    ("POST", "/v1/comparisons", "analyse"),
    ("POST", "/v1/verify", "analyse"),
    ("GET", "/v1/analyses", "read"),
    ("GET", f"/v1/analyses/{NOBODYS}", "read"),
    ("DELETE", f"/v1/analyses/{NOBODYS}", "analyse"),
    ("POST", f"/v1/analyses/{NOBODYS}/feedback", "read"),
    ("POST", "/v1/batches", "batch"),
    ("GET", "/v1/batches", "batch"),
    ("GET", "/v1/batches/b", "batch"),
    ("GET", "/v1/batches/b/results", "batch"),
    ("POST", "/v1/batches/b/cancel", "batch"),
    ("POST", "/v1/batches/b/retry", "batch"),
    ("POST", "/v1/webhooks", "admin"),
    ("GET", "/v1/webhooks", "batch"),
    ("GET", f"/v1/webhooks/wh_{NOBODYS}", "batch"),
    ("DELETE", f"/v1/webhooks/wh_{NOBODYS}", "admin"),
    ("POST", f"/v1/webhooks/wh_{NOBODYS}/rotate", "admin"),
    ("GET", f"/v1/webhooks/wh_{NOBODYS}/deliveries", "batch"),
    ("POST", f"/v1/webhooks/wh_{NOBODYS}/deliveries/msg_{NOBODYS}/redeliver", "batch"),
    ("GET", "/v1/axes", None),
    ("GET", "/v1/engines", None),
    ("GET", "/v1/prompts", None),
]


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_without_a_good_key_nothing_else_is_answered(site: Guarded, method: str, path: str, scope: str | None) -> None:
    key = site.mine["Authorization"]
    for headers in ({}, {"Authorization": key[:-1] + "_"}, {"Authorization": "Basic abc"}, {"X-API-Key": "sbt_live_x"}):
        response = site.service.request(method, path, headers=headers, json={} if method == "POST" else None)
        assert (response.status_code, response.headers["content-type"]) == (401, PROBLEM)
        assert response.headers["www-authenticate"].startswith("Bearer")
        assert response.json()["code"] == "key_refused"


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_a_key_opens_what_it_was_made_for(site: Guarded, method: str, path: str, scope: str | None) -> None:
    response = site.service.request(method, path, headers=site.reader, json=ASK if method == "POST" else None)
    assert (response.status_code == 403) is (scope not in {"read", None}), response.text
    if response.status_code == 403:
        assert response.json()["code"] == "scope_missing"


def test_a_key_may_come_in_a_header_of_its_own(site: Guarded) -> None:
    key = site.mine["Authorization"].partition(" ")[2]
    assert site.service.get("/v1/engines", headers={"X-API-Key": key}).status_code == 200


def test_nothing_of_an_owner_is_seen_by_another(site: Guarded) -> None:
    mine, theirs, service = site.mine, site.theirs, site.service
    answer = service.post("/v1/analyses", json=ASK, headers=mine).json()
    batch = service.post("/v1/batches", content=ndjson({"text": TEXT}), headers={**mine, **NDJSON}).json()
    for path in (f"/v1/analyses/{answer['id']}", f"/v1/batches/{batch['id']}", f"/v1/batches/{batch['id']}/results"):
        assert service.get(path, headers=mine).status_code == 200
        assert service.get(path, headers=theirs).status_code == 404
    for path in (f"/v1/batches/{batch['id']}/cancel", f"/v1/batches/{batch['id']}/retry"):
        assert service.post(path, headers=theirs).status_code == 404
    assert service.delete(f"/v1/analyses/{answer['id']}", headers=theirs).status_code == 404
    said = service.post(answer["links"]["feedback"], json={"verdict": "right"}, headers=theirs)
    assert said.status_code == 404
    listed = service.get("/v1/analyses", headers=theirs).json()["analyses"]
    assert answer["id"] not in {entry["id"] for entry in listed}
    assert service.get("/v1/batches", headers=theirs).json()["batches"] == []


def test_a_webhook_of_an_owner_is_nothing_to_another(site: Guarded) -> None:
    mine, theirs, service = site.mine, site.theirs, site.service
    webhook = service.post("/v1/webhooks", json={"url": "https://hooks.example.org/"}, headers=mine).json()
    path = f"/v1/webhooks/{webhook['id']}"
    calls = [("GET", ""), ("POST", "/rotate"), ("GET", "/deliveries"), ("DELETE", "")]
    calls += [("POST", f"/deliveries/msg_{NOBODYS}/redeliver")]
    assert {service.request(method, path + below, headers=theirs).status_code for method, below in calls} == {404}
    assert service.get("/v1/webhooks", headers=theirs).json()["webhooks"] == []
    assert service.get(path, headers=mine).json()["old_secret_until"] is None


def test_every_address_of_the_api_is_in_the_matrix(site: Guarded) -> None:
    """A new route that nobody has thought about is found here."""
    document = site.service.get("/openapi.json").json()
    asked = {
        (method, re.sub(r"\{[^}]+\}", "*", path)) for path, methods in document["paths"].items() for method in methods
    }
    ids = re.compile(rf"(?<=/)(wh_|msg_)?{NOBODYS}|(?<=/batches/)b")
    tried = {(method.lower(), ids.sub("*", path)) for method, path, _ in CALLS}
    assert {call for call in asked if call[1].startswith("/v1/")} == tried


def test_an_answer_kept_for_one_is_made_anew_for_another(site: Guarded) -> None:
    ask = {**ASK, "target": "the creditors"}
    ways = [
        site.service.post("/v1/analyses", json=ask, headers=headers).headers["x-cache"]
        for headers in (site.mine, site.mine, site.theirs, site.theirs)
    ]
    assert ways == ["miss", "hit", "miss", "hit"]


def test_a_cursor_of_one_leads_another_nowhere(site: Guarded) -> None:
    for target in ("A", "B", "C"):
        site.service.post("/v1/analyses", json={**ASK, "target": target}, headers=site.mine)
    cursor = site.service.get("/v1/analyses?limit=1", headers=site.mine).json()["next_cursor"]
    found = site.service.get(f"/v1/analyses?cursor={cursor}", headers=site.theirs).json()["analyses"]
    owned = {entry["id"] for entry in site.service.get("/v1/analyses?limit=100", headers=site.mine).json()["analyses"]}
    assert owned.isdisjoint(entry["id"] for entry in found)


def test_a_key_is_in_no_answer_and_no_log(site: Guarded, capfd: pytest.CaptureFixture[str]) -> None:
    key = site.mine["Authorization"].partition(" ")[2]
    answers = [
        site.service.get(f"/v1/analyses?label={key}&cursor={key}", headers=site.mine),
        site.service.post("/v1/analyses", json={"text": "", key: 1}, headers=site.mine),
        site.service.get("/v1/analyses", headers={"Authorization": f"Bearer {key}x"}),
    ]
    told = "".join(answer.text + json.dumps(dict(answer.headers)) for answer in answers)
    assert key.rpartition("_")[2] not in told.replace(f"/{key}", "") + "".join(capfd.readouterr())


def test_on_loopback_nobody_needs_a_key_but_one_that_is_sent_is_checked(tmp_path: Path) -> None:
    found = build_key_settings(tmp_path, auth="auto")
    mine = create_key(found, MINE)
    with client(create_app(found)) as service:
        assert service.get("/v1/engines").status_code == 200
        assert service.get("/v1/engines", headers={"Authorization": "Bearer sbt_live_none"}).status_code == 401
        answer = service.post("/v1/analyses", json=ASK, headers=mine).json()
        assert service.get(answer["links"]["self"]).status_code == 404
        assert service.get(answer["links"]["self"], headers=mine).status_code == 200


def test_limits_are_told_and_kept_to(tmp_path: Path) -> None:
    found = build_key_settings(tmp_path)
    mine = create_key(found, MINE, requests_per_minute=2)
    with client(create_app(found)) as service:
        first, _, third = (service.get("/v1/engines", headers=mine) for _ in range(3))
        assert first.headers["ratelimit-policy"] == '"requests";q=2;w=60'
        assert first.headers["ratelimit"].startswith('"requests";r=1;')
        assert (third.status_code, third.json()["code"]) == (429, "rate_limited")
        assert 1 <= int(third.headers["retry-after"]) <= 120
        assert third.headers["ratelimit-policy"] == first.headers["ratelimit-policy"]
        assert third.headers["ratelimit"].startswith('"requests";r=0;')
        assert service.get("/healthz").status_code == 200


def test_what_a_batch_may_spend_counts_for_the_key_that_sent_it(tmp_path: Path) -> None:
    pytest.importorskip("dbos", reason="the extra `batch` is not installed")
    model = {"llm": LLMSettings(base_url="http://127.0.0.1:9/v1", model="m")}
    found = build_key_settings(tmp_path).model_copy(
        update={"batches": BatchSettings(enabled=True, work=False), **model}
    )
    mine = create_key(found, MINE, tokens_per_day=7_000)

    def sent(service: TestClient, count: int, **more: str) -> Response:
        lines = ({"custom_id": f"a{number}", "text": TEXT, **more} for number in range(count))
        return service.post("/v1/batches", content=ndjson(*lines), headers={**mine, **NDJSON})

    with client(create_app(found)) as service:
        assert sent(service, 3).status_code == 202
        refused = sent(service, 2)
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 86_400
        assert refused.headers["ratelimit-policy"].startswith('"tokens";q=7000;')
        assert 0 < int(re.findall('"tokens";r=([0-9]+);', refused.headers["ratelimit"])[0]) < 7_000
        assert sent(service, 50, engine="local").status_code == 202
        assert sent(service, 1).status_code == 202
        assert len(service.get("/v1/batches", headers=mine).json()["batches"]) == 3


def test_bad_keys_from_one_address_are_stopped(tmp_path: Path) -> None:
    found = build_key_settings(tmp_path, failures_per_minute=3)
    create_key(found, MINE)
    with client(create_app(found)) as service:
        answers = [service.get("/v1/engines", headers={"X-API-Key": f"no{n}"}) for n in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert answers[-1].headers["ratelimit-policy"] == '"failures";q=3;w=60'
    assert answers[-1].headers["ratelimit"] == '"failures";r=0;t=60'


@dataclass(frozen=True)
class Refused:
    id: str
    known: dict[str, Any]
    said: str


@pytest.mark.parametrize(
    "case",
    [
        Refused("no pepper", {"keys": KeySettings()}, "SUBTEXT_KEYS_PEPPER"),
        Refused("a short pepper", {"keys": KeySettings(pepper="short")}, "SUBTEXT_KEYS_PEPPER"),
        Refused("no key", {"keys": KeySettings(pepper=PEPPER)}, "subtext keys create"),
        Refused(
            "no store",
            {"keys": KeySettings(pepper=PEPPER), "store": StoreSettings(enabled=False)},
            "SUBTEXT_STORE_ENABLED",
        ),
    ],
    ids=lambda case: case.id,
)
def test_a_service_that_nobody_could_use_does_not_start(tmp_path: Path, case: Refused) -> None:
    store = StoreSettings(database_url=f"sqlite:///{tmp_path / 'kept.db'}")
    app = create_app(settings(**{"auth": "keys", "store": store, **case.known}))
    with pytest.raises(SettingsInvalid, match=case.said), client(app):
        pass
