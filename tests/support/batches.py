"""Batches over HTTP: upload one, wait for its end, read its results."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from subtext.settings import BatchSettings, StoreSettings
from tests.support.api import settings
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

    from subtext.settings import Settings

NDJSON = {"Content-Type": "application/x-ndjson"}


def batch_settings(folder: Path, **changes: Any) -> Settings:
    """Return settings with batches on, and their database in the folder."""
    store = StoreSettings(database_url=f"sqlite:///{folder / 'kept.db'}")
    return settings(batches=BatchSettings(enabled=True, **changes), store=store)


def ndjson(*lines: object) -> bytes:
    """Join lines to the body of an upload; what is no bytes becomes JSON."""
    return b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)


def submit(desk: TestClient, *lines: object) -> dict[str, Any]:
    """Upload a batch; return it as it was answered."""
    response = desk.post("/v1/batches", content=ndjson(*lines), headers=NDJSON)
    assert response.status_code == 202, response.text
    found: dict[str, Any] = response.json()
    assert response.headers["location"] == f"/v1/batches/{found['id']}"
    return found


def wait_until_ended(desk: TestClient, batch_id: str) -> dict[str, Any]:
    """Poll a batch until it has ended."""
    until = time.monotonic() + GIVE_UP_S
    while time.monotonic() < until:
        found: dict[str, Any] = desk.get(f"/v1/batches/{batch_id}").json()
        if found["state"] in {"done", "partial", "cancelled"}:
            return found
        time.sleep(0.05)
    pytest.fail("the batch does not end")


def read_results(desk: TestClient, batch_id: str) -> list[dict[str, Any]]:
    """Return the results of a batch, line by line."""
    response = desk.get(f"/v1/batches/{batch_id}/results")
    assert response.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in response.text.splitlines()]
