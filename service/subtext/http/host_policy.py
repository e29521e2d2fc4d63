"""Host and Origin check: reject foreign names (DNS rebinding) and pages of other sites (CSRF), the same everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from subtext.domain.host import is_loopback, normalize_host, parse_ip
from subtext.errors import CrossOriginRequest, UntrustedHost

if TYPE_CHECKING:
    from starlette.types import Scope

_SAFE: Final = frozenset({"GET", "HEAD"})
_OWN_SITES: Final = frozenset({b"", b"same-origin", b"none"})
_HOST: Final = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:/?#@\\\s]+))(?::(?P<port>\d{0,5}))?")
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """Names under which the service is reached, and whether others are rejected.

    `public_origin` is the scheme and authority of its public URL. A browser may be made to take a foreign name for this
    machine (DNS rebinding), but never an address, nor `localhost`: these need not be named.
    """

    names: frozenset[str] = frozenset()
    public_origin: str | None = None
    checks_host: bool = True

    def check(self, scope: Scope, forwarded_host: str | None = None) -> None:
        """Check a request that carries no key of its own; raises `UntrustedHost` or `CrossOriginRequest`.

        The sender's Host is checked even if a proxy forwards another: a browser lets no page write it.
        """
        host, origin, site = _browser_headers(scope)
        for name in (host, forwarded_host):
            # No browser leaves it out.
            if name is not None and self.checks_host:
                self._require_own_host(name, scope)
        is_foreign = origin is not None and not self._is_own_origin(origin, forwarded_host or host or "")
        if is_foreign or (scope["method"] not in _SAFE and site not in _OWN_SITES):
            raise CrossOriginRequest(
                "a page of another site sent this, and nothing was done: open the page here and send it, or send a "
                "key in a header; behind a proxy, set SUBTEXT_PUBLIC_URL"
            )

    def is_secure(self, scope: Scope) -> bool:
        """Return whether browsers reach the service over TLS."""
        return scope["scheme"] == "https" or (self.public_origin or "").startswith("https://")

    def _require_own_host(self, host: str, scope: Scope) -> None:
        if not self._is_own_host(host, str((scope.get("server") or ("",))[0])):
            raise UntrustedHost(
                "this service is not known by that name: use localhost or its address, or name the host in "
                "SUBTEXT_PUBLIC_URL or SUBTEXT_ALLOWED_HOSTS"
            )

    def _is_own_host(self, host: str, server: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = normalize_host(match["v6"] or match["name"])
        if name == server or name in self.names or is_loopback(name) or name.endswith(".localhost"):
            return True
        return parse_ip(name) is not None and not is_loopback(server)

    def _is_own_origin(self, origin: str, host: str) -> bool:
        if origin == self.public_origin:
            return True
        scheme, _, authority = origin.partition("://")
        return bool(authority) and _without_port(authority, scheme) == _without_port(host, scheme)


def build_host_policy(public_url: str | None, allowed: frozenset[str], bind: str, *, is_open: bool) -> HostPolicy:
    """Build the policy from the public URL, the allowed names and the bind address.

    A service that needs a key answers to every name until its names are set: without a key there is nothing to get.
    """
    checks_host, names = is_open or bool(allowed) or public_url is not None, allowed | {normalize_host(bind)}
    if public_url is None:
        return HostPolicy(names, checks_host=checks_host)
    parts = urlsplit(public_url.lower())
    host = parts.netloc.rpartition("@")[2]
    origin = f"{parts.scheme}://{_without_port(host, parts.scheme)}"
    return HostPolicy(names | {normalize_host(parts.hostname or "")}, origin, checks_host=checks_host)


def _browser_headers(scope: Scope) -> tuple[str | None, str | None, bytes]:
    """Return Host, Origin and Sec-Fetch-Site: a browser writes them, and no page can."""
    host, origin, site = None, None, b""
    for name, value in scope["headers"]:
        if name == b"host":
            host = value.decode("latin-1")
        elif name == b"origin":
            origin = value.decode("latin-1")
        elif name == b"sec-fetch-site":
            site = value
    return host, origin, site


def _without_port(authority: str, scheme: str) -> str:
    """Return an authority in lower case, without the port that its scheme has anyway."""
    return authority.lower().removesuffix(f":{_DEFAULT_PORTS.get(scheme, '')}")
