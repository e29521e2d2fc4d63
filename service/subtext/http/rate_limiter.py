"""Rate limiter of API keys: requests a minute and tokens a day, reported in RateLimit headers."""

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

# A counter that hangs must not make requests hang: if it takes this long (s), every request passes.
_TIMEOUT_S, _CONNECTIONS_MAX = 1.0, 20
_log = structlog.get_logger("subtext.limits")


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Limits of keys that have none of their own (None: unlimited), and of bad keys a minute from one address."""

    requests_per_minute: int | None = 600
    tokens_per_day: int | None = None
    failures_per_minute: int = 10


@dataclass(slots=True)
class RateLimitGrant:
    """Grant of one request: the headers of its response, and the tokens reserved for it."""

    headers: dict[str, str]
    tokens: RateLimitItem | None = None
    reserved: int = 0


@asynccontextmanager
async def open_counter(url: str | None) -> AsyncIterator[Storage]:
    """Open the storage of the counters, in memory or in Redis shared by replicas; raises `SettingsInvalid`."""
    if url is None:
        yield _open_storage("async+memory://")
        return
    try:
        from redis.asyncio import BlockingConnectionPool  # noqa: PLC0415 - an extra

        timeouts = {"timeout": _TIMEOUT_S, "socket_timeout": _TIMEOUT_S, "socket_connect_timeout": _TIMEOUT_S}
        pool = BlockingConnectionPool.from_url(url, max_connections=_CONNECTIONS_MAX, **timeouts)
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
    """Count requests and tokens of API keys. It fails open: if the counters fail, all pass, and it is logged once."""

    def __init__(self, storage: Storage, limits: RateLimits) -> None:
        self._storage, self._limits = storage, limits
        self._requests, self._days = SlidingWindowCounterRateLimiter(storage), FixedWindowRateLimiter(storage)
        self._is_unreachable = False

    async def acquire(self, caller: Caller, body_bytes: int) -> RateLimitGrant:
        """Charge one request to its key; raises `RateLimited`."""
        try:
            grant = await self._acquire(caller, body_bytes)
        except RateLimited:
            raise
        except Exception as error:  # noqa: BLE001 - fails open, whatever the counter's server raises
            self._log_outage(error)
            return RateLimitGrant({})
        self._is_unreachable = False
        return grant

    async def reconcile(self, caller: Caller, grant: RateLimitGrant, spent: int) -> None:
        """Correct the reserved tokens to those that were spent."""
        if grant.tokens is None or spent == grant.reserved:
            return
        try:
            await self._count(grant.tokens, caller, spent - grant.reserved)
        except Exception as error:  # noqa: BLE001 - as above
            self._log_outage(error)

    async def reserve(self, caller: Caller, grant: RateLimitGrant, tokens: int) -> None:
        """Reserve tokens for work that outlives its request; raises `RateLimited` if the key has too few left."""
        item = grant.tokens
        if item is None:
            return
        additional = tokens - grant.reserved
        try:
            total = await self._count(item, caller, additional)
            if total > item.amount:
                total_before = await self._count(item, caller, -additional)
                left = max(0, item.amount - total_before)
            wait = await self._seconds_until_reset(item, caller)
        except Exception as error:  # noqa: BLE001 - as above
            self._log_outage(error)
            return
        if total > item.amount:
            raise RateLimited(
                f"this may spend {tokens:,} tokens, more than this key has left of {item.amount:,} a day: send less at "
                "a time, or wait",
                retry_after_s=max(1, wait),
                limits=_headers([_token_policy(item.amount)], [f'"tokens";r={left};t={wait}']),
            )
        grant.reserved = tokens

    async def record_failure(self, address: str) -> None:
        """Count a bad key against its client address; raises `RateLimited` after too many."""
        item = RateLimitItemPerMinute(self._limits.failures_per_minute, namespace="failures")
        try:
            is_within = await self._requests.hit(item, address)
        except Exception as error:  # noqa: BLE001 - as above
            self._log_outage(error)
            return
        if not is_within:
            policy, remaining = f'"failures";q={self._limits.failures_per_minute};w=60', '"failures";r=0;t=60'
            raise RateLimited(
                "too many bad keys came from this address: wait a minute",
                retry_after_s=60,
                limits=_headers([policy], [remaining]),
            )

    async def _acquire(self, caller: Caller, body_bytes: int) -> RateLimitGrant:
        policies, remaining = [], []
        key_id = caller.key_id or ""
        per_minute = caller.requests_per_minute or self._limits.requests_per_minute
        if per_minute is not None:
            item = RateLimitItemPerMinute(per_minute, namespace="requests")
            is_within = await self._requests.hit(item, key_id)
            stats = await self._requests.get_window_stats(item, key_id)
            wait = max(0, round(stats.reset_time - time.time()))
            policies.append(f'"requests";q={per_minute};w=60')
            remaining.append(f'"requests";r={stats.remaining};t={wait}')
            if not is_within:
                raise RateLimited(
                    f"this key has {per_minute:,} requests a minute: wait",
                    retry_after_s=max(1, wait),
                    limits=_headers(policies, remaining),
                )
        grant = await self._reserve_tokens(caller, body_bytes, policies, remaining)
        grant.headers = _headers(policies, remaining)
        return grant

    async def _reserve_tokens(
        self, caller: Caller, body_bytes: int, policies: list[str], remaining: list[str]
    ) -> RateLimitGrant:
        """Reserve the estimated tokens up front, so that concurrent requests overshoot by at most one request."""
        per_day = caller.tokens_per_day or self._limits.tokens_per_day
        if per_day is None:
            return RateLimitGrant({})
        item = RateLimitItemPerDay(per_day, namespace="tokens")
        reserved = estimate_request_tokens(body_bytes) if body_bytes else 0
        before = await self._count(item, caller, reserved) - reserved
        wait = await self._seconds_until_reset(item, caller)
        policies.append(_token_policy(per_day))
        remaining.append(f'"tokens";r={max(0, per_day - before - reserved)};t={wait}')
        if reserved and before >= per_day:
            await self._count(item, caller, -reserved)
            raise RateLimited(
                f"this key has {per_day:,} tokens a day: wait, or ask for more",
                retry_after_s=max(1, wait),
                limits=_headers(policies, remaining),
            )
        return RateLimitGrant({}, item, reserved)

    async def _seconds_until_reset(self, item: RateLimitItem, caller: Caller) -> int:
        """Return the seconds until the day's token counter is reset."""
        reset = (await self._days.get_window_stats(item, caller.key_id or "")).reset_time
        return max(0, round(reset - time.time()))

    async def _count(self, item: RateLimitItem, caller: Caller, amount: int) -> int:
        return await self._storage.incr(item.key_for(caller.key_id or ""), item.get_expiry(), amount=amount)

    def _log_outage(self, error: Exception) -> None:
        if not self._is_unreachable:
            _log.error("limits_unreachable", error=type(error).__name__)
        self._is_unreachable = True


def _token_policy(per_day: int) -> str:
    return f'"tokens";q={per_day};w=86400;qu="tokens"'


def _headers(policies: list[str], remaining: list[str]) -> dict[str, str]:
    """Build the RateLimit headers (draft-ietf-httpapi-ratelimit-headers); none if nothing is limited."""
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(remaining)} if policies else {}


def _open_storage(url: str, **options: Any) -> Storage:
    return cast("Storage", storage_from_string(url, **options))
