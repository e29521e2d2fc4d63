"""The page of batches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from tests.support.api import TEXT, client, settings
from tests.support.batches import batch_settings, submit, wait_until_ended

if TYPE_CHECKING:
    from pathlib import Path


def test_progress_and_results_of_batches_are_shown(tmp_path: Path) -> None:
    pytest.importorskip("dbos", reason="the extra `batch` is not installed")
    with client(create_app(batch_settings(tmp_path))) as service:
        assert "No batches yet" in service.get("/batches").text
        made = submit(service, {"custom_id": "a", "text": TEXT, "engine": "local"}, {"custom_id": "b", "text": ""})
        wait_until_ended(service, made["id"])
        shown = service.get("/batches").text
        taken = service.get(f"/batches/{made['id']}.ndjson")
        assert '<progress max="2" value="2"' in shown
        assert "partial" in shown
        assert "data-refresh" not in shown
        assert [json.loads(line)["state"] for line in taken.text.splitlines()] == ["done", "failed"]
        assert service.get("/batches/none.ndjson").status_code == 404


def test_a_service_that_takes_none_says_so() -> None:
    with client(create_app(settings())) as service:
        assert "SUBTEXT_BATCHES_ENABLED" in service.get("/batches").text
