"""A page's article with its notices, or the refusal that says what the page looks like instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from subtext.domain.article import Language, Notice
from subtext.domain.errors import NotAnArticle
from subtext.intake.text import article_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.domain.article import Article, Source
    from subtext.intake.extraction.page import Page, Wall

_BY_HAND: Final = "open it in a browser and send the article's text instead"
_REFUSALS: Final[dict[Wall, str]] = {
    "captcha": f"the page asks to prove that a person is reading: {_BY_HAND}",
    "error": "the page says that it cannot be found or shown: check the address, or send the article's text instead",
    "login": f"the page asks to sign in: {_BY_HAND}",
    "consent": f"the page is a cookie or consent wall: {_BY_HAND}",
    "paywall": f"the page shows an article's beginning at most, and asks to subscribe or register: {_BY_HAND}",
    "script": f"the page is an empty shell that a script fills in: {_BY_HAND}",
    "links": "the page is a list of links: give the address of one article",
    "nothing": f"no article was found on the page: {_BY_HAND}",
}
# What a page declares of itself is a template's default as often as it is true.
_DECLARED_CONFIDENCE: Final = 0.5


def article_on(page: Page, source: Source, *, title: str | None, language: str | None, max_chars: int) -> Article:
    """The article; raises `NotAnArticle`, `TextTooLong` or `RequestInvalid`. A caller's title wins."""
    if page.wall is not None:
        raise NotAnArticle(_REFUSALS[page.wall])
    article = article_from(page.text, source, title=title or page.title, language=language, max_chars=max_chars)
    if article.language.code == "und" and page.language:
        article = replace(article, language=Language(page.language, _DECLARED_CONFIDENCE))
    return replace(
        article,
        byline=page.byline,
        site=page.site,
        published_at=page.published_at,
        normalisation=("article_extracted", *article.normalisation),
        notices=(*_notices(page), *article.notices),
    )


def _notices(page: Page) -> Iterator[Notice]:
    if page.paywalled:
        yield Notice(
            "paywall_suspected",
            "the page says that it is for subscribers: the article may go on where this text ends",
        )
    if page.hidden_passages:
        yield Notice(
            "hidden_text_removed",
            f"{_counted(page.hidden_passages, 'passage')} that a browser would not show: left out of the text",
        )
    if page.hidden_characters:
        yield Notice(
            "hidden_characters",
            f"{_counted(page.hidden_characters, 'character')} that show nothing, such as zero-width or tag characters: "
            "left out of the text",
        )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
