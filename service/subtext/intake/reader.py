"""The reader: an article from text, a page or an address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from subtext.domain.article import Source
from subtext.domain.errors import TextRefused
from subtext.intake.addresses import PrivateHosts
from subtext.intake.extraction.pool import Extractors
from subtext.intake.language import require_language
from subtext.intake.limits import ExtractLimits, FetchLimits, ReadLimits
from subtext.intake.pages import article_on
from subtext.intake.text import article_from, lone_surrogate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from httpcore2 import AsyncNetworkBackend

    from subtext.domain.article import Article
    from subtext.intake.fetch import Fetcher
    from subtext.intake.network import Resolver

__all__ = ["ExtractLimits", "FetchLimits", "ReadLimits", "Reader"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Reader:
    """Articles, from whatever a caller has; an async context manager that ends what it started.

    Nothing starts before it is needed: text costs no process, a page no connection. `resolver`, `network`,
    `extractor_command` and `now` are what stands between the reader and the world; raises `SettingsInvalid` where
    `private_hosts` cannot be understood.
    """

    def __init__(
        self,
        limits: ReadLimits | None = None,
        *,
        resolver: Resolver | None = None,
        network: AsyncNetworkBackend | None = None,
        extractor_command: Sequence[str] | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._limits = limits or ReadLimits()
        self._private_hosts = PrivateHosts.parse(self._limits.fetch.private_hosts)
        self._resolver, self._network, self._now = resolver, network, now
        self._extractors = Extractors(self._limits.extract, command=extractor_command)
        self._fetcher: Fetcher | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._extractors.aclose()

    async def from_text(self, text: str, *, title: str | None = None, language: str | None = None) -> Article:
        """The article as given; raises `TextRefused`, `TextTooLong` or `RequestInvalid`."""
        return article_from(text, Source("text"), title=title, language=language, max_chars=self._limits.max_text_chars)

    async def from_html(self, html: str, *, title: str | None = None, language: str | None = None) -> Article:
        """The article on a page; raises `NotAnArticle`, `PageTooLarge`, `ExtractionFailed` or as `from_text`."""
        require_language(language)
        if not html.strip():
            raise TextRefused("the page is empty: send the page's HTML")
        if lone_surrogate(html) is not None:
            raise TextRefused("the page has a lone surrogate (half of a character): send it as valid Unicode")
        return await self._on_page(html, Source("html"), title, language)

    async def from_url(self, url: str, *, title: str | None = None, language: str | None = None) -> Article:
        """The article at an address; raises `IntakeFailed`, or as `from_html`."""
        require_language(language)
        fetched = await self._fetching().fetch(url, max_page_bytes=self._limits.extract.max_html_bytes)
        source = Source("url", url, fetched.url, self._now().isoformat(timespec="seconds").replace("+00:00", "Z"))
        if fetched.is_html:
            return await self._on_page(fetched.text, source, title, language)
        limit = self._limits.max_text_chars
        return article_from(fetched.text, source, title=title, language=language, max_chars=limit)

    async def _on_page(self, html: str, source: Source, title: str | None, language: str | None) -> Article:
        page = await self._extractors.page(html, source.final_url)
        limit = self._limits.max_text_chars
        return article_on(page, source, title=title, language=language, max_chars=limit)

    def _fetching(self) -> Fetcher:
        if self._fetcher is None:
            from subtext.intake.fetch import Fetcher  # noqa: PLC0415 - the HTTP client is loaded by who fetches

            self._fetcher = Fetcher(
                self._limits.fetch, self._private_hosts, resolver=self._resolver, network=self._network
            )
        return self._fetcher
