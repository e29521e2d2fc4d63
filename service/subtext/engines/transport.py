"""The HTTP client for a model's server: no proxy of the environment, no redirects, no more bytes than agreed.

A redirect would carry the article to another host; a compressed body can grow a thousandfold once it is read. The
client is any `httpx2.AsyncClient`, whatever transport it rides on: the guards stand at its response hook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

from subtext.engines.faults import AttemptFailed
from subtext.engines.streams import EVENT_STREAM, WatchedStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

MAX_CONNECTIONS = 256
KEEP_ALIVE_S = 60.0


def guarded_client(
    client_class: Callable[..., httpx2.AsyncClient], *, timeout_s: float, connect_timeout_s: float, max_bytes: int
) -> httpx2.AsyncClient:
    """A client whose responses fail with `AttemptFailed` once they turn out too large, or compressed.

    Time-outs are for each read and write, as everywhere in HTTP clients: a deadline belongs round the call.
    """

    async def guard(response: httpx2.Response) -> None:
        _require_plain(response)
        response.stream = _Capped(response.stream, max_bytes)
        if response.headers.get("content-type", "").startswith(EVENT_STREAM):
            response.stream = WatchedStream(response.stream)

    return client_class(
        headers={"Accept-Encoding": "identity"},
        timeout=httpx2.Timeout(timeout_s, connect=connect_timeout_s),
        limits=httpx2.Limits(
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=KEEP_ALIVE_S,
        ),
        follow_redirects=False,
        trust_env=False,
        event_hooks={"response": [guard]},
    )


class _Capped(httpx2.AsyncByteStream):
    """A stream that ends in failure once it has given more than `max_bytes`."""

    def __init__(self, stream: object, max_bytes: int) -> None:
        if not isinstance(stream, httpx2.AsyncByteStream):
            raise TypeError("an asynchronous client gives asynchronous streams")
        self._stream, self._left = stream, max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise AttemptFailed("too_large")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def _require_plain(response: httpx2.Response) -> None:
    """Refuse a compressed answer; a compressed error is left as it is: its status says enough."""
    if response.headers.get("content-encoding", "identity").strip().lower() in {"identity", ""}:
        return
    if response.is_success:
        raise AttemptFailed("encoded")
    del response.headers["content-encoding"]
