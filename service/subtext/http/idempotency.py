"""Idempotency-Key: a request that comes again is answered as it was the first time, and costs nothing twice.

Only what was answered well is kept: after a failure the key is free, and the same request may be tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from starlette.responses import Response

from subtext.errors import (
    IdempotencyDisabled,
    IdempotencyInProgress,
    IdempotencyMismatch,
    RequestInvalid,
    StorageUnavailable,
)
from subtext.http.sse import accepts_event_stream
from subtext.http.state import get_app_state, get_request_state
from subtext.http.strict_requests import StrictRequest, StrictRoute
from subtext.storage.background import renewing
from subtext.storage.idempotency import IdempotencyKey, StoredResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

    from starlette.requests import Request

HEADER = "idempotency-key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[!-~]{1,255}")
_KEPT_HEADERS = ("content-type", "location", "x-cache")
_PAUSE_S, _PAUSE_MAX_S = 0.02, 0.5
_RETRY_AFTER_S = 1.0
_log = structlog.get_logger("subtext.store")


class IdempotencyRepository(Protocol):
    """Requests by their keys, kept. Raises `StorageUnavailable`."""

    async def claim(
        self, request: IdempotencyKey, claim_id: str, fingerprint: str | None, lease: timedelta
    ) -> StoredResponse | None:
        """None where this claim_id is to answer it; else the request as another holds or has answered it."""

    async def extend(self, request: IdempotencyKey, claim_id: str, lease: timedelta) -> None:
        """Keep a request that is being answered for longer."""

    async def complete(self, request: IdempotencyKey, claim_id: str, answered: StoredResponse) -> None:
        """Keep the answer, if the request is still this claim_id's."""

    async def release(self, request: IdempotencyKey, claim_id: str) -> None:
        """Forget a request that came to nothing."""


class Fingerprint:
    """The digest of a request: of where it goes with which options, and of its body, read whole or as it streams."""

    def __init__(self, request: Request, chunks: AsyncIterator[bytes]) -> None:
        about = (request.method, request.scope["path"], request.scope.get("query_string", b""))
        self._hash = hashlib.sha256(repr(about).encode())
        self._chunks = chunks

    async def stream(self) -> AsyncIterator[bytes]:
        """The body, part by part."""
        async for chunk in self._chunks:
            self._hash.update(chunk)
            yield chunk

    async def whole(self) -> str:
        """The hex digest, once what is left of the body was read."""
        async for _ in self.stream():
            pass
        return self._hash.hexdigest()


@dataclass(frozen=True, slots=True)
class IdempotencyTimeouts:
    """How long others wait for the one who answers, and after how long one who died is not waited for (seconds)."""

    wait_s: float
    lease_s: float


