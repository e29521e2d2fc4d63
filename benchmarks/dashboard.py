"""Run a service under mixed load with a Prometheus in front of it, and draw the dashboard's panels as one SVG.

python -m benchmarks.dashboard [MINUTES] [FILE]

Prometheus is asked for each expression of deploy/dashboard.json over the time of the run, as Grafana would. The model's
server is a stand-in that answers after half a second and fails now and then; for a minute it fails altogether.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import sys
import tempfile
import time
from contextlib import AsyncExitStack, suppress
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
from aiohttp import web

from tests.support.dashboard import read_panels
from tests.support.engines import TEXT, completion, evidence, good_draft
from tests.support.processes import Service
from tests.support.servers.prometheus import prometheus

if TYPE_CHECKING:
    from tests.support.dashboard import Panel
    from tests.support.servers.prometheus import Prometheus

    Series = tuple[str, list[tuple[float, float]]]

COLUMNS, WIDTH, HEIGHT, HEAD = 3, 380, 190, 34
COLORS = ("#3b6fb6", "#d1662f", "#4a9a5c", "#a64d79", "#8a6d3b", "#5b5ea6", "#9b2335", "#2a9d8f")
STEP_S = 5.0
BATCH = 200


class ModelServer:
    """Chat completions that take half a second; one in twelve fails, and all while `is_down`."""

    def __init__(self) -> None:
        self.is_down = False

    async def reply(self, _: web.Request) -> web.Response:
        """Answer with a draft, sometimes with a quote that is nowhere, or fail."""
        await asyncio.sleep(random.uniform(0.2, 0.8))  # noqa: S311 - a load, no secret
        if self.is_down or random.random() < 1 / 12:  # noqa: S311 - as above
            return web.json_response({"error": {"message": "busy"}}, status=random.choice((500, 503)))  # noqa: S311 - as above
        made_up = evidence("begged for a last lifeline that nobody offers", "desperation")
        draft = good_draft(evidence=[*good_draft()["evidence"], *([made_up] * random.randint(0, 2))])  # noqa: S311 - as above
        usage = {"prompt_tokens": random.randint(800, 1_400), "completion_tokens": random.randint(150, 400)}  # noqa: S311 - as above
        return web.json_response(completion(draft, usage=usage))


async def call_often(url: str, site: str, pause_s: float) -> None:
    """Ask for analyses of texts, pages and addresses of a site, some of them known, until cancelled."""
    async with httpx2.AsyncClient(timeout=60.0) as caller:
        for number in range(1_000_000):
            text = f"{TEXT} It was the report number {number if number % 3 else 0} of the day."
            page = f"<html><body><article><p>{text}</p></article></body></html>"
            bodies: list[dict[str, Any]] = [
                {"text": text},
                {"html": page},
                {"text": text, "engine": "local"},
                {"text": " "},
                {"url": f"{site}/{number // 5 % 5}"},
            ]
            with suppress(httpx2.HTTPError):
                await caller.post(f"{url}/v1/analyses", json=bodies[number % 5])
                await caller.get(f"{url}/v1/analyses", params={"limit": 5})
            await asyncio.sleep(pause_s)


async def send_batches(url: str) -> None:
    """Send a batch every minute, until cancelled."""
    async with httpx2.AsyncClient(timeout=60.0) as caller:
        while True:
            lines = "\n".join(
                json.dumps({"custom_id": f"line-{n}", "text": f"{TEXT} Line {n}.", "engine": "local"})
                for n in range(BATCH)
            )
            headers = {"Content-Type": "application/x-ndjson"}
            with suppress(httpx2.HTTPError):
                await caller.post(f"{url}/v1/batches", content=lines, headers=headers)
            await asyncio.sleep(60.0)


async def run(minutes: float) -> str:
    """Run the service for so long, and return the picture."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = f"127.0.0.1:{listener.getsockname()[1]}"
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        model = ModelServer()
        port = await _serve_model(stack, model)
        server = await stack.enter_async_context(prometheus(folder, target))
        service = Service(folder, **_environment(target, port))
        await service.start()
        stack.push_async_callback(service.kill)
        started = time.time()
        loads = [asyncio.create_task(call_often(service.url, f"http://127.0.0.1:{port}", 0.3)) for _ in range(6)]
        loads.append(asyncio.create_task(send_batches(service.url)))
        await asyncio.sleep(minutes * 30)
        model.is_down = True
        await asyncio.sleep(minutes * 10)
        model.is_down = False
        await asyncio.sleep(minutes * 20)
        picture = await draw(server, started, time.time())
        for load in loads:
            load.cancel()
        return picture


async def _page_of_a_site(request: web.Request) -> web.Response:
    """Return a page with the article, or 404 for one in five."""
    if request.match_info["page"] == "4":
        raise web.HTTPNotFound
    return web.Response(text=f"<article><p>{TEXT}</p></article>", content_type="text/html")


