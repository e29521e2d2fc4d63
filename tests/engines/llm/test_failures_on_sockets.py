"""The LLM engine as it is shipped, on its real transport, against a server that misbehaves on real sockets."""

from __future__ import annotations

import json
import time
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from subtext import errors
from subtext.analysis.ports import EngineRequest
from subtext.engines.llm.engine import OpenAICompatibleEngine
from subtext.engines.llm.model_endpoint import ModelEndpoint, RequestLimits
from tests.support.engines import KEY, TEXT, completion, good_draft, prompts, task
from tests.support.patience import GIVE_UP_S
from tests.support.servers.fault_server import drip, fault_server, repeat, reply, reset, send, stay_silent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from subtext.analysis.ports import EngineResult

GOOD = json.dumps(completion(good_draft())).encode()
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
MEBIBYTE = b"100000\r\n" + b" " * 2**20 + b"\r\n"


def _bomb(mebibytes: int) -> bytes:
    """Blanks in one gzip stream, made in parts, so that the making of it takes no memory."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([*(packer.compress(b" " * 2**20) for _ in range(mebibytes)), packer.flush()])


BOMB = _bomb(200)
QUICK = RequestLimits(max_attempts=1, attempt_timeout_s=GIVE_UP_S)
HASTY = RequestLimits(max_attempts=1, attempt_timeout_s=0.3)


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


async def read(url: str, patience: RequestLimits, key: str | None = KEY) -> EngineResult:
    asked = task()
    async with OpenAICompatibleEngine(ModelEndpoint(url, "m", key), patience, prompts(), clock=RealClock()) as llm:
        return await llm.read(EngineRequest(asked.article, asked.axis, asked.parts, time.monotonic() + GIVE_UP_S))


@pytest.mark.parametrize(
    ("user", "key", "sent"),
    [
        ("", KEY, f"Bearer {KEY}"),
        ("", None, None),
        ("ann:p%40ss@", None, "Basic YW5uOnBAc3M="),
        ("ann@", None, "Basic YW5uOg=="),
    ],
    ids=["a key", "none", "a user and a password in the URL", "a user in the URL"],
)
async def test_a_request_carries_one_authorization(user: str, key: str | None, sent: str | None) -> None:
    async with fault_server(send(reply(GOOD))) as server:
        await read(server.url.replace("://", f"://{user}"), QUICK, key)
        (head, _) = server.requests[0]

    found = [line.partition(": ")[2] for line in head.decode().splitlines() if line.lower().startswith("authorization")]
    assert found == ([] if sent is None else [sent])


@dataclass(frozen=True)
class Case:
    id: str
    fault: Callable[..., Awaitable[None]]
    error: type[errors.EngineError]
    outcome: str
    patience: RequestLimits = QUICK


@pytest.mark.parametrize(
    "case",
    [
        Case("a byte now and then", drip(reply(GOOD)), errors.EngineTimedOut, "timed_out", HASTY),
        Case("silence", stay_silent(), errors.EngineTimedOut, "timed_out", HASTY),
        Case("reset before the head", reset(), errors.EngineServerError, "connection_lost"),
        Case("reset in the body", reset(reply(GOOD)[:-300]), errors.EngineServerError, "connection_lost"),
        Case("closed in the body", send(reply(GOOD)[:-300]), errors.EngineServerError, "connection_lost"),
        Case("chunks that break off", send(CHUNKED + b"10\r\nabc"), errors.EngineServerError, "connection_lost"),
        Case("closed at once", send(b""), errors.EngineServerError, "connection_lost"),
        Case("no HTTP", send(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), errors.EngineServerError, "connection_lost"),
        Case("a sign-in page", send(reply(b"<html>")), errors.EngineBadOutput, "malformed"),
        Case("cut JSON of full length", send(reply(GOOD[:-50])), errors.EngineBadOutput, "malformed"),
        Case("200 MB of blanks", repeat(CHUNKED, MEBIBYTE, 200), errors.EngineBadOutput, "too_large"),
        Case(
            "a gzip bomb",
            send(reply(BOMB, headers="Content-Type: application/json\r\nContent-Encoding: gzip\r\n")),
            errors.EngineBadOutput,
            "encoded",
        ),
        Case(
            "a compressed error",
            send(reply(BOMB, status="500 Oh", headers="Content-Encoding: gzip\r\n")),
            errors.EngineServerError,
            "server_error",
        ),
        Case(
            "a header without end",
            repeat(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 2**16, 64),
            errors.EngineServerError,
            "connection_lost",
        ),
    ],
    ids=lambda case: case.id,
)
async def test_a_fault_ends_in_its_error_and_costs_no_memory(case: Case) -> None:
    before = _peak_kib(anew=True)

    async with fault_server(case.fault) as server:
        with pytest.raises(case.error) as caught:
            await read(server.url, case.patience)

    assert type(caught.value) is case.error
    assert str(caught.value.__cause__) == case.outcome
    assert KEY not in caught.value.detail
    assert str(server.port) not in caught.value.detail
    assert len(server.requests) == 1
    assert _peak_kib() - before < 50 * 1024


def _peak_kib(*, anew: bool = False) -> int:
    """The process's peak of resident memory, counted anew on demand (Linux alone lets one; elsewhere it is 0)."""
    status, peak = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not peak.exists():
        return 0
    if anew:
        peak.write_text("5", encoding="ascii")
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))


async def test_a_good_answer_is_read_on_the_real_transport() -> None:
    async with fault_server(send(reply(GOOD))) as server:
        reading = await read(server.url, QUICK)

    assert reading.draft.target == "Norwick Docks"
    head, body = server.requests[0]
    assert b"accept-encoding: identity" in head.lower()
    assert TEXT in json.loads(body)["messages"][-1]["content"]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
async def test_the_article_is_not_carried_to_where_a_redirect_points(status: str) -> None:
    async with fault_server(send(reply(GOOD))) as other:
        location = f"Location: http://localhost:{other.port}/v1/chat/completions\r\n"
        async with fault_server(send(reply(b"", status=status, headers=location))) as server:
            with pytest.raises(errors.EngineRejectedRequest):
                await read(server.url, RequestLimits())

    assert len(server.requests) == 1
    assert other.requests == []


async def test_a_refused_connection_is_told_from_a_slow_one() -> None:
    async with fault_server(stay_silent()) as server:
        port = server.port

    with pytest.raises(errors.EngineUnavailable) as caught:
        await read(f"http://127.0.0.1:{port}/v1", QUICK)

    assert str(caught.value.__cause__) == "connect_failed"


async def test_a_server_without_tls_is_a_fault_of_the_settings() -> None:
    async with fault_server(send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), read_request=False) as server:
        with pytest.raises(errors.EngineMisconfigured) as caught:
            await read(server.url.replace("http:", "https:"), QUICK)

    assert str(caught.value.__cause__) == "tls_failed"
