"""Model server that holds every request until it is opened."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

from tests.support.engines import completion, good_draft
from tests.support.servers.fault_server import reply

ANSWER = reply(json.dumps(completion(good_draft())).encode())


@dataclass
class Gate:
    """A fault for `fault_server`: `is_full` once so many wait, who are answered when `opened` is set."""

    expected: int = 1
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    is_full: asyncio.Event = field(default_factory=asyncio.Event)
    came: int = 0

    async def __call__(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        if self.came == self.expected:
            self.is_full.set()
        await self.opened.wait()
        writer.write(ANSWER)
        await writer.drain()