class IdempotencyService:
    """Answers each request once."""

    def __init__(self, requests: IdempotencyRepository, limits: IdempotencyTimeouts) -> None:
        self._requests, self._wait_s = requests, limits.wait_s
        self._lease = timedelta(seconds=limits.lease_s)
        self._here: dict[IdempotencyKey, asyncio.Event] = {}

    async def run_once(
        self, request: Request, fingerprint: Fingerprint, run: Callable[[], Awaitable[Response]], *, compare_first: bool
    ) -> Response:
        """What `run` answers, or what it answered before.

        With `compare_first` the body was read already, and is compared before anything runs.

        Raises `IdempotencyMismatch`, `IdempotencyInProgress` and whatever `run` does.
        """
        known = await fingerprint.whole() if compare_first else None
        key, claim_id = _key_of(request), secrets.token_hex(16)
        found = await self._claim(key, claim_id, known)
        if found is None:
            return await self._run(key, claim_id, fingerprint, run)
        _require_same(found.fingerprint, known or await fingerprint.whole())
        return Response(found.body, found.status or 200, {**found.headers, REPLAYED: "true"})

    async def _claim(self, key: IdempotencyKey, claim_id: str, known: str | None) -> StoredResponse | None:
        """None where we are to answer, else the answer; waits for another who is at it."""
        loop, pause = asyncio.get_running_loop(), _PAUSE_S
        ends_at = loop.time() + self._wait_s
        while True:
            found = await self._requests.claim(key, claim_id, known, self._lease)
            if found is None or found.status is not None:
                return found
            if known is not None and found.fingerprint is not None:
                _require_same(found.fingerprint, known)
            if loop.time() >= ends_at:
                raise IdempotencyInProgress(
                    "the request of this Idempotency-Key is still being answered: ask again with the same key",
                    retry_after_s=_RETRY_AFTER_S,
                )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._here.get(key, asyncio.Event()).wait(), pause)
            pause = min(pause * 2, _PAUSE_MAX_S)

    async def _run(
        self, key: IdempotencyKey, claim_id: str, fingerprint: Fingerprint, run: Callable[[], Awaitable[Response]]
    ) -> Response:
        ended = self._here[key] = asyncio.Event()
        try:
            async with renewing(lambda: self._requests.extend(key, claim_id, self._lease), self._lease):
                response = await run()
                await self._store(key, claim_id, await fingerprint.whole(), response)
        except BaseException:
            await asyncio.shield(self._release(key, claim_id))
            raise
        finally:
            del self._here[key]
            ended.set()
        return response

    async def _store(self, key: IdempotencyKey, claim_id: str, fingerprint: str, response: Response) -> None:
        """Keep the answer; where the database fails, it leaves all the same: it was paid for."""
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        answered = StoredResponse(fingerprint, response.status_code, headers, bytes(response.body))
        try:
            await self._requests.complete(key, claim_id, answered)
        except StorageUnavailable as error:
            _log.warning("answer_not_kept", code=error.code)

    async def _release(self, key: IdempotencyKey, claim_id: str) -> None:
        # Where the database is away, the lease frees the key.
        with contextlib.suppress(StorageUnavailable):
            await self._requests.release(key, claim_id)


class IdempotentRoute(StrictRoute):
    """A strict route whose requests may have an Idempotency-Key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The usual handler, run once for each key."""
        handle = super().get_route_handler()

        async def run_once(request: Request) -> Response:
            if HEADER not in request.headers:
                return await handle(request)
            if accepts_event_stream(request):
                raise RequestInvalid("an Idempotency-Key does not go with events: ask for JSON, or leave the key out")
            strict = StrictRequest(request.scope, request.receive)
            body = await strict.body()
            fingerprint = Fingerprint(request, _single_chunk(body))
            return await get_idempotency(request).run_once(
                request, fingerprint, lambda: handle(_with_body(request, body)), compare_first=True
            )

        return run_once


def get_idempotency(request: Request) -> IdempotencyService:
    """What knows requests again; raises `IdempotencyDisabled` where nothing is kept."""
    found = get_app_state(request.app).require_services().idempotency
    if found is None:
        raise IdempotencyDisabled(
            "this service keeps nothing, so it cannot know a request again: leave the Idempotency-Key out, or set "
            "SUBTEXT_STORE_ENABLED=true"
        )
    return found


def _require_same(fingerprint: str | None, given: str) -> None:
    if fingerprint != given:
        raise IdempotencyMismatch("this Idempotency-Key was used for another request: take a new key for a new one")


def _key_of(request: Request) -> IdempotencyKey:
    key = request.headers.get(HEADER, "")
    if _KEY.fullmatch(key) is None:
        raise RequestInvalid("an Idempotency-Key has 1 to 255 visible ASCII characters, such as a UUID")
    return IdempotencyKey(
        get_request_state(request.scope).caller.owner, f"{request.method} {request.scope['path']}"[:100], key
    )


async def _single_chunk(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _with_body(request: Request, body: bytes) -> Request:
    """The same request, with its body to be read again."""
    is_read = False

    async def receive() -> Any:
        nonlocal is_read
        if is_read:
            return await request.receive()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return type(request)(request.scope, receive)
