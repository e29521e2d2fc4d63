"""The HTTP client for a model's server: no proxy of the environment, no redirects, no more bytes than agreed.

A redirect would carry the article to another host; a compressed body can grow a thousandfold once it is read. The
client is any `httpx2.AsyncClient`, whatever transport it rides on: the guards stand at its response hook.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import httpx2

from subtext.engines.faults import AttemptFailed
from subtext.engines.streams import EVENT_STREAM, WatchedStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

MAX_CONNECTIONS = 256
KEEP_ALIVE_S = 60.0
# A stream spends about 300 bytes on a token of four: so many times more of it is read before it counts as too large.
_STREAM_FACTOR = 8
# The SDK hands nothing of a call on to the hooks of its client but the context that it runs in.
_piece_counter: ContextVar[Callable[[int], None]] = ContextVar("piece_counter", default=lambda _: None)


@contextmanager
def count_pieces(counter: Callable[[int], None]) -> Iterator[None]:
    """Tell `counter` how many pieces come on the streams of the calls that are made in this context."""
    token = _piece_counter.set(counter)
    try:
        yield
    finally:
        _piece_counter.reset(token)


def guarded_client(
    client_class: Callable[..., httpx2.AsyncClient], *, connect_timeout_s: float, max_bytes: int
) -> httpx2.AsyncClient:
    """A client whose responses fail with `AttemptFailed` once they turn out too large, or compressed.

    But for the connection there is no time-out here: they are for each read and write, as everywhere in HTTP clients,
    and a slow model is silent until its answer is whole. A deadline belongs round the call.
    """

    async def guard(response: httpx2.Response) -> None:
        _require_plain(response)
        is_stream = response.headers.get("content-type", "").startswith(EVENT_STREAM)
        response.stream = _Capped(response.stream, max_bytes * _STREAM_FACTOR if is_stream else max_bytes)
        if is_stream:
            response.stream = WatchedStream(response.stream, _piece_counter.get())

    return client_class(
        headers={"Accept-Encoding": "identity"},
        timeout=httpx2.Timeout(None, connect=connect_timeout_s),
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
