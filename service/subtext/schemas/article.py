"""Define the article part of the v1 API: document, source, coverage, target and warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AliasChoices, Field

from subtext.schemas.base import ListOf, View

if TYPE_CHECKING:
    from subtext.domain.article import Article


class RangeView(View):
    """Half-open range of Unicode code points (or UTF-16 code units if the field says so)."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class WarningView(View):
    """Warning about the analysis or the article."""

    code: str = Field(description="Stable code, such as text_too_short, hidden_text_removed or paywall_suspected.")
    message: str
    pointer: str | None = Field(description="JSON pointer to the field of this response that it is about.")
    range: RangeView | None = Field(
        validation_alias=AliasChoices("range", "span"), description="Code points of document.text that it is about."
    )


class SourceView(View):
    """Origin of the article."""

    kind: str = Field(description="text, html or url.")
    url: str | None
    final_url: str | None = Field(description="After redirects.")
    fetched_at: Annotated[str, Field(json_schema_extra={"format": "date-time"})] | None = Field(
        description="RFC 3339, UTC."
    )


class LanguageView(View):
    """Language of the article."""

    code: str = Field(description="BCP 47 primary tag; und if it cannot be detected.")
    confidence: float | None = Field(description="0-1; null if the caller named the language.")


class DocumentView(View):
    """Text that every offset refers to, by its digest; the text itself with include=text."""

    source: SourceView
    title: str | None
    byline: str | None
    site: str | None
    published_at: str | None
    language: LanguageView
    sha256: str = Field(description="Hex digest of the analysed text as UTF-8.")
    char_count: int
    word_count: int
    normalisation: ListOf[str] = Field(description="Normalisations applied to the text; empty: none.")
    text: str | None = Field(description="The analysed text; null unless include has text.")

    @classmethod
    def of(cls, article: Article, *, include_text: bool) -> Self:
        """Build the view of an article, with its text only if asked for."""
        return cls(
            source=SourceView.model_validate(article.source),
            title=article.title,
            byline=article.byline,
            site=article.site,
            published_at=article.published_at,
            language=LanguageView.model_validate(article.language),
            sha256=article.sha256,
            char_count=len(article.text),
            word_count=article.word_count,
            normalisation=list(article.normalisation),
            text=article.text if include_text else None,
        )


class CoverageView(View):
    """Parts of the text that were read."""

    complete: bool
    ranges_read: ListOf[RangeView]
    ranges_failed: ListOf[RangeView]
    fraction: float = Field(ge=0, le=1)


class TargetView(View):
    """Actor whose conduct is framed."""

    name: str
    aliases: ListOf[str]
    given_by: str = Field(description="caller or inferred.")
    mentions: int
