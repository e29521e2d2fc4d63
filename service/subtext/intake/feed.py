"""Read RSS and Atom feeds: the items, with an address each, newest first."""

from __future__ import annotations

import io
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from subtext.errors import SettingsInvalid, UnsupportedContent
from subtext.intake.http.fetcher import FEEDS, Fetcher

if TYPE_CHECKING:
    from types import ModuleType

    import httpcore2

    from subtext.intake.http.ip_policy import HostAllowlist
    from subtext.intake.http.ssrf_guard import Resolver
    from subtext.intake.limits import FetchLimits

_HEADERS = {"content-type": "application/xml; charset=utf-8"}
_ID_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class FeedItem:
    """Item of a feed: `id` is the feed's own name for it, its address if it has none."""

    id: str
    url: str
    title: str | None
    published_at: datetime | None


class FeedReader:
    """Fetch feeds under the limits and the SSRF guard of articles; `resolver` and `network` are the seams for tests."""

    def __init__(
        self,
        limits: FetchLimits,
        private: HostAllowlist,
        *,
        resolver: Resolver | None = None,
        network: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        require_feedparser()
        self._limits = limits
        self._fetcher = Fetcher(limits, private, media_types=FEEDS, resolver=resolver, network=network)

    async def read(self, url: str) -> tuple[FeedItem, ...]:
        """Fetch a feed and return its items; raises `IntakeError`."""
        fetched = await self._fetcher.fetch(url, max_page_bytes=self._limits.max_bytes)
        return parse_feed(fetched.text, fetched.url)


def require_feedparser() -> ModuleType:
    """Import the library for feeds; raises `SettingsInvalid` if the extra is not installed."""
    try:
        return import_module("feedparser")
    except ImportError as error:
        raise SettingsInvalid("feeds need an extra: pip install 'subtext[watch]'") from error


def parse_feed(document: str, url: str) -> tuple[FeedItem, ...]:
    """Return the items of a feed that have an address, newest first, each address once; raises `UnsupportedContent`."""
    headers = {**_HEADERS, "content-location": url}
    # A file object: given a string, the library would take an address for something to fetch.
    feed = require_feedparser().parse(io.BytesIO(_without_declaration(document).encode()), response_headers=headers)
    if not feed.get("version"):
        raise UnsupportedContent("the address leads to no RSS or Atom feed: give the address of one")
    items: dict[str, FeedItem] = {}
    for entry in feed.entries:
        item = _read_item(entry)
        if item is not None:
            items.setdefault(item.url, item)
    return tuple(sorted(items.values(), key=_age))


def _without_declaration(document: str) -> str:
    """Drop the XML declaration: it names the encoding of the bytes, which are decoded already."""
    text = document.lstrip("\ufeff \t\r\n")
    return text.partition("?>")[2] if text.startswith("<?xml") else text


def _read_item(entry: Any) -> FeedItem | None:
    url = str(entry.get("link") or "")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return None
    return FeedItem(str(entry.get("id") or url)[:_ID_CHARS], url, entry.get("title") or None, _published_at(entry))


def _published_at(entry: Any) -> datetime | None:
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        return datetime.fromtimestamp(timegm(moment), UTC) if moment else None
    except (ValueError, OverflowError):
        return None


def _age(item: FeedItem) -> float:
    """Sort newest first; items without a date keep their place behind those with one."""
    return -item.published_at.timestamp() if item.published_at else 0.0
