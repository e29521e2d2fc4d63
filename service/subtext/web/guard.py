"""Who may use the pages: requests for a name that is ours, and forms that come from our own pages."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from subtext.domain.errors import HostRefused, OriginRefused

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request

_SAFE = frozenset({"GET", "HEAD"})
_OWN_SITES = frozenset({None, "same-origin", "none"})


def require_own(request: Request, hosts: Collection[str]) -> None:
    """Pass what is meant for this service and, if it changes something, was sent by its own page.

    On loopback any site could give its own name to this address (DNS rebinding), so only loopback's names and `hosts`
    are answered there. Raises `HostRefused` or `OriginRefused`.
    """
    host = request.headers.get("host", "")
    if _is_loopback(_server(request)) and not _is_loopback(_name(host)) and _name(host) not in hosts:
        raise HostRefused("this service is not known by that name: open it as localhost, or name the host in settings")
    if request.method in _SAFE:
        return
    origin = request.headers.get("origin")
    foreign = origin is not None and (urlsplit(origin).netloc != host or not host)
    if foreign or request.headers.get("sec-fetch-site") not in _OWN_SITES:
        raise OriginRefused("this form was sent by another site, and nothing was done: open the page here and send it")


def _server(request: Request) -> str:
    address = request.scope.get("server")
    return str(address[0]) if address else ""


def _name(host: str) -> str:
    """The host without its port, in lower case; nothing where it is malformed."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
