from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from subtext.errors import FetchFailed, ForbiddenUrl
from subtext.intake.http.ssrf_guard import system_resolver
from subtext.intake.limits import FetchLimits, IntakeLimits
from subtext.intake.loader import ArticleLoader
from tests.support.intake import PUBLIC, FakeResolver, FixedResolver, RecordingNetwork, http_response, redirect

if TYPE_CHECKING:
    from collections.abc import Sequence

OTHER = "151.101.1.69"


@dataclass(frozen=True)
class Answers:
    id: str
    addresses: Sequence[str]


@pytest.mark.parametrize(
    "case",
    [
        Answers("loopback", ["127.0.0.1"]),
        Answers("private behind public", [PUBLIC, "10.0.0.1"]),
        Answers("public behind private", ["10.0.0.1", PUBLIC]),
        Answers("private v6 beside public v4", [PUBLIC, "fd00::1"]),
        Answers("mapped", ["::ffff:127.0.0.1"]),
        Answers("NAT64", ["64:ff9b::7f00:1"]),
        Answers("6to4", ["2002:7f00:1::"]),
        Answers("link-local with a zone", ["fe80::1%eth0"]),
        Answers("metadata", ["169.254.169.254"]),
        Answers("no address at all", []),
        Answers("no address but a word", ["nonsense"]),
    ],
    ids=lambda case: case.id,
)
async def test_a_name_with_a_forbidden_answer_is_never_connected(case: Answers) -> None:
    network = RecordingNetwork(replies=[http_response()])
    async with ArticleLoader(resolver=FakeResolver({"site.example": [case.addresses]}), network=network) as reader:
        with pytest.raises(ForbiddenUrl):
            await reader.from_url("http://site.example/")
    assert network.connects == []


async def test_a_name_that_turns_after_the_first_answer_is_refused_at_the_second_connection() -> None:
    names = FakeResolver({"site.example": [[PUBLIC], ["127.0.0.1"]]})
    network = RecordingNetwork(replies=[redirect("http://site.example/again"), http_response()])
    async with ArticleLoader(resolver=names, network=network) as reader:
        with pytest.raises(ForbiddenUrl):
            await reader.from_url("http://site.example/")
    assert network.connects == [(PUBLIC, 80)]
    assert names.asked == ["site.example", "site.example"]


async def test_the_judged_address_is_connected_and_the_name_is_asked_once() -> None:
    names = FakeResolver({"site.example": [[PUBLIC], ["127.0.0.1"]]})
    network = RecordingNetwork(replies=[http_response()])
    async with ArticleLoader(resolver=names, network=network) as reader:
        article = await reader.from_url("https://site.example/a?b=c#d")
    assert network.connects == [(PUBLIC, 443)]
    assert names.asked == ["site.example"]
    assert network.streams[0].tls_name == "site.example"
    assert b"\r\nHost: site.example\r\n" in network.streams[0].sent
    assert network.streams[0].sent.startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert article.title == "Ferry line begs for a rescue"


async def test_dead_addresses_are_passed_over() -> None:
    network = RecordingNetwork(replies=[http_response()], dead=frozenset({PUBLIC}))
    async with ArticleLoader(resolver=FakeResolver({"site.example": [[PUBLIC, OTHER]]}), network=network) as reader:
        await reader.from_url("http://site.example/")
    assert network.connects == [(PUBLIC, 80), (OTHER, 80)]


async def test_of_many_dead_addresses_only_a_few_are_tried() -> None:
    many = [f"93.184.216.{last}" for last in range(1, 100)]
    network = RecordingNetwork()
    async with ArticleLoader(resolver=FakeResolver({"site.example": [many]}), network=network) as reader:
        with pytest.raises(FetchFailed):
            await reader.from_url("http://site.example/")
    assert len(network.connects) == 4


async def test_an_unknown_name_and_a_private_one_are_told_alike() -> None:
    details = set()
    for names in (FakeResolver({}), FixedResolver("10.0.0.1")):
        async with ArticleLoader(resolver=names, network=RecordingNetwork()) as reader:
            with pytest.raises(ForbiddenUrl) as refusal:
                await reader.from_url("http://site.example/")
        details.add(refusal.value.detail)
    async with ArticleLoader(network=RecordingNetwork()) as reader:
        with pytest.raises(ForbiddenUrl) as refusal:
            await reader.from_url("http://10.0.0.1/")
    assert details == {refusal.value.detail}


async def test_a_name_service_that_is_away_is_worth_another_try() -> None:
    async def away(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    async with ArticleLoader(resolver=away, network=RecordingNetwork()) as reader:
        with pytest.raises(FetchFailed) as failure:
            await reader.from_url("http://site.example/")
    assert failure.value.retryable


async def test_a_private_name_is_reached_where_the_operator_names_it() -> None:
    limits = IntakeLimits(fetch=FetchLimits(private_hosts=("wiki.internal:8080",)))
    network = RecordingNetwork(replies=[http_response()])
    async with ArticleLoader(limits, resolver=FixedResolver("10.0.0.1"), network=network) as reader:
        await reader.from_url("http://wiki.internal:8080/")
        with pytest.raises(ForbiddenUrl):
            await reader.from_url("http://wiki.internal/")
        with pytest.raises(ForbiddenUrl):
            await reader.from_url("http://other.internal:8080/")
    assert network.connects == [("10.0.0.1", 8080)]


async def test_a_named_network_opens_no_port_of_public_hosts() -> None:
    limits = IntakeLimits(fetch=FetchLimits(private_hosts=("10.0.0.0/8",)))
    network = RecordingNetwork(replies=[http_response()])
    async with ArticleLoader(limits, resolver=FixedResolver(PUBLIC), network=network) as reader:
        with pytest.raises(ForbiddenUrl):
            await reader.from_url("http://site.example:8080/")
    assert network.connects == []


async def test_the_system_knows_this_machine() -> None:
    assert "127.0.0.1" in await system_resolver("localhost", 80)
