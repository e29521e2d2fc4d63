"""Batches as tests hand them in and wait for them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from subtext.settings import BatchSettings, StoreSettings
from tests.support.api import settings

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

    from subtext.settings import Settings

NDJSON = {"Content-Type": "application/x-ndjson"}


def batching(folder: Path, **changes: Any) -> Settings:
    store = StoreSettings(database_url=f"sqlite:///{folder / 'kept.db'}")
    return settings(batches=BatchSettings(enabled=True, **changes), store=store)


def ndjson(*lines: object) -> bytes:
    return b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)


def submitted(desk: TestClient, *lines: object) -> dict[str, Any]:
    response = desk.post("/v1/batches", content=ndjson(*lines), headers=NDJSON)
    assert response.status_code == 202, response.text
    found: dict[str, Any] = response.json()
    assert response.headers["location"] == f"/v1/batches/{found['id']}"
    return found


def ended(desk: TestClient, batch_id: str) -> dict[str, Any]:
    """The batch once it has ended; waits for it at most a minute."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found: dict[str, Any] = desk.get(f"/v1/batches/{batch_id}").json()
        if found["state"] in {"done", "partial", "cancelled"}:
            return found
        time.sleep(0.05)
    pytest.fail("the batch does not end")


def results(desk: TestClient, batch_id: str) -> list[dict[str, Any]]:
    response = desk.get(f"/v1/batches/{batch_id}/results")
    assert response.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in response.text.splitlines()]
