"""What Slack delivers, kept until its effect is there; installations, and states of those under way."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from subtext.domain.slack import SlackDelivery
from subtext.storage.database import insert_ignore
from subtext.storage.group_commit import GroupCommit
from subtext.storage.tables import SLACK_DELIVERIES, SLACK_INSTALLATIONS, SLACK_STATES, SLACK_STEPS
from subtext.storage.work_queue import WAITING, claim_next, update_claimed

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from subtext.clock import Clock
    from subtext.storage.database import Database

_DONE, _FAILED = "done", "failed"
_KEY = SLACK_DELIVERIES.c.key
# As long as Slack's own redeliveries and a reader's patience last.
_KEPT = timedelta(days=1)
_STATE_AGE = timedelta(minutes=10)


class SqlInboxRepository:
    """Deliveries by key, each taken by one worker at a time; raises `StorageUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        # Slack delivers in bursts, and waits for each commit.
        self._recording = GroupCommit(self._write)

    async def write(self, delivery: SlackDelivery) -> bool:
        """Store a delivery; False if one of this key was stored before."""
        now = self._clock.now()
        known = {"key": delivery.key, "kind": delivery.kind, "team": delivery.team, "body": json.dumps(delivery.body)}
        times = {"received_at": now, "free_at": now}
        return await self._recording.write({**known, **times, "state": WAITING, "tries": 0})

    async def claim_next(self, lease: timedelta) -> SlackDelivery | None:
        """Claim the delivery that waits longest, for as long as the lease."""
        row = await claim_next(self._database, _KEY, self._clock.now(), lease)
        if row is None:
            return None
        return SlackDelivery(row.key, row.kind, row.team, json.loads(row.body), row.tries - 1)

    async def extend(self, key: str, lease: timedelta) -> None:
        """Keep a delivery that is being worked on for longer."""
        await update_claimed(self._database, _KEY, key, free_at=self._clock.now() + lease)

    async def mark_done(self, key: str) -> None:
        """The effect is there."""
        await update_claimed(self._database, _KEY, key, state=_DONE)

    async def reschedule(self, key: str, wait: timedelta) -> None:
        """The effect is not there: let it be tried again after a while."""
        await update_claimed(self._database, _KEY, key, state=WAITING, free_at=self._clock.now() + wait)

    async def mark_failed(self, key: str) -> None:
        """The effect will not be there."""
        await update_claimed(self._database, _KEY, key, state=_FAILED)

    async def get_step(self, key: str, name: str) -> str | None:
        """What a step of a delivery gave, where it was done before."""
        asked = (SLACK_STEPS.c.key == key) & (SLACK_STEPS.c.name == name)
        async with self._database.transaction() as connection:
            found: str | None = await connection.scalar(select(SLACK_STEPS.c.result).where(asked))
        return found

    async def save_step(self, key: str, name: str, result: str) -> None:
        """Remember what a step gave."""
        async with self._database.transaction() as connection:
            row = {"key": key, "name": name, "result": result}
            await connection.execute(insert_ignore(self._database, SLACK_STEPS).values(**row))

    async def delete_settled(self) -> None:
        """Forget what was settled a day ago."""
        settled = SLACK_DELIVERIES.c.state.in_([_DONE, _FAILED])
        old = SLACK_DELIVERIES.c.received_at < self._clock.now() - _KEPT
        async with self._database.transaction() as connection:
            await connection.execute(delete(SLACK_DELIVERIES).where(settled, old))

    async def _write(self, rows: list[dict[str, Any]]) -> list[bool]:
        """Of each row, whether its key is new; of two with one key in a group, the first is."""
        keeping = insert_ignore(self._database, SLACK_DELIVERIES).values(rows).returning(SLACK_DELIVERIES.c.key)
        async with self._database.transaction() as connection:
            fresh = set((await connection.execute(keeping)).scalars())
        found = []
        for row in rows:
            found.append(row["key"] in fresh)
            fresh.discard(row["key"])
        return found


class SqlInstallationRepository:
    """Sealed installations by organisation, workspace and user; raises `StorageUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def put(self, enterprise: str, team: str, user: str, sealed: bytes) -> None:
        """Keep one, in place of an earlier one of the same user."""
        row = {"enterprise": enterprise, "team": team, "user": user, "sealed": sealed}
        async with self._database.transaction() as connection:
            await connection.execute(delete(SLACK_INSTALLATIONS).where(_owned_by(enterprise, team, user)))
            await connection.execute(insert(SLACK_INSTALLATIONS).values(**row, installed_at=self._clock.now()))

    async def newest(self, enterprise: str, team: str, user: str | None) -> bytes | None:
        """The last one that was kept, of this user if one is named."""
        found = select(SLACK_INSTALLATIONS.c.sealed).where(_owned_by(enterprise, team, user))
        newest_first = SLACK_INSTALLATIONS.c.installed_at.desc()
        async with self._database.transaction() as connection:
            sealed: bytes | None = await connection.scalar(found.order_by(newest_first).limit(1))
        return sealed

    async def delete(self, enterprise: str, team: str, user: str | None) -> None:
        """Forget those of a workspace, of this user alone if one is named."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(SLACK_INSTALLATIONS).where(_owned_by(enterprise, team, user)))


class SqlOAuthStateRepository:
    """States of installations under way, each good once and for ten minutes; raises `StorageUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def issue(self) -> str:
        """A new one."""
        state, now = secrets.token_urlsafe(32), self._clock.now()
        async with self._database.transaction() as connection:
            await connection.execute(delete(SLACK_STATES).where(SLACK_STATES.c.expires_at < now))
            await connection.execute(insert(SLACK_STATES).values(state=state, expires_at=now + _STATE_AGE))
        return state

    async def consume(self, state: str) -> bool:
        """Whether it was issued, is young enough and was not used before."""
        young = (SLACK_STATES.c.state == state) & (SLACK_STATES.c.expires_at >= self._clock.now())
        async with self._database.transaction() as connection:
            return (await connection.execute(delete(SLACK_STATES).where(young))).rowcount == 1


def _owned_by(enterprise: str, team: str, user: str | None) -> ColumnElement[bool]:
    columns = SLACK_INSTALLATIONS.c
    place = (columns.enterprise == enterprise) & (columns.team == team)
    return place if user is None else place & (columns.user == user)
