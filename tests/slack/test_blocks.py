from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from subtext.slack.blocks import attachments_markup, body_markup
from subtext.slack.message_text import to_plain_text

SAID = "Orlan Freight has run out of cash & friends."


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": list(elements)}


def run(*texts: str, kind: str = "rich_text_section") -> dict[str, Any]:
    return {"type": kind, "elements": [{"type": "text", "text": text} for text in texts]}


def mrkdwn(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}


@dataclass(frozen=True)
class Shown:
    name: str
    message: dict[str, Any]
    text: str


NESTED = {
    "type": "rich_text_list",
    "elements": [run("one"), {"type": "rich_text_list", "elements": [run("two")]}, run("three")],
}
BODIES = (
    Shown("text alone", {"text": "a &amp; b"}, "a & b"),
    Shown("sections", {"blocks": [rich(run("Orlan ", "asks."))]}, "Orlan asks."),
    Shown("what is escaped already", {"blocks": [rich(run("a &amp; b < c"))]}, "a & b < c"),
    Shown("nested lists", {"blocks": [rich(run("They ask:"), NESTED)]}, "They ask:\none\ntwo\nthree"),
    Shown(
        "quotations",
        {"blocks": [rich(run("He wrote:"), run("We ask.\nWe must.", kind="rich_text_quote"), run("So he did."))]},
        "He wrote:\n“We ask.\nWe must.”\nSo he did.",
    ),
    Shown("code", {"blocks": [rich(run("x = 1", kind="rich_text_preformatted"))]}, "x = 1"),
    Shown(
        "inline elements",
        {
            "blocks": [
                rich(
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {"type": "user", "user_id": "U1"},
                            {"type": "text", "text": "see "},
                            {"type": "link", "url": "https://a.example/x", "text": "the report"},
                            {"type": "text", "text": " of "},
                            {"type": "date", "timestamp": 1, "format": "{date}", "fallback": "Monday"},
                            {"type": "emoji", "name": "wave"},
                        ],
                    }
                )
            ]
        },
        "see the report of Monday",
    ),
    Shown("a section", {"blocks": [{"type": "section", "text": mrkdwn("*Orlan* &amp; co")}]}, "Orlan & co"),
    Shown(
        "fields of a section",
        {"blocks": [{"type": "section", "fields": [mrkdwn("one"), {"type": "plain_text", "text": "two <3"}]}]},
        "one\ntwo <3",
    ),
    Shown(
        "header and context",
        {
            "blocks": [
                {"type": "header", "text": {"type": "plain_text", "text": "Orlan asks"}},
                {"type": "context", "elements": [{"type": "image", "alt_text": "x"}, mrkdwn("by _Tessa Mair_")]},
                {"type": "divider"},
            ]
        },
        "Orlan asks\n\nby Tessa Mair",
    ),
    Shown(
        "markdown",
        {"blocks": [{"type": "markdown", "text": "# Orlan\n**asks** [again](https://a.example/x_(y))."}]},
        "Orlan\nasks again.",
    ),
    Shown(
        "a table",
        {"blocks": [{"type": "table", "rows": [[{"type": "raw_text", "text": "a"}, rich(run("b"))]]}]},
        "a\nb",
    ),
    Shown("blocks that say more", {"text": "New story", "blocks": [rich(run(SAID))]}, SAID),
    Shown("text that says more", {"text": SAID, "blocks": [rich(run("via RSS"))]}, SAID.replace("&amp;", "&")),
    Shown("buttons", {"blocks": [{"type": "actions", "elements": [{"text": mrkdwn("Press")}]}]}, ""),
)
ATTACHED = (
    Shown(
        "a card of a bot",
        {
            "attachments": [
                {
                    "pretext": "New:",
                    "title": "Orlan asks",
                    "text": "It asks &amp; pleads.",
                    "fields": [{"title": "By", "value": "Tessa Mair"}],
                    "footer": "RSS",
                    "fallback": "none",
                }
            ]
        },
        "New:\n\nOrlan asks\n\nIt asks & pleads.\n\nBy\nTessa Mair",
    ),
    Shown("blocks of a card", {"attachments": [{"blocks": [rich(run(SAID))], "fallback": "no preview"}]}, SAID),
    Shown(
        "a forwarded message",
        {
            "attachments": [
                {
                    "is_share": True,
                    "from_url": "https://team.slack.com/archives/C1/p17",
                    "message_blocks": [{"team": "T1", "message": {"blocks": [rich(run(SAID))]}}],
                }
            ]
        },
        SAID,
    ),
    Shown("several cards", {"attachments": [{"text": "one"}, {"text": "two"}]}, "one\n\ntwo"),
    Shown("a card for old clients", {"attachments": [{"fallback": SAID}]}, SAID),
)
ODD: tuple[Any, ...] = (
    None,
    "text",
    [],
    {"text": 1, "blocks": {}, "attachments": "x"},
    {"blocks": [None, 1, {}, {"type": []}, {"type": "section"}, {"type": "section", "text": "x", "fields": [1]}]},
    {"blocks": [{"type": "rich_text", "elements": "x"}, {"type": "table", "rows": [1, [2]]}, {"type": "table"}]},
    {"attachments": [{"text": [], "fields": [1], "message_blocks": [{"message": 1}, 2], "title_link": 3}, 4]},
)


@pytest.mark.parametrize("case", BODIES, ids=lambda case: case.name)
def test_a_body_is_read_as_it_is_shown(case: Shown) -> None:
    assert to_plain_text(body_markup(case.message)) == case.text


@pytest.mark.parametrize("case", ATTACHED, ids=lambda case: case.name)
def test_attachments_are_read_as_they_are_shown(case: Shown) -> None:
    assert to_plain_text(attachments_markup(case.message)) == case.text


@pytest.mark.parametrize("message", ODD, ids=range(len(ODD)))
def test_parts_of_another_shape_are_empty(message: object) -> None:
    assert (body_markup({} if message == "text" else message), attachments_markup(message)) == ("", "")


def test_blocks_in_blocks_end_somewhere() -> None:
    block = run("deep")
    for _ in range(5_000):
        block = {"type": "rich_text_list", "elements": [block]}
    assert body_markup({"text": SAID, "blocks": [block]}) == SAID
