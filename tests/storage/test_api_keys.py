"""Keys in each kind of database: kept as digests, revoked once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from subtext.domain.caller import ApiKey
from subtext.storage.api_keys import SqlApiKeyRepository
from tests.support.owners import MINE

if TYPE_CHECKING:
    from subtext.storage.database import Database

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = ApiKey("abc123def456", MINE, "a name", frozenset({"read", "analyse"}), "0" * 64, NOON, 5, 1_000)


async def test_a_key_comes_back_as_it_was_and_is_revoked_once(database: Database) -> None:
    store, other = (
        SqlApiKeyRepository(database),
        replace(KEY, id="zzz123def456", requests_per_minute=None, tokens_per_day=None),
    )
    await store.add(KEY)
    await store.add(other)
    assert await store.all() == [KEY, other]
    assert [await store.revoke(KEY.id, NOON), await store.revoke(KEY.id, NOON), await store.revoke("none", NOON)] == [
        True,
        False,
        False,
    ]
    assert await store.all() == [replace(KEY, revoked_at=NOON), other]


async def test_the_last_use_of_several_keys_is_recorded_and_an_earlier_one_changes_nothing(database: Database) -> None:
    store, late = SqlApiKeyRepository(database), NOON + timedelta(hours=1)
    other = replace(KEY, id="zzz123def456", expires_at=late)
    await store.add(KEY)
    await store.add(other)
    await store.record_use({other.id: NOON, KEY.id: late, "gone": NOON})
    await store.record_use({KEY.id: NOON, other.id: late})
    assert await store.all() == [replace(KEY, last_used_at=late), replace(other, last_used_at=late)]
