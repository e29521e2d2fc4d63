"""The start of `subtext serve`: what is opened and imported until requests are accepted, and what after that.

Python's audit events tell it, in the process itself: they are written to standard error between its own lines.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from typing import TYPE_CHECKING

import httpx2
import pytest

from subtext.engines.local.trained import ENCODER_MODEL
from tests.support.patience import GIVE_UP_S
from tests.support.processes import Service

if TYPE_CHECKING:
    from pathlib import Path

AUDITED = """
import os, sys

def tell(event, arguments):
    if event == "import":
        os.write(2, f"imports {arguments[0]}\\n".encode())
    elif event == "open" and str(arguments[0]).endswith((".yaml", ".j2")):
        os.write(2, f"opens {arguments[0]}\\n".encode())

sys.addaudithook(tell)
from subtext.cli.main import main
main()
"""
# What a service needs later than at its start, or never; by their first names.
SLOW = {
    "aiohttp",
    "alembic",
    "dbos",
    "lxml",
    "mcp",
    "numpy",
    "onnxruntime",
    "openai",
    "opentelemetry.sdk",
    "redis",
    "slack_bolt",
    "tokenizers",
    "trafilatura",
}
LONG_TEXT = " ".join(f"The council of Norwick met for the {count}th time about the harbour." for count in range(40))
MODEL = {"SUBTEXT_LLM_BASE_URL": "http://127.0.0.1:9/v1", "SUBTEXT_LLM_MODEL": "m"}


class AuditedService(Service):
    """The service, with all that it wrote before it accepted requests."""

    program = (sys.executable, "-c", AUDITED)


async def lines_of_a_start(folder: Path, **settings: str) -> tuple[list[str], list[str]]:
    """Return what a service wrote before it accepted requests, and what it wrote until it was ready and ended."""
    service = AuditedService(folder, **settings)
    await service.start()
    async with asyncio.timeout(GIVE_UP_S), httpx2.AsyncClient(base_url=service.url, trust_env=False) as caller:
        while (await caller.get("/readyz", timeout=None)).status_code != 200:
            pass
    service.terminate()
    after = await service.remaining_lines()
    await service.ended()
    return service.first_lines, after


def imports(lines: list[str]) -> set[str]:
    names = {line.removeprefix("imports ") for line in lines if line.startswith("imports ")}
    return {slow for slow in SLOW if names & {slow} or any(name.startswith(f"{slow}.") for name in names)}


async def test_a_language_model_is_loaded_after_requests_are_accepted(tmp_path: Path) -> None:
    await lines_of_a_start(tmp_path)  # which makes the database
    before, after = await lines_of_a_start(tmp_path, **MODEL)

    assert imports(before) == set()
    assert "openai" in imports(after)


@pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="the extra `encoder` is not installed")
@pytest.mark.parametrize("scorer", ["encoder", "auto"])
async def test_weights_are_loaded_after_requests_are_accepted(scorer: str, tmp_path: Path) -> None:
    before, after = await lines_of_a_start(tmp_path, SUBTEXT_LOCAL_SCORER=scorer)

    assert imports(before) <= {"alembic"}
    assert {"onnxruntime", "tokenizers", "numpy"} <= imports(after)


@pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="the extra `encoder` is not installed")
async def test_the_first_request_waits_for_the_weights(tmp_path: Path) -> None:
    service = Service(tmp_path, SUBTEXT_LOCAL_SCORER="encoder")
    await service.start()
    async with httpx2.AsyncClient(base_url=service.url, trust_env=False, timeout=GIVE_UP_S) as caller:
        answer = (await caller.post("/v1/analyses", json={"text": LONG_TEXT})).json()
    await service.kill()

    assert answer["engine"]["model"] == ENCODER_MODEL


async def test_the_app_is_opened_once(tmp_path: Path) -> None:
    before, after = await lines_of_a_start(tmp_path)
    opened = [line for line in (*before, *after) if line.startswith("opens ")]

    assert len(opened) == len(set(opened)) > 1


async def test_word_lists_need_no_model_at_all(tmp_path: Path) -> None:
    before, after = await lines_of_a_start(tmp_path)

    assert imports([*before, *after]) <= {"alembic"}


@pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="the extra `encoder` is not installed")
@pytest.mark.parametrize(
    ("scorer", "library", "error"),
    [
        ("encoder", "raise ImportError('a library is missing')", "ImportError"),
        ("encoder", "def __getattr__(name): raise RuntimeError('a file is cut')", "RuntimeError"),
        ("auto", "def __getattr__(name): raise RuntimeError('a file is cut')", "RuntimeError"),
    ],
    ids=["no library", "damaged weights", "damaged weights, by default"],
)
async def test_an_encoder_that_cannot_be_loaded_is_never_ready_and_says_why(
    scorer: str, library: str, error: str, tmp_path: Path
) -> None:
    broken = tmp_path / "broken" / "onnxruntime"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text(library)
    service = Service(tmp_path, SUBTEXT_LOCAL_SCORER=scorer, PYTHONPATH=str(broken.parent))
    await service.start()
    async with asyncio.timeout(GIVE_UP_S), httpx2.AsyncClient(base_url=service.url, trust_env=False) as caller:
        alive, ready = await caller.get("/healthz"), await caller.get("/readyz", timeout=None)
        answer = await caller.post("/v1/analyses", json={"text": LONG_TEXT}, timeout=None)
    service.terminate()
    lines = await service.remaining_lines()

    assert (alive.status_code, ready.status_code, ready.json()["code"]) == (200, 503, "not_ready")
    for words in (f"cannot be loaded ({error})", "set SUBTEXT_LOCAL_SCORER=words"):
        assert words in ready.json()["detail"]
    assert (answer.status_code, answer.json()["detail"]) == (503, ready.json()["detail"])
    (failure,) = [line for line in lines if "loading_failed" in line]
    assert ready.json()["detail"] in failure
    assert await service.ended() == 0
