from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.slack.message_text import ArticleReference, parse_message

PARAGRAPH = "The company has run out of cash, out of friends and nearly out of ships."
LONG = " ".join([PARAGRAPH] * 3)
FEW = "What do you think of how this one here frames it?"


@dataclass(frozen=True)
class Message:
    name: str
    text: str
    expected: ArticleReference | None


MESSAGES = (
    Message(
        "a link as Slack writes it",
        "<@U1> look: <https://news.example/a?x=1&amp;y=2>",
        ArticleReference("https://news.example/a?x=1&y=2"),
    ),
    Message("a link with a name", "<https://news.example/a|the story>", ArticleReference("https://news.example/a")),
    Message("a bare link", "https://news.example/a.", ArticleReference("https://news.example/a")),
    Message("a link in brackets", "(see https://news.example/a)", ArticleReference("https://news.example/a")),
    Message("the first of two links", "<https://a.example> <https://b.example>", ArticleReference("https://a.example")),
    Message("text", f"<@U1> {PARAGRAPH}", ArticleReference(text=PARAGRAPH)),
    Message("text with entities", f"{PARAGRAPH} &lt;sic&gt; &amp;", ArticleReference(text=f"{PARAGRAPH} <sic> &")),
    Message("too little", "<@U1> hello there", None),
    Message("nothing", "", None),
    Message("a mention of a group", "<!here> <!subteam^S1|ops>", None),
    Message(
        "brackets in an address as Slack writes it",
        "<https://news.example/Orlan_(company)>",
        ArticleReference("https://news.example/Orlan_(company)"),
    ),
    Message(
        "an exact address that ends in punctuation",
        "<https://news.example/why?!|why?>",
        ArticleReference("https://news.example/why?!"),
    ),
    Message(
        "balanced brackets in a bare address",
        "https://news.example/Orlan_(company)",
        ArticleReference("https://news.example/Orlan_(company)"),
    ),
    Message(
        "a bare address with brackets, in brackets",
        "(see https://news.example/Orlan_(company)).",
        ArticleReference("https://news.example/Orlan_(company)"),
    ),
    Message("a bare address in square ones", "[https://news.example/a]", ArticleReference("https://news.example/a")),
    Message("a link with a few words", f"{FEW} <https://news.example/a>", ArticleReference("https://news.example/a")),
    Message("a link with a long label", f"<https://news.example/a|{LONG}>", ArticleReference("https://news.example/a")),
    Message(
        "a long text with a link in it",
        f"{LONG} More in <https://news.example/a?b&amp;c|the report>.",
        ArticleReference(text=f"{LONG} More in the report."),
    ),
    Message(
        "a long text with an address in it",
        f"{LONG} More at <https://news.example/a>.",
        ArticleReference(text=f"{LONG} More at https://news.example/a."),
    ),
    Message(
        "a long text under its address",
        f"<https://news.example/a>\n{LONG}\n<https://news.example/a|https://news.example/a>",
        ArticleReference(text=LONG),
    ),
    Message(
        "a long text under its linked headline",
        f"<https://news.example/a|Orlan asks>\n\n{LONG}",
        ArticleReference(text=f"Orlan asks\n\n{LONG}"),
    ),
    Message(
        "a link to a message in Slack, then one to an article",
        "<https://team.slack.com/archives/C1/p17> <https://news.example/a>",
        ArticleReference("https://news.example/a"),
    ),
    Message("a link to a message in Slack", "<https://team.slack.com/archives/C1/p17>", None),
    Message(
        "a quotation over two lines",
        f"Brandt wrote:\n&gt; {PARAGRAPH}\n&gt; That is all.\nNobody replied.",
        ArticleReference(text=f"Brandt wrote:\n“{PARAGRAPH}\nThat is all.”\nNobody replied."),
    ),
    Message(
        "a quotation to the end",
        f"Brandt wrote:\n&gt;&gt;&gt; {PARAGRAPH}\nThat is all.",
        ArticleReference(text=f"Brandt wrote:\n“{PARAGRAPH}\nThat is all.”"),
    ),
    Message("a quotation in marks", f"&gt; “{PARAGRAPH}”", ArticleReference(text=f"“{PARAGRAPH}”")),
    Message(
        "formatting",
        "*Orlan* has _nearly *run*_ out of ~ships~ cash :money_with_wings: at 10:30:45, says a_b_c and 2 * 3 * 4",
        ArticleReference(text="Orlan has nearly run out of ships cash  at 10:30:45, says a_b_c and 2 * 3 * 4"),
    ),
    Message("a date", f"<!date^1^{{date}}|Monday>: {PARAGRAPH}", ArticleReference(text=f"Monday: {PARAGRAPH}")),
    Message("an escaped entity", f"{PARAGRAPH} AT&amp;amp;T", ArticleReference(text=f"{PARAGRAPH} AT&amp;T")),
    Message("another scheme", "<ftp://a.example/x>", None),
    Message("an address for mail", "<mailto:a@b.example|a@b.example>", None),
)


@pytest.mark.parametrize("case", MESSAGES, ids=lambda case: case.name)
def test_what_a_message_asks_about(case: Message) -> None:
    assert parse_message(case.text) == case.expected


def test_what_is_read_is_called_by_its_address() -> None:
    assert (ArticleReference("https://news.example/a").subject, ArticleReference(text="x").subject) == (
        "news.example/a",
        "the text",
    )
