"""API keys: generate them, hash them with a pepper, and verify them in constant time."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import string
from typing import TYPE_CHECKING, Protocol

from subtext.domain.caller import NO_OWNER, ApiKey, Caller
from subtext.errors import InvalidApiKey, SettingsInvalid

if TYPE_CHECKING:
    from subtext.clock import Clock

PREFIX = "sbt_live_"
PEPPER_MIN = 32
_ID_CHARS, _ALPHABET = 12, string.ascii_lowercase + string.digits
_ID = slice(len(PREFIX), len(PREFIX) + _ID_CHARS)


class ApiKeyRepository(Protocol):
    """Store API keys; every method raises `StorageUnavailable`."""

    async def all(self) -> list[ApiKey]:
        """Return every key, revoked ones too."""


def generate_key() -> tuple[str, str]:
    """Generate an API key: return its public id, and the key itself (256 random bits)."""
    key_id = "".join(secrets.choice(_ALPHABET) for _ in range(_ID_CHARS))
    return key_id, f"{PREFIX}{key_id}_{secrets.token_urlsafe(32)}"


def hash_key(key: str, pepper: str) -> str:
    """Hash a key for storage: hex HMAC-SHA256 with the pepper; 256 random bits need no slow hash."""
    return hmac.digest(pepper.encode(), key.encode(), "sha256").hex()


def require_pepper(pepper: str | None) -> str:
    """Return the pepper if it is long enough; raises `SettingsInvalid` that says how to make one."""
    if pepper is not None and len(pepper) >= PEPPER_MIN:
        return pepper
    raise SettingsInvalid(
        f"keys need SUBTEXT_KEYS_PEPPER, a secret of at least {PEPPER_MIN} characters that stays the same: make one by "
        "`python -c 'import secrets; print(secrets.token_hex(32))'`, best in a file that SUBTEXT_KEYS_PEPPER_FILE names"
    )


class ApiKeyVerifier:
    """Verify API keys in constant time, against a copy in memory that is refreshed every `refresh_s` seconds.

    A revoked key therefore works for up to `refresh_s`; an expired one does not. All keys are in memory, so that a
    known id is found no faster than an unknown one.
    """

    def __init__(self, keys: ApiKeyRepository, pepper: str, clock: Clock, *, refresh_s: float) -> None:
        self._keys, self._pepper, self._clock, self._refresh_s = keys, pepper, clock, refresh_s
        self._by_id: dict[str, ApiKey] = {}
        # Nobody's key: if there is no other, the digest is compared with this one's all the same.
        self._dummy_key = ApiKey("", NO_OWNER, "", frozenset(), secrets.token_hex(32), clock.now())
        self._active_keys = [self._dummy_key]
        self._refreshed_at: float | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def verify(self, key: str) -> Caller:
        """Return the caller whose key this is; raises `InvalidApiKey`, or `StorageUnavailable` without the database."""
        await self._refresh()
        # Constant time: malformed keys take the same path, and an unknown id is compared with some other key's digest:
        # the digest covers all that was sent, so it matches no other key.
        decoy = self._active_keys[hash(key) % len(self._active_keys)]
        api_key = self._by_id.get(key[_ID], decoy)
        is_known = hmac.compare_digest(hash_key(key, self._pepper), api_key.digest)
        if not is_known or not api_key.is_valid_at(self._clock.now()):
            raise InvalidApiKey(
                "there is no such key, or it is revoked or expired: send a good one as `Authorization: Bearer …`"
            )
        return _to_caller(api_key)

    async def find_caller(self, key_id: str) -> Caller | None:
        """Return the caller of a key by its id, for a session that the key started; None if the key is not valid."""
        await self._refresh()
        api_key = self._by_id.get(key_id)
        return _to_caller(api_key) if api_key is not None and api_key.is_valid_at(self._clock.now()) else None

    async def is_empty(self) -> bool:
        """Return whether there is no valid key at all."""
        await self._refresh()
        return not self._by_id

    async def _refresh(self) -> None:
        """Refresh the copy if it is due: one read for all who wait, so that a failure does not queue them up."""
        now = self._clock.monotonic()
        if self._refreshed_at is not None and now - self._refreshed_at < self._refresh_s:
            return
        if self._refreshing is None:
            self._refreshing = asyncio.create_task(self._load(now))
            self._refreshing.add_done_callback(self._end_refresh)
        await asyncio.shield(self._refreshing)

    async def _load(self, now: float) -> None:
        moment = self._clock.now()
        self._by_id = {key.id: key for key in await self._keys.all() if key.is_valid_at(moment)}
        self._active_keys = list(self._by_id.values()) or [self._dummy_key]
        self._refreshed_at = now

    def _end_refresh(self, refreshing: asyncio.Task[None]) -> None:
        self._refreshing = None
        # Read here, as everyone who waited may have been cancelled.
        if not refreshing.cancelled():
            refreshing.exception()


def _to_caller(key: ApiKey) -> Caller:
    return Caller(key.owner, key.scopes, key.id, key.requests_per_minute, key.tokens_per_day)
