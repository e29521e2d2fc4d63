"""Rate limits of Slack's Web API: posts a second apart in each channel, and retries once `Retry-After` has passed."""

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

    from subtext.clock import Clock

POST_INTERVAL_S = 1.0
# A delivery whose reply has to wait longer is retried as a whole.
RETRY_AFTER_MAX_S = 60
# Channels that are remembered; the least recently used is forgotten first.
_CHANNELS_MAX = 10_000


class ChannelThrottle:
    """Throttle posts: one a second in each channel, as Slack demands."""

    def __init__(self, clock: Clock, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._clock, self._sleep = clock, sleep
        self._free_at: OrderedDict[str, float] = OrderedDict()

    async def wait(self, channel: str) -> None:
        """Wait until this caller may post to the channel."""
        now = self._clock.monotonic()
        at = max(now, self._free_at.pop(channel, now))
        self._free_at[channel] = at + POST_INTERVAL_S
        if len(self._free_at) > _CHANNELS_MAX:
            self._free_at.popitem(last=False)
        if at > now:
            await self._sleep(at - now)


class BoundedRateLimitRetry(AsyncRateLimitErrorRetryHandler):
    """Retry after a 429 once `Retry-After` has passed, if that is a minute or less; else the delivery is retried."""

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
        retry_after = [
            value for name, value in (response.headers if response else {}).items() if name.lower() == "retry-after"
        ]
        wait = retry_after[0][0] if retry_after and retry_after[0] else "1"
        return wait.isdecimal() and int(wait) <= RETRY_AFTER_MAX_S
