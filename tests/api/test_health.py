from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import httpx2

from subtext.asgi import create_app
from subtext.bootstrap.lifespan import open_app_state
from subtext.bootstrap.runtime import VERSION
from subtext.http.state import get_app_state
from subtext.settings import StoreSettings
from tests.support.api import settings

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient


def test_a_process_that_lives_says_so(api: TestClient) -> None:
    assert api.get("/healthz").json() == {"status": "ok"}


def test_a_service_that_can_answer_says_with_what(api: TestClient) -> None:
    while (response := api.get("/readyz")).status_code == 503:
        pass
    ready = response.json()

    assert ready["status"] == "ready"
    assert ready["engines"] == ["local"]
    assert ready["axes"] == len(api.get("/v1/axes").json()["axes"]) > 0
    assert ready["prompts"] == len(api.get("/v1/prompts").json()["prompts"]) > 0


async def test_a_service_that_loads_is_alive_and_not_ready() -> None:
    app = create_app(settings())
    transport = httpx2.ASGITransport(app)
    # Opened without the part of the lifespan that loads.
    async with (
        open_app_state(settings(), app, start_workers=False),
        httpx2.AsyncClient(base_url="http://127.0.0.1", transport=transport) as caller,
    ):
        alive, loading = await caller.get("/healthz"), await caller.get("/readyz")
        waiting = asyncio.create_task(caller.get("/readyz"))
        get_app_state(app).loaded.set()
        ready = await waiting

    assert alive.status_code == 200
    assert (loading.status_code, loading.json()["code"], loading.json()["retryable"]) == (503, "not_ready", True)
    assert ready.status_code == 200


async def test_a_service_that_cannot_load_its_models_says_why() -> None:
    app = create_app(settings())
    async with (
        open_app_state(settings(), app, start_workers=False),
        httpx2.AsyncClient(base_url="http://127.0.0.1", transport=httpx2.ASGITransport(app)) as caller,
    ):
        state = get_app_state(app)
        state.loading_failure = "the weights are damaged: install them anew"
        state.loaded.set()
        ready = await caller.get("/readyz")

    assert (ready.status_code, ready.json()["code"]) == (503, "not_ready")
    assert ready.json()["detail"] == "the weights are damaged: install them anew"


async def test_a_database_that_cannot_be_written_degrades_the_service_which_stays_ready(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    stored = settings(store=StoreSettings(database_url=f"sqlite:///{path}"))
    app = create_app(stored)
    async with (
        open_app_state(stored, app, start_workers=False),
        httpx2.AsyncClient(base_url="http://127.0.0.1", transport=httpx2.ASGITransport(app)) as caller,
    ):
        get_app_state(app).loaded.set()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            degraded = await caller.get("/readyz")
        while (ready := await caller.get("/readyz")).json()["status"] == "degraded":
            pass

    assert (degraded.status_code, degraded.json()["status"]) == (200, "degraded")
    assert degraded.json()["checks"] == {"database": "failed"}
    assert "restore the database" in degraded.json()["detail"]
    assert (ready.json()["checks"], ready.json()["detail"]) == ({"database": "ok"}, None)


def test_a_service_that_stores_nothing_has_no_database_to_check(api: TestClient) -> None:
    while (response := api.get("/readyz")).status_code == 503:
        pass

    assert response.json()["checks"] == {}


def test_what_runs_is_told_to_the_digest(api: TestClient) -> None:
    running = api.get("/version").json()

    assert (running["version"], running["schema_version"]) == (VERSION, "1.0")
    prompts = api.get("/v1/prompts").json()["prompts"]
    assert running["prompts"] == {f"{prompt['id']}@{prompt['version']}": prompt["sha256"] for prompt in prompts}
