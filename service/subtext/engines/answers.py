"""Answers: what an HTTP body of a model's server says, and the JSON object in what the model wrote.

Everything here takes any bytes or text: whatever is not as the protocol has it becomes an `AttemptFailed`. JSON is
read by orjson, which refuses NaN, lone surrogates, bad UTF-8, a byte order mark and endless depth.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from subtext.engines.error_reports import find_error
from subtext.engines.failures import failure_of
from subtext.engines.faults import AttemptFailed
from subtext.engines.mending import runs_away
from subtext.engines.streams import CUT, is_stream, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

MODEL_NAME_MAX = 200
# Objects that are tried, from the last one back: an answer with more of them is no answer.
CANDIDATES_MAX = 8

_THINK_END = re.compile(r"</think(?:ing)?>")
_THINK_BEGIN = re.compile(r"<think(?:ing)?>")
# What there is between an object's first and last brace: strings whole (an unclosed one to the end), and braces.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}]', re.DOTALL)
_DECLINES = re.compile(
    r"\W*(?:(?:I['’]?m|I am) (?:very )?sorry|sorry|I apologi[sz]e|I can(?:['’]t|not| not)|I won['’]t|I will not"
    r"|I['’]?m (?:not able|unable)|I am (?:not able|unable)|as an AI)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens as the server counts them; None where it does not say."""

    read: int | None = None
    written: int | None = None
    cached: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer: what it wrote, why it stopped, how it calls itself, and what it cost."""

    content: str
    finish_reason: str | None
    refusal: str | None
    model: str | None
    tokens: Tokens


def read_body(body: bytes) -> Answer:
    """The answer in the body of a response that came with status 200."""
    try:
        envelope = joined(body) if is_stream(body) else orjson.loads(body)
    except ValueError as error:
        raise AttemptFailed("malformed" if body.strip() else "empty") from error
    if (failure := find_error(envelope)) is not None:
        raise failure_of(HTTPStatus.OK, failure)
    if not isinstance(envelope, dict):
        raise AttemptFailed("malformed")
    choice = _first(envelope.get("choices"))
    message = _mapping(choice.get("message"))
    return Answer(
        content=_content(message.get("content")),
        finish_reason=_text(choice.get("finish_reason")),
        refusal=_text(message.get("refusal")),
        model=(_text(envelope.get("model")) or "")[:MODEL_NAME_MAX] or None,
        tokens=_tokens(_mapping(envelope.get("usage"))),
    )


def require_whole(answer: Answer) -> None:
    """Fail where the model declined, was stopped, or was cut off."""
    if answer.refusal:
        raise AttemptFailed("refused")
    if answer.finish_reason == "content_filter":
        raise AttemptFailed("filtered")
    if answer.finish_reason == "length":
        raise AttemptFailed("runaway" if runs_away(answer.content) else "truncated")
    if answer.finish_reason == CUT:
        raise AttemptFailed("connection_lost")
    if not answer.content.strip():
        raise AttemptFailed("empty")


def objects_in(content: str) -> Sequence[str]:
    """The JSON objects in what a model wrote, likeliest first: the whole of it, or the outermost ones from the last.

    Code fences and prose around them do not count, nor does anything a model thinks aloud before it answers.
    """
    # Thinking comes first; an answer that begins at once may quote such a tag.
    text = content if content.lstrip().startswith("{") else after_thinking(content)
    return _outermost(text)[::-1][:CANDIDATES_MAX]


def declines(content: str) -> bool:
    """Whether a text without an answer reads like a polite refusal."""
    return _DECLINES.match(after_thinking(content)) is not None


def decode(text: str) -> Any:
    """A JSON text, strictly: what no JSON may hold, and the same key twice in one object, raise ValueError."""
    orjson.loads(text)
    try:
        # orjson takes the last of two equal keys in silence.
        return json.loads(text, object_pairs_hook=_unique)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def after_thinking(text: str) -> str:
    """What a model wrote, without what it thought aloud before."""
    ends = list(_THINK_END.finditer(text))
    answer = text[ends[-1].end() :] if ends else text
    unfinished = _THINK_BEGIN.search(answer)
    return (answer[: unfinished.start()] if unfinished else answer).strip()


def _outermost(text: str) -> list[str]:
    """The outermost balanced objects, in order; one pass. A brace that is never closed hides nothing behind it."""
    open_at: list[int] = []
    spans: list[tuple[int, int]] = []
    at = text.find("{")
    while at >= 0 and (token := _TOKENS.search(text, at)):
        at = token.end()
        if token[0] == "{":
            open_at.append(token.start())
        elif token[0] == "}" and open_at:
            start = open_at.pop()
            while spans and spans[-1][0] > start:
                spans.pop()
            spans.append((start, at))
        if not open_at:
            # Quotation marks in the prose between objects begin no string.
            at = text.find("{", at)
    return [text[start:end] for start, end in spans]


def _first(choices: object) -> dict[str, Any]:
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise AttemptFailed("malformed")
    if not isinstance(choices[0].get("message"), dict):
        raise AttemptFailed("malformed")
    choice: dict[str, Any] = choices[0]
    return choice


def _content(content: object) -> str:
    """The text of a message: a string, or what some servers send instead, a list of parts with a text each."""
    if isinstance(content, list):
        return "".join(_text(_mapping(part).get("text")) or "" for part in content)
    return _text(content) or ""


def _tokens(usage: dict[str, Any]) -> Tokens:
    details = _mapping(usage.get("prompt_tokens_details"))
    return Tokens(
        read=_count(usage.get("prompt_tokens")),
        written=_count(usage.get("completion_tokens")),
        cached=_count(details.get("cached_tokens")),
    )


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("the same key stands twice in one object")
    return found
