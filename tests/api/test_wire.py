"""What only shows on a socket: heads, lengths that lie, and clients in no hurry."""

from __future__ import annotations

import contextlib
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.support.api import ASK, read_response
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from tests.support.api import RawHttpClient, RawResponse

POST = b"POST /v1/analyses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
BODY = json.dumps(ASK).encode()


def post(body: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = "".join(f"{line}\r\n" for line in (*headers, f"Content-Length: {len(body) if length is None else length}"))
    return POST + lines.encode() + b"\r\n" + body


def chunked(body: bytes, *headers: str) -> bytes:
    lines = "".join(f"{line}\r\n" for line in (*headers, "Transfer-Encoding: chunked"))
    return POST + lines.encode() + b"\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


@dataclass(frozen=True)
class Sent:
    id: str
    request: bytes
    status: int
    code: str


REFUSED = [
    Sent("no HTTP at all", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 50, 400, "request_malformed"),
    Sent("no method", b"/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400, "request_malformed"),
    Sent("a made-up method", b"BREW /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400, "request_malformed"),
    Sent("a made-up version", b"GET /healthz HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", 400, "request_malformed"),
    Sent("a space in a header's name", b"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n", 400, "request_malformed"),
    Sent("a NUL in a header", b"GET /healthz HTTP/1.1\r\nX-A: \0\r\n\r\n", 400, "request_malformed"),
    Sent("a bare CR in a header", b"GET /healthz HTTP/1.1\r\nX-A: a\rX-B: b\r\n\r\n", 400, "request_malformed"),
    Sent("two lengths", post(BODY, "Content-Length: 3"), 400, "request_malformed"),
    Sent("a length that is none", POST + b"Content-Length: ten\r\n\r\n", 400, "request_malformed"),
    Sent("a negative length", post(b"", length=-1), 400, "request_malformed"),
    Sent("an endless length", POST + b"Content-Length: %s\r\n\r\n" % (b"9" * 400), 400, "request_malformed"),
    Sent("a length and chunks", chunked(BODY, "Content-Length: 5"), 400, "request_malformed"),
    Sent("chunks in disguise", post(BODY, "Transfer-Encoding: xchunked"), 400, "request_malformed"),
    Sent(
        "a chunk of no size",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        400,
        "request_malformed",
    ),
    Sent("a header of 64 KB", b"GET /healthz HTTP/1.1\r\nX-A: %b\r\n\r\n" % (b"a" * 65_536), 431, "head_too_large"),
    Sent("a header without end", b"GET /healthz HTTP/1.1\r\nX-A: %b" % (b"a" * 65_536), 431, "head_too_large"),
    Sent("ten thousand headers", b"GET / HTTP/1.1\r\n" + b"X-A: a\r\n" * 10_000 + b"\r\n", 431, "head_too_large"),
    Sent(
        "an address of 64 KB", b"GET /%b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % (b"a" * 65_536), 431, "head_too_large"
    ),
    Sent("ten thousand parameters", b"GET /healthz?%b HTTP/1.1\r\n\r\n" % (b"a=1&" * 10_000), 431, "head_too_large"),
    Sent("a body longer than its length", post(BODY + b"x", length=len(BODY)), 400, "request_malformed"),
]
LATE = [
    Sent("a body shorter than its length", post(BODY, length=len(BODY) + 1), 408, "request_timeout"),
    Sent("a body that never comes", post(b"", length=10), 408, "request_timeout"),
    Sent("a chunk that never comes", POST + b"Transfer-Encoding: chunked\r\n\r\n", 408, "request_timeout"),
    Sent("a head that never ends", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n", 408, "request_timeout"),
    Sent("half a method", b"GE", 408, "request_timeout"),
]


def assert_refused(case: Sent, answer: RawResponse) -> None:
    assert answer.status == case.status, answer.body
    problem = answer.problem
    assert (problem["code"], problem["status"]) == (case.code, case.status)
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["retryable"] is (case.status == 408)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_what_is_sent_badly_is_refused_with_a_problem(case: Sent, wire: RawHttpClient) -> None:
    assert_refused(case, wire.ask(case.request))


@pytest.mark.parametrize("case", LATE, ids=lambda case: case.id)
def test_what_does_not_come_in_time_is_refused_with_a_problem(case: Sent, hasty_wire: RawHttpClient) -> None:
    assert_refused(case, hasty_wire.ask(case.request))


TAKEN = [
    Sent("HTTP/1.0", b"GET /healthz HTTP/1.0\r\n\r\n", 200, ""),
    Sent("HTTP/1.0 with a body", post(BODY).replace(b"HTTP/1.1", b"HTTP/1.0"), 200, ""),
    Sent("an absolute address", b"GET http://x/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 200, ""),
    Sent("no Host", b"GET /healthz HTTP/1.1\r\n\r\n", 200, ""),
    Sent("a body in chunks", chunked(BODY), 200, ""),
    Sent(
        "a thousand parameters", b"GET /healthz?%b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % (b"a[]=1&" * 1_000), 200, ""
    ),
    Sent("a header of 16 KB", b"GET /healthz HTTP/1.1\r\nX-A: %b\r\n\r\n" % (b"a" * 16_384), 200, ""),
    Sent(
        "an upgrade that is not made",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        200,
        "",
    ),
    Sent("a path upwards", b"GET /v1/../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 404, "not_found"),
    Sent(
        "a path upwards, encoded", b"GET /problems/..%2f..%2fetc HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 404, "not_found"
    ),
    Sent("a NUL in a path", b"GET /docs/assets/%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 404, "not_found"),
    Sent("no UTF-8 in a path", b"GET /%ff%fe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 404, "not_found"),
    Sent("a line end in a path", b"GET /%0d%0aX-A:%20b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 404, "not_found"),
    Sent("TRACE", b"TRACE /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 405, "method_not_allowed"),
    Sent("OPTIONS for everything", b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 404, "not_found"),
]


@pytest.mark.parametrize("case", TAKEN, ids=lambda case: case.id)
def test_what_is_unusual_is_taken_as_it_is_meant(case: Sent, wire: RawHttpClient) -> None:
    answer = wire.ask(case.request)

    assert answer.status == case.status, answer.body
    assert "x-a" not in answer.headers
    if case.code:
        assert answer.problem["code"] == case.code


def test_what_is_no_http_is_told_what_to_correct(wire: RawHttpClient) -> None:
    answer = wire.ask(b"GET /healthz HTTP/1.1\r\nX-A: \0\r\n\r\n")

    assert "correct its first line, its headers or its length" in answer.problem["detail"]


def test_a_request_cannot_be_smuggled_behind_another(wire: RawHttpClient) -> None:
    """Where length and chunks contradict each other, what follows is never read as a request of its own."""
    smuggled = b"0\r\n\r\nGET /version HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with wire.connection() as connection:
        connection.sendall(POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled)
        answer = read_response(connection)

        assert (answer.status, answer.headers["connection"]) == (400, "close")
        assert connection.recv(1) == b""


def test_a_body_that_trickles_is_cut_off(hasty_wire: RawHttpClient) -> None:
    """A byte at a time resets no clock: the deadline is for the whole body."""
    with hasty_wire.connection() as connection:
        connection.sendall(post(b"", length=len(BODY)))
        connection.settimeout(0.05)
        for byte in BODY:
            connection.sendall(bytes([byte]))
            try:
                # Waits for an answer a twentieth of a second, and takes nothing of it yet.
                if connection.recv(1, socket.MSG_PEEK):
                    break
            except TimeoutError:
                continue
        connection.settimeout(GIVE_UP_S)
        answer = read_response(connection)

    assert (answer.status, answer.problem["code"], answer.headers["connection"]) == (408, "request_timeout", "close")


def test_hundreds_of_heads_that_never_end_keep_nobody_waiting(wire: RawHttpClient) -> None:
    with contextlib.ExitStack() as slow:
        for _ in range(300):
            slow.enter_context(wire.connection()).sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        assert wire.ask(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").status == 200


def test_who_never_says_a_word_is_left_alone(hasty_wire: RawHttpClient) -> None:
    with hasty_wire.connection() as connection:
        assert connection.recv(1) == b""


def test_one_connection_serves_many_requests_and_a_refusal_of_a_body_does_not_end_it(wire: RawHttpClient) -> None:
    with wire.connection() as connection:
        statuses = []
        for request in (
            b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            post(b"[]"),
            post(b" " * 100_001),
            post(BODY),
        ):
            connection.sendall(request)
            statuses.append(read_response(connection).status)

    assert statuses == [200, 422, 413, 200]


def test_requests_in_a_row_are_answered_in_order(wire: RawHttpClient) -> None:
    with wire.connection() as connection:
        connection.sendall(
            post(BODY) + b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" + b"GET /healthz HTTP/1.1\r\n\r\n"
        )
        reader = connection.makefile("rb")
        statuses = []
        for _ in range(3):
            statuses.append(int(reader.readline().split()[1]))
            length = 0
            while (line := reader.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            reader.read(length)

    assert statuses == [200, 404, 200]


def test_head_has_no_body_on_the_wire(wire: RawHttpClient) -> None:
    with wire.connection() as connection:
        connection.sendall(b"HEAD /version HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        data = b"".join(iter(lambda: connection.recv(4096), b""))

    assert data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert data.endswith(b"\r\n\r\n")


def test_a_client_that_waits_for_leave_gets_it_or_the_refusal_at_once(wire: RawHttpClient) -> None:
    with wire.connection() as connection:
        connection.sendall(post(b"", "Expect: 100-continue", length=len(BODY)))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert read_response(connection).status == 200

    assert wire.ask(post(b"", "Expect: 100-continue", length=10**9)).status == 413


def test_a_client_that_goes_away_harms_nobody(wire: RawHttpClient) -> None:
    for _ in range(20):
        with wire.connection() as connection:
            connection.sendall(post(BODY[:20], length=len(BODY)))

    assert wire.ask(post(BODY)).status == 200
