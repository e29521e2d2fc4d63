"""Flatten what a Slack message shows (its text, blocks and attachments) into mrkdwn.

A message of a person has its words in `text` and again in `blocks`; one of an app may have them in either, or in
`attachments`, as forwarded messages and unfurled links have. Payloads are untrusted: a part of another shape is empty.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from subtext.slack.message_text import to_plain_text
from subtext.slack.mrkdwn import escape_entities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Part = dict[str, Any]
_DEPTH = 12
_MARKDOWN_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)")
_MARKDOWN_HEADING = re.compile(r"^#{1,6} +", re.MULTILINE)


def body_markup(message: object) -> str:
    """Return the body of a message: of its text and its blocks that which says more, as one repeats the other."""
    part = _part(message)
    return _longer(_blocks(part.get("blocks"), _DEPTH), _text(part.get("text")))


def attachments_markup(message: object) -> str:
    """Return what the attachments of a message show: a bot's cards, forwarded messages, previews of links."""
    return _join(map(_attachment, parts_in(_part(message).get("attachments"))))


def parts_in(value: object) -> list[Part]:
    """Return the objects of a list; empty if it is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _attachment(item: Part) -> str:
    forwarded = [block for message in parts_in(item.get("message_blocks")) for block in _message_blocks(message)]
    blocks = _blocks(item.get("blocks"), _DEPTH) or _blocks(forwarded, _DEPTH)
    fields = (
        _join([escape_entities(_text(field.get("title"))), _text(field.get("value"))], "\n")
        for field in parts_in(item.get("fields"))
    )
    own = _join([_text(item.get("pretext")), _title(item), _longer(blocks, _text(item.get("text"))), *fields])
    return own or _text(item.get("fallback"))


def _title(item: Part) -> str:
    """Return the title of an attachment as a link, if it has an address on the web."""
    title = escape_entities(_text(item.get("title")))
    address = _text(item.get("title_link")) or _text(item.get("from_url"))
    return _link(address, title) if urlsplit(address).scheme in {"http", "https"} else title


def _message_blocks(message: Part) -> list[Part]:
    return parts_in(_part(message.get("message")).get("blocks"))


def _blocks(value: object, depth: int) -> str:
    return _join(_block(block, depth) for block in parts_in(value))


def _block(block: Part, depth: int) -> str:
    kind = block.get("type")
    flatten = _BLOCKS.get(kind) if isinstance(kind, str) else None
    return flatten(block, depth - 1) if flatten and depth else ""


def _rich_text(block: Part, depth: int) -> str:
    return _join((_block(item, depth) for item in parts_in(block.get("elements"))), "\n")


def _run(block: Part, _: int) -> str:
    """Flatten a run of inline elements."""
    return "".join(map(_inline, parts_in(block.get("elements"))))


def _quote(block: Part, depth: int) -> str:
    return "\n".join(f"&gt; {line}" for line in _run(block, depth).strip().split("\n"))


def _inline(item: Part) -> str:
    text = escape_entities(_text(item.get("text")))
    if item.get("type") == "link" and item.get("url"):
        return _link(_text(item.get("url")), text)
    return escape_entities(_text(item.get("fallback"))) if item.get("type") == "date" else text


def _section(block: Part, _: int) -> str:
    return _join([_text_object(block.get("text")), *map(_text_object, parts_in(block.get("fields")))], "\n")


def _context(block: Part, _: int) -> str:
    return _join(map(_text_object, parts_in(block.get("elements"))), "\n")


def _markdown(block: Part, _: int) -> str:
    text = _MARKDOWN_LINK.sub(lambda match: _link(match[2], match[1]), _text(block.get("text")))
    return _MARKDOWN_HEADING.sub("", text).replace("**", "")


def _table(block: Part, depth: int) -> str:
    rows = block.get("rows")
    cells = (cell for row in rows for cell in parts_in(row)) if isinstance(rows, list) else ()
    return _join((_block(cell, depth) for cell in cells), "\n")


def _raw_text(block: Part, _: int) -> str:
    return escape_entities(_text(block.get("text")))


def _text_object(value: object) -> str:
    part = _part(value)
    text = _text(part.get("text"))
    return text if part.get("type") == "mrkdwn" else escape_entities(text)


_BLOCKS: dict[str, Callable[[Part, int], str]] = {
    "rich_text": _rich_text,
    "rich_text_list": _rich_text,
    "rich_text_section": _run,
    "rich_text_preformatted": _run,
    "rich_text_quote": _quote,
    "section": _section,
    "header": _section,
    "context": _context,
    "markdown": _markdown,
    "table": _table,
    "raw_text": _raw_text,
}


def _longer(blocks: str, text: str) -> str:
    # A list's bullets and numbers are words of `text` only, so it must say a quarter more.
    return text if not blocks or 4 * _words(text) > 5 * _words(blocks) else blocks


def _words(markup: str) -> int:
    return len(to_plain_text(markup).split())


def _link(address: str, label: str) -> str:
    return f"<{escape_entities(address)}|{label}>" if label else f"<{escape_entities(address)}>"


def _join(parts: Iterable[str], between: str = "\n\n") -> str:
    return between.join(part for part in (part.strip() for part in parts) if part)


def _part(value: object) -> Part:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
