"""A real model behind a real llama-server, read by the whole service as a process of its own, in every output mode.

The small model is a base model that mostly repeats itself: what is tested with it is how nonsense is met. Both take
the processor for minutes, so `make test-model` alone runs this.
"""

from __future__ import annotations

import os
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import pytest_asyncio

from tests.support.model_readings import (
    MODES,
    Reading,
    build_readings,
    find_weights,
    require_documented,
    require_honest,
)
from tests.support.processes import Service
from tests.support.requirements import require_or_skip
from tests.support.servers.llama import KEY, find_server, serve_model
from tests.support.servers.refusing_proxy import refusing_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

# Enough for the prompt, the longest of the articles and the answer.
CONTEXT_TOKENS = 8_192
DEADLINE_S = 600
# The least that may be set: the small model uses up whatever it is given.
OUTPUT_TOKENS = os.environ.get("SUBTEXT_TEST_MODEL_TOKENS", "256")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    """The base URL of a server with the chosen weights."""
    weights = find_weights()
    present = weights is not None and find_server() is not None
    require_or_skip("model", present=present, why="`make test-model` fetches the weights of a real model and runs this")
    assert weights is not None
    with serve_model(weights.path, weights.name, "-c", str(CONTEXT_TOKENS)) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients(model: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, httpx2.AsyncClient]]:
    """A client for each mode, of a service whose model's server takes that mode and looser ones alone."""
    async with AsyncExitStack() as stack:
        clients = {}
        for number, mode in enumerate(MODES):
            url = await stack.enter_async_context(refusing_proxy(model, *MODES[:number]))
            service = Service(tmp_path_factory.mktemp(mode), **_settings(url))
            stack.push_async_callback(service.kill)
            await service.start()
            client = httpx2.AsyncClient(base_url=service.url, timeout=DEADLINE_S + 60, trust_env=False)
            clients[mode] = await stack.enter_async_context(client)
        yield clients


def _settings(url: str) -> dict[str, str]:
    return {
        "SUBTEXT_LLM_BASE_URL": url,
        "SUBTEXT_LLM_MODEL": os.environ["SUBTEXT_TEST_MODEL"],
        "SUBTEXT_LLM_API_KEY": KEY,
        "SUBTEXT_LLM_MAX_ATTEMPTS": "1",
        "SUBTEXT_LLM_MAX_OUTPUT_TOKENS": OUTPUT_TOKENS,
        "SUBTEXT_LLM_ATTEMPT_TIMEOUT_S": str(DEADLINE_S),
        "SUBTEXT_DEADLINE_S": str(DEADLINE_S),
    }


@pytest.mark.parametrize("reading", build_readings(), ids=lambda reading: reading.id)
async def test_whatever_a_real_model_writes_is_met_honestly(
    reading: Reading, clients: dict[str, httpx2.AsyncClient]
) -> None:
    client = clients[reading.mode]
    began = time.monotonic()

    response = await client.post("/v1/analyses", json=reading.body())

    answer = response.json()
    _print_outcome(reading, time.monotonic() - began, answer)
    if response.status_code != 200:
        assert reading.fallback == "never"
        require_documented(response.status_code, answer)
        return
    require_honest(answer, reading.mode)
    verified = await client.post("/v1/verify", json={"analysis": answer})
    assert (verified.status_code, verified.json()["failures"]) == (200, [])


def _print_outcome(reading: Reading, seconds: float, answer: dict[str, Any]) -> None:
    """Print one line for whoever runs this by hand (pytest -s)."""
    if "code" in answer:
        print(f"\n{reading.id}: {seconds:.0f} s, {answer['status']} {answer['code']}")  # noqa: T201
        return
    engine, grounding, usage = answer["engine"], answer["grounding"], answer["usage"]
    outcomes = [attempt["outcome"] for attempt in usage["attempts"]]
    warnings = [warning["code"] for warning in answer["warnings"]]
    print(  # noqa: T201
        f"\n{reading.id}: {seconds:.0f} s, {answer['status']} by {engine['model']} ({engine['output_mode']}), "
        f"attempts {outcomes}, quotes {grounding['kept']} of {grounding['proposed']} kept, warnings {warnings}"
    )
