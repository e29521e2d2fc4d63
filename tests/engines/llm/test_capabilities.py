from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from subtext import errors
from subtext.engines.llm.capabilities import (
    TTL_S,
    Capabilities,
    CapabilityCache,
    refuses_system_role,
    unsupported_field_in,
)
from tests.support.engines import completion, engine, good_draft, task
from tests.support.fakes import FakeClock

if TYPE_CHECKING:
    import respx


def answered(content: object = None) -> httpx.Response:
    return httpx.Response(200, json=completion(good_draft() if content is None else content))


def refusal(status: int = 400, **error: Any) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": "no", **error}})


NO_SCHEMA = "'response_format.type' : value must be one of ('json_object', 'text')"
NO_TEMPERATURE = "Unsupported value: 'temperature' does not support 0 with this model."
NO_MAX_TOKENS = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
NEEDED = ("model", "messages")


@dataclass(frozen=True)
class Server:
    """A server that refuses what it does not take, and how it ends up being asked after how many calls."""

    id: str
    refuses: tuple[str, ...]
    refusal: httpx.Response
    mode: str
    calls: int

    def serve(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        refused = set(self.refuses) & {*asked, _form(asked)}
        return self.refusal if refused else answered()


def _form(asked: dict[str, Any]) -> str:
    return str(asked.get("response_format", {"type": "plain"})["type"])


FORM = ("json_schema", "json_object")
SERVERS = [
    Server("no schema, by name", ("json_schema",), refusal(param="response_format"), "json_object", 2),
    Server("no schema, in words", ("json_schema",), refusal(message=NO_SCHEMA), "json_object", 2),
    Server("no form at all", FORM, refusal(message="This response_format type is unavailable"), "plain", 3),
    Server("422 by place", FORM, httpx.Response(422, json={"detail": [{"loc": ["response_format"]}]}), "plain", 3),
    Server("500 over it", ("json_schema",), refusal(500, message="failed to parse grammar"), "json_object", 2),
    Server("no temperature", ("temperature",), refusal(message=NO_TEMPERATURE), "json_schema", 2),
    Server("the other bound", ("max_tokens",), refusal(message=NO_MAX_TOKENS, param="max_tokens"), "json_schema", 2),
]


@pytest.mark.parametrize("case", SERVERS, ids=lambda case: case.id)
async def test_what_a_server_refuses_is_left_out_and_remembered(
    case: Server, server: respx.Route, clock: FakeClock
) -> None:
    server.mock(side_effect=case.serve)

    async with engine(clock) as llm:
        reading = await llm.read(task())
        first_calls = server.call_count
        again = await llm.read(task())

    assert reading.provenance.engine.output_mode == case.mode
    assert llm.info.output_mode == case.mode
    assert first_calls == case.calls
    assert server.call_count == case.calls + 1
    outcomes = [attempt.outcome for attempt in reading.provenance.usage.attempts]
    assert outcomes == ["field_refused"] * (case.calls - 1) + ["ok"]
    assert again.draft == reading.draft


async def test_a_server_may_refuse_all_that_can_be_left_out(server: respx.Route, clock: FakeClock) -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        spare = [name for name in json.loads(request.content) if name not in NEEDED]
        return refusal(message=f"Unrecognized request argument supplied: {spare[0]}") if spare else answered()

    server.mock(side_effect=serve)

    async with engine(clock) as llm:
        reading = await llm.read(task())

    assert reading.provenance.engine.output_mode == "plain"
    assert reading.provenance.usage.calls == 6


async def test_after_a_while_everything_is_tried_anew(server: respx.Route, clock: FakeClock) -> None:
    server.mock(side_effect=[refusal(message=NO_SCHEMA), answered(), answered()])

    async with engine(clock) as llm:
        await llm.read(task())
        clock.elapsed += TTL_S
        reading = await llm.read(task(seconds=TTL_S + 30))

    assert reading.provenance.engine.output_mode == "json_schema"


async def test_a_server_that_refuses_every_form_is_told_as_such(server: respx.Route, clock: FakeClock) -> None:
    server.mock(return_value=refusal(param="response_format"))

    async with engine(clock) as llm:
        with pytest.raises(errors.EngineRejectedRequest):
            await llm.read(task())

    assert server.call_count == 3


@dataclass(frozen=True)
class Ignoring:
    id: str
    written: object
    modes: tuple[str, ...]


@pytest.mark.parametrize(
    "case",
    [
        Ignoring("no JSON", "The label is mixed.", ("json_schema", "json_object", "plain", "plain")),
        Ignoring("no schema", {"answer": "mixed"}, ("json_schema", "json_object", "json_object", "json_object")),
        Ignoring("both kept", good_draft(), ("json_schema",) * 4),
    ],
    ids=lambda case: case.id,
)
async def test_a_form_that_is_ignored_twice_is_given_up(case: Ignoring, server: respx.Route, clock: FakeClock) -> None:
    asked_in: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked_in.append(_form(json.loads(request.content)))
        return answered(case.written)

    server.mock(side_effect=serve)

    async with engine(clock) as llm:
        for _ in case.modes:
            try:
                await llm.read(task())
            except errors.EngineBadOutput:
                continue

    assert tuple(dict.fromkeys(asked_in)) == tuple(dict.fromkeys(case.modes))
    assert asked_in[-1] == case.modes[-1]


def test_one_bad_answer_among_good_ones_changes_nothing() -> None:
    memory = CapabilityCache(FakeClock())

    for _ in range(5):
        memory.mark_ignored(memory.current())
        memory.mark_honoured(memory.current())

    assert memory.current() == Capabilities()


def test_what_was_asked_before_something_was_learnt_teaches_nothing_more() -> None:
    memory, first = CapabilityCache(FakeClock()), Capabilities()

    assert memory.mark_unsupported(first, "response_format")
    assert memory.mark_unsupported(first, "response_format")
    memory.mark_ignored(first)
    memory.mark_honoured(first)

    assert memory.current().mode == "json_object"


@pytest.mark.parametrize(
    ("parameter", "text", "field"),
    [
        ("max_tokens", "use max_completion_tokens", "max_tokens"),
        (None, NO_MAX_TOKENS, "max_tokens"),
        ("messages", "to use 'response_format'", "response_format"),
        (None, "this server has no structured outputs", "response_format"),
        ({"name": "guided_json"}, "is not supported", "response_format"),
        (None, "no", None),
        ("x", "", None),
    ],
)
def test_the_field_that_an_error_is_about_is_found(parameter: object, text: str, field: str | None) -> None:
    assert unsupported_field_in(parameter, text) == field


def test_a_looser_mode_that_helps_is_learnt_of_a_server_that_never_kept_to_the_first() -> None:
    memory = CapabilityCache(FakeClock())
    strict = memory.current()

    memory.mark_ignored(strict)
    memory.mark_honoured(strict.at_loosest("json_object"))

    assert memory.current().mode == "json_object"


def test_of_a_server_that_kept_to_a_mode_two_lapses_in_a_row_are_needed() -> None:
    memory = CapabilityCache(FakeClock())
    strict = memory.current()
    memory.mark_honoured(strict)

    modes = []
    for _ in range(2):
        memory.mark_ignored(strict)
        memory.mark_honoured(strict.at_loosest("json_object"))
        modes.append(memory.current().mode)

    assert modes == ["json_schema", "json_object"]


@pytest.mark.parametrize(
    "text",
    [
        "Unsupported value: 'temperature' does not support 0 with this model.",
        "the file system is not writable",
        "the system is not ready: unknown error",
        "response_format is not supported by this model",
        "no such model: the-system-70b",
        "invalid user id",
        "",
    ],
)
def test_what_says_nothing_of_roles_refuses_none(text: str) -> None:
    assert not refuses_system_role(text)


def test_a_field_that_is_not_asked_for_cannot_be_left_out() -> None:
    memory = CapabilityCache(FakeClock())

    assert not memory.mark_unsupported(Capabilities(), "max_completion_tokens")
