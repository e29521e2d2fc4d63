"""Idempotency-Key: answer a repeated request with the stored first response, so that it costs nothing twice.

Only successful responses are stored: after a failure the key is free, and the same request may be tried again.
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
from subtext.ids import derive_uuid7
from subtext.logs import log_failure
from subtext.storage.background import log_step_failure, renew_lease
from subtext.storage.idempotency import Claimed, IdempotencyKey, InProgress, StoredResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

    from starlette.requests import Request

KEY_HEADER = "idempotency-key"
REPLAYED_HEADER = "Idempotency-Replayed"
_KEY = re.compile(r"[!-~]{1,255}")
_STORED_HEADERS = ("content-type", "location", "x-cache")
_POLL_S, _POLL_MAX_S = 0.02, 0.5
_RETRY_AFTER_S = 1.0
# Leases are renewed after a third of their length: with less than this part left, whoever held one may have died.
_SUSPICIOUS_PART = 0.5
_STILL_IN_PROGRESS = "the request of this Idempotency-Key is still being answered: ask again with the same key"
_SEEMS_DEAD = (
    "the process that was answering the request of this Idempotency-Key does not react: ask again with the same key "
    "after Retry-After, and another one answers"
)


class IdempotencyRepository(Protocol):
    """Store requests by idempotency key, each claimed under a lease; every method raises `StorageUnavailable`."""

    async def claim(
        self, request: IdempotencyKey, claim_id: str, fingerprint: str | None, lease: timedelta
    ) -> Claimed | InProgress | StoredResponse:
        """Claim a request, or return how far another claim has come with it."""

    async def extend(self, request: IdempotencyKey, claim_id: str, lease: timedelta) -> None:
        """Extend the lease of a request that is being answered."""

    async def complete(self, request: IdempotencyKey, claim_id: str, response: StoredResponse) -> None:
        """Store the response, unless another claim has taken the request over."""

    async def release(self, request: IdempotencyKey, claim_id: str) -> None:
        """Release a request that failed, so that its key is free again."""


class Fingerprint:
    """Hash a request (SHA-256): method, path, query and body, which may be read whole or as a stream."""

    def __init__(self, request: Request, chunks: AsyncIterator[bytes]) -> None:
        about = (request.method, request.scope["path"], request.scope.get("query_string", b""))
        self._hash = hashlib.sha256(repr(about).encode())
        self._chunks = chunks

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield the chunks of the body, and hash them on the way."""
        async for chunk in self._chunks:
            self._hash.update(chunk)
            yield chunk

    async def hexdigest(self) -> str:
        """Return the hex digest, after reading the rest of the body."""
        async for _ in self.stream():
            pass
        return self._hash.hexdigest()


@dataclass(frozen=True, slots=True)
class IdempotencyTimeouts:
    """Limits in seconds: how long to wait for another's response, and the lease of an answer in progress."""

    wait_s: float
    lease_s: float


