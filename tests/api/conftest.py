"""One service for all tests of the API that change nothing in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from tests.support.api import ASK, HastyProtocol, RawHttpClient, client, serve, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient


@pytest.fixture(scope="session", autouse=True)
def _nothing_set() -> Iterator[None]:
    """No setting from outside."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("SUBTEXT_") and name != "SUBTEXT_UPDATE_SNAPSHOTS":
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def api(_nothing_set: None) -> Iterator[TestClient]:
    """A client of the service, in this process."""
    with client(create_app(settings())) as found:
        yield found


@pytest.fixture(scope="session")
def wire(_nothing_set: None) -> Iterator[RawHttpClient]:
    """The service on a socket, with a low limit for bodies."""
    with serve(create_app(settings(max_body_bytes=100_000))) as found:
        yield found


@pytest.fixture(scope="session")
def hasty_wire(_nothing_set: None) -> Iterator[RawHttpClient]:
    """The service on a socket, where heads and bodies are waited for hardly at all."""
    with serve(create_app(settings(body_deadline_s=0.3)), HastyProtocol) as found:
        yield found


@pytest.fixture(scope="session")
def answer(api: TestClient) -> dict[str, object]:
    """An analysis as it was answered, with its text."""
    response = api.post("/v1/analyses", json={**ASK, "include": ["text"]})
    assert response.status_code == 200
    found: dict[str, object] = response.json()
    return found
