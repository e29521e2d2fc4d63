"""Batches that outlive the service that took them; a process has one worker, so these tests have no other service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from tests.support.api import ASK, client
from tests.support.batches import batch_settings, submit, wait_until_ended

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("dbos", reason="the extra `batch` is not installed")


def test_a_batch_that_nobody_works_on_is_cancelled_and_waits_otherwise(tmp_path: Path) -> None:
    with client(create_app(batch_settings(tmp_path, work=False))) as idle:
        kept, dropped = (submit(idle, {"custom_id": "a", **ASK})["id"] for _ in range(2))
        assert idle.post(f"/v1/batches/{dropped}/cancel").json()["counts"]["cancelled"] == 1
    with client(create_app(batch_settings(tmp_path))) as working:
        assert wait_until_ended(working, kept)["state"] == "done"
        assert wait_until_ended(working, dropped)["state"] == "cancelled"
