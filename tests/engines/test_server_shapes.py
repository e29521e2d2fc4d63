"""The shapes in which servers answer and fail, a row each, on real sockets: what becomes of each, what is learnt."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from engines.lab import KEY, TEXT, book, completion, evidence, good_draft, task
from fakes import StillClock
from servers.fault_server import fault_server, reply
from subtext.domain import errors
from subtext.engines.openai_compatible import OpenAICompatibleEngine
from subtext.engines.provider import Patience, Provider

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable

    from servers.fault_server import FaultServer
    from subtext.analyst.ports import Part, Reading

ONCE = Patience(max_attempts=1)
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


def asking(server: FaultServer, patience: Patience | None = None, name: str = "llm") -> OpenAICompatibleEngine:
    """The engine on its own transport, on a clock that passes only where it waits."""
    clock = StillClock()
    provider = Provider(server.url, "m", KEY, name=name)
    return OpenAICompatibleEngine(provider, patience or Patience(), book(), clock=clock, sleep=clock.sleep)


def says(content: object, **others: Any) -> bytes:
    return reply(json.dumps(completion(content, **others)).encode())


def fails(status: int, body: object, headers: str = "") -> bytes:
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return reply(data, status=f"{status} Told", headers=f"Content-Type: application/json\r\n{headers}")


def outcomes(attempts: Reading | errors.EngineFailed) -> list[str]:
    found = attempts.attempts if isinstance(attempts, errors.EngineFailed) else attempts.provenance.usage.attempts
    return [attempt.outcome for attempt in found]


# --- Models without a role for the system. ---


@dataclass(frozen=True)
class NoSystem:
    """How a server says that it takes no message with the role `system`."""

    id: str
    status: int
    body: object


def _openai(message: str, **others: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error"} | others}


NO_SYSTEM = (
    NoSystem("vllm, gemma 1", 400, {"object": "error", "message": "System role not supported", "code": 400}),
    NoSystem("llama.cpp, 500", 500, _openai("Only user and assistant roles are supported!", type="server_error")),
    NoSystem("llama.cpp, jinja", 500, _openai("Jinja Exception: System role not supported")),
    NoSystem("mistral 7b", 400, _openai("Conversation roles must alternate user/assistant/user/assistant/...")),
    NoSystem("tgi", 422, {"error": "Template error: unknown, at line 1", "error_type": "template_error"}),
    NoSystem(
        "openai o1", 400, _openai("Unsupported value: 'messages[0].role' does not support 'system' with this model.")
    ),
    NoSystem("gemma at google", 400, [_openai("Developer instruction is not enabled for models/gemma-3-27b-it")]),
    NoSystem("a type of role", 400, _openai('messages: Unexpected role "system". Use the top-level `system`.')),
    NoSystem("fastapi", 422, {"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "Input should be 'user'"}]}),
    NoSystem("bare text", 500, "jinja2.exceptions.TemplateError: System role not supported"),
    NoSystem("bedrock", 400, {"message": "A conversation must start with a user message."}),
    NoSystem("a proxy, 200", 200, {"error": "This model does not support system messages."}),
    NoSystem("by parameter", 400, _openai("Invalid value: 'system'.", param="messages[0].role")),
)


def _roles(asked: dict[str, Any]) -> list[str]:
    return [message["role"] for message in asked["messages"]]


@pytest.mark.parametrize("case", NO_SYSTEM, ids=lambda case: case.id)
async def test_a_system_role_that_is_refused_is_folded_at_once_and_remembered(case: NoSystem) -> None:
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
            return fails(400, _openai("Conversation roles must alternate user/assistant/user/assistant/..."))
        return says(good_draft(label="desperate") if len(roles) == 1 else good_draft())

    async with serving(respond) as server, asking(server) as llm:
        reading = await llm.read(task())

    assert outcomes(reading) == ["field_refused", "invalid", "ok"]
    assert _roles(json.loads(server.requests[-1][1])) == ["user", "assistant", "user"]


async def test_a_server_that_refuses_the_folded_text_too_is_not_asked_for_ever() -> None:
    async with serving(lambda _: fails(400, _openai("System role not supported"))) as server, asking(server) as llm:
        with pytest.raises(errors.EngineRejectedRequest) as caught:
            await llm.read(task())

    assert outcomes(caught.value) == ["field_refused", "field_refused"]


# --- Errors, in whichever shape. ---


@dataclass(frozen=True)
class Told:
    """An error as a server tells it, what it is, and how long it asks to wait."""

    id: str
    status: int
    body: object
    outcome: str
    error: type[errors.EngineFailed]
    wait_s: float | None = None
    headers: str = ""


def _in_choice(error: object = None, **others: Any) -> dict[str, Any]:
    """An answer of OpenRouter's whose first choice failed."""
    found = completion("The first words", finish_reason="error")
    found["choices"][0] |= {} if error is None else {"error": error}
    return found | others


