"""Open the authenticator: API keys, and their rate limiter."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from subtext.errors import SettingsInvalid
from subtext.http.api_key_usage import ApiKeyUsage
from subtext.http.api_keys import ApiKeyVerifier, require_pepper
from subtext.http.middleware.authentication import Authenticator
from subtext.http.sessions import SessionLimits, SessionService
from subtext.settings import requires_keys
from subtext.storage.api_keys import SqlApiKeyRepository
from subtext.storage.background import flush_periodically, prune_periodically
from subtext.storage.sessions import SqlSessionRepository

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.bootstrap.runtime import Storage
    from subtext.clock import Clock
    from subtext.settings import Settings

# How exactly the last use of a session is recorded, and how often that of keys is (s).
_SESSION_PRECISION: Final = timedelta(minutes=1)
_FLUSH_USAGE_S: Final = 60.0


@asynccontextmanager
async def open_authenticator(
    settings: Settings, storage: Storage | None, clock: Clock
) -> AsyncIterator[Authenticator | None]:
    """Open the authenticator; None if no key is needed. Raises `SettingsInvalid` if no key could work."""
    required, keys = requires_keys(settings), settings.keys
    if settings.auth == "off" or (keys.pepper is None and not required):
        yield None
        return
    pepper = require_pepper(None if keys.pepper is None else keys.pepper.get_secret_value())
    # A late import: without keys nothing is limited by them, and the library takes two megabytes.
    from subtext.http.rate_limiter import RateLimiter, RateLimits, open_counter  # noqa: PLC0415

    if storage is None:
        raise SettingsInvalid("keys are kept in the store: set SUBTEXT_STORE_ENABLED=true, or SUBTEXT_AUTH=off")
    repository = SqlApiKeyRepository(storage.database)
    verifier = ApiKeyVerifier(repository, pepper, clock, refresh_s=keys.fresh_s)
    if required and await verifier.is_empty():
        raise SettingsInvalid("there is no key yet, so nobody could use the service: `subtext keys create` makes one")
    limits = RateLimits(keys.requests_per_minute, keys.tokens_per_day, keys.failures_per_minute)
    session_limits = SessionLimits(
        timedelta(hours=keys.session_hours), timedelta(hours=keys.session_idle_hours), _SESSION_PRECISION
    )
    sessions, usage = SqlSessionRepository(storage.database), ApiKeyUsage(repository, clock)
    async with (
        open_counter(keys.redis_url) as counter,
        prune_periodically(sessions, session_limits.lifetime, clock),
        flush_periodically(usage.flush, every_s=_FLUSH_USAGE_S),
    ):
        service = SessionService(sessions, verifier, pepper, clock, session_limits)
        yield Authenticator(verifier, RateLimiter(counter, limits), service, usage, required)
