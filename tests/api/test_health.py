from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.bootstrap.runtime import VERSION

if TYPE_CHECKING:
    from starlette.testclient import TestClient


def test_a_process_that_lives_says_so(api: TestClient) -> None:
    assert api.get("/healthz").json() == {"status": "ok"}


def test_a_service_that_can_answer_says_with_what(api: TestClient) -> None:
    ready = api.get("/readyz").json()

    assert ready["status"] == "ready"
    assert ready["engines"] == ["local"]
    assert ready["axes"] == len(api.get("/v1/axes").json()["axes"]) > 0
    assert ready["prompts"] == len(api.get("/v1/prompts").json()["prompts"]) > 0


def test_what_runs_is_told_to_the_digest(api: TestClient) -> None:
    running = api.get("/version").json()

    assert (running["version"], running["schema_version"]) == (VERSION, "1.0")
    prompts = api.get("/v1/prompts").json()["prompts"]
    assert running["prompts"] == {f"{prompt['id']}@{prompt['version']}": prompt["sha256"] for prompt in prompts}
