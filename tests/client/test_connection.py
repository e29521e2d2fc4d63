"""The connection to a real service: keys, limits of keys, refused addresses, and streams that are left early."""

from __future__ import annotations

import inspect
import socket
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from subtext.asgi import create_app
from subtext.client import Client, RetryPolicy
from subtext.client.connection import connection_options
from subtext.client.errors import InvalidOption, ResponseTimedOut, ServiceUnreachable
from subtext.client.problem_errors import KeyRefused, RateLimited, ScopeMissing
from tests.support.api import TEXT, serve, settings
from tests.support.api_keys import build_key_settings, create_key
from tests.support.clients import SOON, open_client
from tests.support.owners import MINE
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
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
        pytest.raises(ServiceUnreachable, match=rf"127.0.0.1:{port} cannot be reached \(.+\): check"),
    ):
        client.get_health()

    assert len(waits) == RetryPolicy().max_attempts - 1


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8000", "localhost:8000", "ftp://127.0.0.1", "http://", "http://[::1", ""]
)
def test_an_address_of_no_service_is_refused_before_any_call(kind: str, address: str) -> None:
    with pytest.raises(InvalidOption, match="use one such as http://"), open_client(kind, address):
        pass


@pytest.mark.parametrize("key", ["sbt_clé", "sbt_1\r\nHost: other", "sbt_1 sbt_2"])
def test_a_key_that_no_header_carries_is_refused_and_not_repeated(kind: str, key: str) -> None:
    with pytest.raises(InvalidOption, match="the key has blanks or characters") as caught, open_client(kind, key=key):
        pass

    assert "sbt_" not in str(caught.value)


def test_blanks_around_a_key_are_not_part_of_it() -> None:
    assert connection_options("http://127.0.0.1", "sbt_1\n")["headers"]["Authorization"] == "Bearer sbt_1"
    assert "Authorization" not in connection_options("http://127.0.0.1", "\n")["headers"]


@pytest.mark.parametrize("idempotency_key", ["clé", "a b", "a\n"])
def test_an_idempotency_key_that_no_header_carries_is_refused(kind: str, idempotency_key: str) -> None:
    with open_client(kind) as client, pytest.raises(InvalidOption, match="the idempotency key has blanks"):
        client.with_options(idempotency_key=idempotency_key)


class Trickle(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body without an end, on a clock that each chunk moves by a second."""

    def __init__(self) -> None:
        self.now = 0.0
        self.is_closed = False

    def monotonic(self) -> float:
        return self.now

    def __iter__(self) -> Iterator[bytes]:
        while self.now < GIVE_UP_S:
            self.now += 1.0
            yield b" "

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk

    def close(self) -> None:
        self.is_closed = True

    async def aclose(self) -> None:
        self.is_closed = True


def test_a_body_that_never_ends_is_given_up_at_the_deadline(kind: str) -> None:
    body = Trickle()
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, stream=body))
    make = httpx2.Client if kind == "sync" else httpx2.AsyncClient
    http = make(transport=transport, base_url="http://127.0.0.1")
    policy = RetryPolicy(deadline_s=3.0)
    with (
        open_client(kind, http=http, retries=policy, monotonic=body.monotonic) as client,
        pytest.raises(ResponseTimedOut),
    ):
        client.get_version()

    assert (body.now, body.is_closed) == (4.0, True)


def test_a_stream_can_be_left_early_and_the_client_used_on(service_url: str) -> None:
    with Client(service_url) as client:
        with client.stream_analysis(text=TEXT, cache="no-store") as events:
            next(events)
        assert client.get_health().status == "ok"


def test_methods_describe_themselves() -> None:
    assert Client.get_analysis.__name__ == "get_analysis"
    assert "Return a stored analysis" in (Client.get_analysis.__doc__ or "")
    assert str(inspect.signature(Client.get_analysis)) == "(self, /, analysis_id: 'str')"
