"""Sessions: how long each lasts, and that it ends with its key."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from subtext.domain.caller import ApiKey, Session
from subtext.http.api_keys import ApiKeyVerifier
from subtext.http.sessions import SessionLimits, SessionService
from tests.support.fakes import FakeClock
from tests.support.owners import MINE

if TYPE_CHECKING:
    from datetime import datetime

PEPPER = "p" * 32
HOUR_S = 3_600
LIMITS = SessionLimits(timedelta(hours=12), timedelta(hours=2), timedelta(minutes=1))


@dataclass
class InMemorySessions:
    sessions: dict[str, Session] = field(default_factory=dict)

    async def add(self, session: Session) -> None:
        self.sessions[session.digest] = session

    async def get(self, digest: str) -> Session | None:
        return self.sessions.get(digest)

    async def touch(self, digest: str, now: datetime) -> None:
        self.sessions[digest] = replace(self.sessions[digest], seen_at=now)

    async def delete(self, digest: str) -> None:
        self.sessions.pop(digest, None)


class Site:
    """A session service with one key."""

    def __init__(self) -> None:
        self.clock, self.stored = FakeClock(), InMemorySessions()
        self.keys = [ApiKey("abc", MINE, "", frozenset({"read"}), "0" * 64, self.clock.now())]
        verifier = ApiKeyVerifier(self, PEPPER, self.clock, refresh_s=0)
        self.service = SessionService(self.stored, verifier, PEPPER, self.clock, LIMITS)

    async def all(self) -> list[ApiKey]:
        return self.keys

    async def is_open(self, token: str) -> bool:
        return await self.service.find_caller(token) is not None


async def test_a_session_stands_for_its_key_and_its_token_is_not_stored() -> None:
    site = Site()
    token = await site.service.start("abc")
    caller = await site.service.find_caller(token)
    assert caller is not None
    assert (caller.owner, caller.scopes, caller.key_id) == (MINE, frozenset({"read"}), "abc")
    assert token not in str(site.stored.sessions)
    assert await site.service.find_caller(token[:-1]) is None
    assert await site.service.start("abc") != token


async def test_a_session_that_is_used_lasts_its_lifetime_and_no_longer() -> None:
    site = Site()
    token = await site.service.start("abc")
    for _ in range(11):
        await site.clock.sleep(HOUR_S)
        assert await site.is_open(token)
    await site.clock.sleep(HOUR_S)
    assert not await site.is_open(token)
    assert site.stored.sessions == {}


async def test_a_session_that_is_not_used_ends_sooner() -> None:
    site = Site()
    token = await site.service.start("abc")
    await site.clock.sleep(2 * HOUR_S)
    assert not await site.is_open(token)
    assert site.stored.sessions == {}


async def test_a_session_ends_with_its_key() -> None:
    site = Site()
    revoked, expired = await site.service.start("abc"), await site.service.start("abc")
    key = site.keys[0]
    site.keys = [replace(key, revoked_at=site.clock.now())]
    assert not await site.is_open(revoked)
    site.keys = [replace(key, expires_at=site.clock.now() + timedelta(hours=1))]
    assert await site.is_open(expired)
    await site.clock.sleep(HOUR_S)
    assert not await site.is_open(expired)


async def test_use_is_recorded_once_a_minute_and_an_ended_session_is_gone() -> None:
    site = Site()
    token = await site.service.start("abc")
    (before,) = site.stored.sessions.values()
    await site.clock.sleep(59)
    await site.is_open(token)
    assert list(site.stored.sessions.values()) == [before]
    await site.clock.sleep(1)
    await site.is_open(token)
    assert list(site.stored.sessions.values()) != [before]
    await site.service.end(token)
    assert not await site.is_open(token)
