from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

import aiohttp
import httpx2
import pytest
from openai import APIConnectionError, APITimeoutError

from subtext import errors
from subtext.engines.llm.failures import (
    FAILURES,
    RETRY_AFTER_MAX_S,
    AttemptFailed,
    classify_connection_error,
)

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


def test_every_fault_is_an_error_of_its_own_and_tells_what_to_do() -> None:
    kinds = {fault.error for fault in FAILURES.values()}

    assert kinds == set(errors.EngineError.__subclasses__())
    assert all(fault.detail and "http" not in fault.detail for fault in FAILURES.values())


def test_a_wait_that_nobody_would_sit_out_is_shortened() -> None:
    assert AttemptFailed("rate_limited", retry_after_s=1e9).as_error().retry_after_s == RETRY_AFTER_MAX_S
    assert AttemptFailed("rate_limited").as_error().retry_after_s is None
