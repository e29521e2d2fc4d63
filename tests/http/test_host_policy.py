"""The names and origins that a request without a key of its own may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from subtext.errors import CrossOriginRequest, UntrustedHost
from subtext.http.host_policy import build_host_policy

if TYPE_CHECKING:
    from subtext.http.host_policy import HostPolicy

NAMED = frozenset({"subtext.example"})
OPEN = build_host_policy(None, NAMED, "127.0.0.1", is_open=True)
KEYED = build_host_policy(None, frozenset(), "0.0.0.0", is_open=False)
KEYED_AND_NAMED = build_host_policy(None, NAMED, "0.0.0.0", is_open=False)
PUBLIC = build_host_policy("https://Subtext.Example.org:443/framing", frozenset(), "127.0.0.1", is_open=True)


@dataclass(frozen=True)
class Call:
    id: str
    server: str = "127.0.0.1"
    host: str | None = "127.0.0.1:8000"
    method: str = "POST"
    origin: str | None = None
    site: str | None = None
    forwarded: str | None = None
    policy: HostPolicy = OPEN
    refused: type[Exception] | None = None


def scope_for(call: Call) -> dict[str, Any]:
    named = {"host": call.host, "origin": call.origin, "sec-fetch-site": call.site, "accept": "text/html"}
    headers = [(name.encode(), value.encode()) for name, value in named.items() if value is not None]
    return {"type": "http", "method": call.method, "headers": headers, "server": (call.server, 8000), "scheme": "http"}


@pytest.mark.parametrize(
    "call",
    [
        Call("own form", origin="http://127.0.0.1:8000", site="same-origin"),
        Call("no browser"),
        Call("no browser, and no host", host=None),
        Call("localhost", host="localhost:8000", origin="http://localhost:8000"),
        Call("localhost with the root's dot", host="LOCALHOST.:8000"),
        Call("below localhost", host="subtext.localhost:8000"),
        Call("IPv6", server="::1", host="[::1]:8000", origin="http://[::1]:8000"),
        Call("typed address", method="GET", site="none"),
        Call("a link from elsewhere may lead here", method="GET", site="cross-site"),
        Call("named in settings", host="subtext.example", origin="https://subtext.example"),
        Call("named in settings, in capitals", host="Subtext.Example", origin="https://subtext.example:443"),
        Call("an address in a container", server="172.17.0.2", host="192.168.1.5:8080"),
        Call("the name that the server says it has", server="testserver", host="testserver"),
        Call("a public URL", host="subtext.example.org", origin="https://subtext.example.org", policy=PUBLIC),
        Call("a proxy that names itself as host", origin="https://subtext.example.org", policy=PUBLIC),
        Call("a proxy that forwards the host", forwarded="subtext.example", origin="https://subtext.example"),
        Call("keys: any name", server="10.0.0.5", host="any.test", origin="https://any.test", policy=KEYED),
        Call("keys and names: an address", server="10.0.0.5", host="10.0.0.5", policy=KEYED_AND_NAMED),
        Call("rebound", method="GET", host="evil.example:8000", refused=UntrustedHost),
        Call("rebound form", host="evil.example", origin="http://evil.example", refused=UntrustedHost),
        Call("rebound to a container", server="172.17.0.2", host="evil.example", refused=UntrustedHost),
        Call("a name that only begins like ours", method="GET", host="127.0.0.1.evil.example", refused=UntrustedHost),
        Call("a name that only ends like ours", host="evilsubtext.example", refused=UntrustedHost),
        Call("another address of the machine", host="192.168.1.5:8000", refused=UntrustedHost),
        Call("an empty host", method="GET", host="", refused=UntrustedHost),
        Call("malformed host", method="GET", host="[::1", refused=UntrustedHost),
        Call("two hosts in one", host="localhost, evil.example", refused=UntrustedHost),
        Call("a name before an @", host="localhost@evil.example", refused=UntrustedHost),
        Call("rebound through a proxy", forwarded="evil.example", refused=UntrustedHost),
        Call("rebound, with a forged header", host="evil.example", forwarded="localhost", refused=UntrustedHost),
        Call("keys and names: another", host="evil.example", policy=KEYED_AND_NAMED, refused=UntrustedHost),
        Call("foreign form without a host", host=None, origin="https://evil.example", refused=CrossOriginRequest),
        Call("foreign form", origin="https://evil.example", refused=CrossOriginRequest),
        Call("foreign script that reads", method="GET", origin="https://evil.example", refused=CrossOriginRequest),
        Call("preflight", method="OPTIONS", origin="https://evil.example", refused=CrossOriginRequest),
        Call("other port", origin="http://127.0.0.1:9000", refused=CrossOriginRequest),
        Call("hidden origin", origin="null", refused=CrossOriginRequest),
        Call("told by the browser alone", site="cross-site", refused=CrossOriginRequest),
        Call("a sister site", site="same-site", refused=CrossOriginRequest),
        Call("keys: a foreign form", origin="https://evil.example", policy=KEYED, refused=CrossOriginRequest),
        Call("a public URL, by another scheme", origin="http://x.example", policy=PUBLIC, refused=CrossOriginRequest),
    ],
    ids=lambda call: call.id,
)
def test_a_request_has_our_name_and_comes_from_our_pages(call: Call) -> None:
    if call.refused is None:
        call.policy.check(scope_for(call), call.forwarded)
    else:
        with pytest.raises(call.refused):
            call.policy.check(scope_for(call), call.forwarded)


@pytest.mark.parametrize(
    ("policy", "scheme", "is_secure"), [(OPEN, "http", False), (OPEN, "https", True), (PUBLIC, "http", True)]
)
def test_tls_is_what_browsers_see(policy: HostPolicy, scheme: str, is_secure: bool) -> None:
    assert policy.is_secure({"type": "http", "scheme": scheme}) is is_secure
