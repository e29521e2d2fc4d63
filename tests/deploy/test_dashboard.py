"""Each expression of the dashboard gives data from a real scrape of a real service."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.support.api import TEXT
from tests.support.dashboard import read_panels
from tests.support.engines import completion, evidence, good_draft
from tests.support.metrics import promtool
from tests.support.patience import GIVE_UP_S
from tests.support.ports import find_unused_port
from tests.support.processes import Service
from tests.support.servers.dialogue import dialogue_server
from tests.support.servers.prometheus import prometheus

if TYPE_CHECKING:
    from pathlib import Path

PANELS = read_panels("30s")
EXPRESSIONS = [expression for panel in PANELS for expression, _ in panel.expressions]
# A quote that is nowhere, and a label that the others do not support.
DRAFT = good_draft(
    label="domination",
    evidence=[evidence("begged for a last lifeline", "desperation"), evidence("cap in hand", "desperation")],
)
# A comma too many is repaired; three failures in a row are a fallback.
ANSWERS: list[dict[str, Any]] = [
    *({"once": True, "status": 503, "body": {}} for _ in range(3)),
    {"body": completion("$DRAFT", usage={"prompt_tokens": 900, "completion_tokens": 200})},
]


def test_a_panel_says_what_it_shows() -> None:
    assert len({panel.row for panel in PANELS}) >= 8
    assert len({(panel.row, panel.title) for panel in PANELS}) == len(PANELS)
    assert all(panel.unit and panel.expressions for panel in PANELS)


def test_promtool_accepts_every_expression(tmp_path: Path) -> None:
    rules = [{"record": f"dashboard:{number}", "expr": expression} for number, expression in enumerate(EXPRESSIONS)]
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))

    checked = promtool("check", "rules", tmp_path / "rules.yaml")

    assert checked.returncode == 0, checked.stdout + checked.stderr


async def ask_again_and_again(url: str) -> None:
    """Ask for analyses of text and of a page, without the cache, until cancelled."""
    async with httpx2.AsyncClient(timeout=None) as caller:
        while True:
            for body in ({"text": TEXT}, {"html": f"<article><p>{TEXT}</p></article>"}, {"text": " "}):
                await caller.post(f"{url}/v1/analyses", json={**body, "cache": "no-store"})


def has_data(series: list[dict[str, Any]]) -> bool:
    return any(math.isfinite(float(each["value"][1])) for each in series)


async def test_every_expression_gives_data(tmp_path: Path) -> None:
    pytest.importorskip("dbos", reason="the extra `batch` is not installed")
    target = f"127.0.0.1:{find_unused_port()}"
    async with dialogue_server(ANSWERS, json.dumps(DRAFT)[:-1] + ",}") as model, prometheus(tmp_path, target) as server:
        service = Service(
            tmp_path,
            SUBTEXT_LOG_LEVEL="warning",
            SUBTEXT_METRICS_ADDRESS=target,
            SUBTEXT_BATCHES_ENABLED="true",
            SUBTEXT_LLM_BASE_URL=f"http://127.0.0.1:{model.port}/v1",
            SUBTEXT_LLM_MODEL="some-model",
            SUBTEXT_LLM_PRICE_INPUT="2",
            SUBTEXT_LLM_PRICE_OUTPUT="8",
        )
        await service.start()
        load = asyncio.create_task(ask_again_and_again(service.url))
        missing = list(EXPRESSIONS)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GIVE_UP_S):
                    while missing and not load.done():
                        missing = [each for each in missing if not has_data(await server.query(each))]
                        await asyncio.sleep(0.5)
        finally:
            load.cancel()
            await service.kill()

    assert missing == []
