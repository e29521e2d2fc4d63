from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.ports import EngineRequest
from subtext.clock import SystemClock
from subtext.engines.llm.completion import parse_completion, require_complete
from subtext.engines.llm.engine import OpenAICompatibleEngine
from subtext.engines.llm.model_endpoint import ModelEndpoint, RequestLimits
from subtext.errors import EngineBadOutput
from tests.support.engines import KEY, attempt_outcome, completion, good_draft, prompts, task
from tests.support.patience import GIVE_UP_S
from tests.support.servers.fault_server import fault_server, reply

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from subtext.analysis.ports import EngineResult

GOOD = json.dumps(good_draft())
# Where the first sentence of the summary is whole.
ONE_SENTENCE = GOOD.index("Two of its five piers")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"


def event(content: str | None = None, reason: str | None = None, **others: Any) -> bytes:
    delta = {} if content is None else {"content": content}
    body = {"model": "m-2", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}], **others}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def pieces(text: str, size: int = 7) -> list[bytes]:
    return [event(text[at : at + size]) for at in range(0, len(text), size)]


USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
WHOLE = b"".join(
    [*pieces(GOOD), event(None, "stop"), b'data: {"choices": [], "usage": %s}\n\n' % json.dumps(USAGE).encode(), DONE]
)


def test_a_stream_is_the_completion_that_it_amounts_to() -> None:
    answer = parse_completion(b": ping\n\n" + WHOLE)
    require_complete(answer)
    assert (answer.content, answer.finish_reason, answer.model) == (GOOD, "stop", "m-2")
    assert (answer.tokens.input, answer.tokens.output) == (7, 3)


@dataclass(frozen=True)
class Ended:
    id: str
    body: bytes
    outcome: str


ENDED = (
    Ended("cut without its end", b"".join(pieces(GOOD)[:9]), "connection_lost"),
    Ended("an error after the beginning", pieces(GOOD)[0] + b'data: {"error": {"code": 429}}\n\n', "rate_limited"),
    Ended("an error in words", b'data: {"error": {"message": "context length exceeded"}}\n\n', "input_too_long"),
    Ended("an event that is no JSON", b"data: {\n\n", "malformed"),
    Ended("an event that is a list", b"data: []\n\n", "malformed"),
    Ended("nothing but its end", DONE, "connection_lost"),
    Ended("stopped by a filter", event("{", "content_filter") + DONE, "filtered"),
    Ended("a refusal", b'data: {"choices": [{"delta": {"refusal": "no"}, "finish_reason": "stop"}]}\n\n', "refused"),
    Ended("choices of another shape", b'data: {"choices": [3]}\n\ndata: {"choices": {}}\n\n', "connection_lost"),
)


@pytest.mark.parametrize("case", ENDED, ids=lambda case: case.id)
def test_how_a_stream_ends_is_told(case: Ended) -> None:
    assert attempt_outcome(lambda: require_complete(parse_completion(case.body))) == case.outcome


@given(
    st.lists(st.sampled_from([*pieces(GOOD, 40), b"data: ", b"{", b"\n\n", DONE, b"event: x\n", b"\xff", b"data: 3\n"]))
)
def test_any_stream_ends_in_an_answer_or_an_outcome(parts: list[bytes]) -> None:
    assert attempt_outcome(lambda: require_complete(parse_completion(b"data: {}\n" + b"".join(parts))))


async def read(url: str, attempts: int = 2) -> EngineResult:
    asked, patience = task(), RequestLimits(max_attempts=attempts, attempt_timeout_s=20.0)
    async with OpenAICompatibleEngine(ModelEndpoint(url, "m", KEY), patience, prompts(), clock=SystemClock()) as llm:
        return await llm.read(EngineRequest(asked.article, asked.axis, asked.parts, time.monotonic() + GIVE_UP_S))


def asked_twice(second: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> Any:
    """A model that runs away, and what it does when it is asked again."""
    answers = iter(["runs away"])

    async def fault(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if next(answers, None):
            body = json.dumps(completion('{"label": "mixed"' + " " * 3_000, finish_reason="length")).encode()
            writer.write(reply(body))
            await writer.drain()
        else:
            await second(writer)

    return fault


async def test_a_model_that_runs_away_is_asked_for_a_stream_and_stopped_on_it() -> None:
    written = 0

    async def blanks(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(HEAD + b"".join(pieces(GOOD[:ONE_SENTENCE])))
        for _ in range(100_000):
            writer.write(event(" " * 50))
            written += 1
            await writer.drain()

    async with fault_server(asked_twice(blanks)) as server:
        reading = await read(server.url)
        first, second = (json.loads(body) for _, body in server.requests)
    assert ("stream" in first, second["stream"]) == (False, True)
    assert [attempt.outcome for attempt in reading.provenance.usage.attempts] == ["runaway", "runaway"]
    assert reading.partial, "what was whole before it ran away is kept, and said to be a part"
    assert written < 50_000, "the server was not read to its end"


async def test_a_model_that_runs_away_before_anything_is_said_has_failed() -> None:
    async def headline(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"".join(pieces(GOOD[: GOOD.index('"sentences"')] + " " * 3_000)) + event(None, "length"))
        await writer.drain()

    async with fault_server(asked_twice(headline)) as server:
        with pytest.raises(EngineBadOutput, match="repeats itself") as caught:
            await read(server.url)
    assert [attempt.outcome for attempt in caught.value.attempts] == ["runaway", "runaway"]


async def test_a_stream_that_comes_to_its_senses_is_an_answer() -> None:
    async def sound(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + WHOLE)
        await writer.drain()

    async with fault_server(asked_twice(sound)) as server:
        reading = await read(server.url)
    assert reading.draft.target == "Norwick Docks"
    assert [attempt.outcome for attempt in reading.provenance.usage.attempts] == ["runaway", "ok"]


async def test_a_server_that_sends_no_stream_is_read_all_the_same() -> None:
    async def body(writer: asyncio.StreamWriter) -> None:
        writer.write(reply(json.dumps(completion(good_draft())).encode()))
        await writer.drain()

    async with fault_server(asked_twice(body)) as server:
        reading = await read(server.url)
    assert reading.draft.target == "Norwick Docks"


async def test_a_server_that_refuses_streams_is_asked_without_one() -> None:
    calls: list[int] = []

    async def refuses_once(writer: asyncio.StreamWriter) -> None:
        calls.append(1)
        error = {"error": {"message": "stream_options is not supported", "param": "stream_options"}}
        data = completion(good_draft()) if len(calls) > 1 else error
        writer.write(reply(json.dumps(data).encode(), status="200 OK" if len(calls) > 1 else "400 Bad Request"))
        await writer.drain()

    async with fault_server(asked_twice(refuses_once)) as server:
        reading = await read(server.url)
        assert "stream" not in json.loads(server.requests[-1][1])
    assert reading.draft.target == "Norwick Docks"
