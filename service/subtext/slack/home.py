"""The app's home in Slack: recent analyses, and how to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from subtext.slack.limits import NAME_CHARS, QUOTE_CHARS
from subtext.slack.wording import foreign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.schemas.analysis import AnalysisView

_HOW = (
    "*Subtext tells how a story is told*: as desperation or as domination, in whose voice, and by which words.\n"
    "• `/subtext https://…` or `/subtext` and a paragraph: an answer that only you see, with a button to share it\n"
    "• *Analyse framing* in the menu of any message\n"
    "• mention me in a thread, or write to me directly"
)
_NONE = "Nothing was asked here yet."


def home_view(recent: Sequence[AnalysisView], public_url: str | None) -> dict[str, Any]:
    """The view to publish."""
    lines = "\n".join(_line(view, public_url) for view in recent) or _NONE
    blocks = [_section(_HOW), {"type": "divider"}, _section("*Asked last*"), _section(lines)]
    return {"type": "home", "blocks": blocks}


def _line(view: AnalysisView, public_url: str | None) -> str:
    label = view.framing.label if view.framing else None
    title = foreign(view.document.title or view.document.site or "(no headline)", QUOTE_CHARS - NAME_CHARS)
    shown = f"<{public_url}/analyses/{quote(view.id)}|{title.replace('|', '¦')}>" if public_url else title
    return f"• {shown}: *{foreign(label, NAME_CHARS) if label else 'no label'}*"


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
