from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

import aiohttp
import httpx2
import pytest
from openai import APIConnectionError, APITimeoutError

from subtext.engines.llm.connection_errors import classify_connection_error

REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1")
CERTIFICATE = ssl.SSLCertVerificationError("certificate has expired")
GONE = aiohttp.ServerDisconnectedError()


def caused(*causes: BaseException) -> APIConnectionError:
    """The SDK's error with these causes, the nearest first."""
    found = APITimeoutError(REQUEST)
    error: BaseException = found
    for cause in causes:
        error.__cause__ = cause
        error = cause
    return found


@dataclass(frozen=True)
class Cause:
    id: str
    error: Exception
    outcome: str


@pytest.mark.parametrize(
    "case",
    [
        Cause("time-out alone", caused(), "timed_out"),
        Cause("connection error alone", APIConnectionError(request=REQUEST), "connection_lost"),
        Cause("expired certificate", caused(httpx2.ConnectError("x"), CERTIFICATE), "tls_failed"),
        Cause("no such name", caused(httpx2.ConnectTimeout("x"), socket.gaierror(-2, "unknown")), "name_unknown"),
        Cause("gone during TLS", caused(httpx2.ReadError("x"), ssl.SSLEOFError(8, "EOF")), "connection_lost"),
        Cause(
            "gone, told as time-out",
            caused(httpx2.ConnectTimeout("x"), aiohttp.ServerDisconnectedError()),
            "connection_lost",
        ),
        Cause("slow to connect", caused(httpx2.ConnectTimeout("x")), "connect_failed"),
        Cause("slow to connect, by aiohttp", caused(aiohttp.ConnectionTimeoutError("x")), "connect_failed"),
        Cause("slow to read, by aiohttp", caused(aiohttp.SocketTimeoutError("x")), "timed_out"),
        Cause("pool exhausted", caused(httpx2.PoolTimeout("x")), "timed_out"),
    ],
    ids=lambda case: case.id,
)
def test_the_cause_beneath_decides(case: Cause) -> None:
    assert classify_connection_error(case.error) == case.outcome


def test_a_chain_that_bites_its_tail_ends() -> None:
    first, second = RuntimeError("a"), RuntimeError("b")
    first.__context__, second.__context__ = second, first

    assert classify_connection_error(first) == "connection_lost"
