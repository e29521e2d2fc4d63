"""Limits that hold over replicas: counted in a real Redis, by several at once, and past its end."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import subprocess
import time
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from subtext.domain.caller import Caller
from subtext.errors import RateLimited
from subtext.http.rate_limiter import RateLimiter, RateLimits, open_counter
from tests.support.owners import MINE
from tests.support.patience import GIVE_UP_S
from tests.support.ports import find_unused_port
from tests.support.requirements import require_or_skip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

CALLER = Caller(MINE, key_id="k1")


class Redis:
    """A server on loopback that keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.port = find_unused_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        self._process = subprocess.Popen(["redis-server", *options], cwd=folder, stdout=subprocess.DEVNULL)

    def wait(self) -> None:
        """Until it answers."""
        end = time.monotonic() + GIVE_UP_S
        while time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=GIVE_UP_S) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(7) == b"+PONG\r\n":
                        return
            except OSError:
                time.sleep(0.02)
        pytest.fail("redis-server does not answer")

    def freeze(self) -> None:
        """Let it hang, until it is stopped."""
        self._process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        self._process.wait(GIVE_UP_S)


@contextmanager
def serving(folder: Path) -> Iterator[Redis]:
    require_or_skip("redis", present=shutil.which("redis-server") is not None, why="redis-server is not installed")
    pytest.importorskip("redis", reason="the extra `redis` is not installed")
    server = Redis(folder)
    server.wait()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with serving(tmp_path) as found:
        yield found


@asynccontextmanager
async def replicas(server: Redis, count: int, **limits: Any) -> AsyncIterator[list[RateLimiter]]:
    known = RateLimits(**{"requests_per_minute": None, **limits})
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(open_counter(server.url)) for _ in range(count)]
        yield [RateLimiter(storage, known) for storage in opened]


async def admitted(rates: list[RateLimiter], body_bytes: int) -> int:
    """How many of a hundred requests at once are let in, spread over the replicas."""

    async def one(found: RateLimiter) -> bool:
        try:
            await found.acquire(CALLER, body_bytes)
        except RateLimited:
            return False
        return True

    return sum(await asyncio.gather(*(one(rates[number % len(rates)]) for number in range(100))))


async def test_requests_are_counted_over_all_replicas(redis: Redis) -> None:
    async with replicas(redis, 3, requests_per_minute=10) as rates:
        assert await admitted(rates, 0) == 10


async def test_tokens_are_held_over_all_replicas(redis: Redis) -> None:
    async with replicas(redis, 3, tokens_per_day=10_000) as rates:
        assert await admitted(rates, 4_000) == 4
        for found in rates:
            with pytest.raises(RateLimited):
                await found.acquire(CALLER, 4_000)


async def test_bad_keys_are_counted_over_all_replicas(redis: Redis) -> None:
    async with replicas(redis, 2, failures_per_minute=2) as (first, second):
        await first.record_failure("192.0.2.1")
        await second.record_failure("192.0.2.1")
        with pytest.raises(RateLimited):
            await first.record_failure("192.0.2.1")


async def test_where_redis_ends_everybody_passes(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        async with replicas(server, 1, requests_per_minute=1) as (rates,):
            await rates.acquire(CALLER, 0)
            with pytest.raises(RateLimited):
                await rates.acquire(CALLER, 0)
            server.stop()
            assert (await rates.acquire(CALLER, 0)).headers == {}


async def test_where_redis_hangs_everybody_passes_all_the_same(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        async with replicas(server, 1, requests_per_minute=1) as (rates,):
            await rates.acquire(CALLER, 0)
            server.freeze()
            assert (await asyncio.wait_for(rates.acquire(CALLER, 0), GIVE_UP_S)).headers == {}
