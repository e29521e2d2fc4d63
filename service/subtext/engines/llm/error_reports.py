"""Parse the error that a model's server reports, in whatever shape it comes.

OpenAI's `{"error": {...}}`, a bare string, vLLM's `{"object": "error", ...}`, Anthropic's `{"type": "error", ...}`, the
list that Gemini sends, FastAPI's `detail`, AWS's `__type`, Azure's `innererror`, OpenRouter's `metadata.raw`: all are
read by one walk over the JSON, nearest to the root first, that collects what servers say an error with.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

# How much of an error is read: its values, and the characters of its text.
VALUES_MAX = 200
TEXT_MAX = 4_000

# What echoes the request or the answer is no statement about the error.
_ECHOES = frozenset(
    ("input", "url", "ctx", "flaggedinput", "failedgeneration", "modelslug", "requestid", "choices", "model", "usage")
)
# The fields that hold a code, those that hold a kind, and those that hold a status.
_CODES = frozenset(("code", "errorcode", "reason", "status", "statuscode", "errorstatus"))
_KINDS = frozenset(("type", "errortype", "errorname", "kind", "__type", "error", ""))
_STATUSES = frozenset(("code", "errorcode", "status", "statuscode", "httpstatus", "httpcode", "httpstatuscode"))
_PLACES = frozenset(("loc", "path"))
_PARAMETERS = frozenset(("param", "parameter", "field"))
_WAITS = frozenset(
    ("retrydelay", "retryafter", "retryafterseconds", "retryaftersec", "retryafters", "estimatedtime", "waitseconds")
)
_WAITS_MS = frozenset(("retryafterms", "retryaftermillis", "retryaftermilliseconds"))
# Fields of a body without choices that is an error.
_ONLY_IN_ERRORS = ("detail", "errors", "error_message", "error_code", "fault", "__type")
# An enclosed error comes as JSON in a string, too.
_ENCLOSED = re.compile(r"\s*[\[{]")
_IDENTIFIER = re.compile(r"[\w.#:/-]{1,100}")
_SEPARATORS = re.compile(r"[\W_]+")

_UNIT = r"(?:ms|milliseconds?|msecs?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])"
_PART = re.compile(rf"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>{_UNIT})", re.IGNORECASE)
_DURATION = re.compile(rf"(?:\d+(?:\.\d+)?\s*{_UNIT}[\s,]*(?:and\s+)?)+", re.IGNORECASE)
# "Please try again in 6m0s", "Please retry in 27.2s", "Please retry after 26 seconds", "wait 3 s".
_WAIT_IN_TEXT = re.compile(
    r"\b(?:(?:re)?try(?:ing)?(?: again)?|wait|available(?: again)?|resets?)(?:[ -](?:in|after|for))?:?\s+(?:about\s+)?"
    rf"(?P<duration>{_DURATION.pattern})",
    re.IGNORECASE,
)
_SECONDS_OF = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """What a server says of a failure.

    `words` are its codes and then its kinds, normalized; `status` is the HTTP status that it names; `text` is all that
    it says in words; `named` begins with the parameter that it is about and has the names of its fields too; `wait_s`
    is how long it asks to wait.
    """

    words: tuple[str, ...] = ()
    status: int | None = None
    text: str = ""
    named: str = ""
    wait_s: float | None = None


def parse_report(value: object) -> ErrorReport:
    """Return what an error says, given its JSON as decoded (or its text); anything else is an empty report."""
    values = list(_values(value))
    strings = [(key, item) for key, item in values if isinstance(item, str)]
    text = "\n".join(item for _, item in strings)[:TEXT_MAX]
    parameters = (item for key, item in strings if key in _PARAMETERS)
    waits = (wait for key, item in values if (wait := _wait(key, item)) is not None)
    statuses = (status for key, item in values if key in _STATUSES and (status := _status(item)) is not None)
    names = (str(name) for _, item in values if isinstance(item, Mapping) for name in item)
    return ErrorReport(
        words=tuple(
            normalize(item) for kinds in (_CODES, _KINDS) for key, item in strings if _is_word(key, item, kinds)
        ),
        status=next(statuses, None),
        text=text,
        named="\n".join((*parameters, text, *names))[:TEXT_MAX],
        wait_s=next(waits, None) or _wait_in_text(text),
    )


def find_error(envelope: object) -> object | None:
    """Return the error in a body that came with status 200, None if there is none.

    What has choices is an error only if it says so: under `error`, at the top or in the first choice, or by a
    `finish_reason` of `error`. What has none is one if it has a field that only errors have.
    """
    if isinstance(envelope, list):
        return next((item for item in envelope if isinstance(item, dict) and find_error(item)), None)
    if not isinstance(envelope, dict):
        return None
    if _is_stated(envelope.get("error")):
        return envelope
    choices = envelope.get("choices")
    if isinstance(choices, list) and choices:
        return _error_of_choice(choices[0])
    if envelope.get("object") == "error" or envelope.get("type") == "error":
        return envelope
    # A `message` that is an object is an answer in the protocol of another API.
    is_told = any(isinstance(envelope.get(name), str) for name in ("message", "Message"))
    return envelope if is_told or any(_is_stated(envelope.get(name)) for name in _ONLY_IN_ERRORS) else None


def _error_of_choice(choice: object) -> object | None:
    if not isinstance(choice, dict):
        return None
    for holder in (choice, choice.get("message"), choice.get("delta")):
        if isinstance(holder, dict) and _is_stated(error := holder.get("error")):
            return {"error": error}
    return {"error": None} if choice.get("finish_reason") == "error" else None


def _is_stated(error: object) -> bool:
    """Return whether a field holds an error: some servers send the field with nothing in it."""
    if isinstance(error, dict):
        return any(error.values())
    return bool(error)


def _values(value: object) -> Iterator[tuple[str, object]]:
    """Yield each value with its field's normalized name, nearest to the root first, without echoes, up to a limit."""
    waiting: deque[tuple[str, object]] = deque([("", value)])
    for _ in range(VALUES_MAX):
        if not waiting:
            return
        key, raw = waiting.popleft()
        item = _decode(raw) if isinstance(raw, str) and _ENCLOSED.match(raw) else raw
        if isinstance(item, Mapping):
            named = ((_normalized_key(name), inner) for name, inner in item.items())
            waiting.extend((name, inner) for name, inner in named if name not in _ECHOES)
        elif isinstance(item, list):
            waiting.extend((key, inner) for inner in (_join_place(item) if key in _PLACES else item))
        yield key, item


