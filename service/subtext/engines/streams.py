"""Streams: an answer that comes in pieces, watched while it comes and put together into one that came whole.

A stream is asked for if somebody wants to see progress, and of a model that is known to run away: only on a stream can
that be stopped before its time or its tokens are used up. Server-sent events as the chat completions API sends them; a
server that ignores `stream` and sends one body is read as ever.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx2
import orjson

from subtext.engines.mending import runs_away

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

EVENT_STREAM = "text/event-stream"
# How much of what was written is looked at, and how often (characters).
_TAIL, _STEP = 4_000, 1_000
_DATA, _DONE = b"data:", b"[DONE]"
# Where servers put what a model writes: its answer, its thoughts under either name, why it declines.
_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")
# What stands for a stream that ended without saying so, and for one that was stopped.
CUT = "cut"
_STOPPED = b'data: {"choices": [{"delta": {}, "finish_reason": "length"}]}\n\n'


class WatchedStream(httpx2.AsyncByteStream):
    """A stream of events that is ended once the model repeats itself, or white space, without end.

    `count` is told how many pieces of an answer, or of the thoughts before it, came with each part of the stream.
    """

    def __init__(self, stream: httpx2.AsyncByteStream, count: Callable[[int], None] = lambda _: None) -> None:
        self._stream, self._count = stream, count

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The stream's bytes, with an end of our own where it is ended."""
        rest, tail, written, unseen = b"", "", "", 0
        async for chunk in self._stream:
            *lines, rest = (rest + chunk).split(b"\n")
            # Whole lines alone, so that an end of our own never falls into the middle of one.
            yield b"".join(line + b"\n" for line in lines)
            # What is no event is found out when the whole is read: here it only cannot be watched.
            with suppress(ValueError):
                events = list(_events(lines))
                written = "".join(piece for event in events for piece in _written(event))
                self._count(sum(_has_piece(event) for event in events))
            tail, unseen = (tail + written)[-_TAIL:], unseen + len(written)
            if unseen >= _STEP:
                unseen = 0
                if runs_away(tail):
                    yield _STOPPED
                    return
        yield rest

    async def aclose(self) -> None:
        """Hang up: the server stops writing."""
        await self._stream.aclose()


def is_stream(body: bytes) -> bool:
    """Whether a body is one of events."""
    return body.lstrip().startswith((_DATA, b"event:", b"id:", b": ")) and _DATA in body


def joined(body: bytes) -> dict[str, Any]:
    """The completion that a stream of events amounts to; its `finish_reason` is `cut` where the stream was.

    Raises `ValueError` where an event is no JSON object.
    """
    found: dict[str, Any] = {}
    texts: dict[str, list[str]] = {name: [] for name in _TEXTS}
    reason: object = None
    # A line that has no end is what was cut.
    for event in _events(body.split(b"\n")[:-1]):
        found |= {name: event[name] for name in ("model", "usage", "error") if event.get(name)}
        choice = _choice(event)
        for name, pieces in texts.items():
            pieces.extend(_pieces(choice, name))
        reason = choice.get("finish_reason") or reason
    message = {"content": "", **{name: "".join(pieces) for name, pieces in texts.items() if pieces}}
    return {**found, "choices": [{"message": message, "finish_reason": reason or CUT}]}


def _events(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if not line.startswith(_DATA):
            continue
        data = line.removeprefix(_DATA).strip()
        if data and data != _DONE:
            event = orjson.loads(data)
            if not isinstance(event, dict):
                raise ValueError("an event of a stream is no object")
            yield event


def _choice(event: dict[str, Any]) -> dict[str, Any]:
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _written(event: dict[str, Any]) -> list[str]:
    return _pieces(_choice(event), "content")


def _has_piece(event: dict[str, Any]) -> bool:
    delta = _choice(event).get("delta")
    return isinstance(delta, dict) and any(delta.get(name) for name in _TEXTS)


def _pieces(choice: dict[str, Any], name: str) -> list[str]:
    delta = choice.get("delta")
    piece = delta.get(name) if isinstance(delta, dict) else None
    return [piece] if isinstance(piece, str) else []
