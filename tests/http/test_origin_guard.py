from __future__ import annotations

from dataclasses import dataclass

import pytest
from starlette.requests import Request

from subtext.errors import CrossOriginRequest, UntrustedHost
from subtext.http.origin_guard import require_own_host_and_origin


@dataclass(frozen=True)
class Call:
    id: str
    server: str = "127.0.0.1"
    host: str = "127.0.0.1:8000"
    method: str = "POST"
    origin: str | None = None
    site: str | None = None
    refused: type[Exception] | None = None


def asked(call: Call) -> Request:
    named = {"host": call.host, "origin": call.origin, "sec-fetch-site": call.site}
    headers = [(name.encode(), value.encode()) for name, value in named.items() if value is not None]
    return Request({"type": "http", "method": call.method, "headers": headers, "server": (call.server, 8000)})


@pytest.mark.parametrize(
    "call",
    [
        Call("own form", origin="http://127.0.0.1:8000", site="same-origin"),
        Call("no browser"),
        Call("localhost", host="localhost:8000", origin="http://localhost:8000"),
        Call("IPv6", server="::1", host="[::1]:8000", origin="http://[::1]:8000"),
        Call("typed address", method="GET", site="none"),
        Call("a link from elsewhere may lead here", method="GET", site="cross-site"),
        Call("named in settings", host="subtext.example", origin="https://subtext.example"),
        Call("no loopback: any name", server="10.0.0.5", host="subtext.test", origin="https://subtext.test"),
        Call("rebound", method="GET", host="evil.example:8000", refused=UntrustedHost),
        Call("rebound form", host="evil.example", origin="http://evil.example", refused=UntrustedHost),
        Call("a name that only begins like ours", method="GET", host="127.0.0.1.evil.example", refused=UntrustedHost),
        Call("no host", method="GET", host="", refused=UntrustedHost),
        Call("malformed host", method="GET", host="[::1", refused=UntrustedHost),
        Call("foreign form", origin="https://evil.example", refused=CrossOriginRequest),
        Call("other port", origin="http://127.0.0.1:9000", refused=CrossOriginRequest),
        Call("hidden origin", origin="null", refused=CrossOriginRequest),
        Call("told by the browser alone", site="cross-site", refused=CrossOriginRequest),
        Call("a sister site", site="same-site", refused=CrossOriginRequest),
    ],
    ids=lambda call: call.id,
)
def test_pages_are_for_our_names_and_forms_from_our_pages(call: Call) -> None:
    if call.refused is None:
        require_own_host_and_origin(asked(call), {"subtext.example"})
    else:
        with pytest.raises(call.refused):
            require_own_host_and_origin(asked(call), {"subtext.example"})
