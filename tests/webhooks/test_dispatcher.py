"""Messages on their way: tried for a day, later and later, given up and asked for again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from subtext.domain.webhook import DeliveryState
from subtext.errors import StorageUnavailable
from subtext.storage.database import open_database
from subtext.storage.webhooks import SqlWebhookRepository
from subtext.webhooks.dispatcher import WebhookDispatcher
from subtext.webhooks.sender import DeliveryResult
from tests.support.metrics import scrape_process
from tests.support.owners import MINE
from tests.support.webhooks import BOTH, URL, create_ended_batch, late_clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import timedelta
    from pathlib import Path

    from subtext.domain.webhook import Delivery, Webhook
    from subtext.storage.database import Database
    from tests.support.fakes import FakeClock

DAY_S = 24 * 3_600
TAKEN, FAILED, GONE = (
    DeliveryResult(200),
    DeliveryResult(500, "answered with status 500"),
    DeliveryResult(410, "answered with status 410"),
)


@dataclass
class Script:
    """A sender that plays outcomes, the last one again and again, and keeps what it was to send, and when."""

    clock: FakeClock
    outcomes: list[DeliveryResult]
    sent: list[tuple[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    async def send(self, webhook: Webhook, delivery: Delivery) -> DeliveryResult:
        self.sent.append((webhook.id, delivery.id))
        self.times.append(self.clock.monotonic())
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(f"sqlite:///{tmp_path / 'kept.db'}", migrate=True) as found:
        yield found


@pytest.fixture
def clock() -> FakeClock:
    return late_clock()


@pytest.fixture
def kept(database: Database, clock: FakeClock) -> SqlWebhookRepository:
    return SqlWebhookRepository(database, clock, max_per_owner=20)


async def worked_for_two_days(courier: WebhookDispatcher, clock: FakeClock) -> None:
    for _ in range(2 * 24 * 12):
        if not await courier.dispatch_next():
            await clock.sleep(300)


async def state_of(kept: SqlWebhookRepository, webhook: Webhook) -> list[tuple[DeliveryState, int, int | None]]:
    found = await kept.list_deliveries(webhook.id, MINE, state=None, before=None, limit=10)
    return [(one.state, one.tries, one.last_status) for one in found]


async def test_what_is_taken_at_last_is_tried_no_more(
    database: Database, kept: SqlWebhookRepository, clock: FakeClock
) -> None:
    webhook = await kept.add(MINE, URL, BOTH)
    await create_ended_batch(database)
    script = Script(clock, [FAILED, FAILED, TAKEN])
    await worked_for_two_days(WebhookDispatcher(kept, script, timeout_s=15), clock)
    assert len(set(script.sent)) == 1
    assert await state_of(kept, webhook) == [(DeliveryState.DELIVERED, 3, 200)]


async def test_what_is_never_taken_is_tried_for_a_day_and_kept_as_dead(
    database: Database, kept: SqlWebhookRepository, clock: FakeClock
) -> None:
    webhook = await kept.add(MINE, URL, BOTH)
    await create_ended_batch(database)
    script = Script(clock, [FAILED])
    await worked_for_two_days(WebhookDispatcher(kept, script, timeout_s=15), clock)
    assert await state_of(kept, webhook) == [(DeliveryState.DEAD, 8, 500)]
    waits = [later - sooner for sooner, later in zip(script.times, script.times[1:], strict=False)]
    assert waits[:6] == sorted(waits[:6])
    assert 0.9 * DAY_S < sum(waits) < 1.2 * DAY_S


async def test_a_receiver_that_asks_for_time_gets_it(
    database: Database, kept: SqlWebhookRepository, clock: FakeClock
) -> None:
    await kept.add(MINE, URL, BOTH)
    await create_ended_batch(database)
    script = Script(clock, [DeliveryResult(429, "answered with status 429", 3_600), TAKEN])
    await worked_for_two_days(WebhookDispatcher(kept, script, timeout_s=15), clock)
    first, second = script.times
    assert 3_600 <= second - first < 2 * 3_600


async def test_who_answers_that_it_is_gone_is_told_nothing_more(
    database: Database, kept: SqlWebhookRepository, clock: FakeClock
) -> None:
    webhook = await kept.add(MINE, URL, BOTH)
    for _ in range(2):
        await create_ended_batch(database)
    script = Script(clock, [GONE])
    await worked_for_two_days(WebhookDispatcher(kept, script, timeout_s=15), clock)
    assert len(script.sent) == 1
    assert [state for state, _, _ in await state_of(kept, webhook)] == [DeliveryState.DEAD, DeliveryState.DEAD]


class Odd(Script):
    """A sender that fails once as no sender should."""

    async def send(self, webhook: Webhook, delivery: Delivery) -> DeliveryResult:
        await super().send(webhook, delivery)
        if len(self.sent) == 1:
            raise RuntimeError
        return TAKEN


async def test_one_that_fails_oddly_is_tried_again_and_ends_nobody(
    database: Database, kept: SqlWebhookRepository, clock: FakeClock
) -> None:
    webhook = await kept.add(MINE, URL, BOTH)
    await create_ended_batch(database)
    courier = WebhookDispatcher(kept, Odd(clock, [TAKEN]), timeout_s=15)
    with capture_logs() as logged:
        assert await courier.dispatch_next()
    assert [entry["error"] for entry in logged if entry["event"] == "webhook_failed"] == ["RuntimeError"]
    assert await state_of(kept, webhook) == [(DeliveryState.WAITING, 1, None)]
    await clock.sleep(10)
    assert await courier.dispatch_next()
    assert await state_of(kept, webhook) == [(DeliveryState.DELIVERED, 2, 200)]


class Unwritable(SqlWebhookRepository):
    """A repository whose database leaves before the end of a message is written."""

    async def reschedule(self, delivery: Delivery, wait: timedelta, *, status: int | None, error: str) -> None:
        raise StorageUnavailable("the database does not answer")

    async def mark_dead(self, delivery: Delivery, *, status: int | None, error: str) -> None:
        raise StorageUnavailable("the database does not answer")


@pytest.mark.parametrize(("outcome", "is_disabled"), [(FAILED, False), (GONE, False), (TAKEN, True)])
async def test_an_end_that_is_not_written_is_not_counted_as_it_comes_again(
    database: Database, clock: FakeClock, outcome: DeliveryResult, is_disabled: bool
) -> None:
    repository = Unwritable(database, clock, max_per_owner=20)
    webhook = await repository.add(MINE, URL, BOTH)
    await create_ended_batch(database)
    if is_disabled:
        await repository.disable(webhook.id)
    before = scrape_process()
    with pytest.raises(StorageUnavailable):
        await WebhookDispatcher(repository, Script(clock, [outcome]), timeout_s=15).dispatch_next()
    after = scrape_process()

    name = "subtext_webhook_deliveries_total"
    counted = [after.value(name, outcome=end) - before.value(name, outcome=end) for end in ("dead", "retried")]
    assert counted == [0, 0]


async def test_many_couriers_hand_each_message_over_once(
    database: Database, kept: SqlWebhookRepository, clock: FakeClock
) -> None:
    await kept.add(MINE, URL, BOTH)
    for _ in range(20):
        await create_ended_batch(database)
    script = Script(clock, [TAKEN])
    couriers = [WebhookDispatcher(kept, script, timeout_s=15) for _ in range(5)]

    async def work(courier: WebhookDispatcher) -> None:
        while await courier.dispatch_next():
            pass

    await asyncio.gather(*(work(courier) for courier in couriers))
    assert len(script.sent) == len(set(script.sent)) == 20