def _join_place(steps: list[object]) -> list[object]:
    """Join a place in the request to one string, such as `body.messages.0.role`."""
    return [".".join(map(str, steps))]


def _decode(text: str) -> object:
    try:
        return orjson.loads(text)
    except ValueError:
        return text


def _is_word(key: str, item: str, kinds: frozenset[str]) -> bool:
    return key in kinds and _IDENTIFIER.fullmatch(item.strip()) is not None


def normalize(word: str) -> str:
    """Return a code as it is looked up: no name space, case or separators, no `Error` or `Exception` at its end."""
    bare = word.strip().split("#")[-1]
    bare = bare if bare.startswith("http") else bare.partition(":")[0]
    return _normalized_key(re.split(r"[/.]", bare)[-1]).removesuffix("exception").removesuffix("error")


def _normalized_key(name: object) -> str:
    return "__type" if name == "__type" else _SEPARATORS.sub("", str(name)).lower()


def _status(item: object) -> int | None:
    """Return the HTTP status of a failure, also if it is a string."""
    if isinstance(item, str) and re.fullmatch(r"[45]\d\d", item.strip()):
        item = int(item)
    if type(item) is int and HTTPStatus.BAD_REQUEST <= item < 600:  # noqa: PLR2004 - the last of the statuses
        return item
    return None


def _wait(key: str, item: object) -> float | None:
    """Return the wait in a field that is there for one, in seconds."""
    if key in _WAITS_MS:
        seconds = _number(item)
        return None if seconds is None else _sensible(seconds / 1_000)
    if key not in _WAITS:
        return None
    if isinstance(item, Mapping):
        whole, nanos = _number(item.get("seconds")) or 0.0, _number(item.get("nanos")) or 0.0
        return _sensible(whole + nanos / 1e9)
    if (seconds := _number(item)) is not None:
        return _sensible(seconds)
    return parse_duration(item) if isinstance(item, str) else None


def _number(item: Any) -> float | None:
    if isinstance(item, str) and re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", item.strip()):
        return float(item)
    return float(item) if isinstance(item, int | float) and not isinstance(item, bool) else None


def _wait_in_text(text: str) -> float | None:
    match = _WAIT_IN_TEXT.search(text)
    return parse_duration(match["duration"]) if match else None


def parse_duration(text: str) -> float | None:
    """Return a duration such as `27s`, `20ms`, `6m0s` or `1 minute and 5 seconds` in seconds, None if it is none."""
    if not _DURATION.fullmatch(text.strip()):
        return None
    return _sensible(sum(float(part["number"]) * _unit(part["unit"]) for part in _PART.finditer(text)))


def _unit(unit: str) -> float:
    name = unit.lower()
    return _SECONDS_OF["ms" if name.startswith(("ms", "milli")) else name[0]]


def _sensible(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) and seconds > 0 else None
