"""The reader: an article from text, a page or an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from subtext.domain.article import Source
from subtext.intake.limits import ExtractLimits, FetchLimits, ReadLimits
from subtext.intake.text import article_from

if TYPE_CHECKING:
    from types import TracebackType

    from subtext.domain.article import Article

__all__ = ["ExtractLimits", "FetchLimits", "ReadLimits", "Reader"]


class Reader:
    """Articles, from whatever a caller has; an async context manager."""

    def __init__(self, limits: ReadLimits | None = None) -> None:
        self._limits = limits or ReadLimits()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def from_text(self, text: str, *, title: str | None = None, language: str | None = None) -> Article:
        """The article as given; raises `TextRefused`, `TextTooLong` or `RequestInvalid`."""
        return article_from(text, Source("text"), title=title, language=language, max_chars=self._limits.max_text_chars)

    async def from_html(self, html: str, *, title: str | None = None, language: str | None = None) -> Article:
        """The article on a page; raises `NotAnArticle`, `PageTooLarge`, `ExtractionFailed` or as `from_text`."""
        raise NotImplementedError

    async def from_url(self, url: str, *, title: str | None = None, language: str | None = None) -> Article:
        """The article at an address; raises `IntakeFailed`, or as `from_html`."""
        raise NotImplementedError
