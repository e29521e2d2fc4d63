from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import httpx2
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from subtext.asgi import create_app
from subtext.domain.caller import Owner
from subtext.errors import SettingsInvalid
from subtext.settings import MetricsSettings, StoreSettings
from tests.support.api import ASK, client, settings
from tests.support.api_keys import build_key_settings, create_key
from tests.support.metrics import Scrape, promtool
from tests.support.ports import find_unused_port

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient


def scrape(service: TestClient) -> Scrape:
    response = service.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    return Scrape(response.text)


def store(folder: Path) -> StoreSettings:
    return StoreSettings(database_url=f"sqlite:///{folder / 'kept.db'}")


def test_a_request_is_counted_under_its_route_method_and_status() -> None:
    with client(create_app(settings())) as service:
        before = scrape(service)
        service.get("/v1/axes")
        service.get("/v1/analyses/an_1")
        service.head("/healthz")
        after = scrape(service)

    def grown(name: str, **labels: str) -> float:
        return after.value(name, **labels) - before.value(name, **labels)

    requests = "subtext_http_requests_total"
    assert grown(requests, route="/v1/axes", method="GET", status="200") == 1
    assert grown(requests, route="/v1/analyses/{analysis_id}", method="GET", status="501") == 1
    assert grown("subtext_http_request_duration_seconds_count", route="/v1/axes") == 1
    assert grown("subtext_refused_total", reason="analyses_not_kept") == 1
    # The scrape itself is in flight, and nothing else.
    assert after.value("subtext_inflight_requests") == 1


def test_what_clients_make_up_makes_no_series() -> None:
    with client(create_app(settings())) as service:
        before = scrape(service).text.count("\nsubtext_")
        for number in range(20):
            service.get(f"/no/such/{number}")
            service.get(f"/v1/analyses/an_{number}")
            service.request(f"BREW{number}", "/v1/axes")
            service.post("/v1/analyses", json={**ASK, "axis": f"axis-{number}", "engine": "local"})
        after = scrape(service)

    assert after.text.count("\nsubtext_") - before < 150
    assert "unmatched" in after.labels("subtext_http_requests_total", "route")
    assert after.labels("subtext_http_requests_total", "method") <= {"GET", "HEAD", "POST", "PUT", "DELETE", "OTHER"}
    assert "an_7" not in after.text
    assert "axis-7" not in after.text


def test_promtool_finds_nothing_to_correct(tmp_path: Path) -> None:
    with client(create_app(settings(store=store(tmp_path)))) as service:
        service.post("/v1/analyses", json=ASK)
        checked = promtool("check", "metrics", text=scrape(service).text)

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_openmetrics_is_given_to_whoever_asks_for_it(tmp_path: Path) -> None:
    accept = "application/openmetrics-text; version=1.0.0"
    with client(create_app(settings(store=store(tmp_path)))) as service:
        response = service.get("/metrics", headers={"Accept": accept})

    assert response.headers["content-type"].startswith("application/openmetrics-text")
    names = {family.name for family in parse_openmetrics(response.text)}  # type: ignore[no-untyped-call]
    assert {"subtext_http_requests", "subtext_build_info", "subtext_queue_depth"} <= names


def test_what_runs_is_shown(tmp_path: Path) -> None:
    with client(create_app(settings(store=store(tmp_path)))) as service:
        shown = scrape(service)
        version = service.get("/version").json()

    assert shown.labels("subtext_build_info", "version") == {version["version"]}
    assert shown.labels("subtext_build_info", "prompt") == set(version["prompts"])
    assert shown.value("subtext_database_up") == 1


def test_where_keys_are_on_metrics_need_one_with_rights(tmp_path: Path) -> None:
    with_keys = build_key_settings(tmp_path)
    headers = {
        "none": {},
        "unknown": {"Authorization": "Bearer sbt_live_x"},
        "reader": create_key(with_keys, Owner("a"), "read"),
        "admin": create_key(with_keys, Owner("a"), "admin"),
    }
    with client(create_app(with_keys)) as service:
        statuses = {
            who: service.get("/metrics", headers=sent, follow_redirects=False).status_code
            for who, sent in headers.items()
        }

    assert statuses == {"none": 401, "unknown": 401, "reader": 403, "admin": 200}


def test_an_address_of_their_own_needs_no_key_and_takes_metrics_off_the_other() -> None:
    port = find_unused_port()
    with client(create_app(settings(metrics=MetricsSettings(address=f"127.0.0.1:{port}")))) as service:
        service.get("/v1/axes")
        theirs = httpx2.get(f"http://127.0.0.1:{port}/metrics")
        health = httpx2.get(f"http://127.0.0.1:{port}/healthz")
        ours = service.get("/metrics")

    assert Scrape(theirs.text).value("subtext_http_requests_total", route="/v1/axes") >= 1
    assert theirs.headers["content-type"].startswith("text/plain; version=")
    assert health.json() == {"status": "ok"}
    assert (ours.status_code, "SUBTEXT_METRICS_ADDRESS" in ours.json()["detail"]) == (404, True)


def test_an_address_that_is_taken_is_an_error_of_the_settings() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        service = client(create_app(settings(metrics=MetricsSettings(address=address))))

        with (
            pytest.raises(SettingsInvalid, match=f"SUBTEXT_METRICS_ADDRESS: cannot listen on {address}: address"),
            service,
        ):
            pass


@pytest.mark.parametrize("address", ["9464", "localhost:", ":9464", "localhost:0", "localhost:70000", "localhost:http"])
def test_an_address_is_a_host_and_a_port(address: str) -> None:
    with pytest.raises(ValueError, match=r"must be host:port, such as 127\.0\.0\.1:9464"):
        MetricsSettings(address=address)


@pytest.mark.parametrize(
    ("address", "expected"), [("0.0.0.0:9464", ("0.0.0.0", 9464)), ("[::1]:1", ("::1", 1)), (None, None)]
)
def test_an_address_is_split(address: str | None, expected: tuple[str, int] | None) -> None:
    assert MetricsSettings(address=address).socket_address == expected
