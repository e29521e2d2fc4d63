from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.intake.extraction.extractor import extract_page
from tests.support.article_pages import read_part


@dataclass(frozen=True)
class Case:
    id: str
    html: str
    lines: tuple[str, ...]
    lang: str = "en"


CASES = [
    Case("q", "<p><q>Never</q>, said Mair.</p>", ("“Never”, said Mair.",)),
    Case(
        "q in q",
        "<p>She said: <q>He told us <q>never again</q> and left.</q></p>",
        ("She said: “He told us ‘never again’ and left.”",),
    ),
    Case("q with marks in it", "<p><q>“Never”</q>, she said.</p>", ("“Never”, she said.",)),
    Case("q between marks", "<p>“<q>Never</q>”, she said.</p>", ("“Never”, she said.",)),
    Case("q in German", "<p><q>Niemals</q>, sagte Mair.</p>", ("„Niemals“, sagte Mair.",), "de"),
    Case("q in French", "<p><q>Jamais</q>, dit Mair.</p>", ("«Jamais», dit Mair.",), "fr"),
    Case(
        "a statement with its introduction and its source",
        "<p>Mair wrote in a statement:</p><blockquote><p>We are begging for a month.</p><cite>Tessa "
        "Mair</cite></blockquote>",
        ("Mair wrote in a statement:", "“We are begging for a month.”", "— Tessa Mair"),
    ),
    Case(
        "several paragraphs are one voice",
        "<blockquote><p>We are begging.</p><p>We have nothing.</p></blockquote>",
        ("“We are begging.", "“We have nothing.”"),
    ),
    Case(
        "marks that are there",
        "<blockquote>“We are begging,” said Tessa Mair. “No more.”</blockquote>",
        ("“We are begging,” said Tessa Mair. “No more.”",),
    ),
    Case(
        "marks inside, markup inside",
        '<blockquote><p>We are "begging" for a <em>whole</em> <b>month</b>.</p></blockquote>',
        ("“We are ‘begging’ for a whole month.”",),
    ),
    Case(
        "footer",
        "<blockquote><p>We are begging.</p><footer>— Tessa Mair, in <cite>The Gazette</cite></footer></blockquote>",
        ("“We are begging.”", "— Tessa Mair, in The Gazette"),
    ),
    Case(
        "cite behind the words",
        "<blockquote><p>We are begging. <cite>Tessa Mair</cite></p></blockquote>",
        ("“We are begging.”", "— Tessa Mair"),
    ),
    Case(
        "cite within a sentence",
        "<blockquote><p>As <cite>The Times</cite> reported, we are begging.</p></blockquote>",
        ("“As The Times reported, we are begging.”",),
    ),
    Case(
        "dash behind the words",
        "<blockquote><p>We are begging. – Tessa Mair, union leader</p></blockquote>",
        ("“We are begging.”", "— Tessa Mair, union leader"),
    ),
    Case(
        "caption of a figure",
        "<figure><blockquote><p>We are begging.</p></blockquote><figcaption>Tessa Mair</figcaption></figure>",
        ("“We are begging.”", "— Tessa Mair"),
    ),
    Case(
        "post of a network",
        '<blockquote class="twitter-tweet"><p>We are begging. <a href="/t">pic.example/x</a></p>&mdash; Tessa Mair '
        '(@tmair) <a href="/s">March 3, 2026</a></blockquote>',
        ("“We are begging. pic.example/x”", "— Tessa Mair (@tmair) March 3, 2026"),
    ),
    Case(
        "two quotations are two voices",
        "<blockquote><p>First begs.</p></blockquote><blockquote><p>Second demands.</p></blockquote>",
        ("“First begs.”", "“Second demands.”"),
    ),
    Case(
        "quoted post of a forum",
        '<div class="bbcode_quote"><div>Originally Posted by <b>Mair</b></div><div>Orlan is begging.</div></div>',
        ("Originally Posted by Mair", "“Orlan is begging.”"),
    ),
    Case(
        "quoted post with its author in front",
        "<blockquote><div><cite>Mair wrote: ↑</cite>Orlan is begging.</div></blockquote>",
        ("Mair wrote:", "“Orlan is begging.”"),
    ),
    Case(
        "quotation in a quotation, with its introduction",
        "<div>On Tue, Mair wrote:</div><blockquote><div>I do not think so.</div><div>On Mon, Kort "
        "wrote:</div><blockquote>"
        "<div>Orlan is begging.</div></blockquote></blockquote>",
        ("On Tue, Mair wrote:", "“I do not think so.”", "On Mon, Kort wrote:", "“Orlan is begging.”"),
    ),
    Case(
        "dialogue keeps its labels",
        "<blockquote><p>KORT: Do you beg?</p><p>ORLAN: We do not beg.</p></blockquote>",
        ("KORT: Do you beg?", "ORLAN: We do not beg."),
    ),
    Case(
        "preview of another article",
        '<blockquote class="wp-embedded-content"><a href="/x">Rival crushed at last, says minister '
        "of the sea</a></blockquote>",
        (),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_quotation_reads_as_on_the_page(case: Case) -> None:
    assert tuple(read_part(case.html, lang=case.lang)) == case.lines


def test_a_page_that_is_only_indented_is_no_quotation() -> None:
    html = f"<html><body><blockquote><p>{'The line begged the council for help. ' * 9}</p></blockquote></body></html>"
    assert "“" not in extract_page(html, None).text


def test_a_box_of_share_prices_is_no_quotation() -> None:
    assert read_part('<div class="stock-quote"><p>Orlan shares fell by a third.</p></div>') == [
        "Orlan shares fell by a third."
    ]