class IdempotencyService:
    """Run each request with an Idempotency-Key once, and replay its response."""

    def __init__(self, requests: IdempotencyRepository, limits: IdempotencyTimeouts) -> None:
        self._requests, self._wait_s = requests, limits.wait_s
        self._lease = timedelta(seconds=limits.lease_s)
        self._in_progress: dict[IdempotencyKey, asyncio.Event] = {}

    async def run_once(
        self, request: Request, fingerprint: Fingerprint, run: Callable[[], Awaitable[Response]], *, compare_first: bool
    ) -> Response:
        """Return the response of `run`, or replay the stored response of an earlier request with the same key.

        With `compare_first` the body was read already, and its fingerprint is compared before anything runs. What
        `run` stores gets the id in the request's state, which is the same if it has to run again after a crash.
        Raises `IdempotencyMismatch`, `IdempotencyInProgress`, `StorageUnavailable` and whatever `run` raises.
        """
        digest = await fingerprint.hexdigest() if compare_first else None
        key, claim_id = _parse_key(request), secrets.token_hex(16)
        state = await self._claim(key, claim_id, digest)
        if isinstance(state, Claimed):
            get_request_state(request.scope).repeatable_id = derive_uuid7(state.since, key.owner, key.route, key.key)
            return await self._run(key, claim_id, fingerprint, run)
        _require_same(state.fingerprint, digest or await fingerprint.hexdigest())
        return Response(state.body, state.status, {**state.headers, REPLAYED_HEADER: "true"})

    async def _claim(self, key: IdempotencyKey, claim_id: str, digest: str | None) -> Claimed | StoredResponse:
        """Claim the request, or return its stored response; waits while another claim answers it and seems alive."""
        loop, poll_s = asyncio.get_running_loop(), _POLL_S
        ends_at = loop.time() + self._wait_s
        while True:
            state = await self._requests.claim(key, claim_id, digest, self._lease)
            if not isinstance(state, InProgress):
                return state
            if digest is not None and state.fingerprint is not None:
                _require_same(state.fingerprint, digest)
            self._require_alive(key, state)
            if loop.time() >= ends_at:
                raise IdempotencyInProgress(_STILL_IN_PROGRESS, retry_after_s=_RETRY_AFTER_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(poll_s):
                    await self._in_progress.get(key, asyncio.Event()).wait()
            poll_s = min(poll_s * 2, _POLL_MAX_S)

    def _require_alive(self, key: IdempotencyKey, state: InProgress) -> None:
        """Raise `IdempotencyInProgress` if a lease of another process is overdue: its end is when to ask again."""
        if key not in self._in_progress and state.lease_left < self._lease * _SUSPICIOUS_PART:
            retry_after_s = max(state.lease_left.total_seconds(), _RETRY_AFTER_S)
            raise IdempotencyInProgress(_SEEMS_DEAD, retry_after_s=retry_after_s)

    async def _run(
        self, key: IdempotencyKey, claim_id: str, fingerprint: Fingerprint, run: Callable[[], Awaitable[Response]]
    ) -> Response:
        finished = self._in_progress[key] = asyncio.Event()
        try:
            async with renew_lease(lambda: self._requests.extend(key, claim_id, self._lease), self._lease):
                response = await run()
                await self._store(key, claim_id, await fingerprint.hexdigest(), response)
        except BaseException:
            await asyncio.shield(self._release(key, claim_id))
            raise
        finally:
            # If the lease ran out, a repetition of the request may have taken it over here.
            if self._in_progress.get(key) is finished:
                del self._in_progress[key]
            finished.set()
        return response

    async def _store(self, key: IdempotencyKey, claim_id: str, fingerprint: str, response: Response) -> None:
        """Store the response; if the database fails, send it all the same, as the work was paid for."""
        headers = {name: response.headers[name] for name in _STORED_HEADERS if name in response.headers}
        stored = StoredResponse(fingerprint, response.status_code, headers, bytes(response.body))
        try:
            await self._requests.complete(key, claim_id, stored)
        except Exception as error:  # noqa: BLE001 - as above: a mistake of ours must not lose it either
            log_step_failure("response_not_stored", error)

    async def _release(self, key: IdempotencyKey, claim_id: str) -> None:
        # If the database is unavailable, the expiring lease frees the key.
        try:
            await self._requests.release(key, claim_id)
        except StorageUnavailable:
            pass
        except Exception as error:  # noqa: BLE001 - what the request itself ended in is raised
            log_failure("key_not_released", error)


class IdempotentRoute(StrictRoute):
    """Route strict JSON requests, each run once per Idempotency-Key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the usual handler so that it runs once for each key."""
        handle = super().get_route_handler()

        async def run_once(request: Request) -> Response:
            if KEY_HEADER not in request.headers:
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
    """Return the idempotency service; raises `IdempotencyDisabled` if nothing is stored."""
    service = get_app_state(request.app).require_services().idempotency
    if service is None:
        raise IdempotencyDisabled(
            "this service keeps nothing, so it cannot know a request again: leave the Idempotency-Key out, or set "
            "SUBTEXT_STORE_ENABLED=true"
        )
    return service


def _require_same(fingerprint: str | None, digest: str) -> None:
    if fingerprint != digest:
        raise IdempotencyMismatch("this Idempotency-Key was used for another request: take a new key for a new one")


def _parse_key(request: Request) -> IdempotencyKey:
    key = request.headers.get(KEY_HEADER, "")
    if _KEY.fullmatch(key) is None:
        raise RequestInvalid("an Idempotency-Key has 1 to 255 visible ASCII characters, such as a UUID")
    return IdempotencyKey(
        get_request_state(request.scope).caller.owner, f"{request.method} {request.scope['path']}"[:100], key
    )


async def _single_chunk(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _with_body(request: Request, body: bytes) -> Request:
    """Return the same request with its body to be read once more."""
    is_read = False

    async def receive() -> Any:
        nonlocal is_read
        if is_read:
            return await request.receive()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return type(request)(request.scope, receive)
