"""How long a request with a bad key takes to refuse, by what is wrong with the key: nobody should learn that from it.

Measured at the door of the service, from the request to the 401, without the network, whose noise would hide more.

python -m benchmarks.key_timing [SAMPLES]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Message

import asyncio
import math
import random
import statistics
import sys
import time
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from limits.aio.storage import MemoryStorage

from subtext.clock import SystemClock
from subtext.domain.caller import ApiKey, Owner
from subtext.http.api_keys import ApiKeyVerifier, generate_key, hash_key
from subtext.http.host_policy import HostPolicy
from subtext.http.middleware.authentication import AuthenticationMiddleware, Authenticator
from subtext.http.rate_limiter import RateLimiter, RateLimits
from subtext.http.state import AppState, Services, set_app_state
from subtext.services.recent_analyses import RecentAnalyses

PEPPER, KEYS = "p" * 64, 1_000
BOUND = 4.5


class InMemoryKeys:
    """Keys in memory."""

    def __init__(self) -> None:
        self.plain: list[str] = []
        self._keys: list[ApiKey] = []
        for number in range(KEYS):
            key_id, key = generate_key()
            revoked_at = datetime.now(UTC) if number % 2 else None
            digest, now = hash_key(key, PEPPER), datetime.now(UTC)
            self._keys.append(ApiKey(key_id, Owner("o"), "", frozenset(), digest, now, revoked_at=revoked_at))
            self.plain.append(key)

    async def all(self) -> list[ApiKey]:
        """Every key."""
        return self._keys


async def measure(samples: int) -> dict[str, list[float]]:
    """Seconds of each check, kinds in random order so that what the machine does meanwhile falls on all."""
    kept = InMemoryKeys()
    keyring = ApiKeyVerifier(kept, PEPPER, SystemClock(), refresh_s=1e9)
    limits = RateLimits(failures_per_minute=10**9)
    app = FastAPI()
    # Nothing but keys is checked here.
    nobody: Any = None
    gatekeeping = Authenticator(keyring, RateLimiter(MemoryStorage(), limits), nobody, nobody, required=True)
    set_app_state(app, AppState(RecentAnalyses(), HostPolicy(), services=Services(nobody, nobody, gatekeeping)))
    door = AuthenticationMiddleware(app)
    chance = random.Random(1)  # noqa: S311 - draws which keys are tried
    kinds = {
        "known id, wrong secret": lambda: kept.plain[chance.randrange(0, KEYS, 2)][:22] + generate_key()[1][22:],
        "unknown id": lambda: generate_key()[1],
        "revoked": lambda: "".join(kept.plain[chance.randrange(1, KEYS, 2)]),
        "malformed": lambda: generate_key()[1][:-1] + "!",
    }
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    asked = [(kind, kinds[kind]()) for kind in kinds for _ in range(samples)]
    chance.shuffle(asked)
    for kind, key in asked:
        scope = _scope(app, key)
        began = time.perf_counter()
        await door(scope, _receive, _send)
        took[kind].append(time.perf_counter() - began)
    return took


def _scope(app: FastAPI, key: str) -> dict[str, Any]:
    headers = [(b"host", b"x"), (b"authorization", f"Bearer {key}".encode())]
    known = {"type": "http", "app": app, "path": "/v1/analyses", "method": "GET", "headers": headers}
    return {**known, "query_string": b"", "client": ("192.0.2.1", 1), "server": ("127.0.0.1", 8000), "scheme": "http"}


async def _receive() -> Message:
    return {"type": "http.disconnect"}


async def _send(message: Message) -> None:
    if message["type"] == "http.response.start" and message["status"] != 401:  # noqa: PLR2004 - what is measured
        raise SystemExit(f"answered {message['status']}")


def welch(one: Sequence[float], other: Sequence[float]) -> float:
    """Welch's t of two samples, the slowest hundredth of each left out: that is the machine, not the check."""
    one, other = (sorted(times)[: len(times) * 99 // 100] for times in (one, other))
    error = statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    return (statistics.fmean(one) - statistics.fmean(other)) / math.sqrt(error)


def main() -> None:
    """Print the times and every pair's t."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    took = asyncio.run(measure(samples))
    for kind, times in took.items():
        sys.stdout.write(f"{kind:24} median {statistics.median(times) * 1e6:6.2f} µs of {len(times):,}\n")
    kinds = list(took)
    worst = max(abs(welch(took[a], took[b])) for a in kinds for b in kinds if a < b)
    sys.stdout.write(f"largest |t| of any pair: {worst:.2f} (bound {BOUND})\n")


if __name__ == "__main__":
    main()
