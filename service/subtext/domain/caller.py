"""Who asks: owners, API keys and callers with their scopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NewType

if TYPE_CHECKING:
    from datetime import datetime

Owner = NewType("Owner", str)
"""Whose analyses, batches and webhooks something is; it is in every query and in every key of a cache."""
Scope = Literal["analyse", "read", "batch", "admin"]
SCOPES: frozenset[str] = frozenset({"analyse", "read", "batch", "admin"})
NO_OWNER = Owner("")
"""Everybody who uses a service without a key."""


def key_owner(name: str) -> Owner:
    """Return the owner whom an API key names."""
    return Owner(name)


def slack_owner(team: str) -> Owner:
    """Return the owner that a Slack workspace is."""
    return Owner(f"slack:{team}")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret: whose it is, what it is for, and its limits (None: those of the settings).

    `digest` is the hex HMAC-SHA256 of the whole key.
    """

    id: str
    owner: Owner
    name: str
    scopes: frozenset[str]
    digest: str
    created_at: datetime
    requests_per_minute: int | None = None
    tokens_per_day: int | None = None
    revoked_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None

    def is_valid_at(self, now: datetime) -> bool:
        """Return whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Session:
    """A browser's session: for which key, since when, and when it was last used; `digest` is that of its token."""

    digest: str
    key_id: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request: whose work it is, and what may be asked for.

    `requests_per_minute` and `tokens_per_day` are the key's own limits, None if it has none of its own.
    """

    owner: Owner = NO_OWNER
    scopes: frozenset[str] = SCOPES
    key_id: str | None = None
    requests_per_minute: int | None = None
    tokens_per_day: int | None = None


ANONYMOUS = Caller()
