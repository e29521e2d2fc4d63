"""A client that sends all of its body before it reads gets the answer, whatever was left unread; within limits."""

from __future__ import annotations

import asyncio
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from subtext.http.middleware.lingering_close import BoundedDiscard, DiscardLimits
from subtext.settings import LLMSettings, LoadSettings
from tests.support.api import ASK, TEXT, PatientProtocol, read_response, serve, settings
from tests.support.api_keys import build_key_settings, create_key
from tests.support.owners import MINE
from tests.support.patience import GIVE_UP_S
from tests.support.processes import Service
from tests.support.servers.fault_server import fault_server
from tests.support.servers.gate import Gate
from tests.support.virtual_time import run_in_virtual_time

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fastapi import FastAPI

# Several times what the socket buffers of both sides hold (tcp_rmem and tcp_wmem of Linux: 6 and 4 MB at most).
HUGE = b" " * 48_000_000
JSON = {"Content-Type": "application/json"}
CODES = {401: "key_refused", 413: "body_too_large", 421: "host_refused", 503: "overloaded"}


def send_with_urllib(url: str, body: object, headers: Mapping[str, str]) -> tuple[int, str]:
    """Send a request as urllib does: with `Connection: close`, and all of the body before it reads anything."""
    request = urllib.request.Request(f"{url}/v1/analyses", body, {**JSON, **headers})  # type: ignore[arg-type]  # noqa: S310 - loopback
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as refusal, opener.open(request, timeout=GIVE_UP_S):
        pass
    with refusal.value as response:
        return response.status or 0, json.load(response)["code"]


def send_with_http_client(url: str, body: object, headers: Mapping[str, str]) -> tuple[int, str]:
    """Send a request as http.client does: over a connection that may stay open."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=GIVE_UP_S)
    connection.request("POST", "/v1/analyses", body, {**JSON, **headers})  # type: ignore[arg-type]
    response = connection.getresponse()
    answer = response.status, json.load(response)["code"]
    connection.close()
    return answer


def iter_chunks() -> Iterator[bytes]:
    """Yield the huge body in parts, which are sent as chunks, without a Content-Length."""
    for start in range(0, len(HUGE), 1_000_000):
        yield HUGE[start : start + 1_000_000]


@contextmanager
def serve_url(app: FastAPI) -> Iterator[str]:
    with serve(app) as wire:
        yield f"http://127.0.0.1:{wire.port}"


Send = Callable[[str, object, dict[str, str]], tuple[int, str]]
BODY = json.dumps(ASK).encode()
KEPT_OR_CLOSED = [pytest.param(b"", id="kept"), pytest.param(b"Connection: close\r\n", id="closed")]


def head(length: int, headers: bytes = b"") -> bytes:
    """Return the head of a request for an analysis with a body of so many bytes."""
    fixed = b"POST /v1/analyses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return fixed + headers + b"Content-Length: %d\r\n\r\n" % length


def send_repeatedly(connection: socket.socket, data: bytes, times: int) -> None:
    """Send the same data so many times."""
    for _ in range(times):
        connection.sendall(data)


MODEL_BODY = json.dumps({"text": TEXT, "language": "en", "cache": "no-store"}).encode()
MODEL_REQUEST = head(len(MODEL_BODY)) + MODEL_BODY
SENDERS = pytest.mark.parametrize("send", [send_with_urllib, send_with_http_client])


@SENDERS
@pytest.mark.parametrize("is_chunked", [False, True], ids=["a declared length", "chunks"])
def test_a_body_that_is_too_large_is_answered_after_it_was_sent(send: Send, is_chunked: bool) -> None:
    with serve_url(create_app(settings())) as url:
        assert send(url, iter_chunks() if is_chunked else HUGE, {}) == (413, CODES[413])


@SENDERS
def test_a_foreign_host_is_told_so_after_it_has_sent_all(send: Send) -> None:
    with serve_url(create_app(settings())) as url:
        assert send(url, HUGE, {"Host": "evil.example"}) == (421, CODES[421])


@SENDERS
def test_a_missing_key_is_told_so_after_all_was_sent(send: Send, tmp_path: Path) -> None:
    with_keys = build_key_settings(tmp_path)
    create_key(with_keys, MINE)
    with serve_url(create_app(with_keys)) as url:
        assert send(url, HUGE, {}) == (401, CODES[401])


@SENDERS
async def test_who_finds_no_room_is_told_so_after_all_was_sent(send: Send) -> None:
    gate = Gate(1)
    async with fault_server(gate) as model:
        llm = LLMSettings(base_url=model.url, model="m")
        app = create_app(settings(llm=llm, load=LoadSettings(in_flight=1, queue=0), fallback="never"))
        with serve(app) as wire, wire.connection() as first:
            first.sendall(MODEL_REQUEST)
            await asyncio.wait_for(gate.is_full.wait(), GIVE_UP_S)
            refusal = await asyncio.to_thread(send, f"http://127.0.0.1:{wire.port}", HUGE, {})
            gate.opened.set()
            answer = await asyncio.to_thread(read_response, first)
    assert (refusal, answer.status) == ((503, CODES[503]), 200)


@SENDERS
async def test_the_service_as_it_is_installed_answers_after_all_was_sent(send: Send, tmp_path: Path) -> None:
    service = Service(tmp_path)
    await service.start()
    answer = await asyncio.to_thread(send, service.url, HUGE, {})
    service.terminate()

    assert answer == (413, CODES[413])
    assert await service.ended() == 0


UNREADABLE = [
    pytest.param(b"\0" * len(HUGE), 400, id="no HTTP"),
    pytest.param(b"GET / HTTP/1.1\r\nX-A: " + HUGE, 431, id="a head without end"),
    pytest.param(
        b"GET / HTTP/1.1\r\nX-A: %b\r\n\r\n" % (b"a" * 40_000) + HUGE, 431, id="a large head with more behind"
    ),
]


@pytest.mark.parametrize(("request_bytes", "status"), UNREADABLE)
def test_what_cannot_be_read_is_answered_after_it_was_sent(request_bytes: bytes, status: int) -> None:
    with serve(create_app(settings())) as wire, wire.connection() as connection:
        connection.sendall(request_bytes)
        answer = read_response(connection)
        assert (answer.status, connection.recv(1)) == (status, b"")


def test_a_connection_is_used_again_after_a_huge_body_was_refused() -> None:
    with serve(create_app(settings())) as wire, wire.connection() as connection:
        for _ in range(2):
            connection.sendall(head(len(HUGE)) + HUGE)
            assert read_response(connection).status == 413
        connection.sendall(head(len(BODY)) + BODY)
        assert read_response(connection).status == 200


def test_a_connection_that_is_not_used_again_is_closed() -> None:
    class ShortKeepAlive(PatientProtocol):
        """Keeps unused connections for no time."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.timeout_keep_alive = 0

    with serve(create_app(settings()), ShortKeepAlive) as wire, wire.connection() as connection:
        connection.sendall(head(len(HUGE)) + HUGE)
        assert read_response(connection).status == 413
        assert connection.recv(1) == b""


