"""Streamed completions: watch server-sent events while they come, and assemble them into one completion.

A stream is asked for if somebody wants to see progress, and of a model that is known to run away: only on a stream can
that be stopped before its time or its tokens are used up. Server-sent events as the chat completions API sends them; a
server that ignores `stream` and sends one body is read as ever.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx2
import orjson

from subtext.engines.llm.error_reports import find_error
from subtext.engines.llm.json_repair import is_repetition_loop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

EVENT_STREAM = "text/event-stream"
# How much of what was written is looked at, and how often (characters).
_TAIL, _STEP = 4_000, 1_000
# llama.cpp once sent an error as a field of its own.
_DATA, _ERROR, _DONE = b"data:", b"error:", b"[DONE]"
# What stands for a stream that ended without saying so, and for one that was stopped.
TRUNCATED = "cut"
# Where servers put what a model thinks aloud, and, if they take it for that, its answer.
REASONING_FIELDS = ("reasoning_content", "reasoning")
# All that a piece of an answer can be: the answer, thoughts before it, why the model declines, or a call of a tool.
_PIECES = ("content", *REASONING_FIELDS, "refusal", "tool_calls")
_STOPPED = b'data: {"choices": [{"delta": {}, "finish_reason": "length"}]}\n\n'


class RepetitionGuardStream(httpx2.AsyncByteStream):
    """End a stream of events once the model repeats itself, or white space, without end.

    `count` is told how many pieces of an answer, or of the thoughts before it, came with each part of the stream.
    """

    def __init__(self, stream: httpx2.AsyncByteStream, count: Callable[[int], None] = lambda _: None) -> None:
        self._stream, self._count = stream, count

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the stream's bytes, with an end of our own if it is cut."""
        rest, tail, written, unseen = b"", "", "", 0
        async for chunk in self._stream:
            *lines, rest = (rest + chunk).split(b"\n")
            # Whole lines alone, so that an end of our own never falls into the middle of one.
            yield b"".join(line + b"\n" for line in lines)
            # What is no event is found out when the whole is read: here it only cannot be watched.
            with suppress(ValueError):
                events = list(_events(lines))
                written = "".join(piece for event in events for piece in _deltas(event))
                self._count(sum(_has_piece(event) for event in events))
            tail, unseen = (tail + written)[-_TAIL:], unseen + len(written)
            if unseen >= _STEP:
                unseen = 0
                if is_repetition_loop(tail):
                    yield _STOPPED
                    return
        yield rest

    async def aclose(self) -> None:
        """Hang up: the server stops writing."""
        await self._stream.aclose()


def is_stream(body: bytes) -> bool:
    """Return whether a body is one of server-sent events."""
    begins = body.lstrip().startswith((_DATA, _ERROR, b"event:", b"id:", b": "))
    return begins and (_DATA in body or _ERROR in body)


def assemble_completion(body: bytes) -> dict[str, Any]:
    """Assemble the completion out of a stream of events; its `finish_reason` is `cut` if the stream broke off.

    Raises `ValueError` if an event is no JSON object.
    """
    found: dict[str, Any] = {}
    content: list[str] = []
    refusal: list[str] = []
    reasoning: list[str] = []
    calls: dict[int, str] = {}
    reason: object = None
    # A line that has no end is what was cut.
    for event in _events(body.split(b"\n")[:-1]):
        found |= {name: event[name] for name in ("model", "usage") if event.get(name)}
        if "error" not in found and (failure := find_error(event)) is not None:
            found["error"] = failure
        choice = _choice(event)
        content += _deltas(event)
        refusal += _pieces(choice, "refusal")
        reasoning += next(filter(None, (_pieces(choice, name) for name in REASONING_FIELDS)), [])
        for index, arguments in _call_fragments(choice):
            calls[index] = calls.get(index, "") + arguments
        reason = choice.get("finish_reason") or reason
    message = {
        "content": "".join(content),
        "refusal": "".join(refusal) or None,
        "reasoning_content": "".join(reasoning),
        "tool_calls": [{"function": {"arguments": arguments}} for arguments in calls.values()],
    }
    return {**found, "choices": [{"message": message, "finish_reason": reason or TRUNCATED}]}


def _events(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if not line.startswith((_DATA, _ERROR)):
            continue
        data = line.partition(b":")[2].strip()
        if data and data != _DONE:
            event = orjson.loads(data)
            if not isinstance(event, dict):
                raise ValueError("an event of a stream is no object")
            yield event


def _choice(event: dict[str, Any]) -> dict[str, Any]:
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _deltas(event: dict[str, Any]) -> list[str]:
    return _pieces(_choice(event), "content")


def _has_piece(event: dict[str, Any]) -> bool:
    delta = _choice(event).get("delta")
    return isinstance(delta, dict) and any(delta.get(name) for name in _PIECES)


def _pieces(choice: dict[str, Any], name: str) -> list[str]:
    delta = choice.get("delta")
    piece = delta.get(name) if isinstance(delta, dict) else None
    return [piece] if isinstance(piece, str) else []


def _call_fragments(choice: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield fragments of the arguments of functions that the model calls, each with its call."""
    delta = choice.get("delta")
    calls = delta.get("tool_calls") if isinstance(delta, dict) else None
    legacy = [{"function": delta.get("function_call")}] if isinstance(delta, dict) else []
    for call in (*legacy, *(calls if isinstance(calls, list) else ())):
        function = call.get("function") if isinstance(call, dict) else None
        arguments = function.get("arguments") if isinstance(function, dict) else None
        index = call.get("index", 0) if isinstance(call, dict) else 0
        if isinstance(arguments, str) and isinstance(index, int):
            yield index, arguments
