"""The fault matrix: a row for each way in which a model's server fails, with the outcome that callers are promised."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tests.support.engines import completion, evidence, good_draft
from tests.support.servers.fault_server import drip, repeat, reply, reset, send, stay_silent

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from tests.support.servers.fault_server import Fault

# In every body that a server sends with an error; it must not come out anywhere.
BODY_CANARY = "body-canary-77ab"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
MEBIBYTE = b"100000\r\n" + b" " * 2**20 + b"\r\n"
ANSWERED = "200"
DEGRADED = "200 degraded"


@dataclass(frozen=True)
class FaultCase:
    """One row of the matrix: the fault, and the outcome if no other engine may answer (`strict`)."""

    number: int
    what: str
    fault: Fault
    strict: str
    server: Literal["there", "not there", "nameless", "without TLS"] = "there"
    hasty: bool = False
    """Whether the model is given a moment only, so that the test need not sit out a real time-out."""

    @property
    def id(self) -> str:
        return f"{self.number} {self.what}"

    @property
    def usual(self) -> str:
        """The outcome where another engine may answer."""
        return self.strict if self.strict.startswith("200") else DEGRADED


def _status(status: str, headers: str = "", **error: Any) -> Fault:
    body = {"canary": BODY_CANARY, "error": {"message": BODY_CANARY, **error}}
    return send(reply(json.dumps(body).encode(), status=status, headers=f"Content-Type: application/json\r\n{headers}"))


def _answer_with(content: object, **others: Any) -> Fault:
    return send(reply(json.dumps(completion(content, **others)).encode()))


def _body(body: object, **others: Any) -> Fault:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return send(reply(data, **others))


def _message(**fields: Any) -> Fault:
    found = completion("")
    found["choices"][0]["message"] |= fields
    return _body(found)


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in completion(good_draft()).items() if key != name}


def _stream_answer(end: bytes = b"") -> bytes:
    """Return a good answer as events, a few characters in each."""
    parts = [GOOD_TEXT[at : at + 20] for at in range(0, len(GOOD_TEXT), 20)]
    chosen: list[dict[str, Any]] = [{"delta": {"content": part}, "finish_reason": None} for part in parts]
    chosen.append({"delta": {}, "finish_reason": "stop"})
    return b"".join(b"data: %s\n\n" % json.dumps({"model": "m", "choices": [one]}).encode() for one in chosen) + end


def _bomb(mebibytes: int) -> bytes:
    """Return a compression bomb: blanks in one gzip stream, compressed in parts so that it takes no memory here."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([*(packer.compress(b" " * 2**20) for _ in range(mebibytes)), packer.flush()])


class _Alternates:
    """Fault that fails every other call, beginning with the first."""

    def __init__(self) -> None:
        self._calls = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._calls += 1
        await (_status("500 Oh") if self._calls % 2 else _answer_with(good_draft()))(reader, writer)


GOOD_TEXT = json.dumps(good_draft())
GOOD = json.dumps(completion(good_draft())).encode()
_INVENTED = [evidence("The firm has never been in such good health", "domination")]


def _status_faults() -> Iterator[FaultCase]:
    for wait in ("1", "3600", "Wed, 21 Oct 2115 07:28:00 GMT", "-5", "abc", "inf"):
        number = 1 if wait == "1" else 2
        fault = _status("429 Slow down", f"Retry-After: {wait}\r\n")
        yield FaultCase(number, f"429 with Retry-After: {wait}", fault, "503 engine_rate_limited")
    yield FaultCase(3, "429 without Retry-After", _status("429 Slow down"), "503 engine_rate_limited")
    quota = _status("429 Slow down", code="insufficient_quota")
    yield FaultCase(4, "429, the credit is used up", quota, "503 engine_quota_exhausted")
    for status in ("500", "502", "529"):
        yield FaultCase(5, status, _status(f"{status} Oh"), "502 engine_erred")
    yield FaultCase(6, "503 with Retry-After", _status("503 Busy", "Retry-After: 1\r\n"), "503 engine_unavailable")
    yield FaultCase(7, "408", _status("408 Late"), "504 engine_timed_out")
    for status in ("409", "425"):
        yield FaultCase(7, status, _status(f"{status} Oh"), "502 engine_erred")
    for status in ("401", "403"):
        yield FaultCase(8, status, _status(f"{status} No"), "503 engine_misconfigured")
    yield FaultCase(9, "404, no such model", _status("404 No", code="model_not_found"), "503 engine_misconfigured")
    refused = _status("400 Bad", param="response_format", code="unsupported_parameter")
    yield FaultCase(10, "400, a field refused in every form", refused, "502 engine_rejected_request")
    no_system = _status("400 Bad", message="System role not supported")
    yield FaultCase(10, "400, no role for the system, nor its text elsewhere", no_system, "502 engine_rejected_request")
    yield FaultCase(11, "413", _status("413 Large"), "413 engine_input_too_long")
    long = _status("400 Bad", code="context_length_exceeded")
    yield FaultCase(11, "400, the context is too short", long, "413 engine_input_too_long")


