"""Retry policy: repeat a call if that can help, after the time that the service asks for, within one deadline."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.client.errors import CallFailed, ProblemReceived, ResponseTimedOut, ServiceUnreachable, UnexpectedResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.client.call import Call

# The service, or a proxy before it, says that it has done nothing.
_NOT_STARTED = frozenset({429, 503})
# A proxy may say these of a service that is starting or gone.
_PROXY_STATUS = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Try up to `max_attempts` times within `deadline_s`, with full jitter between `base_s` and `cap_s`.

    The deadline holds for the attempts and the waits together. A wait that reaches past it is not begun: the error is
    raised at once.
    """

    deadline_s: float = 300.0
    max_attempts: int = 5
    base_s: float = 0.5
    cap_s: float = 20.0
    jitter: Callable[[float, float], float] = random.uniform

    def next_wait_s(self, attempts: int, failure: CallFailed, call: Call[object], left_s: float) -> float | None:
        """Return the seconds to wait before the next attempt; None if there is none."""
        if attempts >= self.max_attempts or not _can_retry(failure, call):
            return None
        wait_s = getattr(failure, "retry_after_s", None)
        if wait_s is None:
            wait_s = self.jitter(0.0, min(self.cap_s, self.base_s * 2 ** (attempts - 1)))
        return wait_s if wait_s < left_s else None


def _can_retry(failure: CallFailed, call: Call[object]) -> bool:
    """Return whether the call can succeed now, and does not happen twice."""
    if isinstance(failure, ProblemReceived):
        return failure.retryable and (call.is_repeatable or failure.status in _NOT_STARTED)
    if isinstance(failure, UnexpectedResponse):
        return failure.status in (_PROXY_STATUS if call.is_repeatable else _NOT_STARTED)
    if isinstance(failure, ServiceUnreachable):
        return not isinstance(failure, ResponseTimedOut) and (call.is_repeatable or not failure.was_sent)
    return False
