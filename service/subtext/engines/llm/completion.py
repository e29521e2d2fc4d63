"""Parse chat completions: what the body of a response says, and the JSON objects in what the model wrote.

Everything here takes any bytes or text: whatever is not as the protocol has it becomes an `AttemptFailed`. Bodies are
read by orjson, which refuses NaN, lone surrogates, bad UTF-8, a byte order mark and endless depth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

import orjson

from subtext.engines.llm.completion_stream import REASONING_FIELDS, TRUNCATED, assemble_completion, is_stream
from subtext.engines.llm.error_outcomes import to_attempt_failure
from subtext.engines.llm.error_reports import find_error
from subtext.engines.llm.failures import AttemptFailed
from subtext.engines.llm.json_repair import is_repetition_loop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ContentPlace = Literal["content", "reasoning", "tool_call"]

MODEL_NAME_MAX = 200
# Objects that are tried, from the last one back: an answer with more of them is no answer.
CANDIDATES_MAX = 8

# How models fence what they think aloud, before or after they answer.
_THOUGHT = (
    r"<\s*+(?P<end>/?)\s*+(?:\w{1,20}:)?(?:think(?:ing)?|thoughts?|reasoning|reflection|scratchpad)\s*+>"
    r"|\[(?P<end_mark>/?)THINK\]"
)
_THOUGHTS = re.compile(_THOUGHT, re.IGNORECASE)
# What there is between an object's first and last brace: strings whole (an unclosed one to the end), and braces.
_TOKENS = re.compile(rf'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{{}}]|{_THOUGHT}', re.DOTALL | re.IGNORECASE)
# Quotation marks in the prose between objects begin no string.
_BETWEEN = re.compile(rf"\{{|{_THOUGHT}", re.IGNORECASE)
_DECLINES = re.compile(
    r"\W*(?:(?:I['’]?m|I am) (?:very )?sorry|sorry|I apologi[sz]e|I can(?:['’]t|not| not)|I won['’]t|I will not"
    r"|I['’]?m (?:not able|unable)|I am (?:not able|unable)|as an AI)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Count tokens as the server does; None if it does not say."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer: what it wrote and where, why it stopped, how it calls itself, and what it cost."""

    content: str
    finish_reason: str | None
    refusal: str | None
    model: str | None
    tokens: TokenUsage
    place: ContentPlace = "content"


def parse_completion(body: bytes) -> Completion:
    """Parse the body of a response that came with status 200."""
    try:
        envelope = assemble_completion(body) if is_stream(body) else orjson.loads(body)
    except ValueError as error:
        raise AttemptFailed("malformed" if body.strip() else "empty") from error
    if (failure := find_error(envelope)) is not None:
        raise to_attempt_failure(HTTPStatus.OK, failure)
    if not isinstance(envelope, dict):
        raise AttemptFailed("malformed")
    choice = _first(envelope.get("choices"))
    message = _mapping(choice.get("message"))
    content, place = _read_message(message, choice.get("finish_reason"))
    return Completion(
        content=content,
        finish_reason=_text(choice.get("finish_reason")),
        refusal=_text(message.get("refusal")),
        model=(_text(envelope.get("model")) or "")[:MODEL_NAME_MAX] or None,
        tokens=_tokens(_mapping(envelope.get("usage"))),
        place=place,
    )


def require_complete(answer: Completion) -> None:
    """Reject a completion in which the model declined, was stopped, or was cut off."""
    if answer.refusal:
        raise AttemptFailed("refused")
    if answer.finish_reason == "content_filter":
        raise AttemptFailed("filtered")
    if answer.finish_reason == "length":
        raise AttemptFailed("runaway" if is_repetition_loop(answer.content) else "truncated")
    if answer.finish_reason == TRUNCATED:
        raise AttemptFailed("connection_lost")
    if not answer.content.strip():
        raise AttemptFailed("empty")


def extract_json_objects(content: str) -> Sequence[str]:
    """Extract the JSON objects in what a model wrote, likeliest first: the whole, or the outermost from the last.

    Code fences and prose around them do not count, nor does reasoning before or after the answer.
    """
    if _is_object(content):
        return (content.strip(),)
    return _outermost(content)[::-1][:CANDIDATES_MAX]


def is_list_of_one(content: str) -> bool:
    """Return whether a model wrote one object in a list, and nothing around it but a code fence."""
    bare = content.strip().strip("`").removeprefix("json").strip()
    return bare.startswith("[") and bare.endswith("]") and len(_outermost(bare)) == 1


