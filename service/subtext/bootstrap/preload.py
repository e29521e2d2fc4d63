"""Load what requests need once they are accepted; what cannot be loaded is tried again after a pause."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Final

from subtext.errors import NotReady
from subtext.logs import log_failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from subtext.clock import Clock
    from subtext.engines.local.classifier import FramingClassifier
    from subtext.http.state import AppState

# A try reads up to eighty megabytes: few enough, and soon enough after memory or a disk was short for a moment.
RETRY_S: Final = 30.0


class PausingLoader:
    """Load the classifier; after a failure, raise `NotReady` at once until `RETRY_S` have passed, then try again."""

    def __init__(self, load: Callable[[], FramingClassifier], clock: Clock) -> None:
        self._load, self._clock = load, clock
        # Its words alone: the error itself would keep what its frames had read.
        self._failure: str | None = None
        self._retry_at = 0.0

    def __call__(self) -> FramingClassifier:
        """Return the classifier; raises `NotReady`."""
        wait_s = self._retry_at - self._clock.monotonic()
        if self._failure is not None and wait_s > 0:
            raise NotReady(self._failure, retry_after_s=wait_s)
        try:
            return self._load()
        except NotReady as error:
            self._failure, self._retry_at = error.detail, self._clock.monotonic() + RETRY_S
            raise


async def load_until_ready(
    load: Callable[[], object], state: AppState, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Load in a thread, every `RETRY_S` until it succeeds; meanwhile the service is not ready, and says why."""
    while not await _try_to_load(load, state):
        await sleep(RETRY_S)
    gc.collect()
    gc.freeze()


async def _try_to_load(load: Callable[[], object], state: AppState) -> bool:
    failure = None
    try:
        await asyncio.to_thread(load)
    except Exception as error:  # noqa: BLE001 - the edge of a task that nobody waits for
        failure = _describe_failure(error)
        if failure != state.loading_failure:
            log_failure("loading_failed", error.__cause__ or error, detail=failure)
    state.loading_failure = failure
    state.loaded.set()
    return failure is None


def _describe_failure(error: Exception) -> str:
    """Say what cannot be loaded and what to do; anyone may read it on `/readyz`, so it has no message of a library."""
    if isinstance(error, NotReady):
        return error.detail
    return f"what requests need cannot be loaded ({type(error).__name__}): install Subtext anew; the log has the place"
