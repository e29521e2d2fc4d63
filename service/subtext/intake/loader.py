"""Article loader: an article from text, a page or an address.

A page's article with its warnings, or the refusal that says what the page looks like instead.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

from subtext.analysis.fair_queue import FairQueue
from subtext.domain.article import AnalysisWarning, Language, Source
from subtext.domain.text.unicode import require_encodable
from subtext.errors import InvalidText, NotAnArticle
from subtext.ids import utc_stamp
from subtext.intake.extraction.pool import ExtractorPool
from subtext.intake.http.ip_policy import HostAllowlist
from subtext.intake.language_detection import require_language_tag
from subtext.intake.limits import ExtractLimits, FetchLimits, IntakeLimits
from subtext.intake.mail import parse_mail
from subtext.intake.text import build_article, require_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from httpcore2 import AsyncNetworkBackend

    from subtext.domain.article import Article
    from subtext.intake.extraction.page import BlockReason, Page
    from subtext.intake.http.fetcher import FetchedPage, Fetcher
    from subtext.intake.http.ssrf_guard import Resolver
    from subtext.intake.mail import Mail

_BY_HAND: Final = "open it in a browser and send the article's text instead"

_REFUSALS: Final[dict[BlockReason, str]] = {
    "captcha": f"the page asks to prove that a person is reading: {_BY_HAND}",
    "legal": f"the page says that it may not be shown here, for legal reasons: {_BY_HAND}",
    "maintenance": "the site is down for maintenance: try again later, or send the article's text instead",
    "error": "the page says that it cannot be found or shown: check the address, or send the article's text instead",
    "login": f"the page asks to sign in: {_BY_HAND}",
    "consent": f"the page is a cookie or consent wall: {_BY_HAND}",
    "paywall": f"the page shows an article's beginning at most, and asks to subscribe or register: {_BY_HAND}",
    "script": f"the page is an empty shell that a script fills in: {_BY_HAND}",
    "links": "the page is a list of links: give the address of one article",
    "nothing": f"no article was found on the page: {_BY_HAND}",
}

# Text that somebody copied, or a program took, from such a page.
_TEXT_REFUSAL: Final = (
    "the text is what a page shows in place of an article ({seen}): send the article's own text, or its address"
)
_SEEN: Final[dict[BlockReason, str]] = {
    "captcha": "a check for robots",
    "legal": "a legal notice",
    "maintenance": "a notice of maintenance",
    "error": "an error page",
    "login": "a sign-in page",
    "consent": "a cookie or consent wall",
    "paywall": "an article's beginning and a demand to subscribe or register",
    "script": "a page that waits for its script",
    "links": "a list of links",
    "nothing": "nothing",
}

# What a page declares of itself is a template's default as often as it is true.
_DECLARED_CONFIDENCE: Final = 0.5
# No wall is longer, whatever it says. A text without a wall's words is never refused, however short it is.
_WALL_CHARS_MAX: Final = 12_000
_WALL_WORDS_MAX: Final = 1_000
_TEXT_WALLS: Final = frozenset({"captcha", "legal", "maintenance", "error", "login", "consent", "paywall", "script"})


def article_from_page(
    page: Page, source: Source, *, title: str | None, language: str | None, max_chars: int
) -> Article:
    """Return the article; raises `NotAnArticle`, `TextTooLong` or `RequestInvalid`. A caller's title wins."""
    if page.wall is not None:
        raise NotAnArticle(_REFUSALS[page.wall])
    article = build_article(page.text, source, title=title or page.title, language=language, max_chars=max_chars)
    if article.language.code == "und" and page.language:
        article = replace(article, language=Language(page.language, _DECLARED_CONFIDENCE))
    return replace(
        article,
        byline=page.byline,
        site=page.site,
        published_at=page.published_at,
        normalisation=("article_extracted", *article.normalisation),
        warnings=(*_warnings(page), *article.warnings),
    )


def require_no_wall(text: str, article: Article) -> None:
    """Raise `NotAnArticle` if the text of an article is what a page shows in place of one."""
    if len(text) > _WALL_CHARS_MAX or _has_more_words(text, _WALL_WORDS_MAX):
        return
    from subtext.intake.extraction.page_classifier import classify_text  # noqa: PLC0415 - its patterns take long to compile

    # A title of its own stands in the article's text, and is counted there.
    words = article.word_count if article.text == text else None
    if (wall := classify_text(text, words)) in _TEXT_WALLS:
        raise NotAnArticle(_TEXT_REFUSAL.format(seen=_SEEN[wall]))


def _has_more_words(text: str, most: int) -> bool:
    """Tell whether a text is sure to have more words than so many: those of letters alone are counted, a cheap part."""
    return sum(map(str.isalpha, text.split())) > most


