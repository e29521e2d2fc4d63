"""Fetch a page by URL: public addresses only (SSRF guard), a few redirects, limits of time and bytes, no cookies."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import httpcore2

from subtext.errors import (
    FetchFailed,
    FetchTimedOut,
    ForbiddenUrl,
    PageTooLarge,
    PageUnavailable,
    UnsupportedContent,
    iter_causes,
)
from subtext.intake.http.body_decoder import ACCEPT_ENCODING, Decompressor, decode_body
from subtext.intake.http.retry_after import DAY_S, parse_retry_after
from subtext.intake.http.ssrf_guard import ssrf_guarded_pool
from subtext.intake.http.urls import parse_target, resolve_redirect
from subtext.telemetry.job_metrics import observe_fetch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from subtext.intake.http.ip_policy import HostAllowlist
    from subtext.intake.http.ssrf_guard import Resolver
    from subtext.intake.http.urls import FetchTarget
    from subtext.intake.limits import FetchLimits

REDIRECTS_MAX: Final = 5
USER_AGENT: Final = f"subtext/{version('subtext')} (reads one article that a person asked about)"
_HTML: Final = frozenset({"text/html", "application/xhtml+xml", ""})
_TEXT: Final = frozenset({"text/plain", "text/markdown"})
_FEED: Final = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml"}
)
# "Not now", as against "no".
_TRANSIENT: Final = frozenset({408, 425, 429})
_SERVER_ERRORS: Final = range(500, 600)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PASTE_INSTEAD: Final = "open it in a browser and send the article's text instead"
_UNREACHED: Final = "the site could not be reached: check the address, or try again"


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page as text, and where it came from in the end.

    `contradicts` is the charset that the site declares if the bytes are in another, `charset`.
    """

    url: str
    text: str
    is_html: bool
    charset: str = "utf-8"
    contradicts: str | None = None


@dataclass(frozen=True, slots=True)
class MediaTypes:
    """Media types that a fetch takes, and the Accept header that asks for them; `noun` names such a document."""

    accept: bytes
    accepted: frozenset[str]
    noun: str


PAGES: Final = MediaTypes(b"text/html,application/xhtml+xml;q=0.9,text/plain;q=0.8", _HTML | _TEXT, "page")
FEEDS: Final = MediaTypes(
    b"application/rss+xml,application/atom+xml,application/xml;q=0.9,text/xml;q=0.8", _FEED | _TEXT | {""}, "feed"
)


