"""The shapes in which servers answer and fail, a row each, on real sockets: what becomes of each, what is learnt."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from subtext import errors
from subtext.engines.llm.engine import OpenAICompatibleEngine
from subtext.engines.llm.model_endpoint import ModelEndpoint, RequestLimits
from tests.support.engines import KEY, TEXT, completion, evidence, good_draft, prompts, task
from tests.support.fakes import FakeClock
from tests.support.server_shapes import (
    IN_A_200,
    KEY_OR_MODEL,
    NO_SYSTEM,
    WITH_A_STATUS,
    WITH_A_WAIT,
    ErrorCase,
    SystemRoleRefusal,
    anthropic_error,
    google_error,
    openai_error,
    retry_info,
)
from tests.support.servers.fault_server import fault_server, reply

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable

    from subtext.analysis.ports import AnalysisPart, EngineResult
    from tests.support.servers.fault_server import FaultServer

ONCE = RequestLimits(max_attempts=1)
EVENTS = "Content-Type: text/event-stream\r\n"
GOOD = json.dumps(good_draft())


@asynccontextmanager
async def serving(respond: Callable[[dict[str, Any]], bytes]) -> AsyncIterator[FaultServer]:
    """A server that answers each request by what is in it."""

    async def fault(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        response = respond(json.loads(server.requests[-1][1]))
        # One request a connection, and the client knows it: none is sent on one that is about to close.
        writer.write(response.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        await writer.drain()

    async with fault_server(fault) as server:
        yield server


def asking(server: FaultServer, patience: RequestLimits | None = None, name: str = "llm") -> OpenAICompatibleEngine:
    """The engine on its own transport, on a clock that passes only where it waits."""
    clock = FakeClock()
    provider = ModelEndpoint(server.url, "m", KEY, name=name)
    return OpenAICompatibleEngine(provider, patience or RequestLimits(), prompts(), clock=clock, sleep=clock.sleep)


def says(content: object, **others: Any) -> bytes:
    return reply(json.dumps(completion(content, **others)).encode())


def fails(status: int, body: object, headers: str = "") -> bytes:
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return reply(data, status=f"{status} Told", headers=f"Content-Type: application/json\r\n{headers}")


def outcomes(attempts: EngineResult | errors.EngineError) -> list[str]:
    found = attempts.attempts if isinstance(attempts, errors.EngineError) else attempts.provenance.usage.attempts
    return [attempt.outcome for attempt in found]


# --- Models without a role for the system. ---


def _roles(asked: dict[str, Any]) -> list[str]:
    return [message["role"] for message in asked["messages"]]


@pytest.mark.parametrize("case", NO_SYSTEM, ids=lambda case: case.id)
async def test_a_system_role_that_is_refused_is_folded_at_once_and_remembered(case: SystemRoleRefusal) -> None:
    def respond(asked: dict[str, Any]) -> bytes:
        return fails(case.status, case.body) if _roles(asked) != ["user"] else says(good_draft())

    # One attempt is all there is: that the first was refused costs none.
    async with serving(respond) as server, asking(server, ONCE) as llm:
        first = await llm.read(task())
        second = await llm.read(task())

    refused, folded, remembered = (json.loads(body) for _, body in server.requests)
    assert (outcomes(first), outcomes(second)) == (["field_refused", "ok"], ["ok"])
    assert _roles(refused) == ["system", "user"]
    system, user = (message["content"] for message in refused["messages"])
    assert folded["messages"][0]["content"].startswith(system)
    assert TEXT in folded["messages"][0]["content"].removeprefix(system)
    assert len(folded["messages"][0]["content"]) == len(system) + 2 + len(user)
    assert _roles(remembered) == ["user"]


async def test_what_is_asked_again_keeps_the_roles_in_turn() -> None:
    def respond(asked: dict[str, Any]) -> bytes:
        roles = _roles(asked)
        if roles != ["user", "assistant"] * (len(roles) // 2) + ["user"]:
            return fails(400, openai_error("Conversation roles must alternate user/assistant/user/assistant/..."))
        return says(good_draft(label="desperate") if len(roles) == 1 else good_draft())

    async with serving(respond) as server, asking(server) as llm:
        reading = await llm.read(task())

    assert outcomes(reading) == ["field_refused", "invalid", "ok"]
    assert _roles(json.loads(server.requests[-1][1])) == ["user", "assistant", "user"]


async def test_a_server_that_refuses_the_folded_text_too_is_not_asked_for_ever() -> None:
    async with (
        serving(lambda _: fails(400, openai_error("System role not supported"))) as server,
        asking(server) as llm,
    ):
        with pytest.raises(errors.EngineRejectedRequest) as caught:
            await llm.read(task())

    assert outcomes(caught.value) == ["field_refused", "field_refused"]


# --- Errors, in whichever shape. ---


@pytest.mark.parametrize("case", [*IN_A_200, *WITH_A_STATUS, *WITH_A_WAIT], ids=lambda case: case.id)
async def test_an_error_is_what_it_says(case: ErrorCase) -> None:
    async with serving(lambda _: fails(case.status, case.body, case.headers)) as server, asking(server, ONCE) as llm:
        with pytest.raises(errors.EngineError) as caught:
            await llm.read(task())

    assert outcomes(caught.value) == [case.outcome]
    assert type(caught.value) is case.error
    assert caught.value.retry_after_s == case.wait_s


async def test_a_wait_in_an_error_is_waited_before_the_next_attempt() -> None:
    bodies = iter([fails(429, google_error("RESOURCE_EXHAUSTED", 429, details=retry_info("7s"))), says(good_draft())])

    async with serving(lambda _: next(bodies)) as server, asking(server) as llm:
        reading = await llm.read(task())

    assert [(attempt.outcome, attempt.wait_s) for attempt in reading.provenance.usage.attempts] == [
        ("rate_limited", 0.0),
        ("ok", 7.0),
    ]


def _events(*events: object, head: str = "data") -> bytes:
    return b"".join(f"{head}: {json.dumps(event)}\n\n".encode() for event in events)


def _chunk(content: str, reason: str | None = None, **others: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": reason} | others]}


BEGUN = _chunk(GOOD[:100])


@dataclass(frozen=True)
class Streamed:
    id: str
    body: bytes
    outcome: str
    wait_s: float | None = None


STREAMED = (
    Streamed("openrouter", _events(BEGUN, {"error": {"code": 429}} | _chunk("", "error")), "rate_limited"),
    Streamed("in the choice", _events(BEGUN, _chunk("", "error", error={"code": 502})), "server_error"),
    Streamed("its reason alone", _events(BEGUN, _chunk("", "error")), "server_error"),
    Streamed("vllm", _events(BEGUN, {"object": "error", "message": "no", "code": 400}), "rejected"),
    Streamed("anthropic", b"event: error\n" + _events(anthropic_error("overloaded_error")), "overloaded"),
    Streamed("llama.cpp", _events(BEGUN) + _events({"code": 503, "message": "no"}, head="error"), "overloaded"),
    Streamed("a wait", _events(BEGUN, {"error": {"code": 429, "retry_after": 45}}), "rate_limited", 45.0),
    Streamed(
        "words of the model are none of the error's",
        _events(_chunk("rate limit, overloaded"), {"error": {"message": "no"}} | _chunk("too many requests", "error")),
        "server_error",
    ),
)


@pytest.mark.parametrize("case", STREAMED, ids=lambda case: case.id)
async def test_an_error_in_a_stream_is_what_it_says(case: Streamed) -> None:
    async with serving(lambda _: reply(case.body, headers=EVENTS)) as server, asking(server, ONCE) as llm:
        with pytest.raises(errors.EngineError) as caught:
            await llm.read(task())

    assert outcomes(caught.value) == [case.outcome]
    assert caught.value.retry_after_s == case.wait_s


@dataclass(frozen=True)
class Sound:
    id: str
    body: dict[str, Any]


@pytest.mark.parametrize(
    "case",
    [
        Sound("null", completion(good_draft()) | {"error": None}),
        Sound("empty", completion(good_draft()) | {"error": {}}),
        Sound("of nothing", completion(good_draft()) | {"error": {"code": 0, "message": ""}}),
        Sound("with details", completion(good_draft()) | {"detail": None, "message": "ok"}),
    ],
    ids=lambda case: case.id,
)
async def test_an_error_that_is_none_spoils_no_answer(case: Sound) -> None:
    async with serving(lambda _: reply(json.dumps(case.body).encode())) as server, asking(server, ONCE) as llm:
        assert outcomes(await llm.read(task())) == ["ok"]


async def test_messages_name_the_settings_of_the_server_that_failed() -> None:
    async with serving(lambda _: fails(401, {})) as server, asking(server, name="llm2") as llm:
        with pytest.raises(KEY_OR_MODEL, match="check SUBTEXT_LLM2_API_KEY"):
            await llm.read(task())


# --- Modes that a server takes and ignores. ---


@dataclass(frozen=True)
class Ignoring:
    """What a server writes in each mode, how often it is asked for one article, and how it is asked from then on."""

    id: str
    written: dict[str, object]
    asked_in: tuple[str, ...]
    learnt: str
    first: tuple[object, ...] = field(default=())


SCHEMA, JSON, PLAIN = "json_schema", "json_object", "plain"
PROSE = "The framing is one of desperation."
OTHER = {"answer": "desperation"}
# What no schema on the wire rules out.
LENGTHY = good_draft(headline="x" * 301)
IGNORING = (
    Ignoring("prose under a schema", {SCHEMA: PROSE, JSON: GOOD}, (SCHEMA, JSON), JSON),
    Ignoring("prose under both", {SCHEMA: PROSE, JSON: PROSE, PLAIN: GOOD}, (SCHEMA, JSON, PLAIN), PLAIN),
    Ignoring("another object", {SCHEMA: OTHER, JSON: GOOD}, (SCHEMA, JSON), JSON),
    Ignoring("a wrong label", {SCHEMA: good_draft(label="despair"), JSON: GOOD}, (SCHEMA, JSON), JSON),
    Ignoring("one slip after a good answer", {SCHEMA: GOOD, JSON: GOOD}, (SCHEMA, JSON), SCHEMA, (GOOD, PROSE)),
    Ignoring("too long, as no schema forbids", {SCHEMA: LENGTHY, JSON: GOOD}, (SCHEMA,), SCHEMA),
)


def _mode(asked: dict[str, Any]) -> str:
    return str(asked.get("response_format", {"type": PLAIN})["type"])


@pytest.mark.parametrize("case", IGNORING, ids=lambda case: case.id)
async def test_a_mode_that_is_ignored_is_left_within_the_request(case: Ignoring) -> None:
    first = list(case.first)

    def respond(asked: dict[str, Any]) -> bytes:
        return says(first.pop(0) if first else case.written[_mode(asked)])

    async with serving(respond) as server, asking(server) as llm:
        if case.first and case.first[0] == GOOD:
            await llm.read(task())
        before = len(server.requests)
        reading = await llm.read(task())
        asked_in = tuple(_mode(json.loads(body)) for _, body in server.requests[before:])

    assert asked_in == case.asked_in
    assert reading.provenance.engine.output_mode == asked_in[-1]
    assert llm.info.output_mode == case.learnt


async def test_a_looser_mode_that_is_refused_is_left_out_of_this_request_alone() -> None:
    def respond(asked: dict[str, Any]) -> bytes:
        mode = _mode(asked)
        if mode == JSON:
            return fails(400, openai_error("response_format must be json_schema or text"))
        return says(good_draft() if mode == PLAIN else OTHER)

    async with serving(respond) as server, asking(server) as llm:
        reading = await llm.read(task())

    assert outcomes(reading) == ["invalid", "field_refused", "ok"]
    assert reading.provenance.engine.output_mode == PLAIN


# --- Answers of which nothing is left. ---


@dataclass(frozen=True)
class Left:
    """What a model wrote, and how the reading ends: an outcome, None if there is one."""

    id: str
    content: object
    reason: str
    outcome: str | None
    error: type[errors.EngineError] | None
    parts: frozenset[AnalysisPart] = frozenset({"summary", "framing"})


SUMMARY: frozenset[AnalysisPart] = frozenset({"summary"})
FRAMING: frozenset[AnalysisPart] = frozenset({"framing"})
FRAMED = {name: good_draft()[name] for name in ("target", "evidence", "rationale", "label", "confidence")}
INVENTED = {"target": None, "evidence": [evidence("It has never been in such good health", "domination")]}
TO_EVIDENCE = json.dumps({"target": None, "evidence": FRAMED["evidence"]})[:-1] + ', "rationale": "'
LEFT = (
    Left("nulls, cut", '{"target": null, "headline": "x", "sen', "length", "truncated", errors.EngineOutputTruncated),
    Left("nulls, run away", '{"target": null, "headline": "' + "x " * 900, "length", "runaway", errors.EngineBadOutput),
    Left(
        "a target alone",
        '{"target": "Norwick Docks", "evidence": [',
        "length",
        "truncated",
        errors.EngineOutputTruncated,
        FRAMING,
    ),
    Left(
        "invented evidence, cut",
        json.dumps(INVENTED)[:-1] + ', "rat',
        "length",
        "truncated",
        errors.EngineBadOutput,
        FRAMING,
    ),
    Left("evidence, cut", TO_EVIDENCE, "length", None, None, FRAMING),
    Left(
        "blank sentences",
        {"target": None, "headline": "x", "sentences": [{"text": " ", "quotes": []}]},
        "stop",
        "empty_draft",
        errors.EngineBadOutput,
        SUMMARY,
    ),
    Left("neither, without evidence", FRAMED | {"label": "neither", "evidence": []}, "stop", None, None, FRAMING),
)


@pytest.mark.parametrize("case", LEFT, ids=lambda case: case.id)
async def test_an_answer_of_which_nothing_is_left_has_failed(case: Left) -> None:
    asked = task(parts=case.parts)
    async with serving(lambda _: says(case.content, finish_reason=case.reason)) as server, asking(server, ONCE) as llm:
        if case.error is None:
            assert (await llm.read(asked)).draft.framing is not None
            return
        with pytest.raises(case.error) as caught:
            await llm.read(asked)

    assert type(caught.value) is case.error
    assert outcomes(caught.value) == [case.outcome]


async def test_a_passage_of_which_nothing_is_left_is_a_gap() -> None:
    paragraph = "The port of Elm was quiet. Its masters met, and nobody asked for anything but time to think."
    text = "\n\n".join([TEXT, *[paragraph] * 12])

    def respond(asked: dict[str, Any]) -> bytes:
        if "Norwick" in asked["messages"][-1]["content"]:
            return says(FRAMED)
        return says('{"target": null, "evidence": [', finish_reason="length")

    patience = RequestLimits(max_attempts=1, passage_tokens=300)
    async with serving(respond) as server, asking(server, patience) as llm:
        reading = await llm.read(task(text, parts=FRAMING))

    assert reading.coverage is not None
    assert not reading.coverage.complete
    assert "passage_failed" in [warning.code for warning in reading.warnings]
    assert reading.draft.framing is not None


async def test_an_answer_that_is_withheld_whole_has_failed() -> None:
    def respond(asked: dict[str, Any]) -> bytes:
        told = asked["messages"][0]["content"]
        return says({"target": None, "headline": "x", "sentences": [{"text": told[:900], "quotes": []}]})

    async with serving(respond) as server, asking(server, ONCE) as llm:
        with pytest.raises(errors.EngineBadOutput) as caught:
            await llm.read(task(parts=SUMMARY))

    assert outcomes(caught.value) == ["empty_draft"]
