"""What a page turned out to hold, as it travels from the extracting process; and pages that are refused unread.

How the two processes talk: JSON objects as UTF-8, each behind its length in four bytes.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from subtext.errors import PageTooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

BlockReason = Literal[
    "captcha", "legal", "maintenance", "error", "login", "consent", "paywall", "script", "links", "nothing"
]

# Pages of the news have under 5,000 tags of under 300 attributes. Time grows faster than these numbers, so a page far
# beyond them is refused before it costs anything (crafted pages of 2-4 MB took over 25 s).
TAGS_MAX: Final = 40_000

ATTRIBUTES_MAX: Final = 2_000

_TAG_START: Final = "<"

# From one `<` to the next `>` or `<`: enough to count, quoted signs included in the count at worst.
_LONG_TAG = re.compile(r"<[^<>]{4000,}")


@dataclass(frozen=True, slots=True)
class Page:
    """The article of a page. `wall` says what the page looks like if it is no article.

    `hidden_passages` counts what a browser would not show and was left out; `hidden_characters` likewise. `paywalled`:
    the page says that more of the article is for subscribers. `declared`: the text is the page's JSON-LD, because the
    page shows none without its script.
    """

    text: str
    title: str | None = None
    byline: str | None = None
    site: str | None = None
    published_at: str | None = None
    language: str | None = None
    wall: BlockReason | None = None
    paywalled: bool = False
    declared: bool = False
    hidden_passages: int = 0
    hidden_characters: int = 0

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return the page that `as_json` gave."""
        return cls(**{field.name: value[field.name] for field in fields(cls)})

    def as_json(self) -> dict[str, Any]:
        """Return the page as one JSON object."""
        return asdict(self)


def require_html_limits(html: str, max_bytes: int) -> None:
    """Raise `PageTooLarge` if a page is built to exhaust its reader, or too long."""
    size = len(html) if html.isascii() else len(html.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        raise PageTooLarge(
            f"the page has {size:,} bytes, over the limit of {max_bytes:,}: send the article's text instead"
        )
    if html.count(_TAG_START) > TAGS_MAX:
        raise PageTooLarge(f"the page has over {TAGS_MAX:,} tags: send the article's text instead")
    if any(tag.count("=") > ATTRIBUTES_MAX or tag.count(" ") > 10 * ATTRIBUTES_MAX for tag in _LONG_TAG.findall(html)):
        raise PageTooLarge(f"a tag of the page has over {ATTRIBUTES_MAX:,} attributes: send the article's text instead")


_LENGTH = struct.Struct(">I")

HEADER_BYTES: Final = _LENGTH.size


def encode_frame(value: Mapping[str, Any]) -> bytes:
    """Return one object, ready to send."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return _LENGTH.pack(len(body)) + body


def frame_length(header: bytes) -> int:
    """Return how many bytes follow the header."""
    return int(_LENGTH.unpack(header)[0])


def decode_frame(body: bytes) -> dict[str, Any]:
    """Return the object; raises `ValueError` if the bytes are none."""
    value = json.loads(body.decode("utf-8", "surrogatepass"))
    if not isinstance(value, dict):
        raise ValueError("a frame holds one object")  # noqa: TRY004 - of the bytes' value, not of an argument's type
    return value


def read_frame(stream: BinaryIO) -> dict[str, Any] | None:
    """Return the next object of a blocking stream, or None if the other side has closed it."""
    header = stream.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return None
    return decode_frame(stream.read(frame_length(header)))
