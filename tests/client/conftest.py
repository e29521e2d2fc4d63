"""One service with everything on, on a socket, and a client of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from tests.support.api import serve
from tests.support.batches import batch_settings
from tests.support.clients import SOON, open_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.client import Client


# Not for the whole session: a process runs one queue of batches at a time, and other tests start theirs.
@pytest.fixture(scope="module")
def service_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(create_app(batch_settings(tmp_path_factory.mktemp("service")))) as wire:
        yield f"http://127.0.0.1:{wire.port}"


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(kind: str, service_url: str) -> Iterator[Client]:
    with open_client(kind, service_url, retries=SOON) as client:
        yield client
