from __future__ import annotations

import pytest

from tests.support.article_pages import read_part

GONE = {
    "teaser in a link": '<p><a href="/x">Read more: Rival crushed at last by the minister</a></p>',
    "teaser with a label": '<p><strong>READ MORE: <a href="/x">Rival begs for a lifeline as cash '
    "runs out</a></strong></p>",
    "teaser without a link": "<p><b>Related:</b> Rival crushed at last by the minister</p>",
    "bar behind the label": '<p><em>Also read | <a href="/x">Rival crushed at last by the minister</a></em></p>',
    "film": '<p>WATCH: <a href="/v">Minister on the brink of collapse</a></p>',
    "German": '<p><strong>Lesen Sie auch:</strong> <a href="/x">Rivale endlich besiegt</a></p>',
    "French": '<p>À lire aussi : <a href="/x">Le rival enfin écrasé</a></p>',
    "Spanish": '<p>Lea también: <a href="/x">El rival aplastado</a></p>',
    "Russian": '<p>Читайте также: <a href="/x">Соперник разгромлен</a></p>',
    "list below a heading": '<h3>More on this story</h3><ul><li><a href="/a">Rival '
    'crushed</a></li><li><a href="/b">Minister begs</a></li></ul>',
    "box of headlines": "<section><h2>Most read</h2><p>Rival crushed at last</p><p>Minister on the brink</p></section>",
    "box below one word": "<div><p>Recommended</p><ul><li>Rival crushed at last</li></ul></div>",
    "list of links": '<ul><li><a href="/a">Rival crushed at last by minister</a></li><li><a '
    'href="/b">Minister on the brink</a></li></ul>',
    "newsletter": "<p>Sign up for our morning newsletter to get the day’s top stories in your inbox.</p>",
    "newsletter in a box": "<div><h4>Morning briefing</h4><p>Get the latest news delivered to your "
    "inbox every day.</p></div>",
    "app": "<p>Download the Gazette app for breaking news on your phone.</p>",
    "channels": "<p><strong>Follow us on WhatsApp and Telegram</strong></p>",
    "advertisement": "<p>ADVERTISEMENT</p><p>Advertisement - scroll to continue</p><p>Story "
    "continues below advertisement</p>",
    "share bar": '<div><a href="#">Share</a> <a href="#">Tweet</a> <a href="#">Email</a></div><p>Share on Facebook</p>',
    "pull quote": "<blockquote class='pull-quote'>Nobody who came out of the room would say what had "
    "been agreed</blockquote>",
    "caption": "<figure><img src='a.jpg'><figcaption>The ferry Maren at the quay</figcaption></figure>",
}
STAYS = {
    "read": "Read the statement carefully, the chairman told them: it begs for a month.",
    "more": "More than 200 people work for the line in three towns along the coast.",
    "related": "Related costs rose by a third, the company said in its report on Monday.",
    "watch": "Watch the minister closely, said Mair, and you will see fear.",
    "subscribe": "Subscribe to the loan or leave the room, the bank told the creditors on Monday.",
    "follow": "Follow the money, the auditor wrote, and it leads to the harbour office.",
    "newsletter": "The union’s newsletter called the line a beggar, and its app showed the chairman on his knees.",
    "advertisement": "Advertisement paid for three in four of the reporters, the paper said on Monday.",
    "share": "Share prices fell by a third on Monday, and the bank sold what it had.",
}


@pytest.mark.parametrize("part", GONE.values(), ids=GONE)
def test_what_is_no_part_of_the_article_is_out_of_its_text(part: str) -> None:
    assert read_part(part) == []


@pytest.mark.parametrize("sentence", STAYS.values(), ids=STAYS)
def test_a_sentence_that_begins_like_one_stays(sentence: str) -> None:
    assert read_part(f"<p>{sentence}</p>") == [sentence]


def test_a_pull_quote_that_the_text_does_not_have_stays_once() -> None:
    quote = "<blockquote class='pullquote'><p>We have nothing left to sell to anybody.</p></blockquote>"
    assert read_part(quote * 2) == ["“We have nothing left to sell to anybody.”"]


def test_a_paragraph_that_links_stays() -> None:
    part = "<p>The talks <a href='/t'>broke down on Monday after three hours in the office</a>, and nobody spoke.</p>"
    assert read_part(part) == ["The talks broke down on Monday after three hours in the office, and nobody spoke."]