def is_refusal(content: str) -> bool:
    """Return whether a text without an answer reads like a polite refusal."""
    return _DECLINES.match(strip_reasoning(content)) is not None


def strip_reasoning(text: str) -> str:
    """Strip the reasoning from what a model wrote; an answer that begins at once may quote such a tag."""
    if text.lstrip().startswith("{"):
        return text
    tags = list(_THOUGHTS.finditer(text))
    start = max((tag.end() for tag in tags if _is_end(tag)), default=0)
    stop = min((tag.start() for tag in tags if tag.start() >= start), default=len(text))
    return text[start:stop].strip()


def _is_object(content: str) -> bool:
    """Return whether a text is one JSON object and nothing else, as most answers are: a parser in C says it at once."""
    try:
        return content.lstrip().startswith("{") and isinstance(orjson.loads(content), dict)
    except ValueError:
        return False


def _outermost(text: str) -> list[str]:
    """Find the outermost balanced objects outside of reasoning, in order, in one pass.

    A brace that is never closed hides nothing behind it. What stands before the end of a thought that has no beginning
    was thought too, unless the answer begins at once.
    """
    begins = text.lstrip().startswith("{")
    open_at: list[int] = []
    spans: list[tuple[int, int]] = []
    # How many of the spans stand before the last thought.
    settled = 0
    at = 0 if begins else _end_of_thought_without_beginning(text)
    while token := (_TOKENS if open_at else _BETWEEN).search(text, at):
        at = token.end()
        if token[0] == "{":
            open_at.append(token.start())
        elif token[0] == "}":
            _close(spans, open_at.pop(), at)
        elif token[0][0] == '"':
            continue
        elif _is_end(token):
            open_at.clear()
            del spans[len(spans) if begins else settled :]
        else:
            open_at.clear()
            settled, at = len(spans), _end_of_thought(text, at)
    return [text[start:end] for start, end in spans]


def _close(spans: list[tuple[int, int]], start: int, end: int) -> None:
    """Add an object in the place of those inside it."""
    while spans and spans[-1][0] > start:
        spans.pop()
    spans.append((start, end))


def _end_of_thought_without_beginning(text: str) -> int:
    first = _THOUGHTS.search(text)
    return first.end() if first and _is_end(first) else 0


def _end_of_thought(text: str, at: int) -> int:
    return next((tag.end() for tag in _THOUGHTS.finditer(text, at) if _is_end(tag)), len(text))


def _is_end(tag: re.Match[str]) -> bool:
    return bool(tag["end"] or tag["end_mark"])


def _first(choices: object) -> dict[str, Any]:
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise AttemptFailed("malformed")
    if not isinstance(choices[0].get("message"), dict):
        raise AttemptFailed("malformed")
    choice: dict[str, Any] = choices[0]
    return choice


def _read_message(message: dict[str, Any], reason: object) -> tuple[str, ContentPlace]:
    """Return what the model wrote and where: the message, else a tool call or the reasoning that holds an object.

    The reasoning of an answer that was cut off is no answer: it had not come to one.
    """
    content = _content(message.get("content"))
    arguments = "\n".join(_arguments(message))
    if "{" in arguments and not extract_json_objects(content):
        return arguments, "tool_call"
    reasoning = next(filter(None, (_text(message.get(name)) for name in REASONING_FIELDS)), "")
    if not content.strip() and reason not in {"length", TRUNCATED} and extract_json_objects(reasoning):
        return reasoning, "reasoning"
    return content, "content"


def _arguments(message: dict[str, Any]) -> Iterator[str]:
    """Yield the arguments of each function that the model called: JSON text, from some servers an object."""
    calls = message.get("tool_calls")
    functions = [_mapping(call).get("function") for call in calls] if isinstance(calls, list) else []
    for function in (message.get("function_call"), *functions):
        arguments = _mapping(function).get("arguments")
        yield orjson.dumps(arguments).decode() if isinstance(arguments, dict) else _text(arguments) or ""


def _content(content: object) -> str:
    """Return the text of a message: a string, or what some servers send instead, a list of parts with a text each."""
    if isinstance(content, list):
        return "".join(_text(_mapping(part).get("text")) or "" for part in content)
    return _text(content) or ""


def _tokens(usage: dict[str, Any]) -> TokenUsage:
    details = _mapping(usage.get("prompt_tokens_details"))
    return TokenUsage(
        input=_count(usage.get("prompt_tokens")),
        output=_count(usage.get("completion_tokens")),
        cached=_count(details.get("cached_tokens")),
    )


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None
