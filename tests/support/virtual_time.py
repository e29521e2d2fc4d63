"""An event loop on which nobody waits: time jumps to what is due next, so minutes pass at once and always alike."""

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


class _Skipping(selectors.DefaultSelector):
    """A selector that adds a wait to the time that has passed instead of sitting it out."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0 if timeout else timeout)
        if not ready and timeout:
            self.passed += timeout
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """For code that waits for nothing outside this process; what is meant for a thread is run at once, in this one."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.passed

    def run_in_executor(self, _executor: object, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        done = self.create_future()
        done.set_result(func(*args))
        return done


@dataclass
class LoopClock:
    """The loop's time as the service's clock."""

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run_skipping(main: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine function to its end on such a loop."""

    async def whole() -> T:
        return await main()

    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(whole())