def _warnings(page: Page) -> Iterator[AnalysisWarning]:
    if page.declared:
        yield AnalysisWarning(
            "text_from_metadata",
            "the page shows its article by script only: this is the text that it declares to search engines (JSON-LD), "
            "which may differ from what a browser shows",
        )
    if page.paywalled:
        yield AnalysisWarning(
            "paywall_suspected",
            "the page says that it is for subscribers: the article may go on where this text ends",
        )
    if page.hidden_passages:
        yield AnalysisWarning(
            "hidden_text_removed",
            f"{_counted(page.hidden_passages, 'passage')} that a browser would not show: left out of the text",
        )
    if page.hidden_characters:
        yield AnalysisWarning(
            "hidden_characters",
            f"{_counted(page.hidden_characters, 'character')} that show nothing, such as zero-width or tag characters: "
            "left out of the text",
        )


def _charset_warnings(fetched: FetchedPage) -> Iterator[AnalysisWarning]:
    if fetched.contradicts is not None:
        yield AnalysisWarning(
            "charset_guessed",
            f"the site declares {fetched.contradicts}, but the bytes are not in it: read as {fetched.charset}, "
            "so check names and quotation marks",
        )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


__all__ = ["ArticleLoader", "ExtractLimits", "FetchLimits", "IntakeLimits"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ArticleLoader:
    """Articles, from whatever a caller has; an async context manager that ends what it started.

    Nothing starts before it is needed: text costs no process, a page no connection. `turns` orders its work on the
    event loop among other work. `resolver`, `network`, `extractor_command` and `now` are what stands between the reader
    and the world; raises `SettingsInvalid` where `private_hosts` cannot be understood.
    """

    def __init__(
        self,
        limits: IntakeLimits | None = None,
        *,
        resolver: Resolver | None = None,
        network: AsyncNetworkBackend | None = None,
        extractor_command: Sequence[str] | None = None,
        now: Callable[[], datetime] = _utc_now,
        turns: FairQueue | None = None,
    ) -> None:
        self._limits = limits or IntakeLimits()
        self._private_hosts = HostAllowlist.parse(self._limits.fetch.private_hosts)
        self._resolver, self._network, self._now = resolver, network, now
        self._extractors = ExtractorPool(self._limits.extract, command=extractor_command)
        self._turns = turns or FairQueue()
        self._fetcher: Fetcher | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._extractors.aclose()

    async def from_text(self, text: str, *, title: str | None = None, language: str | None = None) -> Article:
        """Return the article as given; raises `InvalidText`, `TextTooLong`, `RequestInvalid` or `NotAnArticle`.

        The source of a mail is read decoded.
        """
        limit = self._limits.max_text_chars
        require_length(text, limit)
        await self._turns.turn()
        if mail := parse_mail(text):
            return await self._from_mail(mail, title, language)
        article = build_article(text, Source("text"), title=title, language=language, max_chars=limit)
        require_no_wall(text, article)
        return article

    async def _from_mail(self, mail: Mail, title: str | None, language: str | None) -> Article:
        source, named, limit = Source("text"), title or mail.subject, self._limits.max_text_chars
        if mail.is_html:
            article = await self._from_page(mail.body, source, named, language)
        else:
            article = build_article(mail.body, source, title=named, language=language, max_chars=limit)
        done = ("mail_decoded", *article.normalisation)
        return replace(article, byline=mail.sender, published_at=mail.sent_at, normalisation=done)

    async def from_html(self, html: str, *, title: str | None = None, language: str | None = None) -> Article:
        """Return the article on a page.

        Raises `NotAnArticle`, `PageTooLarge`, `ExtractionFailed`, `ExtractorUnavailable`, or as `from_text`.
        """
        require_language_tag(language)
        if not html.strip():
            raise InvalidText("the page is empty: send the page's HTML")
        require_encodable(html, "page")
        return await self._from_page(html, Source("html"), title, language)

    async def from_url(self, url: str, *, title: str | None = None, language: str | None = None) -> Article:
        """Return the article at an address; raises `IntakeError`, or as `from_html`."""
        require_language_tag(language)
        fetched = await self._get_fetcher().fetch(url, max_page_bytes=self._limits.extract.max_html_bytes)
        source = Source("url", url, fetched.url, utc_stamp(self._now()))
        if fetched.is_html:
            article = await self._from_page(fetched.text, source, title, language)
        else:
            limit = self._limits.max_text_chars
            await self._turns.turn()
            article = build_article(fetched.text, source, title=title, language=language, max_chars=limit)
            require_no_wall(fetched.text, article)
        return replace(article, warnings=(*_charset_warnings(fetched), *article.warnings))

    async def _from_page(self, html: str, source: Source, title: str | None, language: str | None) -> Article:
        page = await self._extractors.page(html, source.final_url)
        await self._turns.turn()
        limit = self._limits.max_text_chars
        return article_from_page(page, source, title=title, language=language, max_chars=limit)

    def _get_fetcher(self) -> Fetcher:
        if self._fetcher is None:
            from subtext.intake.http.fetcher import Fetcher  # noqa: PLC0415 - the HTTP client is loaded by who fetches

            self._fetcher = Fetcher(
                self._limits.fetch, self._private_hosts, resolver=self._resolver, network=self._network
            )
        return self._fetcher
