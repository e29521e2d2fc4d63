"""Repositories of Slack over SQL: the inbox of deliveries, installations, and OAuth states."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from subtext.domain.slack import SlackDelivery
from subtext.storage.database import insert_on_conflict_do_nothing
from subtext.storage.group_commit import GroupCommit
from subtext.storage.tables import SLACK_DELIVERIES, SLACK_INSTALLATIONS, SLACK_STATES, SLACK_STEPS
from subtext.storage.work_queue import WAITING, claim_next, update_claimed

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from subtext.clock import Clock
    from subtext.storage.database import Database

_DONE, _FAILED = "done", "failed"
_KEY = SLACK_DELIVERIES.c.key
_STATE_AGE = timedelta(minutes=10)


class SqlInboxRepository:
    """Store Slack deliveries as a work queue, by key; every method raises `StorageUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        # Slack delivers in bursts, and waits for each commit.
        self._group_commit = GroupCommit(self._write)

    async def write(self, delivery: SlackDelivery) -> bool:
        """Store a delivery; return False for a duplicate key."""
        now = self._clock.now()
        values = {"key": delivery.key, "kind": delivery.kind, "team": delivery.team, "body": json.dumps(delivery.body)}
        times = {"received_at": now, "free_at": now}
        return await self._group_commit.write({**values, **times, "state": WAITING, "tries": 0})

    async def claim_next(self, lease: timedelta) -> SlackDelivery | None:
        """Claim the oldest due delivery under a lease; None if there is none."""
        row = await claim_next(self._database, _KEY, self._clock.now(), lease)
        if row is None:
            return None
        return SlackDelivery(row.key, row.kind, row.team, json.loads(row.body), row.tries - 1)

    async def extend(self, key: str, lease: timedelta) -> None:
        """Extend the lease of a delivery that is being processed."""
        await update_claimed(self._database, _KEY, key, free_at=self._clock.now() + lease)

    async def mark_done(self, key: str) -> None:
        """Record that the delivery was processed."""
        await update_claimed(self._database, _KEY, key, state=_DONE)

    async def reschedule(self, key: str, wait: timedelta) -> None:
        """Record a failed attempt, and retry after `wait`."""
        await update_claimed(self._database, _KEY, key, state=WAITING, free_at=self._clock.now() + wait)

    async def mark_failed(self, key: str) -> None:
        """Record that the delivery is given up."""
        await update_claimed(self._database, _KEY, key, state=_FAILED)

    async def get_step(self, key: str, name: str) -> str | None:
        """Return the stored result of a step of a delivery; None if it has not been done."""
        step = (SLACK_STEPS.c.key == key) & (SLACK_STEPS.c.name == name)
        async with self._database.transaction() as connection:
            result: str | None = await connection.scalar(select(SLACK_STEPS.c.result).where(step))
        return result

    async def save_step(self, key: str, name: str, result: str) -> None:
        """Store the result of a step, so that a retry does not repeat it."""
        async with self._database.transaction() as connection:
            row = {"key": key, "name": name, "result": result}
            await connection.execute(insert_on_conflict_do_nothing(self._database, SLACK_STEPS).values(**row))

    async def delete_older_than(self, moment: datetime) -> int:
        """Delete settled deliveries that were received earlier, and return their number."""
        old = SLACK_DELIVERIES.c.state.in_([_DONE, _FAILED]) & (SLACK_DELIVERIES.c.received_at < moment)
        async with self._database.transaction() as connection:
            return (await connection.execute(delete(SLACK_DELIVERIES).where(old))).rowcount

    async def _write(self, rows: list[dict[str, Any]]) -> list[bool]:
        """Insert rows and return for each whether its key is new; of duplicates in a group, the first is."""
        statement = (
            insert_on_conflict_do_nothing(self._database, SLACK_DELIVERIES)
            .values(rows)
            .returning(SLACK_DELIVERIES.c.key)
        )
        async with self._database.transaction() as connection:
            new_keys = set((await connection.execute(statement)).scalars())
        results = []
        for row in rows:
            results.append(row["key"] in new_keys)
            new_keys.discard(row["key"])
        return results


class SqlInstallationRepository:
    """Store encrypted installations by organization, workspace and user; raises `StorageUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def put(self, enterprise: str, team: str, user: str, encrypted: bytes) -> None:
        """Store an installation, in place of an earlier one of the same user."""
        row = {"enterprise": enterprise, "team": team, "user": user, "sealed": encrypted}
        async with self._database.transaction() as connection:
            await connection.execute(delete(SLACK_INSTALLATIONS).where(_owner_matches(enterprise, team, user)))
            await connection.execute(insert(SLACK_INSTALLATIONS).values(**row, installed_at=self._clock.now()))

    async def newest(self, enterprise: str, team: str, user: str | None) -> bytes | None:
        """Return the newest installation, of this user if one is named; None if there is none."""
        query = select(SLACK_INSTALLATIONS.c.sealed).where(_owner_matches(enterprise, team, user))
        newest_first = SLACK_INSTALLATIONS.c.installed_at.desc()
        async with self._database.transaction() as connection:
            encrypted: bytes | None = await connection.scalar(query.order_by(newest_first).limit(1))
        return encrypted

    async def delete(self, enterprise: str, team: str, user: str | None) -> None:
        """Delete the installations of a workspace, of this user alone if one is named."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(SLACK_INSTALLATIONS).where(_owner_matches(enterprise, team, user)))


class SqlOAuthStateRepository:
    """Store OAuth states (CSRF protection), each valid once and for ten minutes; raises `StorageUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def issue(self) -> str:
        """Issue a new state."""
        state, now = secrets.token_urlsafe(32), self._clock.now()
        async with self._database.transaction() as connection:
            await connection.execute(delete(SLACK_STATES).where(SLACK_STATES.c.expires_at < now))
            await connection.execute(insert(SLACK_STATES).values(state=state, expires_at=now + _STATE_AGE))
        return state

    async def consume(self, state: str) -> bool:
        """Consume a state; return False if it is unknown, expired or used."""
        valid = (SLACK_STATES.c.state == state) & (SLACK_STATES.c.expires_at >= self._clock.now())
        async with self._database.transaction() as connection:
            return (await connection.execute(delete(SLACK_STATES).where(valid))).rowcount == 1


def _owner_matches(enterprise: str, team: str, user: str | None) -> ColumnElement[bool]:
    columns = SLACK_INSTALLATIONS.c
    place = (columns.enterprise == enterprise) & (columns.team == team)
    return place if user is None else place & (columns.user == user)