def _google(status: str, code: int, message: str = "no", **others: Any) -> list[dict[str, Any]]:
    return [{"error": {"code": code, "message": message, "status": status} | others}]


def _retry_info(delay: object) -> list[dict[str, Any]]:
    kind = "type.googleapis.com/google.rpc."
    return [{"@type": f"{kind}QuotaFailure"}, {"@type": f"{kind}RetryInfo", "retryDelay": delay}]


def _anthropic(kind: str, message: str = "no") -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


RATE, DOWN, ERRED = errors.EngineRateLimited, errors.EngineUnavailable, errors.EngineErred
KEY_OR_MODEL, CREDIT, LONG = errors.EngineMisconfigured, errors.EngineQuotaExhausted, errors.EngineInputTooLong
REJECTED, FILTERED, LATE = errors.EngineRejectedRequest, errors.EngineFiltered, errors.EngineTimedOut
PLEASE = "Rate limit reached for m on tokens per min (TPM). Please try again in {}."

IN_A_200 = (
    Told("choice, 429", 200, _in_choice({"code": 429, "message": "no"}), "rate_limited", RATE),
    Told("choice, 429 as text", 200, _in_choice({"code": "429", "message": "no"}), "rate_limited", RATE),
    Told("choice, 502", 200, _in_choice({"code": 502, "message": "Provider returned error"}), "server_error", ERRED),
    Told("choice, 403", 200, _in_choice({"code": 403, "message": "Input was flagged"}), "filtered", FILTERED),
    Told("choice, 402", 200, _in_choice({"code": 402, "message": "Insufficient credits"}), "quota_exhausted", CREDIT),
    Told("choice, a word", 200, _in_choice("overloaded"), "overloaded", DOWN),
    Told("choice, its reason alone", 200, _in_choice(), "server_error", ERRED),
    Told("choice, and the error on top", 200, _in_choice(error={"code": 429}), "rate_limited", RATE),
    Told(
        "choice, an error within",
        200,
        _in_choice({"code": 400, "metadata": {"raw": '{"error": {"code": "context_length_exceeded"}}'}}),
        "input_too_long",
        LONG,
    ),
    Told(
        "choice, with a wait",
        200,
        _in_choice({"code": 429, "metadata": {"headers": {"Retry-After": "41"}}}),
        "rate_limited",
        RATE,
        41.0,
    ),
    Told("a string", 200, {"error": "model 'm' not found"}, "not_found", KEY_OR_MODEL),
    Told("detail", 200, {"detail": "Invalid API key"}, "unauthorized", KEY_OR_MODEL),
    Told("message and code", 200, {"message": "no", "code": 429}, "rate_limited", RATE),
    Told("object: error", 200, {"object": "error", "message": "no", "code": 400}, "rejected", REJECTED),
    Told("type: error", 200, _anthropic("overloaded_error"), "overloaded", DOWN),
    Told("a list", 200, _google("PERMISSION_DENIED", 403), "unauthorized", KEY_OR_MODEL),
    Told("a name of gRPC alone", 200, {"error": {"status": "UNAVAILABLE"}}, "overloaded", DOWN),
    Told("an error that says nothing", 200, {"error": True}, "server_error", ERRED),
)
WITH_A_STATUS = (
    Told("openai, rate", 429, _openai("no", code="rate_limit_exceeded"), "rate_limited", RATE),
    Told("openai, credit", 429, _openai("no", code="insufficient_quota"), "quota_exhausted", CREDIT),
    Told("openai, key", 401, _openai("no", code="invalid_api_key"), "unauthorized", KEY_OR_MODEL),
    Told("ollama, model", 404, {"error": 'model "m" not found, try pulling it first'}, "not_found", KEY_OR_MODEL),
    Told("ollama, model, 400", 400, {"error": 'model "m" not found, try pulling it first'}, "not_found", KEY_OR_MODEL),
    Told("anthropic, rate", 429, _anthropic("rate_limit_error"), "rate_limited", RATE),
    Told("anthropic, load", 529, _anthropic("overloaded_error"), "overloaded", DOWN),
    Told("anthropic, key", 401, _anthropic("authentication_error"), "unauthorized", KEY_OR_MODEL),
    Told("anthropic, may not", 403, _anthropic("permission_error"), "unauthorized", KEY_OR_MODEL),
    Told("anthropic, model", 404, _anthropic("not_found_error"), "not_found", KEY_OR_MODEL),
    Told("anthropic, request", 400, _anthropic("invalid_request_error"), "rejected", REJECTED),
    Told("anthropic, itself", 500, _anthropic("api_error"), "server_error", ERRED),
    Told("anthropic, size", 413, _anthropic("request_too_large"), "input_too_long", LONG),
    Told("anthropic, time", 504, _anthropic("timeout_error"), "server_timed_out", LATE),
    Told(
        "anthropic, credit",
        400,
        _anthropic("invalid_request_error", "Your credit balance is too low to access the API."),
        "quota_exhausted",
        CREDIT,
    ),
    Told(
        "anthropic, length",
        400,
        _anthropic("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
        "input_too_long",
        LONG,
    ),
    Told("google, rate", 429, _google("RESOURCE_EXHAUSTED", 429), "rate_limited", RATE),
    Told("google, load", 503, _google("UNAVAILABLE", 503), "overloaded", DOWN),
    Told("google, time", 504, _google("DEADLINE_EXCEEDED", 504), "server_timed_out", LATE),
    Told("google, who", 401, _google("UNAUTHENTICATED", 401), "unauthorized", KEY_OR_MODEL),
    Told("google, model", 404, _google("NOT_FOUND", 404), "not_found", KEY_OR_MODEL),
    Told("google, request", 400, _google("INVALID_ARGUMENT", 400), "rejected", REJECTED),
    Told(
        "google, key",
        400,
        _google("INVALID_ARGUMENT", 400, "API key not valid.", details=[{"reason": "API_KEY_INVALID"}]),
        "unauthorized",
        KEY_OR_MODEL,
    ),
    Told("azure, deployment", 404, _openai("no", code="DeploymentNotFound"), "not_found", KEY_OR_MODEL),
    Told(
        "azure, filter",
        400,
        _openai("no", code=None, innererror={"code": "ResponsibleAIPolicyViolation"}),
        "filtered",
        FILTERED,
    ),
    Told("azure, gateway", 401, {"statusCode": 401, "message": "Access denied"}, "unauthorized", KEY_OR_MODEL),
    Told("aws, rate", 400, {"__type": "com.x#ThrottlingException", "message": "no"}, "rate_limited", RATE),
    Told("aws, key", 400, {"__type": "UnrecognizedClientException"}, "unauthorized", KEY_OR_MODEL),
    Told("deepseek, model", 400, _openai("Model Not Exist"), "not_found", KEY_OR_MODEL),
    Told("openrouter, model", 400, _openai("x is not a valid model ID", code=400), "not_found", KEY_OR_MODEL),
    Told("openrouter, filter", 403, _openai("Your input was flagged", code=403), "filtered", FILTERED),
    Told("apigee", 429, {"fault": {"detail": {"errorcode": "policies.SpikeArrestViolation"}}}, "rate_limited", RATE),
    Told(
        "cloudflare",
        400,
        {"errors": [{"code": 10000, "message": "Authentication error"}]},
        "unauthorized",
        KEY_OR_MODEL,
    ),
    Told("a gateway's own code", 500, {"error": {"code": "429", "message": "no"}}, "rate_limited", RATE),
    Told("tgi, load", 429, {"error": "no", "error_type": "overloaded"}, "overloaded", DOWN),
    Told("tgi, generation", 424, {"error": "no", "error_type": "generation"}, "server_error", ERRED),
    Told("text alone", 500, "upstream: too many requests", "rate_limited", RATE),
    Told("text that says nothing", 400, "<html>no</html>", "rejected", REJECTED),
)
WITH_A_WAIT = (
    Told("google", 429, _google("RESOURCE_EXHAUSTED", 429, details=_retry_info("37s")), "rate_limited", RATE, 37.0),
    Told("google, parts", 503, _google("UNAVAILABLE", 503, details=_retry_info("31.5s")), "overloaded", DOWN, 31.5),
    Told(
        "google, as an object",
        429,
        _google("RESOURCE_EXHAUSTED", 429, details=_retry_info({"seconds": 33, "nanos": 500_000_000})),
        "rate_limited",
        RATE,
        33.5,
    ),
    Told(
        "google, credit that comes back",
        429,
        _openai("You exceeded your current quota, please check your plan and billing. Please retry in 37.2s."),
        "rate_limited",
        RATE,
        37.2,
    ),
    Told("openai, seconds", 429, _openai(PLEASE.format("41.234s")), "rate_limited", RATE, 41.234),
    Told("openai, thousandths", 429, _openai(PLEASE.format("20ms")), "rate_limited", RATE, 0.02),
    Told("openai, minutes", 429, _openai(PLEASE.format("6m0s")), "rate_limited", RATE, 360.0),
    Told("openai, hours", 429, _openai(PLEASE.format("1h2m3s")), "rate_limited", RATE, 600.0),
    Told("azure", 429, _openai("Please retry after 46 seconds."), "rate_limited", RATE, 46.0),
    Told("hugging face", 503, {"error": "m is loading", "estimated_time": 40.5}, "overloaded", DOWN, 40.5),
    Told("retry-after-ms", 429, {}, "rate_limited", RATE, 30.25, "retry-after-ms: 30250\r\nRetry-After: 31\r\n"),
    Told(
        "Retry-After before the text",
        429,
        _openai("try again in 99s"),
        "rate_limited",
        RATE,
        44.0,
        "Retry-After: 44\r\n",
    ),
    Told(
        "the limit that is used up",
        429,
        {},
        "rate_limited",
        RATE,
        66.0,
        "x-ratelimit-remaining-requests: 9\r\nx-ratelimit-reset-requests: 2h\r\n"
        "x-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 1m6s\r\n",
    ),
    Told("a wait of nothing", 429, _openai("x", retry_after=0), "rate_limited", RATE),
    Told(
        "a wait that is none",
        429,
        _google("RESOURCE_EXHAUSTED", 429, details=_retry_info("soon")),
        "rate_limited",
        RATE,
    ),
)


@pytest.mark.parametrize("case", [*IN_A_200, *WITH_A_STATUS, *WITH_A_WAIT], ids=lambda case: case.id)
async def test_an_error_is_what_it_says(case: Told) -> None:
    async with serving(lambda _: fails(case.status, case.body, case.headers)) as server, asking(server, ONCE) as llm:
        with pytest.raises(errors.EngineFailed) as caught:
            await llm.read(task())

    assert outcomes(caught.value) == [case.outcome]
    assert type(caught.value) is case.error
    assert caught.value.retry_after_s == case.wait_s


async def test_a_wait_in_an_error_is_waited_before_the_next_attempt() -> None:
    bodies = iter([fails(429, _google("RESOURCE_EXHAUSTED", 429, details=_retry_info("7s"))), says(good_draft())])

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
    Streamed("anthropic", b"event: error\n" + _events(_anthropic("overloaded_error")), "overloaded"),
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
        with pytest.raises(errors.EngineFailed) as caught:
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
    Ignoring("too long, as no schema forbids", {SCHEMA: GOOD, JSON: GOOD}, (SCHEMA, SCHEMA), SCHEMA, (LENGTHY, GOOD)),
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
    assert llm.card.output_mode == case.learnt


async def test_a_looser_mode_that_is_refused_is_left_out_of_this_request_alone() -> None:
    def respond(asked: dict[str, Any]) -> bytes:
        mode = _mode(asked)
        if mode == JSON:
            return fails(400, _openai("response_format must be json_schema or text"))
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
    error: type[errors.EngineFailed] | None
    parts: frozenset[Part] = frozenset({"summary", "framing"})


SUMMARY: frozenset[Part] = frozenset({"summary"})
FRAMING: frozenset[Part] = frozenset({"framing"})
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


async def test_an_answer_that_is_withheld_whole_has_failed() -> None:
    def respond(asked: dict[str, Any]) -> bytes:
        told = asked["messages"][0]["content"]
        return says({"target": None, "headline": "x", "sentences": [{"text": told[:900], "quotes": []}]})

    async with serving(respond) as server, asking(server, ONCE) as llm:
        with pytest.raises(errors.EngineBadOutput) as caught:
            await llm.read(task(parts=SUMMARY))

    assert outcomes(caught.value) == ["empty_draft"]
