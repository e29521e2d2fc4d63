"""The service as `subtext serve` runs it, which also writes how many asyncio tasks it has: `PORT FOLDER`.

Nothing outside of a process can count its tasks.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from subtext.cli.serve import bind
from subtext.cli.server import build_server
from subtext.settings import load_settings
from subtext.storage.background import background_task

_EVERY_S = 1.0


async def write_tasks(path: Path) -> None:
    """Write the number of tasks every second."""
    while True:
        # Renamed when it is written, so that no reader sees an empty file.
        draft = path.with_suffix(".new")
        draft.write_text(str(len(asyncio.all_tasks())), encoding="ascii")
        draft.replace(path)
        await asyncio.sleep(_EVERY_S)


async def serve(port: int, folder: Path) -> None:
    """Serve until a signal ends it."""
    with bind("127.0.0.1", port) as listener:
        async with background_task(write_tasks(folder / "tasks")):
            await build_server(load_settings()).serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
