"""How much is answered at a time: a bounded queue before it, and a 503 at once for what is beyond."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, cast

from subtext.domain.errors import Overloaded
from subtext.engines.bulkhead import Bulkhead, BulkheadLimits

if TYPE_CHECKING:
    from starlette.requests import Request

# Seconds; drawn anew each time, so that those who were sent away do not all come back at once.
_RETRY_AFTER_S = (1.0, 5.0)


def load_of(request: Request) -> Bulkhead:
    """The places of this service."""
    return cast("Bulkhead", request.app.state.load)


def places(in_flight: int, queue: int, queue_wait_s: float) -> Bulkhead:
    """Places for requests that cost something; who gets none is told that the service is overloaded."""
    return Bulkhead(BulkheadLimits(in_flight, queue, queue_wait_s), _overloaded)


def _overloaded() -> Overloaded:
    wait = random.uniform(*_RETRY_AFTER_S)  # noqa: S311 - spreads those who come back
    return Overloaded("the service has more to do than it can: try again in a moment", retry_after_s=wait)