def _connection_faults() -> Iterator[FaultCase]:
    yield FaultCase(12, "connection refused", stay_silent(), "503 engine_unavailable", server="not there")
    plain = send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    yield FaultCase(13, "a name that cannot be found", stay_silent(), "503 engine_unavailable", server="nameless")
    yield FaultCase(14, "no TLS where there should be", plain, "503 engine_misconfigured", server="without TLS")
    yield FaultCase(15, "reset before the head", reset(), "502 engine_erred")
    yield FaultCase(15, "reset in the body", reset(reply(GOOD)[:-300]), "502 engine_erred")
    yield FaultCase(15, "closed in the body", send(reply(GOOD)[:-300]), "502 engine_erred")
    yield FaultCase(16, "no head", stay_silent(), "504 engine_timed_out", hasty=True)
    yield FaultCase(16, "a byte now and then", drip(reply(GOOD)), "504 engine_timed_out", hasty=True)
    yield FaultCase(17, "200 MB", repeat(CHUNKED, MEBIBYTE, 200), "502 engine_bad_output")
    encoded = "Content-Type: application/json\r\nContent-Encoding: {}\r\n"
    yield FaultCase(17, "a gzip bomb", _body(_bomb(50), headers=encoded.format("gzip")), "502 engine_bad_output")
    yield FaultCase(17, "an unknown encoding", _body(GOOD, headers=encoded.format("zigzag")), "502 engine_bad_output")
    to = "Location: http://127.0.0.1:9/elsewhere\r\n"
    yield FaultCase(36, "a redirect", _body(b"", status="307 There", headers=to), "502 engine_rejected_request")


def _body_faults() -> Iterator[FaultCase]:
    page = f"<html>{BODY_CANARY}</html>".encode()
    yield FaultCase(18, "a page", _body(page, headers="Content-Type: text/html\r\n"), "502 engine_bad_output")
    yield FaultCase(18, "no UTF-8", _body(b'{"choices": "\xff\xfe"}'), "502 engine_bad_output")
    yield FaultCase(18, "UTF-16", _body(GOOD.decode().encode("utf-16")), "502 engine_bad_output")
    yield FaultCase(19, "204", send(b"HTTP/1.1 204 No Content\r\n\r\n"), "502 engine_bad_output")
    yield FaultCase(19, "an empty body", _body(b""), "502 engine_bad_output")
    for value in ([1, 2], None, "str"):
        yield FaultCase(20, f"the body {json.dumps(value)}", _body(value), "502 engine_bad_output")
    yield FaultCase(21, "200 with an error in it", _body({"error": {"message": BODY_CANARY}}), "502 engine_erred")
    slow = completion("The first words", finish_reason="error")
    slow["choices"][0]["error"] = {"code": 429, "message": BODY_CANARY}
    yield FaultCase(21, "200 with an error in its choice: 429", _body(slow), "503 engine_rate_limited")
    nothing: tuple[list[object] | None, ...] = ([], None)
    for choices in nothing:
        body = completion("") | {"choices": choices}
        yield FaultCase(22, f"choices {json.dumps(choices)}", _body(body), "502 engine_bad_output")
    yield FaultCase(22, "no choices", _body(_without("choices")), "502 engine_bad_output")
    for content in (None, ""):
        yield FaultCase(23, f"content {json.dumps(content)}", _message(content=content), "502 engine_bad_output")
    yield FaultCase(36, "no usage", _body(_without("usage")), ANSWERED)
    yield FaultCase(36, "another model than asked", _answer_with(good_draft(), model="another"), ANSWERED)
    events = "Content-Type: text/event-stream\r\n"
    yield FaultCase(
        36, "a stream that nobody asked for", _body(_stream_answer(end=b"data: [DONE]\n\n"), headers=events), ANSWERED
    )
    yield FaultCase(36, "a stream cut without [DONE]", _body(_stream_answer()[:-90], headers=events), "200 partial")
    begun = _stream_answer().partition(b"\n\n")[0] + b"\n\n"
    failed = b'data: {"error": {"message": "%s"}}\n\n' % BODY_CANARY.encode()
    yield FaultCase(36, "a stream with an error after 200", _body(begun + failed, headers=events), "502 engine_erred")
    ended = b'data: {"choices": [{"delta": {"content": ""}, "finish_reason": "error"}]}\n\n'
    yield FaultCase(36, "a stream that ends with `error`", _body(begun + ended, headers=events), "502 engine_erred")


