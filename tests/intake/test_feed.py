"""Feeds as they are written: RSS, RDF, Atom, odd dates and encodings; and what is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from subtext.errors import ForbiddenUrl, UnsupportedContent
from subtext.intake.feed import FeedItem, FeedReader, parse_feed
from subtext.intake.http.ip_policy import HostAllowlist
from subtext.intake.limits import FetchLimits
from tests.support.servers.fault_server import fault_server, reply, send

URL = "https://news.example/feed.xml"
LOOPBACK = HostAllowlist.parse(("127.0.0.1",))


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>News</title>{"".join(items)}</channel></rss>'


def item(link: str, more: str = "") -> str:
    return f"<item><link>{link}</link>{more}</item>"


def test_items_come_newest_first_with_whole_addresses() -> None:
    old = item("/a", "<title>A &amp; B</title><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate>")
    new = item(
        "https://news.example/b",
        '<guid isPermaLink="false">g-1</guid><pubDate>Tue, 03 Nov 2026 12:00:00 +0200</pubDate>',
    )

    assert parse_feed(rss(old, new), URL) == (
        FeedItem("g-1", "https://news.example/b", None, datetime(2026, 11, 3, 10, tzinfo=UTC)),
        FeedItem("https://news.example/a", "https://news.example/a", "A & B", datetime(2026, 11, 2, 10, tzinfo=UTC)),
    )


def test_atom_and_rdf_are_read_too() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:1</id><link href="c"/>'
        "<updated>2026-11-03T10:00:00Z</updated></entry></feed>"
    )
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<item rdf:about="x"><title>T</title><link>https://news.example/d</link></item></rdf:RDF>'
    )

    assert [(one.id, one.url) for one in parse_feed(atom, URL)] == [("urn:1", "https://news.example/c")]
    assert [one.url for one in parse_feed(rdf, URL)] == ["https://news.example/d"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "mailto:a@b.example", ""])
def test_an_item_without_an_address_on_the_web_is_left_out(link: str) -> None:
    assert [one.url for one in parse_feed(rss(item(link), item("/a")), URL)] in (
        ["https://news.example/a"],
        ["https://news.example/feed.xml", "https://news.example/a"],
    )


def test_an_address_comes_once_and_items_without_a_date_keep_their_order() -> None:
    assert [one.url[-1] for one in parse_feed(rss(item("/a"), item("/b"), item("/a"), item("/c")), URL)] == [*"abc"]


def test_a_declaration_of_another_encoding_spoils_nothing() -> None:
    text = '\ufeff<?xml version="1.0" encoding="iso-8859-1"?>' + rss(item("/a", "<title>Šárka – “x”</title>"))

    assert parse_feed(text, URL)[0].title == "Šárka – “x”"


@pytest.mark.parametrize("document", ["", "no feed", "<html><body>x</body></html>", '{"items": []}', "<a><b/></a>"])
def test_what_is_no_feed_is_refused(document: str) -> None:
    with pytest.raises(UnsupportedContent, match="no RSS or Atom feed"):
        parse_feed(document, URL)


@pytest.mark.parametrize("media_type", ["application/rss+xml", "text/xml; charset=utf-8", "text/plain", ""])
async def test_a_feed_is_fetched_under_the_media_types_that_sites_use(media_type: str) -> None:
    head = f"Content-Type: {media_type}\r\n" if media_type else ""
    async with fault_server(send(reply(rss(item("/a")).encode(), headers=head))) as server:
        items = await FeedReader(FetchLimits(), LOOPBACK).read(f"http://127.0.0.1:{server.port}/feed")
        (sent, _) = server.requests[0]

    assert [one.url for one in items] == [f"http://127.0.0.1:{server.port}/a"]
    assert b"application/rss+xml" in sent


async def test_a_page_is_no_feed_and_says_what_to_give() -> None:
    async with fault_server(send(reply(b"<html>", headers="Content-Type: text/html\r\n"))) as server:
        with pytest.raises(UnsupportedContent, match="give the address of an RSS or Atom feed"):
            await FeedReader(FetchLimits(), LOOPBACK).read(f"http://127.0.0.1:{server.port}/")


async def test_a_private_address_is_refused() -> None:
    with pytest.raises(ForbiddenUrl):
        await FeedReader(FetchLimits(), HostAllowlist.parse(())).read("http://127.0.0.1:1/feed")
