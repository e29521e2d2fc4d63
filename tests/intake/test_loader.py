from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

import pytest

from subtext.domain.article import Source
from subtext.errors import InvalidText, NotAnArticle, RequestInvalid, SettingsInvalid, TextTooLong
from subtext.intake.extraction.page import BlockReason, Page
from subtext.intake.limits import ExtractLimits, FetchLimits, IntakeLimits
from subtext.intake.loader import ArticleLoader, article_from_page
from subtext.settings import Settings
from tests.support.intake import ARTICLE, PUBLIC, FixedResolver, RecordingNetwork, http_response
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://post.example/ferry"
CALM = IntakeLimits(extract=ExtractLimits(deadline_s=GIVE_UP_S))


async def test_a_url_gives_an_article_with_its_provenance() -> None:
    clock = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    network = RecordingNetwork(replies=[http_response()])
    async with ArticleLoader(CALM, resolver=FixedResolver(PUBLIC), network=network, now=lambda: clock) as reader:
        article = await reader.from_url(f"{URL}#top")
    assert article.title == "Ferry line begs for a rescue"
    assert article.text.startswith("Ferry line begs for a rescue\n\nThe Norhaven ferry line")
    assert (article.byline, article.site, article.published_at) == ("Ida Lund", "The Norhaven Post", "2026-03-04")
    assert article.language.code == "en"
    assert article.normalisation == ("article_extracted",)
    assert article.source.kind == "url"
    assert (article.source.url, article.source.final_url) == (f"{URL}#top", URL)
    assert article.source.fetched_at == "2026-03-04T05:06:07Z"


async def test_html_gives_an_article_and_a_callers_title_and_language_win() -> None:
    async with ArticleLoader(CALM) as reader:
        article = await reader.from_html(ARTICLE, title="Third plea in a year", language="en-GB")
    assert article.title == "Third plea in a year"
    assert article.text.startswith("Third plea in a year\n\nFerry line begs for a rescue\n\n")
    assert article.source.kind == "html"
    assert article.language.confidence is None


async def test_text_behind_a_url_is_taken_as_it_is() -> None:
    network = RecordingNetwork(replies=[http_response("Help\n\nThe line begged.", "Content-Type: text/plain")])
    async with ArticleLoader(resolver=FixedResolver(PUBLIC), network=network) as reader:
        article = await reader.from_url(URL)
    assert article.text == "Help\n\nThe line begged."
    assert article.normalisation == ()


@pytest.mark.parametrize("html", ["", " \n ", "<p>\ud800</p>"])
async def test_what_is_no_page_is_refused(html: str) -> None:
    async with ArticleLoader() as reader:
        with pytest.raises(InvalidText):
            await reader.from_html(html)


async def test_a_language_that_is_none_is_refused_before_anything_is_fetched() -> None:
    network = RecordingNetwork(replies=[http_response()])
    async with ArticleLoader(resolver=FixedResolver(PUBLIC), network=network) as reader:
        with pytest.raises(RequestInvalid):
            await reader.from_url(URL, language="english")
        with pytest.raises(RequestInvalid):
            await reader.from_html(ARTICLE, language="english")
    assert network.connects == []


async def test_the_articles_length_is_limited_too() -> None:
    limits = IntakeLimits(max_text_chars=100, extract=ExtractLimits(deadline_s=GIVE_UP_S))
    async with ArticleLoader(limits) as reader:
        with pytest.raises(TextTooLong):
            await reader.from_html(ARTICLE)


def test_private_hosts_are_read_when_the_reader_is_made() -> None:
    with pytest.raises(SettingsInvalid):
        ArticleLoader(IntakeLimits(fetch=FetchLimits(private_hosts=("10.0.0.0/99",))))


@pytest.mark.parametrize("wall", get_args(BlockReason))
def test_every_wall_is_refused_with_what_to_do(wall: BlockReason) -> None:
    with pytest.raises(NotAnArticle) as refusal:
        article_from_page(Page("words", wall=wall), Source("html"), title=None, language=None, max_chars=100)
    assert refusal.value.detail.count(":") == 1


@pytest.mark.parametrize(
    "text",
    [
        "You need to enable JavaScript to run this app.",
        "Just a moment...\n\nVerify you are human by completing the action below.",
        "We value your privacy\n\nWe and our partners store and/or access information.\n\nAccept all\nReject all",
        "Council votes\n\nThe council voted on Monday.\n\nSubscribe to continue reading. Already a subscriber? Log in",
    ],
    ids=["script", "captcha", "consent", "paywall"],
)
async def test_a_wall_that_comes_as_text_is_refused_with_what_to_do(text: str) -> None:
    network = RecordingNetwork(replies=[http_response(text, "Content-Type: text/plain")])
    async with ArticleLoader(resolver=FixedResolver(PUBLIC), network=network) as reader:
        with pytest.raises(NotAnArticle, match="send the article's own text"):
            await reader.from_text(text)
        with pytest.raises(NotAnArticle, match="send the article's own text"):
            await reader.from_url(URL)


async def test_a_text_of_many_words_is_no_wall_whatever_it_says() -> None:
    wall = "Subscribe to continue reading. Already a subscriber? Log in. "
    async with ArticleLoader() as reader:
        assert (await reader.from_text(wall * 180)).word_count > 1_000
        # What is no word does not count, however many blanks part it.
        with pytest.raises(NotAnArticle):
            await reader.from_text(wall * 3 + "- " * 1_200)


async def test_a_short_text_is_no_wall() -> None:
    async with ArticleLoader() as reader:
        assert (await reader.from_text("Help")).text == "Help"


async def test_a_charset_that_lies_is_told() -> None:
    page = ARTICLE.replace("cap in hand", "“cap in hand”").encode("cp1252")
    network = RecordingNetwork(replies=[http_response(page)])
    async with ArticleLoader(CALM, resolver=FixedResolver(PUBLIC), network=network) as reader:
        article = await reader.from_url(URL)
    assert "“cap in hand”" in article.text
    assert [warning.code for warning in article.warnings] == ["charset_guessed"]
    assert "utf-8" in article.warnings[0].message
    assert "cp1252" in article.warnings[0].message


def test_a_text_from_metadata_is_told() -> None:
    page = Page("The line begged.", declared=True)
    article = article_from_page(page, Source("html"), title=None, language=None, max_chars=100)
    assert [warning.code for warning in article.warnings] == ["text_from_metadata"]


def test_what_a_page_hid_is_told() -> None:
    page = Page("The line begged.", paywalled=True, hidden_passages=1, hidden_characters=2, language="en")
    article = article_from_page(page, Source("html"), title=None, language=None, max_chars=100)
    assert [warning.code for warning in article.warnings] == [
        "paywall_suspected",
        "hidden_text_removed",
        "hidden_characters",
    ]
    assert article.warnings[1].message.startswith("1 passage that")
    assert article.warnings[2].message.startswith("2 characters that")
    assert (article.language.code, article.language.confidence) == ("en", 0.5)


def test_the_limits_have_the_settings_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings()
    limits = IntakeLimits()
    assert limits.max_text_chars == settings.max_text_chars
    assert limits.fetch == FetchLimits(**settings.fetch.model_dump())
    assert limits.extract == ExtractLimits(**settings.extract.model_dump())


def test_importing_the_reader_loads_no_parser_and_no_http_client() -> None:
    probe = "import sys, subtext.intake.loader; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert {"lxml", "trafilatura", "httpx2", "httpcore2"}.isdisjoint(done.stdout.split())
    assert "subtext.intake.extraction.pool" in done.stdout.split()
