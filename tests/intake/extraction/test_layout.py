from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.intake.extraction.extractor import extract_page
from tests.support.article_pages import FIRST, LAST, read_part


@dataclass(frozen=True)
class Case:
    id: str
    html: str
    lines: tuple[str, ...]


CASES = [
    Case(
        "numbered list",
        "<ol><li>One month for the loan.</li><li><p>Two ships.</p></li></ol>",
        ("1. One month for the loan.", "2. Two ships."),
    ),
    Case(
        "bullets",
        "<ul><li>One month for the loan.</li><li>Two ships.</li></ul>",
        ("- One month for the loan.", "- Two ships."),
    ),
    Case(
        "heading",
        "<h2>What the bank wants</h2><p>It wants its money back.</p>",
        ("What the bank wants", "It wants its money back."),
    ),
    Case(
        "interview",
        "<dl><dt>Q</dt><dd>What do you want?</dd><dt>A:</dt><dd>One more month.</dd></dl>",
        ("Q: What do you want?", "A: One more month."),
    ),
    Case(
        "lines of a transcript",
        "<p>KORT: Do you beg?<br>ORLAN: We do not.</p>",
        ("KORT: Do you beg?", "ORLAN: We do not."),
    ),
    Case(
        "speakers by class",
        "<div><span class='speaker'>Anna Kort</span><p>Do you beg?</p><span class='speaker'>Paul "
        "Orlan</span><p>We do not.</p></div>",
        ("Anna Kort: Do you beg?", "Paul Orlan: We do not."),
    ),
    Case(
        "speakers in bold",
        "<p><strong>ANNA KORT</strong> Do you beg?</p><p><strong>PAUL ORLAN</strong> We do not.</p>",
        ("ANNA KORT: Do you beg?", "PAUL ORLAN: We do not."),
    ),
    Case("bold for emphasis", "<p><strong>NO</strong> ship left the harbour.</p>", ("NO ship left the harbour.",)),
    Case(
        "data",
        "<table><tr><th>Year</th><th>Ships</th></tr><tr><td>2024</td><td>five</td></tr><tr><td>"
        "2025</td><td>two</td></tr></table>",
        ("Year | Ships", "2024 | five", "2025 | two"),
    ),
    Case(
        "mail in pre",
        "<pre>I do not share what follows, and I have told the\noffice so.\n\nOn Tue, press office "
        "wrote:\n&gt; Orlan is begging its creditors for one more month,\n&gt; and it is desperate.\n</pre>",
        (
            "I do not share what follows, and I have told the\noffice so.",
            "On Tue, press office wrote:",
            "“Orlan is begging its creditors for one more month, and it is desperate.”",
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_layout_reads_as_on_the_page(case: Case) -> None:
    assert tuple(read_part(case.html)) == tuple(line.replace("\n", " ") for line in case.lines)


def test_a_table_that_arranges_the_page_is_no_row() -> None:
    html = (
        "<html><body><table><tr><td class=side><a href='/'>Home</a> <a href='/a'>Archive</a></td><td>"
        f"<h1>Orlan meets creditors</h1><p>{FIRST}</p><p>{LAST}</p></td></tr></table></body></html>"
    )
    page = extract_page(html, None)
    assert page.title == "Orlan meets creditors"
    assert page.text.split("\n\n") == [FIRST, LAST]


POST = "<h3>Post {0}</h3><p>The union spoke for the {0}th time. {1}</p><p>{2}</p>"
LIVE = '<script type="application/ld+json">{"@type":"LiveBlogPosting","headline":"Orlan talks: live"}</script>'


@pytest.mark.parametrize(
    ("opening", "post", "closing", "head"),
    [
        ("<main><h1>Orlan talks: live</h1><div id=feed>", "article", "</div></main>", LIVE),
        ("<h1>Orlan talks: live</h1>", "article", "", LIVE),
        (
            "<main><article><h1>Orlan talks: live</h1><div class=live-blog>",
            "div class=entry",
            "</div></article></main>",
            "",
        ),
        ("<main><h1>Orlan talks: live</h1><ol class=liveblog>", "li", "</ol></main>", ""),
    ],
    ids=["articles", "articles without a frame", "boxes", "list"],
)
def test_a_live_blog_is_read_post_by_post(opening: str, post: str, closing: str, head: str) -> None:
    posts = "".join(
        f"<{post}><time>{9 - number:02}:00</time>{POST.format(number, FIRST, LAST)}</{post.split(maxsplit=1)[0]}>"
        for number in range(4, 8)
    )
    page = extract_page(
        f"<html><head><title>Orlan talks: live | "
        f"Gazette</title>{head}</head><body>{opening}{posts}{closing}</body></html>",
        None,
    )
    lines = page.text.split("\n\n")
    assert page.title == lines[0] == "Orlan talks: live"
    assert [line for line in lines if "Post" in line] == [f"{9 - number:02}:00 Post {number}" for number in range(4, 8)]
    assert len(lines) == 1 + 4 * 3


def test_a_box_that_only_points_to_a_live_blog_is_no_article() -> None:
    post = (
        "<div><h3>Storm</h3><p>The storm has reached the coast, and the ferries stay in the harbour until noon, says "
        "the county's office for the sea.</p></div>"
    )
    more = "The bank said so twice. " * 20
    page = extract_page(
        f"<html><head><title>Orlan meets creditors</title></head><body><div class='live-updates'>{post * 3}</div>"
        f"<article><h1>Orlan meets creditors</h1><p>{FIRST}</p><p>{LAST}</p><p>{more}</p></article></body></html>",
        None,
    )
    assert FIRST in page.text
    assert "Storm" not in page.text


def test_a_list_of_facts_about_the_page_is_not_told_as_words() -> None:
    assert read_part("<dl><dt>Place</dt><dd>Kelmar</dd><dt>Author</dt><dd>Ida Lund</dd></dl>")[0] == "- Place"
