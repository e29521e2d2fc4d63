"""Clients of the API under test: the asynchronous one made blocking, so that one test holds for both."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from typing import TYPE_CHECKING, Any, cast

from subtext.client import AsyncClient, Client, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from subtext.client.exchange import Flow, Outcome

SOON = RetryPolicy(jitter=lambda _low, _high: 0.0)
"""Retries at once, so that no test waits."""


class BlockingClient:
    """Offers the methods of `Client`, each of them answered by `AsyncClient` in an event loop of its own."""

    def __init__(self, *args: Any, runner: asyncio.Runner, **options: Any) -> None:
        self._runner = runner
        self._client = AsyncClient(*args, **options)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args, **fields: self._block(getattr(self._client, name)(*args, **fields))

    def _block(self, value: Any) -> Any:
        if inspect.isawaitable(value):
            return self._runner.run(_await(value))
        if hasattr(value, "__aiter__"):
            return iter(self._runner.run(_collect(value)))
        if isinstance(value, AsyncClient):
            other = object.__new__(BlockingClient)
            other._runner, other._client = self._runner, value
            return other
        return self._stream(value)

    @contextlib.contextmanager
    def _stream(self, stream: Any) -> Iterator[Any]:
        async def collect() -> list[Any]:
            async with stream as entries:
                return await _collect(entries)

        yield iter(self._runner.run(collect()))


async def _await(value: Any) -> Any:
    return await value


async def _collect(entries: Any) -> list[Any]:
    return [entry async for entry in entries]


@contextlib.contextmanager
def open_client(kind: str, *args: Any, **options: Any) -> Iterator[Client]:
    """Open a client of a kind, `sync` or `async`, both with the methods of `Client`."""
    if kind == "sync":
        with Client(*args, **options) as client:
            yield client
        return
    with asyncio.Runner() as runner:
        client = cast("Client", BlockingClient(*args, runner=runner, **options))
        try:
            yield client
        finally:
            client.close()


def run_flow(flow: Flow[Any], outcomes: list[Outcome]) -> tuple[list[Any], Any]:
    """Run a flow whose every `Send` has the next of these outcomes; return its steps, and its result or error."""
    steps: list[Any] = []
    outcome: Outcome = None
    left = iter(outcomes)
    while True:
        try:
            step = flow.send(outcome)
        except StopIteration as end:
            return steps, end.value
        except Exception as error:  # noqa: BLE001 - the error of the flow is what the test looks at
            return steps, error
        steps.append(step)
        outcome = next(left) if hasattr(step, "call") else None
