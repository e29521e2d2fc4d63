"""Keys: made once, kept as digests, and checked in the same time whatever is wrong with them."""

from __future__ import annotations

import asyncio
import hashlib
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
    """All keys that there are. Raises `StorageUnavailable`."""

    async def all(self) -> list[ApiKey]:
        """Every key, revoked ones too."""


def generate_key() -> tuple[str, str]:
    """A public id, and the key that has it: 256 random bits."""
    key_id = "".join(secrets.choice(_ALPHABET) for _ in range(_ID_CHARS))
    return key_id, f"{PREFIX}{key_id}_{secrets.token_urlsafe(32)}"


def hash_key(key: str, pepper: str) -> str:
    """What is stored of a key: a fast digest is enough for 256 random bits (hex HMAC-SHA256)."""
    return hmac.new(pepper.encode(), key.encode(), hashlib.sha256).hexdigest()


def require_pepper(pepper: str | None) -> str:
    """The pepper, if it is one; raises `SettingsInvalid` that says how to make it."""
    if pepper is not None and len(pepper) >= PEPPER_MIN:
        return pepper
    raise SettingsInvalid(
        f"keys need SUBTEXT_KEYS_PEPPER, a secret of at least {PEPPER_MIN} characters that stays the same: make one by "
        "`python -c 'import secrets; print(secrets.token_hex(32))'`, best in a file that SUBTEXT_KEYS_PEPPER_FILE names"
    )


class ApiKeyVerifier:
    """The good keys, read anew every `refresh_s` seconds: so long does a revoked key still open the door.

    All are in memory, so that a known id is found no faster than one that nobody has.
    """

    def __init__(self, keys: ApiKeyRepository, pepper: str, clock: Clock, *, refresh_s: float) -> None:
        self._keys, self._pepper, self._clock, self._refresh_s = keys, pepper, clock, refresh_s
        self._known: dict[str, ApiKey] = {}
        # Nobody's: where there is no key at all, something is compared with all the same.
        self._dummy_key = ApiKey("", NO_OWNER, "", frozenset(), secrets.token_hex(32), clock.now())
        self._active_keys = [self._dummy_key]
        self._read_at: float | None = None
        self._reading = asyncio.Lock()

    async def caller(self, key: str) -> Caller:
        """Whose key it is; raises `InvalidApiKey`, or `StorageUnavailable` where that cannot be told."""
        await self._refresh()
        # Whatever is sent goes the same way, well-formed or not, and an id that nobody has leads to some key as well:
        # the digest is of all that was sent, so it is that of no other key.
        some = self._active_keys[hash(key) % len(self._active_keys)]
        found = self._known.get(key[_ID], some)
        if not hmac.compare_digest(hash_key(key, self._pepper), found.digest):
            raise InvalidApiKey("there is no such key, or it is revoked: send a good one as `Authorization: Bearer …`")
        return Caller(found.owner, found.scopes, found.id, found.requests_per_minute, found.tokens_per_day)

    async def is_empty(self) -> bool:
        """Whether nobody could come in."""
        await self._refresh()
        return not self._known

    async def _refresh(self) -> None:
        async with self._reading:
            now = self._clock.monotonic()
            if self._read_at is None or now - self._read_at >= self._refresh_s:
                self._known = {key.id: key for key in await self._keys.all() if key.revoked_at is None}
                self._active_keys = list(self._known.values()) or [self._dummy_key]
                self._read_at = now
