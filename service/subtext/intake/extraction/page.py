"""What a page turned out to hold, as it travels from the extracting process; and pages that are refused unread."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from subtext.domain.errors import PageTooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

Wall = Literal["captcha", "error", "login", "consent", "paywall", "script", "links", "nothing"]

# Pages of the news have under 5,000 tags of under 300 attributes. Time grows faster than these numbers, so a page far
# beyond them is refused before it costs anything (crafted pages of 2-4 MB took over 25 s).
TAGS_MAX: Final = 40_000
ATTRIBUTES_MAX: Final = 2_000
_TAG_START: Final = "<"
# From one `<` to the next `>` or `<`: enough to count, quoted signs included in the count at worst.
_LONG_TAG = re.compile(r"<[^<>]{4000,}")


@dataclass(frozen=True, slots=True)
class Page:
    """The article of a page. `wall` says what the page looks like where it is no article.

    `hidden_passages` counts what a browser would not show and was left out; `hidden_characters` likewise. `paywalled`:
    the page says that more of the article is for subscribers.
    """

    text: str
    title: str | None = None
    byline: str | None = None
    site: str | None = None
    published_at: str | None = None
    language: str | None = None
    wall: Wall | None = None
    paywalled: bool = False
    hidden_passages: int = 0
    hidden_characters: int = 0

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The page that `as_json` gave."""
        return cls(**{field.name: value[field.name] for field in fields(cls)})

    def as_json(self) -> dict[str, Any]:
        """The page as one JSON object."""
        return asdict(self)


def require_harmless(html: str, max_bytes: int) -> None:
    """Nothing; raises `PageTooLarge` where a page is built to exhaust its reader, or too long."""
    size = len(html) if html.isascii() else len(html.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        raise PageTooLarge(
            f"the page has {size:,} bytes, over the limit of {max_bytes:,}: send the article's text instead"
        )
    if html.count(_TAG_START) > TAGS_MAX:
        raise PageTooLarge(f"the page has over {TAGS_MAX:,} tags: send the article's text instead")
    if any(tag.count("=") > ATTRIBUTES_MAX or tag.count(" ") > 10 * ATTRIBUTES_MAX for tag in _LONG_TAG.findall(html)):
        raise PageTooLarge(f"a tag of the page has over {ATTRIBUTES_MAX:,} attributes: send the article's text instead")
