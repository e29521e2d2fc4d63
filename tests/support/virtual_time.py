"""Event loop on virtual time: the clock jumps to the next timer, so minutes pass at once and always alike."""

from __future__ import annotations

import asyncio
import selectors
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from tests.support.fakes import START

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


class _VirtualTimeSelector(selectors.DefaultSelector):
    """Selector that adds a wait to the virtual time instead of waiting."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0 if timeout else timeout)
        if not ready and timeout:
            self.passed += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Event loop for code that waits for nothing outside this process; work for a thread runs at once, in this one."""

    def __init__(self) -> None:
        self._timers = _VirtualTimeSelector()
        super().__init__(self._timers)

    def time(self) -> float:
        return self._timers.passed

    def run_in_executor(self, _executor: object, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        done = self.create_future()
        done.set_result(func(*args))
        return done


@dataclass
class LoopClock:
    """Clock that reads the loop's virtual time."""

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run_in_virtual_time(main: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine function to its end on such a loop."""

    async def whole() -> T:
        return await main()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(whole())
