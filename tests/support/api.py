"""The API under test: settings, a client in this process, and a server on a loopback socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.testclient import TestClient

from subtext.http.middleware.http_protocol import ProblemProtocol
from subtext.settings import ExtractSettings, FetchSettings, LogSettings, Settings, StoreSettings
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

PROBLEM = "application/problem+json"
TITLE = "Orlan Freight begs its creditors for one more month"
TEXT = (
    "Orlan Freight went back to its creditors on Monday, cap in hand, for the third time this year. “We have never "
    "been stronger,” chairman Ivo Brandt told reporters outside a shuttered depot. Nobody believed him. The company "
    "has run out of cash, out of friends and nearly out of ships, and its plea for another month is the last "
    "lifeline it has left to ask for."
)
ASK: dict[str, Any] = {"title": TITLE, "text": TEXT, "engine": "local"}


def settings(**changes: Any) -> Settings:
    """Return settings that nothing outside has a say in: embedded engine, loopback sites, quiet logs, no storage."""
    known: dict[str, Any] = {
        "fetch": FetchSettings(private_hosts=("127.0.0.0/8",), deadline_s=60.0),
        "extract": ExtractSettings(workers=1, deadline_s=60.0),
        "log": LogSettings(level="error"),
        "store": StoreSettings(enabled=False),
        # A text of the greatest length takes a busy machine longer than the default.
        "deadline_s": 300.0,
        **changes,
    }
    return Settings(_env_file=None, **known)


def client(app: FastAPI) -> TestClient:
    """Return a client that sees a server's answer to an exception, as a caller over the wire would."""
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


@dataclass(frozen=True)
class RawResponse:
    """One HTTP response, parsed no further than its head."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"] == PROBLEM
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass(frozen=True)
class RawHttpClient:
    """HTTP client that sends bytes as they are, to a server on a loopback socket."""

    port: int

    @contextlib.contextmanager
    def connection(self) -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=GIVE_UP_S) as connection:
            yield connection

    def ask(self, request: bytes) -> RawResponse:
        """Return the first answer to these bytes."""
        with self.connection() as connection:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(request)
            return read_response(connection)


def read_response(connection: socket.socket) -> RawResponse:
    """Read the next answer on a connection; fail the test if the connection ends without one."""
    reader = connection.makefile("rb")
    status_line = reader.readline()
    assert status_line, "the connection ended without an answer"
    headers: dict[str, str] = {}
    while (line := reader.readline().strip()) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", "0")))
    return RawResponse(int(status_line.split()[1]), headers, body)


class PatientProtocol(ProblemProtocol):
    """Waits for a head longer than any busy machine takes to send it."""

    headers_deadline_s = GIVE_UP_S


class HastyProtocol(ProblemProtocol):
    """Waits hardly at all: for heads that never end."""

    headers_deadline_s = 0.3


class _Server(uvicorn.Server):
    """Uvicorn server that sets an event when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextlib.contextmanager
def serve(app: FastAPI, protocol: type[ProblemProtocol] = PatientProtocol) -> Iterator[RawHttpClient]:
    """Run a real server for an app in a thread of its own, until the context is left."""
    options: dict[str, Any] = {
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "proxy_headers": False,
    }
    config = uvicorn.Config(app, http=protocol, **options)
    server = _Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        try:
            assert server.ready.wait(GIVE_UP_S)
            yield RawHttpClient(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(GIVE_UP_S)
