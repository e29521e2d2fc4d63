"""Sign-in sessions of browsers: random tokens whose hashes the service stores, and the cookie that carries them."""

from __future__ import annotations

import secrets
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from starlette.requests import cookie_parser

from subtext.domain.caller import Session
from subtext.http.api_keys import hash_key
from subtext.http.state import get_app_state

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from starlette.requests import Request
    from starlette.responses import Response

    from subtext.clock import Clock
    from subtext.domain.caller import Caller
    from subtext.http.api_keys import ApiKeyVerifier

# Whether a session opens the request that is being answered: its pages lead to the sign-out.
is_signed_in: ContextVar[bool] = ContextVar("is_signed_in", default=False)
_COOKIE: Final = "subtext_session"
# A browser takes a name with this prefix only over TLS, for all paths, and never from another host (RFC 6265bis).
_SECURE_PREFIX: Final = "__Host-"


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Limits of a session: how long it lasts, how long without a request, and how exactly that is recorded."""

    lifetime: timedelta
    idle: timedelta
    precision: timedelta


class SessionRepository(Protocol):
    """Store sessions; every method raises `StorageUnavailable`."""

    async def add(self, session: Session) -> None:
        """Add a new session."""

    async def get(self, digest: str) -> Session | None:
        """Return a session by the digest of its token."""

    async def touch(self, digest: str, now: datetime) -> None:
        """Record that a session was used."""

    async def delete(self, digest: str) -> None:
        """Delete a session, if it is there."""


class SessionService:
    """Start, find and end sessions. A session ends with its key, by signing out, and by time."""

    def __init__(
        self, sessions: SessionRepository, verifier: ApiKeyVerifier, pepper: str, clock: Clock, limits: SessionLimits
    ) -> None:
        self._sessions, self._verifier, self._pepper, self._clock = sessions, verifier, pepper, clock
        self.limits = limits

    async def start(self, key_id: str) -> str:
        """Start a session for a key and return its token (256 random bits)."""
        token, now = secrets.token_urlsafe(32), self._clock.now()
        await self._sessions.add(Session(hash_key(token, self._pepper), key_id, now, now))
        return token

    async def find_caller(self, token: str) -> Caller | None:
        """Return the caller whose session this is; None if it has ended."""
        digest, now = hash_key(token, self._pepper), self._clock.now()
        session = await self._sessions.get(digest)
        if session is None:
            return None
        caller = await self._verifier.find_caller(session.key_id)
        is_over = now - session.created_at >= self.limits.lifetime or now - session.seen_at >= self.limits.idle
        if caller is None or is_over:
            await self._sessions.delete(digest)
            return None
        if now - session.seen_at >= self.limits.precision:
            await self._sessions.touch(digest, now)
        return caller

    async def end(self, token: str) -> None:
        """End a session."""
        await self._sessions.delete(hash_key(token, self._pepper))


def read_session_cookie(request: Request) -> str | None:
    """Return the session token of a request; over TLS, only a cookie that no other host can have set is read."""
    return cookie_parser(request.headers.get("cookie", "")).get(_cookie_name(request))


def set_session_cookie(request: Request, response: Response, token: str, lifetime: timedelta) -> None:
    """Set the session cookie: no script reads it, and other sites' forms do not carry it."""
    max_age, secure = int(lifetime.total_seconds()), _is_secure(request)
    response.set_cookie(
        _cookie_name(request), token, max_age=max_age, path="/", httponly=True, samesite="lax", secure=secure
    )


def delete_session_cookie(request: Request, response: Response) -> None:
    """Delete the session cookie."""
    secure = _is_secure(request)
    response.delete_cookie(_cookie_name(request), path="/", httponly=True, samesite="lax", secure=secure)


def _cookie_name(request: Request) -> str:
    return f"{_SECURE_PREFIX}{_COOKIE}" if _is_secure(request) else _COOKIE


def _is_secure(request: Request) -> bool:
    return get_app_state(request.app).host_policy.is_secure(request.scope)
