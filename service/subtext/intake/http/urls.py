"""Parse the URLs that may be fetched: SSRF checks before anything is resolved, and one reading of each URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpcore2
import httpx2

from subtext.domain.host import is_private_name, normalize_host, parse_ip
from subtext.errors import ForbiddenUrl
from subtext.intake.http.ip_policy import is_public

if TYPE_CHECKING:
    from subtext.intake.http.ip_policy import HostAllowlist

LENGTH_MAX: Final = 2048
PORTS: Final = {"http": 80, "https": 443}
NOT_PUBLIC: Final = (
    "the address leads to no public host (its name is unknown, or stands for a private or reserved address): "
    "check it, or send the article's text instead"
)
# Parsers differ on these, so that what is judged could be another host than what is fetched.
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# The last label of a name is never a number (RFC 1123 section 2.1): such a host is an address in disguise, as in
# 127.1 or 0x7f000001.
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|\d+)", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
_NAME_MAX = 253


@dataclass(frozen=True, slots=True)
class FetchTarget:
    """Hold a URL to fetch in its parts: `path` with its query, no fragment."""

    url: httpx2.URL
    scheme: str
    host: str
    port: int
    path: bytes

    @property
    def host_header(self) -> bytes:
        """Return the value of the Host header."""
        return self.url.netloc

    @property
    def wire_url(self) -> httpcore2.URL:
        """Return the URL as the transport takes it."""
        return httpcore2.URL(scheme=self.scheme.encode(), host=self.host.encode(), port=self.port, target=self.path)


def parse_target(url: str, private: HostAllowlist) -> FetchTarget:
    """Parse and check a URL; raises `ForbiddenUrl`.

    A host on the operator's allowlist may be private, on any port that it names.
    """
    return _validate(_parse(_check_syntax(url)), private)


def resolve_redirect(target: FetchTarget, location: str, private: HostAllowlist) -> FetchTarget:
    """Resolve a redirect and check its target; raises `ForbiddenUrl`, also for a step from https down to http."""
    try:
        joined = target.url.join(_clean_reference(location))
    except (httpx2.InvalidURL, ValueError) as error:
        raise ForbiddenUrl("the page redirects to something that is no URL") from error
    onward = parse_target(str(joined.copy_with(fragment=None)), private)
    if target.scheme == "https" and onward.scheme == "http":
        raise ForbiddenUrl("the page redirects from https to http: what comes from there could be anybody's")
    return onward


def _check_syntax(url: str) -> str:
    if len(url) > LENGTH_MAX:
        raise ForbiddenUrl(f"the URL has over {LENGTH_MAX:,} characters")
    if _AMBIGUOUS.search(url):
        raise ForbiddenUrl("the URL holds white space, a control character or a backslash: encode it with %")
    match = _SCHEME.match(url)
    if match is None or match[1].lower() not in PORTS or not url[match.end() :].startswith("//"):
        raise ForbiddenUrl("only http:// and https:// addresses are fetched")
    return url


def _clean_reference(location: str) -> str:
    if len(location) > LENGTH_MAX or _AMBIGUOUS.search(location):
        raise ForbiddenUrl("the page redirects to something that is no URL")
    return location


def _parse(url: str) -> httpx2.URL:
    try:
        return httpx2.URL(url).copy_with(fragment=None)
    except (httpx2.InvalidURL, ValueError) as error:
        raise ForbiddenUrl("the URL cannot be understood: its host or port is malformed") from error


def _validate(url: httpx2.URL, private: HostAllowlist) -> FetchTarget:
    if url.userinfo:
        raise ForbiddenUrl("the URL holds a user name or a password: such pages are not fetched")
    host = url.raw_host.decode("ascii")
    port = url.port or PORTS[url.scheme]
    _require_host(host, port, private)
    return FetchTarget(url, url.scheme, host, port, url.raw_path)


def _require_host(host: str, port: int, private: HostAllowlist) -> None:
    address = parse_ip(host)
    if address is None:
        _require_name(host)
    if private.allows_host(host, port) or (address is not None and private.allows_address(address)):
        return
    if is_private_name(host) or (address is not None and not is_public(address)):
        raise ForbiddenUrl(NOT_PUBLIC, is_private=True)
    if port not in PORTS.values() and not private.networks:
        raise ForbiddenUrl("only the ports 80 and 443 are fetched from")


def _require_name(host: str) -> None:
    plain = normalize_host(host)
    if not plain or len(plain) > _NAME_MAX or _NAME.fullmatch(host) is None:
        raise ForbiddenUrl("the URL has no host that a name could be")
    if _NUMBER.fullmatch(plain.rpartition(".")[2]):
        raise ForbiddenUrl("the URL's host is a number: write an address in its usual form, or use a name")