def _wording_faults() -> Iterator[FaultCase]:
    yield FaultCase(24, "a refusal", _message(refusal=BODY_CANARY, content=None), "422 engine_refused")
    yield FaultCase(24, "“I can't help”", _answer_with("I'm sorry, but I can't help with that."), "422 engine_refused")
    yield FaultCase(
        25, "cut before anything is whole", _answer_with('{"tar', finish_reason="length"), "502 engine_output_truncated"
    )
    whole = GOOD_TEXT[: GOOD_TEXT.index('"label"')]
    yield FaultCase(25, "cut after the evidence", _answer_with(whole, finish_reason="length"), "200 partial")
    nulls = '{"target": null, "headline": "' + "The " * 900
    yield FaultCase(
        25, "a runaway of which nothing is left", _answer_with(nulls, finish_reason="length"), "502 engine_bad_output"
    )
    yield FaultCase(26, "a content filter", _answer_with("", finish_reason="content_filter"), "422 engine_filtered")
    yield FaultCase(27, "JSON in a fence", _answer_with(f"```json\n{GOOD_TEXT}\n```"), ANSWERED)
    yield FaultCase(28, "prose round JSON", _answer_with(f"Here you are: {GOOD_TEXT} Anything else?"), ANSWERED)
    yield FaultCase(28, "two objects", _answer_with(f'{{"a": 1}} {GOOD_TEXT}'), ANSWERED)
    yield FaultCase(
        29, "thoughts with JSON in them", _answer_with(f'<think>{{"label": "x"}}</think>{GOOD_TEXT}'), ANSWERED
    )
    yield FaultCase(30, "a trailing comma", _answer_with(f"{GOOD_TEXT[:-1]},}}"), ANSWERED)
    yield FaultCase(30, "a comment", _answer_with(f"{GOOD_TEXT[:-1]} // done\n}}"), ANSWERED)
    yield FaultCase(31, "a field missing", _answer_with({"target": None}), "502 engine_bad_output")
    yield FaultCase(31, "a field too many", _answer_with(good_draft(more=1)), ANSWERED)
    yield FaultCase(31, "a wrong label", _answer_with(good_draft(label="despair")), "502 engine_bad_output")
    for number in ("NaN", "Infinity", "1e999", "700"):
        text = GOOD_TEXT.replace('"confidence": 85', f'"confidence": {number}')
        yield FaultCase(32, f"the number {number}", _answer_with(text), "502 engine_bad_output")
    twice = f'{{"label": "neither", {GOOD_TEXT[1:]}'
    yield FaultCase(33, "a name twice", _answer_with(twice), "502 engine_bad_output")
    yield FaultCase(
        34, "half a character", _answer_with(GOOD_TEXT.replace("Norwick", "\\ud800")), "502 engine_bad_output"
    )
    yield FaultCase(34, "5,000 levels", _answer_with("[" * 5_000 + "]" * 5_000), "502 engine_bad_output")
    many = good_draft(evidence=good_draft()["evidence"] * 2_500)
    yield FaultCase(34, "10,000 pieces of evidence", _answer_with(many), ANSWERED)
    yield FaultCase(35, "quotes that are nowhere", _answer_with(good_draft(evidence=_INVENTED)), "200 abstained")
    yield FaultCase(37, "every other call fails", _Alternates(), ANSWERED)


ROWS = (*_status_faults(), *_connection_faults(), *_body_faults(), *_wording_faults())
