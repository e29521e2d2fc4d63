"""The connection to a real service: keys, limits of keys, refused addresses, and streams that are left early."""

from __future__ import annotations

import inspect
import socket
from typing import TYPE_CHECKING, Any

import pytest

from subtext.asgi import create_app
from subtext.client import Client, RetryPolicy
from subtext.client.errors import ServiceUnreachable
from subtext.client.problem_errors import KeyRefused, RateLimited, ScopeMissing
from tests.support.api import TEXT, serve, settings
from tests.support.api_keys import build_key_settings, create_key
from tests.support.clients import SOON, open_client
from tests.support.owners import MINE

if TYPE_CHECKING:
    from pathlib import Path


def test_a_key_opens_the_service_and_its_scopes_and_limits_are_errors_of_the_tree(kind: str, tmp_path: Path) -> None:
    service = build_key_settings(tmp_path, requests_per_minute=3)
    key = create_key(service, MINE, "analyse")["Authorization"].removeprefix("Bearer ")
    with serve(create_app(service)) as wire:
        url = f"http://127.0.0.1:{wire.port}"
        with open_client(kind, url, key, retries=RetryPolicy(max_attempts=1)) as client:
            assert client.analyze_article(text=TEXT).status == "complete"
            with pytest.raises(ScopeMissing):
                client.list_analyses()
            with pytest.raises(RateLimited) as limited:
                [client.analyze_article(text=TEXT) for _ in range(3)]
        with open_client(kind, url, "wrong", retries=SOON) as stranger, pytest.raises(KeyRefused):
            stranger.list_axes()

    assert limited.value.retry_after_s is not None


def test_a_service_that_stores_nothing_is_used_without_keys(kind: str) -> None:
    with serve(create_app(settings())) as wire, open_client(kind, f"http://127.0.0.1:{wire.port}") as client:
        assert client.analyze_article(text=TEXT).links.self is None


def test_an_address_where_nothing_listens_is_named(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def sleep_later(seconds: float) -> None:
        waits.append(seconds)

    fake: Any = sleep if kind == "sync" else sleep_later
    with (
        open_client(kind, f"http://127.0.0.1:{port}", sleep=fake) as client,
        pytest.raises(ServiceUnreachable, match=f"127.0.0.1:{port} cannot be reached"),
    ):
        client.get_health()

    assert len(waits) == RetryPolicy().max_attempts - 1


def test_a_stream_can_be_left_early_and_the_client_used_on(service_url: str) -> None:
    with Client(service_url) as client:
        with client.stream_analysis(text=TEXT, cache="no-store") as events:
            next(events)
        assert client.get_health().status == "ok"


def test_methods_describe_themselves() -> None:
    assert Client.get_analysis.__name__ == "get_analysis"
    assert "Return a stored analysis" in (Client.get_analysis.__doc__ or "")
    assert str(inspect.signature(Client.get_analysis)) == "(self, /, analysis_id: 'str')"
