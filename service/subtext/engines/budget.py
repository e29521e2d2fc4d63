"""The retry budget: retries are a small part of all calls, so that a server in trouble gets no storm of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subtext.analyst.ports import Clock


class RetryBudget:
    """A bucket of retries: each first attempt puts a `share` of one in, each second one more, `burst` fit.

    The trickle keeps retries possible where there are few calls.
    """

    def __init__(self, clock: Clock, *, share: float = 0.1, per_s: float = 1.0, burst: float = 10.0) -> None:
        self._clock, self._share, self._per_s, self._burst = clock, share, per_s, burst
        self._left, self._seen_at = burst, clock.monotonic()

    def earn(self) -> None:
        """Note a first attempt."""
        self._refill(self._share)

    def spend(self) -> bool:
        """Whether one more attempt may be made; it is then paid for."""
        self._refill(0.0)
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def _refill(self, earned: float) -> None:
        now = self._clock.monotonic()
        self._left = min(self._burst, self._left + earned + (now - self._seen_at) * self._per_s)
        self._seen_at = now
