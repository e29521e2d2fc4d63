"""Metrics and lines of the log of work beside requests, taken where the work is done."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from subtext.batches.ports import ItemResult
from subtext.batches.worker import BatchWorker
from subtext.clock import SystemClock
from subtext.domain.batch import BatchState, ItemState, NewItem
from subtext.domain.slack import SlackDelivery
from subtext.errors import ExtractionFailed, ForbiddenUrl
from subtext.logs import configure_logs
from subtext.slack.inbox import InboxLimits, InboxWorker
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.slack import SqlInboxRepository
from subtext.storage.webhooks import SqlWebhookRepository
from subtext.telemetry.job_metrics import observe_extraction, observe_fetch
from subtext.telemetry.trace_context import current_request_id
from subtext.webhooks.dispatcher import WebhookDispatcher
from subtext.webhooks.sender import DeliveryResult
from tests.support.metrics import scrape_process
from tests.support.owners import MINE
from tests.support.patience import GIVE_UP_S
from tests.support.webhooks import BOTH, URL, create_ended_batch, late_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.domain.caller import Owner
    from subtext.domain.webhook import Delivery, Webhook
    from subtext.slack.replies import RunOnce
    from subtext.storage.database import Database


@dataclass(frozen=True)
class ConstantSender:
    """Sender whose every attempt ends the same."""

    result: DeliveryResult

    async def send(self, webhook: Webhook, delivery: Delivery) -> DeliveryResult:
        return self.result


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (DeliveryResult(200), "delivered"),
        (DeliveryResult(500, "answered with status 500"), "retried"),
        (DeliveryResult(410, "answered with status 410"), "dead"),
    ],
    ids=["taken", "failed", "gone"],
)
async def test_an_attempt_to_deliver_a_message_is_counted(
    result: DeliveryResult, outcome: str, database: Database, grown: Callable[..., float]
) -> None:
    repository = SqlWebhookRepository(database, late_clock(), max_per_owner=20)
    await repository.add(MINE, URL, BOTH)
    await create_ended_batch(database)

    assert await WebhookDispatcher(repository, ConstantSender(result), timeout_s=15).dispatch_next()

    assert grown("subtext_webhook_deliveries_total", outcome=outcome) == 1
    assert grown("subtext_webhook_deliveries_total") == 1


async def test_what_slack_delivers_is_counted_until_it_is_given_up(
    database: Database, grown: Callable[..., float]
) -> None:
    ended = asyncio.Event()

    async def handle(delivery: SlackDelivery, _: RunOnce) -> None:
        if delivery.kind == "command":
            raise ConnectionError("Slack is away")

    class Inbox(SqlInboxRepository):
        async def mark_failed(self, key: str) -> None:
            await super().mark_failed(key)
            ended.set()

    limits = InboxLimits(parallel=1, tries=2, pause_s=0.001, poll_s=0.01)
    worker = InboxWorker(Inbox(database, SystemClock()), handle, limits)
    await worker.write(SlackDelivery("T1:1", "event", "T1", {}))
    await worker.write(SlackDelivery("T1:2", "command", "T1", {}))
    working = asyncio.create_task(worker.work())
    await asyncio.wait_for(ended.wait(), GIVE_UP_S)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)

    counted = {
        (kind, outcome): grown("subtext_slack_deliveries_total", type=kind, outcome=outcome)
        for kind, outcome in (("event", "done"), ("command", "retried"), ("command", "failed"))
    }
    assert counted == {("event", "done"): 1, ("command", "retried"): 1, ("command", "failed"): 1}


def test_a_page_is_counted_with_what_became_of_it(grown: Callable[..., float]) -> None:
    with observe_extraction():
        in_flight = scrape_process().value("subtext_extractor_inflight_pages")
    with pytest.raises(ExtractionFailed), observe_extraction():
        raise ExtractionFailed("no")
    with pytest.raises(asyncio.CancelledError), observe_extraction():
        raise asyncio.CancelledError
    with pytest.raises(ForbiddenUrl), observe_fetch():
        raise ForbiddenUrl("no")

    outcomes = ("ok", "extraction_failed", "failed")
    assert [grown("subtext_extractor_pages_total", outcome=outcome) for outcome in outcomes] == [1, 1, 1]
    assert grown("subtext_extractor_duration_seconds_count") == 3
    assert (in_flight, scrape_process().value("subtext_extractor_inflight_pages")) == (1, 0)
    assert grown("subtext_fetch_total", outcome=ForbiddenUrl.code) == 1


async def test_a_worker_logs_and_counts_each_item(
    database: Database, grown: Callable[..., float], capsys: pytest.CaptureFixture[str]
) -> None:
    ids: list[str | None] = []

    async def handle(request: str, owner: Owner) -> ItemResult:
        ids.append(current_request_id())
        return ItemResult(ItemState.FAILED if request == "1" else ItemState.DONE, "{}")

    lines = await work_off(database, handle, capsys)

    (claimed,), items, (ended,) = (events(lines, name) for name in ("chunk_claimed", "item", "batch_ended"))
    assert (claimed["items"], ended["state"]) == (3, "partial")
    assert {line["item"]: line["state"] for line in items} == {0: "done", 1: "failed", 2: "done"}
    assert {line["request_id"] for line in items} == set(ids)
    assert len({line["trace_id"] for line in items}) == len({line["request_id"] for line in items}) == 3
    assert {line["batch"] for line in lines} == {ended["batch"]}
    assert grown("subtext_batch_items_ended_total", state="done") == 2
    assert grown("subtext_batch_items_ended_total", state="failed") == 1


async def work_off(database: Database, handle: Any, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Work off a batch of three items; return the lines of the log."""
    repository = SqlBatchRepository(database, SystemClock())
    batch_id = await repository.create(MINE)
    await repository.add_items(batch_id, [NewItem(number, None, str(number)) for number in range(3)])
    await repository.transition(batch_id, BatchState.QUEUED)
    configure_logs("info", "json")
    await BatchWorker(repository, handle, parallel=2).process_chunk(batch_id, MINE, 0)
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def events(lines: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["event"] == name]
