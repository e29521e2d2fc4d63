"""Keys: made once, kept as digests, and checked in the same time whatever is wrong with them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
import string
from typing import TYPE_CHECKING, Protocol

from subtext.api.callers import Caller
from subtext.domain.errors import KeyRefused, SettingsInvalid

if TYPE_CHECKING:
    from subtext.analyst.ports import Clock
    from subtext.storage.api_keys import ApiKey

PREFIX = "sbt_live_"
PEPPER_MIN = 32
_ID_CHARS, _ALPHABET = 12, string.ascii_lowercase + string.digits
_KEY = re.compile(r"sbt_live_([a-z0-9]{12})_[A-Za-z0-9_-]{43}")
# What a key is compared with that has none of its own.
_NOBODYS = "0" * 64


class Keys(Protocol):
    """All keys that there are. Raises `StoreUnavailable`."""

    async def all(self) -> list[ApiKey]:
        """Every key, revoked ones too."""


def new_key() -> tuple[str, str]:
    """A public id, and the key that has it: 256 random bits."""
    key_id = "".join(secrets.choice(_ALPHABET) for _ in range(_ID_CHARS))
    return key_id, f"{PREFIX}{key_id}_{secrets.token_urlsafe(32)}"


def digest_of(key: str, pepper: str) -> str:
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


class Keyring:
    """The good keys, read anew every `fresh_s` seconds: so long does a revoked key still open the door.

    All are in memory, so that a known id is found no faster than one that nobody has.
    """

    def __init__(self, keys: Keys, pepper: str, clock: Clock, *, fresh_s: float) -> None:
        self._keys, self._pepper, self._clock, self._fresh_s = keys, pepper, clock, fresh_s
        self._known: dict[str, ApiKey] = {}
        self._read_at: float | None = None
        self._reading = asyncio.Lock()

    async def caller(self, key: str) -> Caller:
        """Whose key it is; raises `KeyRefused`, or `StoreUnavailable` where that cannot be told."""
        await self._refresh()
        shaped = _KEY.fullmatch(key)
        found = self._known.get(shaped[1] if shaped else "")
        given = digest_of(key, self._pepper)
        is_equal = hmac.compare_digest(given, found.digest if found else _NOBODYS)
        if found is None or not is_equal:
            raise KeyRefused("there is no such key, or it is revoked: send a good one as `Authorization: Bearer …`")
        return Caller(found.owner, found.scopes, found.id, found.requests_per_minute, found.tokens_per_day)

    async def is_empty(self) -> bool:
        """Whether nobody could come in."""
        await self._refresh()
        return not self._known

    async def _refresh(self) -> None:
        async with self._reading:
            now = self._clock.monotonic()
            if self._read_at is None or now - self._read_at >= self._fresh_s:
                self._known = {key.id: key for key in await self._keys.all() if key.revoked_at is None}
                self._read_at = now
