"""Profile requests of the whole service in this process, and write profile.html: a page that any browser opens.

The model is a process of its own that answers at once; what is sampled is the service: HTTP, intake, engine, proof,
log and store.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import httpx2
from pyinstrument import Profiler

from benchmarks.articles import ARTICLE
from benchmarks.processes import configure_own_process, model_process

REQUESTS = 300
PAGE = Path("profile.html")


async def run(requests: int) -> Profiler:
    """Answer requests one after the other under a sampling profiler; the first ones warm up unseen."""
    from subtext.asgi import create_app  # noqa: PLC0415 - reads the environment that `main` configures

    app, profiler = create_app(), Profiler(interval=0.0005, async_mode="disabled")
    body = {"text": ARTICLE, "cache": "no-store", "fallback": "never"}
    transport = httpx2.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=transport) as client:
        for number in range(requests + 20):
            if number == 20:  # noqa: PLR2004 - warm
                profiler.start()
            response = await client.post("http://127.0.0.1/v1/analyses", json=body)
            response.raise_for_status()
        profiler.stop()
    return profiler


def main() -> None:
    """Profile, write the page, print the tree."""
    with tempfile.TemporaryDirectory() as folder, model_process(0.0) as port:
        configure_own_process(port, folder)
        profiler = asyncio.run(run(REQUESTS))
    PAGE.write_text(profiler.output_html(), encoding="utf-8")
    sys.stdout.write(profiler.output_text(unicode=True, show_all=False))


if __name__ == "__main__":
    main()