class LittleProtocol(PatientProtocol):
    """Discards no more than a megabyte."""

    discard_limits = DiscardLimits(max_bytes=1_000_000, total_s=GIVE_UP_S, idle_s=GIVE_UP_S)


class SilentProtocol(PatientProtocol):
    """Waits for what it discards hardly at all."""

    discard_limits = DiscardLimits(total_s=GIVE_UP_S, idle_s=0.1)


class BriefProtocol(PatientProtocol):
    """Discards hardly for any time, however much arrives."""

    discard_limits = DiscardLimits(max_bytes=10**12, total_s=0.3, idle_s=0.3)


@pytest.mark.parametrize("headers", KEPT_OR_CLOSED)
@pytest.mark.parametrize(("protocol", "times"), [(LittleProtocol, 1), (BriefProtocol, 2_000)], ids=["bytes", "seconds"])
def test_who_sends_more_than_is_discarded_is_cut_off(
    protocol: type[PatientProtocol], times: int, headers: bytes
) -> None:
    with serve(create_app(settings()), protocol) as wire, wire.connection() as connection:
        connection.sendall(head(10**11, headers))
        assert read_response(connection).status == 413
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            send_repeatedly(connection, HUGE, times)


@pytest.mark.parametrize("headers", KEPT_OR_CLOSED)
def test_who_falls_silent_in_a_refused_body_is_cut_off(headers: bytes) -> None:
    with serve(create_app(settings()), SilentProtocol) as wire, wire.connection() as connection:
        connection.sendall(head(10**9, headers))
        assert read_response(connection).status == 413
        assert connection.recv(1) == b""


def test_a_client_that_is_done_is_not_waited_for() -> None:
    """The service ends though it would wait for its clients for minutes: they have closed their side."""

    class EndlessProtocol(PatientProtocol):
        discard_limits = DiscardLimits(total_s=10**6, idle_s=10**6)

    with serve(create_app(settings()), EndlessProtocol) as wire:
        for headers in (b"", b"Connection: close\r\n"):
            assert wire.ask(head(len(HUGE), headers) + HUGE).status == 413


def test_a_sender_that_trickles_is_cut_off_all_the_same() -> None:
    async def trickle() -> float:
        loop = asyncio.get_running_loop()
        exceeded = asyncio.Event()
        discard = BoundedDiscard(loop, DiscardLimits(max_bytes=1_000, total_s=30, idle_s=5), exceeded.set)
        discard.start()
        while not exceeded.is_set():
            discard.count(1)
            # As when a second response on the connection asks for it: it moves no limit.
            discard.start()
            await asyncio.sleep(4)
        discard.stop()
        return loop.time()

    assert run_in_virtual_time(trickle) == 32
