"""Settings of the whole suite: profiles of hypothesis, and no socket but loopback."""

from __future__ import annotations

import logging
import os
import socket
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import HealthCheck, settings

from subtext.logs import LibraryHandler
from tests.support.iterations import Iterations
from tests.support.requirements import SHARED_DATA
from tests.support.tiers import is_integration_test

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")

settings.register_profile("quick", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("slow", max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that starts more than its own process, before `-m` chooses."""
    for item in items:
        if is_integration_test(item):
            item.add_marker(pytest.mark.integration)


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    """Every connection that leaves this machine is an error of the test that makes it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
            raise RuntimeError(f"a test tried to reach {address[0]}: only loopback is allowed")
        connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = guarded  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """No test's captured stream outlives it as the stream that is logged to."""
    yield
    structlog.reset_defaults()
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, LibraryHandler)]


@pytest.fixture(scope="session")
def seed_article() -> str:
    """The op-ed of the product's conception, read from beside the checkout."""
    path = SHARED_DATA / "seed-article.txt"
    if not path.exists():
        pytest.skip("the measuring data beside the checkout is missing")
    return path.read_text(encoding="utf-8")


@pytest.fixture
async def iterations() -> AsyncIterator[Iterations]:
    """Count the iterations of the event loop that the test runs in."""
    counter = Iterations()
    yield counter
    counter.stop()
