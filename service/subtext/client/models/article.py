"""Article as it was analyzed: document, coverage, target and warnings."""

from __future__ import annotations

from datetime import datetime

from subtext.client.models.base import ApiObject


class TextRange(ApiObject):
    """Half-open range of Unicode code points, or of UTF-16 code units if the field says so."""

    start: int
    end: int


class AnalysisWarning(ApiObject):
    """Warning about the analysis or the article, with a stable code."""

    code: str
    message: str
    pointer: str | None
    range: TextRange | None


class DocumentSource(ApiObject):
    """Origin of the article: text, html or url."""

    kind: str
    url: str | None
    final_url: str | None
    fetched_at: datetime | None


class DocumentLanguage(ApiObject):
    """Language of the article, as a BCP 47 primary tag."""

    code: str
    confidence: float | None


class Document(ApiObject):
    """Text that every offset refers to, by its digest; `text` is there if it was asked for."""

    source: DocumentSource
    title: str | None
    byline: str | None
    site: str | None
    published_at: str | None
    language: DocumentLanguage
    sha256: str
    char_count: int
    word_count: int
    normalisation: list[str]
    text: str | None


class Coverage(ApiObject):
    """Parts of the text that were read."""

    complete: bool
    ranges_read: list[TextRange]
    ranges_failed: list[TextRange]
    fraction: float


class Target(ApiObject):
    """Actor whose conduct is framed."""

    name: str
    aliases: list[str]
    given_by: str
    mentions: int
