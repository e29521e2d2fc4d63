"""Limits of keys: requests and tokens counted, told on replies, and nobody kept out where the counting fails."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from limits.aio.storage import MemoryStorage

from subtext.domain.caller import Caller
from subtext.errors import RateLimited, SettingsInvalid
from subtext.http.rate_limiter import RateLimiter, RateLimitGrant, RateLimits, open_counter
from subtext.logs import configure_logs
from tests.support.owners import MINE

CALLER = Caller(MINE, key_id="k1")


def rates(**limits: Any) -> RateLimiter:
    return RateLimiter(MemoryStorage(), RateLimits(**{"requests_per_minute": None, **limits}))


async def test_requests_are_counted_by_key_and_told() -> None:
    found = rates(requests_per_minute=2)
    first = await found.acquire(CALLER, 0)
    assert first.headers["RateLimit-Policy"] == '"requests";q=2;w=60'
    assert first.headers["RateLimit"].startswith('"requests";r=1;t=')
    await found.acquire(CALLER, 0)
    with pytest.raises(RateLimited) as refused:
        await found.acquire(CALLER, 0)
    assert 1 <= (refused.value.retry_after_s or 0) <= 120
    assert refused.value.limits["RateLimit-Policy"] == '"requests";q=2;w=60'
    assert refused.value.limits["RateLimit"].startswith('"requests";r=0;t=')
    await found.acquire(Caller(MINE, key_id="k2"), 0)


async def test_a_key_may_have_limits_of_its_own() -> None:
    found = rates(requests_per_minute=1)
    own = Caller(MINE, key_id="k1", requests_per_minute=3)
    for _ in range(3):
        await found.acquire(own, 0)
    with pytest.raises(RateLimited):
        await found.acquire(own, 0)


async def test_tokens_are_held_before_and_settled_after() -> None:
    found = rates(tokens_per_day=10_000)
    grant = await found.acquire(CALLER, 4_000)
    assert grant.reserved == 2_500
    assert '"tokens";r=7500;' in grant.headers["RateLimit"]
    await found.reconcile(CALLER, grant, 9_000)
    following = await found.acquire(CALLER, 4_000)
    assert '"tokens";r=0;' in following.headers["RateLimit"]
    with pytest.raises(RateLimited, match="tokens a day") as refused:
        await found.acquire(CALLER, 4_000)
    assert refused.value.limits["RateLimit-Policy"] == '"tokens";q=10000;w=86400;qu="tokens"'
    assert refused.value.limits["RateLimit"].startswith('"tokens";r=0;t=')
    await found.reconcile(CALLER, following, 0)
    assert '"tokens";r=1000;' in (await found.acquire(CALLER, 0)).headers["RateLimit"]


async def test_many_at_once_spend_no_more_than_one_request_beyond_the_limit() -> None:
    found, admitted = rates(tokens_per_day=10_000), 0
    for _ in range(50):
        try:
            await found.acquire(CALLER, 4_000)
        except RateLimited:
            continue
        admitted += 1
    assert admitted * 2_500 <= 10_000 + 2_500


async def test_what_spends_nothing_holds_nothing() -> None:
    found = rates(tokens_per_day=1)
    grant = await found.acquire(CALLER, 0)
    await found.reconcile(CALLER, grant, 0)
    assert (grant.reserved, (await found.acquire(CALLER, 1)).reserved) == (0, 1_500)


async def test_bad_keys_from_one_address_are_limited() -> None:
    found = rates(failures_per_minute=3)
    for _ in range(3):
        await found.record_failure("192.0.2.1")
    with pytest.raises(RateLimited):
        await found.record_failure("192.0.2.1")
    await found.record_failure("192.0.2.2")


class BrokenStorage(MemoryStorage):
    """A counter whose server is away."""

    async def get_sliding_window(self, *_: object, **__: object) -> NoReturn:
        raise ConnectionError("away")

    async def acquire_sliding_window_entry(self, *_: object, **__: object) -> NoReturn:
        raise ConnectionError("away")

    async def incr(self, *_: object, **__: object) -> NoReturn:
        raise ConnectionError("away")


async def test_where_the_counting_fails_everybody_passes_and_it_is_said_once(
    capfd: pytest.CaptureFixture[str],
) -> None:
    configure_logs("error", "json")
    found = RateLimiter(BrokenStorage(), RateLimits(requests_per_minute=1, tokens_per_day=1))
    for _ in range(3):
        assert (await found.acquire(CALLER, 10)).headers == {}
    await found.record_failure("192.0.2.1")
    grant = RateLimitGrant({}, None, 0)
    await found.reconcile(CALLER, grant, 10)
    assert "".join(capfd.readouterr()).count("limits_unreachable") == 1


async def test_an_address_of_no_counter_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match="SUBTEXT_KEYS_REDIS_URL"):
        async with open_counter("nowhere://x"):
            pass


async def test_work_that_outlives_its_request_is_counted_ahead_or_refused_whole() -> None:
    found = rates(tokens_per_day=10_000)
    grant = await found.acquire(CALLER, 4_000)
    await found.reserve(CALLER, grant, 6_000)
    await found.reconcile(CALLER, grant, 6_000)
    following = await found.acquire(CALLER, 4_000)
    with pytest.raises(RateLimited, match="send less at a time") as refused:
        await found.reserve(CALLER, following, 4_001)
    assert 1 <= (refused.value.retry_after_s or 0) <= 86_400
    await found.reconcile(CALLER, following, 0)
    assert '"tokens";r=4000;' in (await found.acquire(CALLER, 0)).headers["RateLimit"]
