"""Estimate and meter the tokens that requests spend, for the limits of API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_BYTES_PER_TOKEN = 4
# A question about an article and its answer, beside the article itself.
_OVERHEAD_TOKENS = 1_500


def estimate_request_tokens(request_bytes: int) -> int:
    """Estimate what a request of this many bytes may spend, its answer included; errs on the high side."""
    return request_bytes // _BYTES_PER_TOKEN + _OVERHEAD_TOKENS


class TokenMeter:
    """Count the tokens of one request; `reserve` takes them in advance from the allowance of its key."""

    def __init__(self, reserve: Callable[[int], Awaitable[None]] | None = None) -> None:
        self._reserve = reserve
        self.spent = 0

    def record(self, tokens: int) -> None:
        """Add tokens that were spent."""
        self.spent += tokens

    async def reserve(self, tokens: int) -> None:
        """Reserve tokens for work that outlives the request; raises `RateLimited` if its key has too few left."""
        if self._reserve is not None:
            await self._reserve(tokens)
            self.record(tokens)
