"""Connection errors: classify what the SDK and its transports raise if a server cannot be reached, or breaks off.

Apart from the table of failures, which those need that never call a server: the SDK is slow to import.
"""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import aiohttp
import httpx2
from openai import APITimeoutError

from subtext import errors

if TYPE_CHECKING:
    from subtext.engines.llm.failures import Outcome

# The first that fits any cause of the failure; subclasses stand before the classes they derive from.
_BY_CAUSE: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], Outcome], ...] = (
    ((ssl.SSLEOFError, ssl.SSLZeroReturnError), "connection_lost"),
    ((ssl.SSLError, aiohttp.ClientSSLError), "tls_failed"),
    (socket.gaierror, "name_unknown"),
    ((aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, httpx2.ConnectError), "connect_failed"),
    ((aiohttp.ServerTimeoutError, httpx2.ReadTimeout, httpx2.WriteTimeout, httpx2.PoolTimeout), "timed_out"),
    ((aiohttp.ClientConnectionError, aiohttp.ClientPayloadError), "connection_lost"),
    (httpx2.ConnectTimeout, "connect_failed"),
    (APITimeoutError, "timed_out"),
)


def classify_connection_error(error: Exception) -> Outcome:
    """Classify a failed connection: return its outcome.

    The cause beneath decides, not the SDK's class: its aiohttp transport reports a refused connection as a time-out.
    """
    causes = tuple(errors.iter_causes(error))
    for kinds, outcome in _BY_CAUSE:
        if any(isinstance(cause, kinds) for cause in causes):
            return outcome
    return "connection_lost"
