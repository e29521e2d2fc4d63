"""Every line of a service and of its worker is JSON if JSON is asked for, and the worker is seen at work."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.support.api import TEXT
from tests.support.cli import PROGRAM
from tests.support.metrics import Scrape
from tests.support.patience import GIVE_UP_S
from tests.support.ports import find_unused_port
from tests.support.processes import Service

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = 3


async def batch_state(url: str, batch_id: str) -> str:
    """Return the state of a batch once it has ended."""
    async with asyncio.timeout(GIVE_UP_S), httpx2.AsyncClient(timeout=None) as caller:
        while True:
            state: str = (await caller.get(f"{url}/v1/batches/{batch_id}")).json()["state"]
            if state not in {"queued", "running"}:
                return state
            await asyncio.sleep(0.1)


async def send_batch(url: str) -> str:
    lines = "\n".join(json.dumps({"custom_id": f"{n}", "text": TEXT, "engine": "local"}) for n in range(ITEMS))
    async with httpx2.AsyncClient(timeout=None) as caller:
        headers = {"Content-Type": "application/x-ndjson"}
        response = await caller.post(f"{url}/v1/batches", content=lines, headers=headers)
    batch_id: str = response.json()["id"]
    return batch_id


async def test_every_line_is_json_if_json_is_asked_for(tmp_path: Path) -> None:
    pytest.importorskip("dbos", reason="the extra `batch` is not installed")
    address = f"127.0.0.1:{find_unused_port()}"
    settings = {"SUBTEXT_LOG_FORMAT": "json", "SUBTEXT_LOG_LEVEL": "debug", "SUBTEXT_BATCHES_ENABLED": "true"}
    service = Service(tmp_path, SUBTEXT_BATCHES_WORK="false", **settings)
    await service.start()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SUBTEXT_")},
        **settings,
        "SUBTEXT_STORE_DATABASE_URL": f"sqlite:///{tmp_path / 'kept.db'}",
        "SUBTEXT_LOCAL_SCORER": "words",
        "SUBTEXT_METRICS_ADDRESS": address,
    }
    worker = await asyncio.create_subprocess_exec(
        *PROGRAM, "worker", env=environment, cwd=tmp_path, stderr=asyncio.subprocess.PIPE
    )
    state = await batch_state(service.url, await send_batch(service.url))
    async with httpx2.AsyncClient(timeout=None) as scraper:
        shown = Scrape((await scraper.get(f"http://{address}/metrics")).text)
    worker.terminate()
    _, err = await worker.communicate()
    service.terminate()
    served = [json.loads(line) for line in await service.remaining_lines()]
    await service.ended()

    worked: list[dict[str, Any]] = [json.loads(line) for line in err.decode().splitlines()]
    names = [line["event"] for line in worked]
    assert (state, worker.returncode) == ("done", 0)
    assert (names[0], names[-2:]) == ("worker_started", ["worker_draining", "worker_stopped"])
    assert (names.count("item"), names.count("batch_ended")) == (ITEMS, 1)
    assert {line["engine"] for line in worked if line["event"] == "item"} == {"local"}
    assert shown.value("subtext_batch_items_ended_total", state="done") == ITEMS
    assert {"request", "subtext has stopped"} <= {line["event"] for line in served}
    assert TEXT.split(".")[0] not in err.decode() + json.dumps(served)
