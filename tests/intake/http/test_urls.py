from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.host import parse_ip
from subtext.errors import ForbiddenUrl, SubtextError
from subtext.intake.http.ip_policy import HostAllowlist, is_public
from subtext.intake.http.urls import parse_target, resolve_redirect
from subtext.intake.loader import ArticleLoader
from tests.support.intake import PUBLIC, FixedResolver, RecordingNetwork, redirect

NOBODY = HostAllowlist()
HOSTILE = [
    # Loopback and private addresses, in every notation that a resolver takes for one.
    *(
        f"http://{host}/"
        for host in (
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "0x7f000001",
            "0x7f.0.0.1",
            "0X7F.1",
            "2130706433",
            "017700000001",
            "0177.0.0.1",
            "0",
            "0.0.0.0",
            "127.0.0.1.",
            "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
            "\u2460\u2461\u2466.0.0.1",
            "127\u30020\u30020\u30021",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b:1::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:db8::1]",
            "[3fff::1]",
            "[5f00::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[fe80::1%25eth0]",
            "[fec0::1]",
            "[ff02::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "metadata.google.internal",
            "printer.local",
        )
    ),
    # Users, ports and parts that parsers read differently.
    "http://user@example.com/",
    "http://user:secret@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1\\@example.com/",
    "http://example.com\\.evil.example/",
    "http://example.com:22/",
    "http://example.com:6379/",
    "http://example.com:8080/",
    "http://example.com:0/",
    "http://example.com:99999/",
    "http://example.com:80:80/",
    "http://example.com:x/",
    "http://exa\tmple.com/",
    "http://example.com/\r\nHost: evil.example",
    "http://127.0.0.1\x00.example.com/",
    "http://example.com\x00/",
    "http://exam ple.com/",
    "http://example.com/\u2028",
    "http://example.com/\x7f",
    " http://example.com/",
    "http://[::1/",
    "http://::1/",
    "http:///path",
    "http://",
    "http:",
    "http:example.com",
    "http:/example.com",
    "http://.example.com/",
    "http://example..com/",
    "http://%31%32%37.0.0.1/",
    "http://ex%00ample.com/",
    "http://xn--a/",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 130 + "example/",
    "http://example.com/" + "a" * 2048,
    # Other schemes, and none.
    "file:///etc/passwd",
    "gopher://example.com/",
    "ftp://example.com/",
    "data:text/html,<p>x",
    "javascript:alert(1)",
    "jar:http://example.com!/",
    "dict://example.com/",
    "ws://example.com/",
    "HTTPS:example.com",
    "//example.com/",
    "example.com",
    "/path",
    "",
    "\ud800",
]


@pytest.mark.parametrize("url", HOSTILE, ids=lambda url: ascii(url)[:60])
async def test_a_hostile_url_is_refused_and_nothing_is_connected(url: str) -> None:
    network = RecordingNetwork()
    async with ArticleLoader(resolver=FixedResolver("127.0.0.1"), network=network) as reader:
        with pytest.raises(ForbiddenUrl) as refusal:
            await reader.from_url(url)
    assert network.connects == []
    assert refusal.value.detail
    assert not refusal.value.retryable


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(set(HOSTILE)) >= 60


def _fits_a_header(url: str) -> bool:
    return url.isascii() and not any(char in url for char in "\r\n\x00")


@pytest.mark.parametrize("url", [url for url in HOSTILE if _fits_a_header(url)], ids=lambda url: ascii(url)[:60])
async def test_a_redirect_to_a_hostile_url_is_refused_too(url: str) -> None:
    network = RecordingNetwork(replies=[redirect(url)])
    async with ArticleLoader(resolver=FixedResolver(PUBLIC), network=network) as reader:
        with pytest.raises(SubtextError):
            await reader.from_url("http://start.example/")
    assert network.connects[0] == (PUBLIC, 80)
    assert {address for address, _ in network.connects} == {PUBLIC}


@dataclass(frozen=True)
class Read:
    id: str
    url: str
    host: str
    port: int
    path: bytes


@pytest.mark.parametrize(
    "case",
    [
        Read("plain", "http://example.com/a?b=c", "example.com", 80, b"/a?b=c"),
        Read("https", "https://example.com", "example.com", 443, b"/"),
        Read("scheme in capitals", "HTTPS://Example.COM/", "example.com", 443, b"/"),
        Read("fragment is dropped", "https://example.com/a#b", "example.com", 443, b"/a"),
        Read("http on 443", "http://example.com:443/", "example.com", 443, b"/"),
        Read("international name", "https://b\u00fccher.example/", "xn--bcher-kva.example", 443, b"/"),
        Read("international path", "https://example.com/\u00fc", "example.com", 443, b"/%C3%BC"),
        Read("address", "http://93.184.216.34/", "93.184.216.34", 80, b"/"),
        Read("v6 address", "http://[2606:4700::1111]/", "2606:4700::1111", 80, b"/"),
        Read("the root's dot", "http://example.com./", "example.com.", 80, b"/"),
        Read("longest", "http://example.com/" + "a" * 2029, "example.com", 80, b"/" + b"a" * 2029),
    ],
    ids=lambda case: case.id,
)
def test_an_ordinary_url_is_taken_apart(case: Read) -> None:
    target = parse_target(case.url, NOBODY)
    assert (target.host, target.port, target.path) == (case.host, case.port, case.path)


@given(st.text(max_size=60), st.sampled_from(["http://", "https://", ""]))
def test_any_string_is_refused_or_names_a_host_that_may_be_asked(rest: str, scheme: str) -> None:
    try:
        target = parse_target(scheme + rest, NOBODY)
    except ForbiddenUrl:
        return
    address = parse_ip(target.host)
    assert target.port in {80, 443}
    assert address is None or is_public(address)


def test_a_named_private_host_may_be_private_on_its_port_alone() -> None:
    private = HostAllowlist.parse(["127.0.0.1:8080"])
    assert parse_target("http://127.0.0.1:8080/", private).port == 8080
    with pytest.raises(ForbiddenUrl):
        parse_target("http://127.0.0.1:8081/", private)


@dataclass(frozen=True)
class Onward:
    id: str
    start: str
    location: str
    end: str


@pytest.mark.parametrize(
    "case",
    [
        Onward("absolute", "http://a.example/x", "http://b.example/y", "http://b.example/y"),
        Onward("relative", "http://a.example/x/y", "z?q=1", "http://a.example/x/z?q=1"),
        Onward("from the root", "http://a.example/x/y", "/z", "http://a.example/z"),
        Onward("scheme kept", "https://a.example/x", "//b.example/y", "https://b.example/y"),
        Onward("up to https", "http://a.example/x", "https://a.example/x", "https://a.example/x"),
        Onward("fragment dropped", "http://a.example/x", "/y#z", "http://a.example/y"),
    ],
    ids=lambda case: case.id,
)
def test_a_redirect_leads_on(case: Onward) -> None:
    assert str(resolve_redirect(parse_target(case.start, NOBODY), case.location, NOBODY).url) == case.end


@pytest.mark.parametrize("location", ["http://a.example/", "ftp://a.example/", "https://127.0.0.1/", "/a b", "/\\b"])
def test_a_redirect_leads_neither_down_nor_astray(location: str) -> None:
    with pytest.raises(ForbiddenUrl):
        resolve_redirect(parse_target("https://a.example/", NOBODY), location, NOBODY)
