"""Guard against requests that pages of other sites send: CSRF, and DNS rebinding on loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from subtext.domain.host import is_loopback
from subtext.errors import CrossOriginRequest, UntrustedHost

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request

_SAFE = frozenset({"GET", "HEAD"})
_OWN_SITES = frozenset({None, "same-origin", "none"})


def require_own_host_and_origin(request: Request, hosts: Collection[str]) -> None:
    """CSRF and DNS-rebinding guard: reject foreign Host headers on loopback, and changes sent by other sites.

    A site can point a name of its own at a loopback address (DNS rebinding), so a server there answers only to loopback
    names and `hosts`. Raises `UntrustedHost` or `CrossOriginRequest`.
    """
    host = request.headers.get("host", "")
    if (
        _is_loopback_name(_server_host(request))
        and not _is_loopback_name(_host_name(host))
        and _host_name(host) not in hosts
    ):
        raise UntrustedHost(
            "this service is not known by that name: open it as localhost, or name the host in settings"
        )
    if request.method in _SAFE:
        return
    origin = request.headers.get("origin")
    is_foreign = origin is not None and (urlsplit(origin).netloc != host or not host)
    if is_foreign or request.headers.get("sec-fetch-site") not in _OWN_SITES:
        raise CrossOriginRequest(
            "this form was sent by another site, and nothing was done: open the page here and send it"
        )


def _server_host(request: Request) -> str:
    address = request.scope.get("server")
    return str(address[0]) if address else ""


def _host_name(host: str) -> str:
    """Return the host without its port in lower case; empty if it is malformed."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_loopback_name(name: str) -> bool:
    """Return whether browsers resolve a name to this machine themselves (RFC 6761 for `*.localhost`)."""
    return is_loopback(name) or name.endswith(".localhost")
