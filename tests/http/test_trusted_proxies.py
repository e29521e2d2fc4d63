"""What is believed of forwarded headers, and of whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from subtext.http.trusted_proxies import ForwardedRequest, TrustedProxies

if TYPE_CHECKING:
    from starlette.types import Scope

PROXIES = TrustedProxies.parse(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])


@dataclass(frozen=True)
class Hop:
    id: str
    peer: str = "127.0.0.1"
    headers: dict[str, str] = field(default_factory=dict)
    read: ForwardedRequest | None = field(default_factory=ForwardedRequest)


def scope_for(hop: Hop) -> Scope:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in hop.headers.items()]
    return {"type": "http", "client": (hop.peer, 1), "headers": headers}


def came_from(client: str) -> ForwardedRequest:
    return ForwardedRequest(client=client)


@pytest.mark.parametrize(
    "hop",
    [
        Hop("says nothing"),
        Hop("a stranger says all", "203.0.113.9", {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "a"}, None),
        Hop(
            "a proxy by IPv4 on a socket of both",
            "::ffff:10.1.2.3",
            {"X-Forwarded-For": "1.2.3.4"},
            came_from("1.2.3.4"),
        ),
        Hop("one client", headers={"X-Forwarded-For": "203.0.113.9"}, read=came_from("203.0.113.9")),
        Hop("forged in front", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}, read=came_from("203.0.113.9")),
        Hop("two proxies", headers={"X-Forwarded-For": "203.0.113.9, 10.0.0.7"}, read=came_from("203.0.113.9")),
        Hop("proxies alone", headers={"X-Forwarded-For": "10.0.0.8,10.0.0.7"}, read=came_from("10.0.0.8")),
        Hop("with a port", headers={"X-Forwarded-For": "203.0.113.9:4711"}, read=came_from("203.0.113.9")),
        Hop("IPv6 with a port", headers={"X-Forwarded-For": "[2001:db8::1]:4711"}, read=came_from("2001:db8::1")),
        Hop("no address", headers={"X-Forwarded-For": "unknown"}),
        Hop("no address in front", headers={"X-Forwarded-For": "<script>, 10.0.0.7"}, read=came_from("10.0.0.7")),
        Hop(
            "empty",
            headers={"X-Forwarded-For": "", "X-Forwarded-Proto": "", "X-Forwarded-Host": ""},
            read=ForwardedRequest(host=""),
        ),
        Hop("a scheme", headers={"X-Forwarded-Proto": "HTTPS"}, read=ForwardedRequest(scheme="https")),
        Hop("the last scheme", headers={"X-Forwarded-Proto": "https,http"}, read=ForwardedRequest(scheme="http")),
        Hop("no scheme", headers={"X-Forwarded-Proto": "javascript"}),
        Hop(
            "the last host", headers={"X-Forwarded-Host": "evil.example, a.test"}, read=ForwardedRequest(host="a.test")
        ),
        Hop(
            "a prefix",
            headers={"X-Forwarded-Prefix": "/tools/subtext/"},
            read=ForwardedRequest(prefix="/tools/subtext"),
        ),
        Hop("a prefix that leads elsewhere", headers={"X-Forwarded-Prefix": "//evil.example"}),
        Hop("a prefix that climbs", headers={"X-Forwarded-Prefix": "/a/../b"}),
        Hop("a prefix with markup", headers={"X-Forwarded-Prefix": '/"><script>'}),
    ],
    ids=lambda hop: hop.id,
)
def test_the_last_word_of_a_trusted_proxy_is_believed(hop: Hop) -> None:
    assert PROXIES.read(scope_for(hop)) == hop.read


def test_a_header_in_several_lines_is_one() -> None:
    headers = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"203.0.113.9")]
    assert PROXIES.read({"client": ("127.0.0.1", 1), "headers": headers}) == came_from("203.0.113.9")


def test_nobody_is_trusted_unless_named() -> None:
    assert TrustedProxies().read(scope_for(Hop("", headers={"X-Forwarded-For": "1.2.3.4"}))) is None
    assert PROXIES.read({"client": None, "headers": []}) is None