async def _serve_model(stack: AsyncExitStack, model: ModelServer) -> int:
    """Serve the model and a site; return the port."""
    app = web.Application(client_max_size=2**24)
    app.router.add_post("/v1/chat/completions", model.reply)
    app.router.add_get("/{page}", _page_of_a_site)
    runner = web.AppRunner(app)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port: int = runner.addresses[0][1]
    return port


def _environment(target: str, port: int) -> dict[str, str]:
    return {
        "SUBTEXT_METRICS_ADDRESS": target,
        "SUBTEXT_LOG_LEVEL": "warning",
        "SUBTEXT_BATCHES_ENABLED": "true",
        "SUBTEXT_FETCH_PRIVATE_HOSTS": "127.0.0.1",
        "SUBTEXT_GUARD_OPEN_S": "5",
        "SUBTEXT_LLM_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "SUBTEXT_LLM_MODEL": "some-model",
        "SUBTEXT_LLM_PRICE_INPUT": "0.4",
        "SUBTEXT_LLM_PRICE_OUTPUT": "1.6",
    }


async def draw(server: Prometheus, start: float, end: float) -> str:
    """Return the panels as SVG, in the dashboard's order, each row under its title."""
    parts: list[str] = []
    y, column, row = 8, 0, ""
    for panel in read_panels("30s"):
        if panel.row != row:
            y, column, row = y + (HEIGHT if column else 0), 0, panel.row
            parts.append(f'<text x="8" y="{y + 22}" class="row">{escape(row)}</text>')
            y += HEAD
        elif column == COLUMNS:
            y, column = y + HEIGHT, 0
        parts.append(_panel(panel, await _series(server, panel, start, end), column * WIDTH + 8, y, (start, end)))
        column += 1
    width, height = COLUMNS * WIDTH + 16, y + HEIGHT + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        "<style>text{font:10px sans-serif}.row{font-size:14px;font-weight:bold}.title{font-weight:bold}"
        ".axis{fill:#666}</style>"
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


async def _series(server: Prometheus, panel: Panel, start: float, end: float) -> list[Series]:
    series: list[Series] = []
    for expression, legend in panel.expressions:
        for found in await server.query_range(expression, start, end, STEP_S):
            name = legend
            for label, value in found["metric"].items():
                name = name.replace(f"{{{{{label}}}}}", value)
            points = [(at, float(value)) for at, value in found["values"] if value != "NaN"]
            if points:
                series.append((name, points))
    return sorted(series, key=lambda each: -each[1][-1][1])


def _panel(panel: Panel, series: list[Series], x: int, y: int, span: tuple[float, float]) -> str:
    plot_w, plot_h, left, top = WIDTH - 70, HEIGHT - 80, 44, 22
    highest = max((value for _, points in series for _, value in points), default=0.0) or 1.0
    lines = [
        f'<text x="0" y="12" class="title">{escape(panel.title)}</text>',
        f'<rect x="{left}" y="{top}" width="{plot_w}" height="{plot_h}" fill="none" stroke="#ccc"/>',
        f'<text x="{left - 4}" y="{top + 8}" text-anchor="end" class="axis">{_short(highest, panel.unit)}</text>',
        f'<text x="{left - 4}" y="{top + plot_h}" text-anchor="end" class="axis">0</text>',
    ]
    for number, (_, points) in enumerate(series):
        color = COLORS[number % len(COLORS)]
        path = " ".join(
            f"{left + (at - span[0]) / (span[1] - span[0]) * plot_w:.1f},{top + plot_h - value / highest * plot_h:.1f}"
            for at, value in points
        )
        lines.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.3"/>')
    lines += _legend(series, left, top + plot_h + 13)
    return f'<g transform="translate({x} {y})">{"".join(lines)}</g>'


def _legend(series: list[Series], left: int, top: int) -> list[str]:
    shown, rest = series[:6], len(series) - 6
    words = [name for name, _ in shown] + ([f"and {rest} more"] if rest > 0 else [])
    return [
        f'<text x="{left + number % 2 * 160}" y="{top + number // 2 * 12}" fill="{COLORS[number % len(COLORS)]}">'
        f"{escape(word[:28])}</text>"
        for number, word in enumerate(words)
    ]


def _short(value: float, unit: str) -> str:
    if unit == "percentunit":
        return f"{value:.0%}"
    if unit == "bytes":
        return f"{value / 1e6:.0f} MB"
    return f"{value:.3g}{' s' if unit == 's' else '/s' if unit in {'reqps', 'ops'} else ''}"


def main() -> None:
    """Read the arguments, and run."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 6.0
    file = Path(sys.argv[2] if len(sys.argv) > 2 else "docs/images/dashboard.svg")  # noqa: PLR2004 - the second argument
    file.write_text(asyncio.run(run(minutes)), encoding="utf-8")


if __name__ == "__main__":
    main()
