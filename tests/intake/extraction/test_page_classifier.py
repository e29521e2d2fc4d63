"""Pages of our own writing that stand where an article should, and articles that only speak of such pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from subtext.intake.extraction.extractor import extract_page

if TYPE_CHECKING:
    from subtext.intake.extraction.page import BlockReason

PARAGRAPH = (
    "The harbour authority voted on Tuesday to take the two idle ferries out of the line's hands. Its chair told "
    "reporters that the decision had been coming since the autumn, when the fuel supplier stopped extending credit. "
    "The line called the vote an ambush and promised to appeal, though its own lawyers had advised it to settle. "
)
TEASER = "<p>The line went back to the council on Tuesday, cap in hand, for the third time this year. Its chairman</p>"
LEGAL = (
    "<h1>Your privacy choices</h1><p>We and our partners store and/or access information on a device, such as unique "
    "IDs in cookies to process personal data. You may accept or manage your choices by clicking below, including your "
    "right to object where legitimate interest is used, or at any time in the privacy policy page.</p>"
    "<p>We and our partners process data to provide personalised ads and content measurement.</p>"
    "<button>Accept all</button><button>Reject all</button><button>Manage preferences</button>"
)


@dataclass(frozen=True)
class Seen:
    id: str
    title: str
    body: str
    wall: BlockReason | None
    head: str = ""
    paywalled: bool = False


def words(count: int) -> str:
    return f"<p>{PARAGRAPH * (count // len(PARAGRAPH.split()))}</p>"


@pytest.mark.parametrize(
    "case",
    [
        Seen("consent", "Before you continue", LEGAL, "consent"),
        Seen(
            "short consent",
            "The Norhaven Post",
            "<h1>Cookies</h1><p>We use cookies to make this site work and to show you offers that suit you. Read our "
            "cookie policy for more, or change what you agreed to at any time.</p><button>Fine by me</button>",
            "consent",
        ),
        Seen("long consent", "We value your privacy", LEGAL + LEGAL.replace("h1", "h2") * 2, "consent"),
        Seen(
            "404",
            "Page not found",
            "<h1>404</h1><p>Sorry, the page you are looking for does not exist. It may have moved.</p>",
            "error",
        ),
        Seen("404 in the text", "The Norhaven Post", "<h1>Page not found</h1><p>Try the search.</p>", "error"),
        Seen("500", "500 Internal Server Error", "<p>Something went wrong on our end.</p>", "error"),
        Seen("503", "Service unavailable", "<p>We are under maintenance and will be back soon.</p>", "maintenance"),
        Seen("denied", "Access Denied", "<p>You don't have permission to access this page.</p>", "error"),
        Seen(
            "no longer there",
            "The Norhaven Post",
            "<p>The article you requested is no longer available on our site.</p>",
            "error",
        ),
        Seen(
            "captcha",
            "Just a moment...",
            "<h1>norhaven.example</h1><p>Verify you are human by completing the action below.</p>",
            "captcha",
        ),
        Seen(
            "captcha by its parts",
            "norhaven.example",
            '<p>One more step before you go on to the site.</p><div class="g-recaptcha"></div>',
            "captcha",
        ),
        Seen(
            "robots",
            "Are you a robot?",
            "<p>We have detected unusual traffic from your network. Please confirm.</p>",
            "captcha",
        ),
        Seen(
            "login",
            "Sign in",
            '<form><p>Please sign in to go on.</p><label>Password<input type="password"></label>'
            "<a href=/>Forgot your password?</a></form>",
            "login",
        ),
        Seen(
            "paywall",
            "Ferry line begs",
            f"<article><h1>Ferry line begs</h1>{TEASER}<div>Subscribe to continue reading. Already a subscriber? "
            "<a href=/>Log in</a></div></article>",
            "paywall",
            paywalled=True,
        ),
        Seen(
            "paywall, declared",
            "Ferry line begs",
            f"<article><h1>Ferry line begs</h1>{TEASER}</article>",
            "paywall",
            '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree": "False"}</script>',
            paywalled=True,
        ),
        Seen(
            "free articles used up",
            "Ferry line begs",
            f"<article>{TEASER}<p>You have reached your limit of free articles this month.</p></article>",
            "paywall",
            paywalled=True,
        ),
        Seen(
            "shell",
            "The Norhaven Post",
            '<div id="root"></div><noscript>You need to enable JavaScript to run this app.</noscript>',
            "script",
            '<script src="/app.js"></script>',
        ),
        Seen("shell that says so", "App", "<p>This site requires JavaScript.</p><script>go()</script>", "script"),
        Seen(
            "front page",
            "The Norhaven Post",
            "<ul>" + "".join(f"<li><a href=/{n}>Council votes on line {n} today</a></li>" for n in range(30)) + "</ul>",
            "links",
        ),
        Seen("empty", "", "", "nothing"),
        Seen("pictures", "Gallery", '<img src="a.png"><img src="b.png">', "nothing"),
        # What follows is an article.
        Seen("article", "Ferries", f"<article>{words(300)}</article>", None),
        Seen("short note", "", "<p>The ferry line begged the council for help on Monday.</p>", None),
        Seen(
            "article with a banner of consent",
            "Ferries",
            f"<article>{words(300)}</article><div class=banner>We use cookies. <button>Accept all</button></div>",
            None,
        ),
        Seen(
            "article about cookies",
            "Regulators turn on consent banners",
            f"<article><p>Regulators said that buttons such as accept all have to stand beside reject all, and that "
            f"a cookie policy alone is not enough.</p>{words(300)}</article>",
            None,
        ),
        Seen(
            "article about an error",
            "Error 404: how a budget went missing",
            f"<article>{words(300)}</article>",
            None,
        ),
        Seen(
            "article that calls a thing not found",
            "Black box not found, say divers",
            f"<article>{words(200)}</article>",
            None,
        ),
        Seen(
            "article about robots",
            "Courts weigh tests that ask are you a robot",
            f"<article>{words(200)}</article>",
            None,
        ),
        Seen(
            "article with a login in its head",
            "Ferries",
            f'<form><input type="password">Sign in to your account</form><article>{words(300)}</article>',
            None,
        ),
        Seen(
            "article with a note for subscribers beside it",
            "Ferries",
            f"<nav>Already a subscriber? Log in</nav><article>{words(300)}</article>",
            None,
        ),
        Seen(
            "long beginning of a paid article",
            "Ferries",
            f"<article>{words(300)}<p>Subscribe to continue reading.</p></article>",
            None,
            paywalled=True,
        ),
        Seen(
            "whole article that is declared paid",
            "Ferries",
            f"<article>{words(300)}</article>",
            None,
            '<meta property="article:content_tier" content="metered">',
            paywalled=True,
        ),
    ],
    ids=lambda case: case.id,
)
def test_a_wall_is_told_from_an_article(case: Seen) -> None:
    html = f"<html><head><title>{case.title}</title>{case.head}</head><body>{case.body}</body></html>"
    page = extract_page(html, None)
    assert page.wall == case.wall
    assert page.paywalled is case.paywalled
