"""How fast what Slack delivers is acknowledged while the queue is full: 200 mentions at once, each an article to read.

python -m benchmarks.slack_acks
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx2

from tests.support.processes import Service
from tests.support.servers.slack_api import slack_api
from tests.support.slack import ARTICLE, SECRET, event, sign

EVENTS, BOUND_MS = 200, 300


async def time_acknowledgement(client: httpx2.AsyncClient, url: str, number: int) -> float:
    """Milliseconds from sending a delivery to its acknowledgement."""
    mention = event("app_mention", text=f"<@UBOT> {number}. {ARTICLE}", channel=f"C{number}")
    body = json.dumps(mention | {"event_id": f"Ev{number}"}).encode()
    headers = sign(body, at=int(time.time()))
    began = time.perf_counter()
    answer = await client.post(f"{url}/slack/events", content=body, headers=headers)
    answer.raise_for_status()
    return (time.perf_counter() - began) * 1_000


async def measure() -> None:
    """Print the times: of all at once, and of one a tick while those are worked on."""
    limits = httpx2.Limits(max_connections=EVENTS)
    async with slack_api() as slack, httpx2.AsyncClient(trust_env=False, timeout=60, limits=limits) as client:
        with tempfile.TemporaryDirectory() as folder:
            known = {"SIGNING_SECRET": SECRET, "BOT_TOKEN": "xoxb-one", "API_URL": slack.url}
            service = Service(Path(folder), **{f"SUBTEXT_SLACK_{name}": value for name, value in known.items()})
            await service.start()
            at_once = await asyncio.gather(
                *(time_acknowledgement(client, service.url, number) for number in range(EVENTS))
            )
            meanwhile = []
            for number in range(EVENTS, EVENTS + 50):
                meanwhile.append(await time_acknowledgement(client, service.url, number))
                await asyncio.sleep(0.02)
            queued = EVENTS + 50 - len(slack.of("chat.update"))
            await service.kill()
    for name, times in (("all at once", at_once), ("one by one meanwhile", meanwhile)):
        slowest = sorted(times)[len(times) * 99 // 100]
        sys.stdout.write(f"{name}: median {statistics.median(times):.0f} ms, p99 {slowest:.0f} of {BOUND_MS}\n")
    sys.stdout.write(f"still to be answered at the end: {queued}\n")


if __name__ == "__main__":
    asyncio.run(measure())
