"""Sessions in each kind of database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from subtext.domain.caller import Session
from subtext.storage.sessions import SqlSessionRepository

if TYPE_CHECKING:
    from subtext.storage.database import Database

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SESSION = Session("0" * 64, "abc123def456", NOON, NOON)


async def test_a_session_comes_back_as_it_was_until_it_is_deleted(database: Database) -> None:
    sessions, later = SqlSessionRepository(database), NOON + timedelta(hours=1)
    await sessions.add(SESSION)
    assert await sessions.get(SESSION.digest) == SESSION
    await sessions.touch(SESSION.digest, later)
    assert await sessions.get(SESSION.digest) == replace(SESSION, seen_at=later)
    assert await sessions.get("1" * 64) is None
    await sessions.delete(SESSION.digest)
    await sessions.delete(SESSION.digest)
    assert await sessions.get(SESSION.digest) is None


async def test_old_sessions_are_pruned(database: Database) -> None:
    sessions, new = SqlSessionRepository(database), replace(SESSION, digest="1" * 64, created_at=NOON)
    await sessions.add(replace(SESSION, created_at=NOON - timedelta(hours=13)))
    await sessions.add(new)
    assert await sessions.delete_older_than(NOON - timedelta(hours=12)) == 1
    assert await sessions.get(new.digest) == new
