"""Client of a model's server: one chat completions request, and the body that comes back or the failure.

The HTTP client below it takes no proxy from the environment, follows no redirects and reads no more bytes than agreed:
a redirect would carry the article to another host, and a compressed body can grow a thousandfold. Any
`httpx2.AsyncClient` will do, whatever its transport: the limits are set by its response hook.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, cast

import aiohttp
import httpx2
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, DefaultAioHttpClient, Omit

from subtext.engines.llm.completion_stream import EVENT_STREAM, RepetitionGuardStream
from subtext.engines.llm.connection_errors import classify_connection_error
from subtext.engines.llm.error_outcomes import to_attempt_failure
from subtext.engines.llm.failures import AttemptFailed
from subtext.engines.llm.retries import parse_server_wait
from subtext.engines.llm.timeouts import AttemptTimedOut
from subtext.engines.llm.tls import load_tls_context
from subtext.telemetry.trace_context import outgoing_headers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from openai._types import RequestOptions

    from subtext.clock import Clock
    from subtext.engines.llm.model_endpoint import ModelEndpoint, RequestLimits
    from subtext.engines.llm.usage import CurrentAttempt

# Far above what a bulkhead lets through at a time: connections limit nothing of their own.
MAX_CONNECTIONS = 1_024

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


def build_http_client(
    client_class: Callable[..., httpx2.AsyncClient], *, connect_timeout_s: float, max_bytes: int
) -> httpx2.AsyncClient:
    """Build a client whose responses fail with `AttemptFailed` once they turn out too large, or compressed.

    Only connecting has a time-out here: HTTP clients apply theirs to each read and write, and a slow model is silent
    until its answer is whole. The caller sets a deadline for the whole call.
    """

    async def guard(response: httpx2.Response) -> None:
        _reject_compressed(response)
        is_stream = response.headers.get("content-type", "").startswith(EVENT_STREAM)
        response.stream = _SizeLimitedStream(response.stream, max_bytes * _STREAM_FACTOR if is_stream else max_bytes)
        if is_stream:
            response.stream = RepetitionGuardStream(response.stream, _piece_counter.get())

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


class _SizeLimitedStream(httpx2.AsyncByteStream):
    """Limit a stream: fail once it has given more than `max_bytes`."""

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


def _reject_compressed(response: httpx2.Response) -> None:
    """Reject a compressed answer; a compressed error is left as it is: its status says enough."""
    if response.headers.get("content-encoding", "identity").strip().lower() in {"identity", ""}:
        return
    if response.is_success:
        raise AttemptFailed("encoded")
    del response.headers["content-encoding"]


# Of a client that needs no key: the SDK wants one all the same, and it is not sent.
_NO_KEY = "none"


class ChatClient:
    """Call a model's server through the SDK's client, without the SDK's own retries."""

    def __init__(
        self, endpoint: ModelEndpoint, limits: RequestLimits, clock: Clock, client_class: type[httpx2.AsyncClient]
    ) -> None:
        self._limits, self._clock = limits, clock
        self._settings = endpoint.variables
        self._client = _client(endpoint, limits, client_class)
        self._headers = _authorization(endpoint)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def post(self, body: bytes, attempt: CurrentAttempt, deadline: float) -> bytes:
        """Post a request and return the body of a successful response; raises `AttemptFailed`, also at the deadline."""
        limit_s = self._limits.limit_attempt(deadline - self._clock.monotonic())
        options: RequestOptions = {"headers": {**self._headers, **outgoing_headers()}}
        try:
            async with asyncio.timeout(limit_s):
                with count_pieces(attempt.meter.count):
                    response = await self._client.post(
                        "/chat/completions", cast_to=httpx2.Response, content=body, options=options
                    )
        except TimeoutError as error:
            raise AttemptTimedOut(limit_s, attempt.meter, self._limits, self._settings) from error
        except APIStatusError as error:
            attempt.status = error.status_code
            raise self._to_failure(error) from error
        except (APIConnectionError, aiohttp.ClientError) as error:
            # aiohttp's transport lets through what its map does not know, such as a status line that is none.
            raise AttemptFailed(classify_connection_error(error)) from error
        except UnicodeError as error:
            # A name that cannot be one, such as with a label of 64 letters: Python refuses it before it is looked up.
            raise AttemptFailed("name_unknown") from error
        attempt.status = response.status_code
        return response.content

    def _to_failure(self, error: APIStatusError) -> AttemptFailed:
        wait = parse_server_wait(error.response.headers, self._clock.now())
        return to_attempt_failure(error.status_code, error.response.text, retry_after_s=wait)


def _authorization(endpoint: ModelEndpoint) -> dict[str, str | Omit]:
    """Return the header that takes the place of the SDK's: none with a key, which the SDK sends itself.

    A user name in the URL, as a proxy may ask for, becomes Basic authentication: the transport takes none from a URL.
    """
    if endpoint.api_key:
        return {}
    username, password = httpx2.URL(endpoint.base_url).username, httpx2.URL(endpoint.base_url).password
    if not username and not password:
        # The SDK leaves out a key only if the call says so.
        return {"Authorization": Omit()}
    return {"Authorization": f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"}


def _client(endpoint: ModelEndpoint, limits: RequestLimits, client_class: type[httpx2.AsyncClient]) -> AsyncOpenAI:
    return AsyncOpenAI(
        base_url=httpx2.URL(endpoint.base_url).copy_with(username=None, password=None),
        api_key=endpoint.api_key or _NO_KEY,
        max_retries=0,
        # So that the SDK's environment variables decide nothing. Not with each call: those are copied deeply, twice.
        default_headers=cast("dict[str, str]", {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}),
        http_client=build_http_client(
            _with_tls(client_class, endpoint),
            connect_timeout_s=limits.connect_timeout_s,
            max_bytes=limits.max_response_bytes,
        ),
    )


def _with_tls(client_class: type[httpx2.AsyncClient], endpoint: ModelEndpoint) -> Callable[..., httpx2.AsyncClient]:
    """Return the client that is shipped with the trust that is configured; one of another class brings its own."""
    trust = load_tls_context(endpoint) if client_class is DefaultAioHttpClient else None
    return client_class if trust is None else partial(client_class, verify=trust)
