"""Webhooks and the messages to them, on each kind of database: owners apart, told once of each end, tried by one."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from subtext.clock import SystemClock
from subtext.domain.batch import BatchState
from subtext.domain.webhook import RETRY_DELAYS_S, DeliveryState, Event
from subtext.errors import DeliveryInProgress, DeliveryNotFound, WebhookLimitReached, WebhookNotFound
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.webhooks import SqlWebhookRepository
from tests.support.owners import MINE, THEIRS
from tests.support.webhooks import BOTH, URL, create_ended_batch, late_clock

if TYPE_CHECKING:
    from subtext.domain.webhook import Delivery, Webhook
    from subtext.storage.database import Database
    from tests.support.fakes import FakeClock

LEASE = timedelta(seconds=20)
MAX = 3


@pytest.fixture
def clock() -> FakeClock:
    return late_clock()


@pytest.fixture
def kept(database: Database, clock: FakeClock) -> SqlWebhookRepository:
    return SqlWebhookRepository(database, clock, max_per_owner=MAX)


async def taken(kept: SqlWebhookRepository) -> tuple[Webhook, Delivery]:
    found = await kept.claim_next(LEASE)
    assert found is not None
    return found


async def test_an_end_is_told_once_to_each_who_listens(database: Database, kept: SqlWebhookRepository) -> None:
    hearer = await kept.add(MINE, URL, BOTH)
    await kept.add(MINE, URL, frozenset({Event.BATCH_FAILED}))
    await kept.add(THEIRS, URL, BOTH)
    batch_id = await create_ended_batch(database)
    webhook, delivery = await taken(kept)
    assert (webhook, delivery.event) == (hearer, Event.BATCH_COMPLETED)
    assert await kept.claim_next(LEASE) is None
    told = json.loads(delivery.body)
    assert (told["type"], told["data"]["id"]) == ("batch.completed", batch_id)
    assert told["data"]["counts"]["done"] == 1
    assert len(delivery.body) < 1_000


async def test_a_batch_with_failed_items_is_told_as_failed(database: Database, kept: SqlWebhookRepository) -> None:
    await kept.add(MINE, URL, BOTH)
    await create_ended_batch(database, problem='{"code": "x"}')
    assert (await taken(kept))[1].event is Event.BATCH_FAILED


async def test_a_cancelled_batch_is_not_told(database: Database, kept: SqlWebhookRepository) -> None:
    await kept.add(MINE, URL, BOTH)
    store = SqlBatchRepository(database, SystemClock())
    batch_id = await store.create(MINE)
    await store.transition(batch_id, BatchState.QUEUED)
    assert await store.transition(batch_id, BatchState.CANCELLED)
    assert await kept.claim_next(LEASE) is None


async def test_what_is_not_the_owners_does_not_exist(database: Database, kept: SqlWebhookRepository) -> None:
    webhook = await kept.add(MINE, URL, BOTH)
    await create_ended_batch(database)
    message = (await taken(kept))[1].id
    for asking in (
        kept.get(webhook.id, THEIRS),
        kept.rotate(webhook.id, THEIRS, LEASE),
        kept.list_deliveries(webhook.id, THEIRS, state=None, before=None, limit=10),
        kept.redeliver(webhook.id, THEIRS, message),
        kept.delete(webhook.id, THEIRS),
    ):
        with pytest.raises(WebhookNotFound):
            await asking
    assert await kept.list_webhooks(THEIRS) == []
    assert await kept.list_webhooks(MINE) == [webhook]
    other = await kept.add(MINE, URL, BOTH)
    with pytest.raises(DeliveryNotFound):
        await kept.redeliver(other.id, MINE, message)


async def test_a_description_is_kept_with_the_webhook(database: Database, kept: SqlWebhookRepository) -> None:
    described = await kept.add(MINE, URL, BOTH, "für die Nachtschicht")
    assert described.description == "für die Nachtschicht"
    assert await kept.get(described.id, MINE) == described
    assert (await kept.rotate(described.id, MINE, LEASE)).description == described.description
    await create_ended_batch(database)
    assert (await taken(kept))[0].description == described.description
    plain = await kept.add(MINE, URL, BOTH)
    assert plain.description is None
    assert {one.id: one.description for one in await kept.list_webhooks(MINE)} == {
        described.id: described.description,
        plain.id: None,
    }


async def test_an_owner_has_no_more_than_may_be(kept: SqlWebhookRepository) -> None:
    made = [(await kept.add(MINE, URL, BOTH)).id for _ in range(MAX)]
    with pytest.raises(WebhookLimitReached, match="an owner may have 3"):
        await kept.add(MINE, URL, BOTH)
    await kept.add(THEIRS, URL, BOTH)
    await kept.delete(made[0], MINE)
    await kept.add(MINE, URL, BOTH)


async def test_a_lowered_limit_keeps_what_is_there(
    database: Database, clock: FakeClock, kept: SqlWebhookRepository
) -> None:
    made = [(await kept.add(MINE, URL, BOTH)).id for _ in range(MAX)]
    lowered = SqlWebhookRepository(database, clock, max_per_owner=MAX - 1)
    with pytest.raises(WebhookLimitReached, match="there are 3 webhooks"):
        await lowered.add(MINE, URL, BOTH)
    await lowered.delete(made[0], MINE)
    with pytest.raises(WebhookLimitReached):
        await lowered.add(MINE, URL, BOTH)
    assert {one.id for one in await lowered.list_webhooks(MINE)} == set(made[1:])


async def test_a_rotation_leaves_both_secrets_for_a_while(kept: SqlWebhookRepository, clock: FakeClock) -> None:
    first = await kept.add(MINE, URL, BOTH)
    second = await kept.rotate(first.id, MINE, timedelta(hours=24))
    assert second.signing_secrets(clock.now()) == (second.secret, first.secret)
    await clock.sleep(24 * 3_600)
    assert second.signing_secrets(clock.now()) == (second.secret,)


async def test_what_a_dead_courier_held_is_taken_by_another(
    database: Database, kept: SqlWebhookRepository, clock: FakeClock
) -> None:
    await kept.add(MINE, URL, BOTH)
    await create_ended_batch(database)
    first = (await taken(kept))[1]
    assert await kept.claim_next(LEASE) is None
    await clock.sleep(LEASE.total_seconds())
    second = (await taken(kept))[1]
    assert (second.id, second.body, second.tries) == (first.id, first.body, 2)


async def test_messages_are_listed_by_state_and_page(database: Database, kept: SqlWebhookRepository) -> None:
    webhook = await kept.add(MINE, URL, BOTH)
    for _ in range(3):
        await create_ended_batch(database)
    first = (await taken(kept))[1]
    await kept.mark_dead(first, status=500, error="answered with status 500")
    await kept.mark_delivered((await taken(kept))[1], 204)
    dead = await kept.list_deliveries(webhook.id, MINE, state=DeliveryState.DEAD, before=None, limit=10)
    assert [(one.id, one.last_status, one.last_error) for one in dead] == [(first.id, 500, "answered with status 500")]
    newest = await kept.list_deliveries(webhook.id, MINE, state=None, before=None, limit=2)
    older = await kept.list_deliveries(webhook.id, MINE, state=None, before=newest[-1].id, limit=2)
    assert len({one.id for one in newest + older}) == 3


async def test_a_message_that_was_given_up_is_tried_anew_when_asked(
    database: Database, kept: SqlWebhookRepository
) -> None:
    webhook = await kept.add(MINE, URL, BOTH)
    await create_ended_batch(database)
    message = (await taken(kept))[1]
    await kept.mark_dead(message, status=410, error="answered with status 410")
    await kept.disable(webhook.id)
    assert (await kept.get(webhook.id, MINE)).disabled_at is not None
    await create_ended_batch(database)
    assert await kept.claim_next(LEASE) is None
    assert (await kept.redeliver(webhook.id, MINE, message.id)).state is DeliveryState.WAITING
    assert (await kept.get(webhook.id, MINE)).disabled_at is None
    again = (await taken(kept))[1]
    assert (again.tries, again.earlier_tries, again.next_delay_s(None)) == (2, 1, RETRY_DELAYS_S[0])


async def test_a_message_is_not_sent_again_while_it_is_being_sent(
    database: Database, kept: SqlWebhookRepository, clock: FakeClock
) -> None:
    webhook = await kept.add(MINE, URL, BOTH)
    await create_ended_batch(database)
    message = (await taken(kept))[1]
    with pytest.raises(DeliveryInProgress, match="ask again"):
        await kept.redeliver(webhook.id, MINE, message.id)
    assert await kept.claim_next(LEASE) is None
    await kept.mark_delivered(message, 200)
    assert (await kept.redeliver(webhook.id, MINE, message.id)).tries == 1
    again = (await taken(kept))[1]
    await clock.sleep(LEASE.total_seconds())
    assert (await kept.redeliver(webhook.id, MINE, again.id)).state is DeliveryState.WAITING


async def test_a_webhook_goes_with_its_messages(database: Database, kept: SqlWebhookRepository) -> None:
    webhook = await kept.add(MINE, URL, BOTH)
    await create_ended_batch(database)
    await kept.delete(webhook.id, MINE)
    assert await kept.claim_next(LEASE) is None


async def test_settled_messages_are_forgotten_in_time(
    database: Database, kept: SqlWebhookRepository, clock: FakeClock
) -> None:
    webhook = await kept.add(MINE, URL, BOTH)
    for _ in range(2):
        await create_ended_batch(database)
    await kept.mark_delivered((await taken(kept))[1], 200)
    later = clock.now() + timedelta(days=3_650)
    assert await kept.delete_older_than(later) == 1
    assert len(await kept.list_deliveries(webhook.id, MINE, state=None, before=None, limit=10)) == 1


async def test_of_many_added_at_once_no_more_than_the_limit_are_kept(kept: SqlWebhookRepository) -> None:
    adding = (kept.add(MINE, URL, BOTH) for _ in range(4 * MAX))
    results = await asyncio.gather(*adding, return_exceptions=True)
    assert len(await kept.list_webhooks(MINE)) == MAX
    assert sum(isinstance(result, WebhookLimitReached) for result in results) == 3 * MAX


async def test_a_worker_whose_lease_expired_overrules_no_other_with_its_failure(
    database: Database, kept: SqlWebhookRepository, clock: FakeClock
) -> None:
    await kept.add(MINE, URL, BOTH)
    await create_ended_batch(database)
    _, slow = await taken(kept)
    clock.elapsed += LEASE.total_seconds() + 1
    webhook, current = await taken(kept)
    await kept.reschedule(slow, timedelta(hours=1), status=None, error="no answer")
    await kept.mark_dead(slow, status=500, error="answered with status 500")
    await kept.mark_delivered(current, 200)
    (delivery,) = await kept.list_deliveries(webhook.id, MINE, state=None, before=None, limit=9)
    assert (delivery.state, delivery.tries, delivery.last_status) == (DeliveryState.DELIVERED, 2, 200)
