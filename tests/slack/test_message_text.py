from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.slack.message_text import ArticleReference, parse_message

PARAGRAPH = "The company has run out of cash, out of friends and nearly out of ships."


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
