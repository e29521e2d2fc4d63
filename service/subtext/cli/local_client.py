"""HTTP client of a service on this machine, with the standard library only, so that it starts fast."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from subtext.errors import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

# Shorter than the timeout of a container's HEALTHCHECK.
_HEALTH_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class LocalService:
    """Address of the service, and the time limit of a request (seconds)."""

    host: str
    port: int
    timeout_s: float = 30.0

    def is_healthy(self) -> bool:
        """Return whether GET /healthz answers 200."""
        try:
            return self._exchange("GET", "/healthz", timeout_s=_HEALTH_TIMEOUT_S)[0] == HTTPStatus.OK
        except (OSError, HTTPException):
            return False

    def post(self, path: str, body: Mapping[str, object]) -> bytes:
        """Return the body of a 200 response; otherwise raises `EngineUnavailable` with the problem's detail."""
        try:
            status, content = self._exchange("POST", path, json.dumps(body).encode(), timeout_s=self.timeout_s)
        except (OSError, HTTPException) as error:
            raise EngineUnavailable(f"the service at {self.host}:{self.port} did not answer: {error}") from error
        if status != HTTPStatus.OK:
            raise EngineUnavailable(f"the service answered {status}: {_detail(content)}")
        return content

    def _exchange(self, method: str, path: str, body: bytes | None = None, *, timeout_s: float) -> tuple[int, bytes]:
        connection = HTTPConnection(self.host, self.port, timeout=timeout_s)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def _detail(body: bytes) -> str:
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return "no problem document"
