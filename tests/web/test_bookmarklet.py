"""The bookmarklet: from the article that one reads to the form of one's own service, and no request before Analyse."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from subtext.asgi import create_app
from tests.support.api import TEXT, serve, settings
from tests.support.browser import Visit, chromium, visit

if TYPE_CHECKING:
    from collections.abc import Iterator

# An article elsewhere; `+`, `&` and `#` are what a fragment would be spoiled by.
ARTICLE = f"<h1>News</h1><p id=part>Crude & steel + coal #1: {TEXT}</p><p>More.</p>"


@pytest.fixture
def reader() -> Iterator[Visit]:
    with (
        serve(create_app(settings())) as wire,
        chromium() as browser,
        visit(browser, f"http://127.0.0.1:{wire.port}") as found,
    ):
        found.page.route("http://news.example/**", lambda route: route.fulfill(body=ARTICLE, content_type="text/html"))
        yield found


def press_bookmark(reader: Visit, *, select: str = "") -> Visit:
    """Press the bookmark on the article, with an element's text selected; return the page that it opens."""
    reader.open("/")
    code = unquote(str(reader.page.get_attribute("#bookmarklet", "href")))
    assert code.startswith("javascript:void open(")
    reader.page.goto("http://news.example/story?id=1&page=2#top")
    if select:
        reader.page.evaluate("(id) => getSelection().selectAllChildren(document.getElementById(id))", select)
    with reader.page.expect_popup() as popup:
        reader.page.evaluate(code.removeprefix("javascript:"))
    page = popup.value
    page.wait_for_function("document.getElementById('article').value")
    return Visit(page, reader.base, reader.seen)


def test_without_a_selection_it_brings_the_address(reader: Visit) -> None:
    opened = press_bookmark(reader)

    assert opened.page.input_value("#article") == "http://news.example/story?id=1&page=2#top"
    assert opened.page.url == f"{reader.base}/"


def test_a_selection_is_brought_whole_and_analysed_when_asked(reader: Visit) -> None:
    opened = press_bookmark(reader, select="part")

    assert opened.page.input_value("#article").startswith("Crude & steel + coal #1: ")
    opened.page.click("button.main")
    opened.page.wait_for_url("**/analyses/*")
    assert "Crude & steel + coal #1:" in opened.page.inner_text("main")


def test_without_scripts_it_is_not_offered(reader: Visit) -> None:
    browser = reader.page.context.browser
    assert browser is not None
    with visit(browser, reader.base, java_script_enabled=False) as plain:
        plain.open("/")
        assert not plain.page.is_visible("#bookmarklet")


def test_a_fragment_is_text_and_never_markup(reader: Visit) -> None:
    reader.open("/#article=%3Cimg%20src%3Dx%20onerror%3Dran()%3E")
    reader.page.wait_for_function("document.getElementById('article').value")

    assert reader.page.input_value("#article") == "<img src=x onerror=ran()>"
    assert reader.page.query_selector("main img") is None
    assert "ran" not in reader.seen