class Fetcher:
    """Fetch pages, or feeds; each fetch has connections of its own, closed at its end.

    `resolver` and `network` are the seams for tests.
    """

    def __init__(
        self,
        limits: FetchLimits,
        private: HostAllowlist,
        *,
        media_types: MediaTypes = PAGES,
        resolver: Resolver | None = None,
        network: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        self._limits, self._private = limits, private
        self._media_types, self._resolver, self._network = media_types, resolver, network

    async def fetch(self, url: str, *, max_page_bytes: int) -> FetchedPage:
        """Fetch the page; raises `IntakeError`. `max_page_bytes` limits the decompressed page, `max_bytes` the wire."""
        if not self._limits.enabled:
            raise ForbiddenUrl("fetching by URL is switched off here: send the article's text or HTML instead")
        with observe_fetch():
            return await self._fetch(parse_target(url, self._private), max_page_bytes)

    async def _fetch(self, target: FetchTarget, max_page_bytes: int) -> FetchedPage:
        try:
            async with asyncio.timeout(self._limits.deadline_s):
                return await self._follow_redirects(target, max_page_bytes)
        except TimeoutError as error:
            raise FetchTimedOut(
                f"the site did not deliver the page within {self._limits.deadline_s:g} s: "
                f"try again, or {_PASTE_INSTEAD}"
            ) from error

    async def _follow_redirects(self, target: FetchTarget, max_page_bytes: int) -> FetchedPage:
        seen = {str(target.url)}
        async with ssrf_guarded_pool(self._private, resolver=self._resolver, network=self._network) as pool:
            for _ in range(REDIRECTS_MAX + 1):
                outcome = await self._request(pool, target, max_page_bytes)
                if isinstance(outcome, FetchedPage):
                    return outcome
                target = resolve_redirect(target, outcome, self._private)
                if str(target.url) in seen:
                    raise ForbiddenUrl("the page redirects in a circle: it may need cookies, which are not kept")
                seen.add(str(target.url))
        raise ForbiddenUrl(f"the page redirects more than {REDIRECTS_MAX} times: give its final address")

    async def _request(
        self, pool: httpcore2.AsyncConnectionPool, target: FetchTarget, max_page_bytes: int
    ) -> FetchedPage | str:
        """Return the page, or the location that it redirects to."""
        try:
            async with pool.stream("GET", target.wire_url, headers=_headers(target, self._media_types)) as response:
                headers = first_headers(response)
                if response.status in _REDIRECTS and "location" in headers:
                    return headers["location"]
                _require_document(response.status, headers, self._media_types)
                body = await self._body(response, headers, max_page_bytes)
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
            raise FetchFailed(_unreached(error)) from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
            raise FetchFailed("the site broke off, or its answer was not HTTP: try again") from error
        content_type = headers.get("content-type", "")
        decoded = decode_body(body, content_type)
        return FetchedPage(
            str(target.url), decoded.text, _media_type(headers) in _HTML, decoded.charset, decoded.contradicts
        )

    async def _body(self, response: httpcore2.Response, headers: Mapping[str, str], max_page_bytes: int) -> bytes:
        if int(headers.get("content-length", "0")) > self._limits.max_bytes:
            raise PageTooLarge(_too_large(self._limits.max_bytes))
        unpacker = Decompressor(headers.get("content-encoding", ""), max_page_bytes)
        received = 0
        async for chunk in response.aiter_stream():
            received += len(chunk)
            if received > self._limits.max_bytes:
                raise PageTooLarge(_too_large(self._limits.max_bytes))
            unpacker.feed(chunk)
        return unpacker.body()


def _headers(target: FetchTarget, media_types: MediaTypes) -> list[tuple[bytes, bytes]]:
    return [
        (b"Host", target.host_header),
        (b"User-Agent", USER_AGENT.encode()),
        (b"Accept", media_types.accept),
        (b"Accept-Encoding", ACCEPT_ENCODING),
    ]


def first_headers(response: httpcore2.Response) -> dict[str, str]:
    """Return the headers, the first of each name; Latin-1 reads any byte (RFC 9110 section 5.5)."""
    headers: dict[str, str] = {}
    for name, value in response.headers:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1").strip())
    return headers


def _require_document(status: int, headers: Mapping[str, str], media_types: MediaTypes) -> None:
    """Reject a response that is none of the media types, with the error that it means."""
    if status in {HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION}:
        media_type = _media_type(headers)
        if media_type not in media_types.accepted:
            raise UnsupportedContent(_unsupported(media_type, media_types.noun))
        return
    if status in _TRANSIENT or status in _SERVER_ERRORS:
        detail = _TRY_LATER.get(status, f"the site failed to show the page (status {status}): try again later")
        raise FetchFailed(detail, retry_after_s=parse_retry_after(headers, datetime.now(UTC), max_s=DAY_S))
    raise PageUnavailable(
        _UNAVAILABLE.get(status, f"the site did not give the page (status {status}): {_PASTE_INSTEAD}")
    )


_TRY_LATER: Final = {
    429: "the site asks to slow down (status 429): try again later",
    503: "the site is overloaded or under maintenance (status 503): try again later",
}
_UNAVAILABLE: Final = {
    401: f"the site asks to sign in (status 401): {_PASTE_INSTEAD}",
    402: f"the site asks to pay (status 402): {_PASTE_INSTEAD}",
    403: f"the site refuses to show the page to this service (status 403): {_PASTE_INSTEAD}",
    404: "the site has no such page (status 404): check the address",
    410: "the page is gone for good (status 410): send the article's text if you have it",
    451: f"the page is withheld for legal reasons (status 451): {_PASTE_INSTEAD}",
}


def _unsupported(media_type: str, noun: str) -> str:
    if noun == FEEDS.noun:
        return f"the address leads to {media_type}, not to a feed: give the address of an RSS or Atom feed"
    if media_type == "application/pdf":
        return "the address leads to a PDF, which is not read: copy its text and send that"
    if media_type.startswith(("image/", "audio/", "video/")):
        return "the address leads to a picture, a sound or a film, not to a page: give the article's address"
    if media_type.endswith(("json", "xml")):
        return "the address leads to data or a feed, not to a page: give the article's address"
    return "the address leads to a file, not to a page: give the article's address, or send its text"


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _unreached(error: Exception) -> str:
    """Describe a failed connection: a closed, a silent and a dead host alike, and a bad certificate by itself."""
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in iter_causes(error)):
        return f"the site's certificate does not hold, so what it sends could be anybody's: {_PASTE_INSTEAD}"
    return _UNREACHED


def _too_large(max_bytes: int) -> str:
    return f"the site sends over {max_bytes:,} bytes: send the article's text instead, or raise the limit"
