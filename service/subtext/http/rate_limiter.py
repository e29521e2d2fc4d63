"""How much a caller may ask for: requests a minute and tokens a day, told on every reply."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import structlog
from limits import RateLimitItemPerDay, RateLimitItemPerMinute
from limits.aio.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string

from subtext.errors import RateLimited, SettingsInvalid
from subtext.services.token_meter import estimate_request_tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from limits import RateLimitItem
    from limits.aio.storage import Storage

    from subtext.domain.caller import Caller

# A counter that hangs must not make requests hang: where it takes this long (s), everybody passes.
_TIMEOUT_S, _CONNECTIONS_MAX = 1.0, 20
_log = structlog.get_logger("subtext.limits")


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What keys have that have no limits of their own (None: none), and failed keys a minute from one address."""

    requests_per_minute: int | None = 600
    tokens_per_day: int | None = None
    failures_per_minute: int = 10


@dataclass(slots=True)
class RateLimitGrant:
    """What was granted to one request: headers for its reply, and the tokens that are held for it."""

    headers: dict[str, str]
    tokens: RateLimitItem | None = None
    reserved: int = 0


@asynccontextmanager
async def open_counter(url: str | None) -> AsyncIterator[Storage]:
    """Where is counted: in this process, or in Redis for all, until the context is left; raises `SettingsInvalid`."""
    if url is None:
        yield _open_storage("async+memory://")
        return
    try:
        from redis.asyncio import BlockingConnectionPool  # noqa: PLC0415 - an extra

        patience = {"timeout": _TIMEOUT_S, "socket_timeout": _TIMEOUT_S, "socket_connect_timeout": _TIMEOUT_S}
        pool = BlockingConnectionPool.from_url(url, max_connections=_CONNECTIONS_MAX, **patience)
        storage = _open_storage(f"async+{url}", implementation="redispy", connection_pool=pool)
    except Exception as error:  # whatever the libraries make of a bad address
        raise SettingsInvalid(
            "SUBTEXT_KEYS_REDIS_URL must be redis://host:port/number, and needs pip install 'subtext[redis]'"
        ) from error
    try:
        yield storage
    finally:
        await pool.aclose()


class RateLimiter:
    """Counts requests and tokens; where the counting fails, everybody passes and the log says so once."""

    def __init__(self, storage: Storage, limits: RateLimits) -> None:
        self._storage, self._limits = storage, limits
        self._requests, self._days = SlidingWindowCounterRateLimiter(storage), FixedWindowRateLimiter(storage)
        self._is_broken = False

    async def acquire(self, caller: Caller, body_bytes: int) -> RateLimitGrant:
        """What one more request is granted; raises `RateLimited`."""
        try:
            grant = await self._acquire(caller, body_bytes)
        except RateLimited:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the counter's server makes of it: nobody is kept out for it
            self._log_outage(error)
            return RateLimitGrant({})
        self._is_broken = False
        return grant

    async def reconcile(self, caller: Caller, grant: RateLimitGrant, spent: int) -> None:
        """Let tokens go that were held and not spent, or take those that were spent beyond."""
        if grant.tokens is None or spent == grant.reserved:
            return
        try:
            await self._count(grant.tokens, caller, spent - grant.reserved)
        except Exception as error:  # noqa: BLE001 - as above
            self._log_outage(error)

    async def reserve(self, caller: Caller, grant: RateLimitGrant, tokens: int) -> None:
        """Take tokens for work that outlives its request; raises `RateLimited` where there are not as many."""
        item = grant.tokens
        if item is None:
            return
        more = tokens - grant.reserved
        try:
            total = await self._count(item, caller, more)
            if total > item.amount:
                await self._count(item, caller, -more)
            wait = await self._seconds_until_reset(item, caller)
        except Exception as error:  # noqa: BLE001 - as above
            self._log_outage(error)
            return
        if total > item.amount:
            raise RateLimited(
                f"this may spend {tokens:,} tokens, more than this key has left of {item.amount:,} a day: send less at "
                "a time, or wait",
                retry_after_s=max(1, wait),
            )
        grant.reserved = tokens

    async def record_failure(self, address: str) -> None:
        """Note a bad key from an address; raises `RateLimited` where there were too many."""
        item = RateLimitItemPerMinute(self._limits.failures_per_minute, namespace="failures")
        try:
            is_within = await self._requests.hit(item, address)
        except Exception as error:  # noqa: BLE001 - as above
            self._log_outage(error)
            return
        if not is_within:
            raise RateLimited("too many bad keys came from this address: wait a minute", retry_after_s=60)

    async def _acquire(self, caller: Caller, body_bytes: int) -> RateLimitGrant:
        policies, left = [], []
        key_id = caller.key_id or ""
        per_minute = caller.requests_per_minute or self._limits.requests_per_minute
        if per_minute is not None:
            item = RateLimitItemPerMinute(per_minute, namespace="requests")
            is_within = await self._requests.hit(item, key_id)
            stats = await self._requests.get_window_stats(item, key_id)
            wait = max(0, round(stats.reset_time - time.time()))
            policies.append(f'"requests";q={per_minute};w=60')
            left.append(f'"requests";r={stats.remaining};t={wait}')
            if not is_within:
                raise RateLimited(f"this key has {per_minute:,} requests a minute: wait", retry_after_s=max(1, wait))
        grant = await self._reserve_tokens(caller, body_bytes, policies, left)
        if policies:
            grant.headers = {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}
        return grant

    async def _reserve_tokens(
        self, caller: Caller, body_bytes: int, policies: list[str], left: list[str]
    ) -> RateLimitGrant:
        """Hold what the request may spend, so that many at once cannot spend more than one beyond the limit."""
        per_day = caller.tokens_per_day or self._limits.tokens_per_day
        if per_day is None:
            return RateLimitGrant({})
        item = RateLimitItemPerDay(per_day, namespace="tokens")
        held = estimate_request_tokens(body_bytes) if body_bytes else 0
        before = await self._count(item, caller, held) - held
        wait = await self._seconds_until_reset(item, caller)
        policies.append(f'"tokens";q={per_day};w=86400;qu="tokens"')
        left.append(f'"tokens";r={max(0, per_day - before - held)};t={wait}')
        if held and before >= per_day:
            await self._count(item, caller, -held)
            raise RateLimited(
                f"this key has {per_day:,} tokens a day: wait, or ask for more", retry_after_s=max(1, wait)
            )
        return RateLimitGrant({}, item, held)

    async def _seconds_until_reset(self, item: RateLimitItem, caller: Caller) -> int:
        """Seconds until the day's tokens are counted from the beginning."""
        reset = (await self._days.get_window_stats(item, caller.key_id or "")).reset_time
        return max(0, round(reset - time.time()))

    async def _count(self, item: RateLimitItem, caller: Caller, amount: int) -> int:
        return await self._storage.incr(item.key_for(caller.key_id or ""), item.get_expiry(), amount=amount)

    def _log_outage(self, error: Exception) -> None:
        if not self._is_broken:
            _log.error("limits_unreachable", error=type(error).__name__)
        self._is_broken = True


def _open_storage(url: str, **options: Any) -> Storage:
    return cast("Storage", storage_from_string(url, **options))
