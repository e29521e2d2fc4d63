"""One message a second in each channel, as Slack asks, and no more."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_sdk.http_retry.request import HttpRequest
    from slack_sdk.http_retry.response import HttpResponse
    from slack_sdk.http_retry.state import RetryState

    from subtext.analyst.ports import Clock

INTERVAL_S = 1.0
MAX_RETRY_AFTER_S = 60
_CHANNELS = 10_000


class Pacer:
    """Turns in channels; a turn is at least a second after the one before it in the same channel."""

    def __init__(self, clock: Clock, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._clock, self._sleep = clock, sleep
        self._free_at: OrderedDict[str, float] = OrderedDict()

    async def turn(self, channel: str) -> None:
        """Back when it is this caller's turn in the channel."""
        now = self._clock.monotonic()
        at = max(now, self._free_at.pop(channel, now))
        self._free_at[channel] = at + INTERVAL_S
        if len(self._free_at) > _CHANNELS:
            self._free_at.popitem(last=False)
        if at > now:
            await self._sleep(at - now)


class RateLimitObeyed(AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack says after a 429, up to a minute; what must wait longer fails and is delivered again."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if not await super()._can_retry_async(state=state, request=request, response=response, error=error):
            return False
        found = [
            value for name, value in (response.headers if response else {}).items() if name.lower() == "retry-after"
        ]
        wait = found[0][0] if found and found[0] else "1"
        return wait.isdigit() and int(wait) <= MAX_RETRY_AFTER_S
