"""The end of a service: told before, requests in flight answered, streams told that they are cut off."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx2
import uvicorn
import uvloop

from subtext.asgi import create_app
from subtext.cli.serve import bind
from subtext.cli.server import ACCEPTS_PER_ITERATION, DrainingServer
from tests.support.api import TEXT, settings
from tests.support.patience import GIVE_UP_S
from tests.support.processes import Service
from tests.support.servers.fault_server import fault_server
from tests.support.servers.gate import Gate

if TYPE_CHECKING:
    from pathlib import Path

MODEL = {"text": TEXT, "language": "en", "fallback": "never", "cache": "no-store"}
IN_FLIGHT = 50


async def test_it_says_so_first_and_answers_what_it_accepted(tmp_path: Path) -> None:
    gate = Gate(IN_FLIGHT)
    async with fault_server(gate) as model, httpx2.AsyncClient(trust_env=False, timeout=GIVE_UP_S) as caller:
        llm = {"SUBTEXT_LLM_BASE_URL": model.url, "SUBTEXT_LLM_MODEL": "m"}
        service = Service(tmp_path, SUBTEXT_DRAIN_S="300", SUBTEXT_GUARD_MAX_IN_FLIGHT="50", **llm)
        await service.start()
        asking = [asyncio.create_task(caller.post(f"{service.url}/v1/analyses", json=MODEL)) for _ in range(IN_FLIGHT)]
        await asyncio.wait_for(gate.is_full.wait(), GIVE_UP_S)
        service.terminate()
        async with asyncio.timeout(20):
            while (ready := await caller.get(f"{service.url}/readyz")).status_code == 200:
                pass
        service.terminate()
        gate.opened.set()
        answers = await asyncio.gather(*asking)
        code = await service.ended()
    assert (ready.status_code, ready.json()["code"], ready.json()["retryable"]) == (503, "shutting_down", True)
    assert {answer.status_code for answer in answers} == {200}
    assert code == 0


async def test_a_stream_that_its_end_cuts_off_is_told(tmp_path: Path) -> None:
    gate = Gate(1)
    async with fault_server(gate) as model, httpx2.AsyncClient(trust_env=False, timeout=GIVE_UP_S) as caller:
        llm = {"SUBTEXT_LLM_BASE_URL": model.url, "SUBTEXT_LLM_MODEL": "m"}
        service = Service(tmp_path, SUBTEXT_GRACE_S="1", **llm)
        await service.start()
        accept = {"Accept": "text/event-stream"}
        asking = asyncio.create_task(caller.post(f"{service.url}/v1/analyses", json=MODEL, headers=accept))
        await asyncio.wait_for(gate.is_full.wait(), GIVE_UP_S)
        service.terminate()
        told = (await asking).text
        await service.ended()
    assert told.endswith("event: done\ndata: {}\n\n")
    problem = json.loads(told.partition("event: error\ndata: ")[2].partition("\n")[0])
    assert (problem["code"], problem["retryable"], problem["status"]) == ("shutting_down", True, 503)


async def connect_and_count(callers: int, iterations: int) -> int:
    """Return how many of the callers who are there from the start a server has accepted after so many iterations."""
    app = create_app(settings())
    server = DrainingServer(uvicorn.Config(app, loop="uvloop", lifespan="off", log_config=None), app, 0.0)
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    with bind("127.0.0.1", 0) as listener, ExitStack() as stack:
        address = listener.getsockname()
        for _ in range(callers):
            stack.enter_context(socket.create_connection(address))
        await server.startup([listener])
        for _ in range(iterations):
            await asyncio.sleep(0)
        accepted = len(server.server_state.connections)
        server.force_exit = True
        await server.shutdown([listener])
    return accepted


def test_it_accepts_many_connections_in_one_iteration_of_the_loop() -> None:
    assert uvloop.run(connect_and_count(2 * ACCEPTS_PER_ITERATION, 4)) == 2 * ACCEPTS_PER_ITERATION
