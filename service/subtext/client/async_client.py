"""Asynchronous client of a Subtext service."""

from __future__ import annotations

import asyncio
import copy
import time
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

import httpx2

from subtext.client import operations
from subtext.client.connection import DEFAULT_URL, TimedBody, build_request, connection_options, describe
from subtext.client.exchange import Exchange, Pause, Polling, to_failure
from subtext.client.retry_policy import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from subtext.client.call import Call, StreamCall
    from subtext.client.exchange import Flow, Outcome, Send
    from subtext.client.models.base import Page
    from subtext.client.models.batch import Batch

P = ParamSpec("P")
T = TypeVar("T")


def _method(build: Callable[P, Call[T]]) -> Callable[Concatenate[AsyncClient, P], Awaitable[T]]:
    def method(client: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return client.send(build(*args, **kwargs))

    return describe(method, build)


def _stream_method(
    build: Callable[P, StreamCall[T]],
) -> Callable[Concatenate[AsyncClient, P], AbstractAsyncContextManager[AsyncIterator[T]]]:
    def method(
        client: AsyncClient, /, *args: P.args, **kwargs: P.kwargs
    ) -> AbstractAsyncContextManager[AsyncIterator[T]]:
        return client.open_stream(build(*args, **kwargs))

    return describe(method, build)


def _iterator_method(build: Callable[P, Call[Page[T]]]) -> Callable[Concatenate[AsyncClient, P], AsyncIterator[T]]:
    def method(client: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        return client.iterate(build(*args, **kwargs))

    return describe(method, build)


async def _read(stream: StreamCall[T], response: httpx2.Response) -> AsyncIterator[T]:
    try:
        async for entry in stream.reader.aread(response):
            yield entry
    except httpx2.RequestError as error:
        raise to_failure(error) from error


class AsyncClient:
    """Call a Subtext service; close it after use, best with `async with`. Every call raises `CallFailed`.

    `key` is by default the value of `SUBTEXT_API_KEY`. `http` is an HTTP client of your own, for proxies or
    certificates: its address and headers are then yours to set.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        key: str | None = None,
        *,
        retries: RetryPolicy | None = None,
        http: httpx2.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http or httpx2.AsyncClient(**connection_options(base_url, key))
        self._exchange = Exchange(retries or RetryPolicy(), monotonic)
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def with_options(self, *, retries: RetryPolicy | None = None, idempotency_key: str | None = None) -> Self:
        """Return a client on the same connections with another retry policy, or with an idempotency key of yours.

        Raises `InvalidOption` if no header can carry the key.
        """
        other = copy.copy(self)
        other._exchange = replace(  # noqa: SLF001 - a copy of this one
            self._exchange,
            policy=retries or self._exchange.policy,
            idempotency_key=idempotency_key or self._exchange.idempotency_key,
        )
        return other

    analyze_article = _method(operations.analyze_article)
    stream_analysis = _stream_method(operations.stream_analysis)
    summarize_article = _method(operations.summarize_article)
    assess_stance = _method(operations.assess_stance)
    compare_articles = _method(operations.compare_articles)
    verify_analysis = _method(operations.verify_analysis)
    list_analyses = _method(operations.list_analyses)
    iter_analyses = _iterator_method(operations.list_analyses)
    get_analysis = _method(operations.get_analysis)
    delete_analysis = _method(operations.delete_analysis)
    give_feedback = _method(operations.give_feedback)

    create_batch = _method(operations.create_batch)
    list_batches = _method(operations.list_batches)
    iter_batches = _iterator_method(operations.list_batches)
    get_batch = _method(operations.get_batch)
    get_batch_results = _stream_method(operations.get_batch_results)
    cancel_batch = _method(operations.cancel_batch)
    retry_batch = _method(operations.retry_batch)

    create_webhook = _method(operations.create_webhook)
    list_webhooks = _method(operations.list_webhooks)
    get_webhook = _method(operations.get_webhook)
    delete_webhook = _method(operations.delete_webhook)
    rotate_secret = _method(operations.rotate_secret)
    list_deliveries = _method(operations.list_deliveries)
    iter_deliveries = _iterator_method(operations.list_deliveries)
    redeliver = _method(operations.redeliver)

    list_axes = _method(operations.list_axes)
    list_prompts = _method(operations.list_prompts)
    list_engines = _method(operations.list_engines)
    get_health = _method(operations.get_health)
    get_readiness = _method(operations.get_readiness)
    get_version = _method(operations.get_version)

    async def wait_for_batch(
        self,
        batch_id: str,
        *,
        on_progress: Callable[[Batch], object] | None = None,
        polling: Polling | None = None,
    ) -> Batch:
        """Wait until a batch has ended; `on_progress` gets each state that is seen.

        Raises `BatchNotEnded` after the deadline of `polling`, which has none by default.
        """
        return await self._run(self._exchange.wait_for_batch(batch_id, polling or Polling(), on_progress))

    async def send(self, call: Call[T]) -> T:
        """Send a call, again if that can help, and return what the response means."""
        return call.parse((await self._run(self._exchange.run(call))).content)

    @asynccontextmanager
    async def open_stream(self, stream: StreamCall[T]) -> AsyncIterator[AsyncIterator[T]]:
        """Send a call whose response is read while it arrives; leaving the context ends it, and the work for it."""
        response = await self._run(self._exchange.run(stream.call))
        try:
            yield _read(stream, response)
        finally:
            await response.aclose()

    async def iterate(self, call: Call[Page[T]]) -> AsyncIterator[T]:
        """Yield the entries of a list, page after page."""
        cursor: str | None = ""
        while cursor is not None:
            page = await self.send(call.with_param("cursor", cursor) if cursor else call)
            for entry in page.entries():
                yield entry
            cursor = page.next_cursor

    async def _run(self, flow: Flow[T]) -> T:
        outcome: Outcome = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as end:
                result: T = end.value
                return result
            outcome = await (self._sleep(step.seconds) if isinstance(step, Pause) else self._attempt(step))

    async def _attempt(self, step: Send) -> Outcome:
        ends_at = self._exchange.monotonic() + step.timeout_s
        try:
            response = await self._http.send(build_request(self._http, step), stream=True)
            if response.is_error or not step.call.is_stream:
                response.stream = TimedBody(response.stream, ends_at, self._exchange.monotonic)
                await response.aread()
        except httpx2.RequestError as error:
            return error
        return response
