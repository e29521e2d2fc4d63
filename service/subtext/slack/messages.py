"""Build Slack messages: the answer with verdict, axis bar, summary, strongest quotes and notes, and the home tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from subtext.schemas.framing import DIVERGENCE_SENTENCES, sort_by_strength
from subtext.slack.mrkdwn import escape_mrkdwn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from subtext.domain.axis import Axis
    from subtext.schemas.analysis import AnalysisView
    from subtext.schemas.framing import EvidenceView, FramingView

SHARE, RIGHT, WRONG, OPEN = "subtext_share", "subtext_right", "subtext_wrong", "subtext_open"
# Characters that Slack takes at most: of the value and of the address of a button, and of one part of a stream.
BUTTON_VALUE_CHARS, URL_CHARS, STREAM_CHARS = 2_000, 3_000, 12_000
# Characters that are shown at most, so that an answer fits one screen.
SENTENCE_CHARS, QUOTE_CHARS, NAME_CHARS = 300, 220, 80
_SENTENCES = 3
# Characters of a pole's half of the bar, and the ends of both.
_CELLS, _MARKS = 8, ("◂", "▸")
_WITHHELD = {
    "text_too_short": "the text is too short to judge: send the whole article",
    "not_prose": "this is code, data or a list, not an article's prose",
}
_NOTES = {
    "degraded": "the embedded engine answered because the model did not",
    "not_stored": "this analysis is not stored",
    "summary_unsupported": "no sentence of the summary is supported by the article, so none is shown",
}
_USAGE = (
    "*Subtext shows how an article frames its subject*: as {negative} or {positive}, in whose voice, and in which "
    "quotes.\n"
    "• `/subtext https://…` or `/subtext` and a paragraph: an answer that only you see, with a button to share it\n"
    "• *Analyse framing* in the menu of any message\n"
    "• mention me in a thread, or write to me directly"
)
_NO_ANALYSES = "This workspace has no analyses yet."


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """Hold one message: `text` for notifications and screen readers, and its blocks."""

    text: str
    blocks: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class MessageBuilder:
    """Build answers; `public_url` is the address of the pages, None if they cannot be reached."""

    public_url: str | None = None

    def answer(self, view: AnalysisView, *, shareable: bool = False) -> SlackMessage:
        """Build the answer in at most 12 lines; `shareable` adds a button that posts it to the channel."""
        parts = (
            "\n".join(filter(None, part)) for part in (_verdict(view), _summary(view), _quotes(view), _notes(view))
        )
        sections = (_section(part) for part in parts if part)
        return SlackMessage(
            _fallback_text(view), (*sections, _context(_footer(view)), *self._actions(view, shareable=shareable))
        )

    def _actions(self, view: AnalysisView, *, shareable: bool) -> Iterator[dict[str, Any]]:
        buttons = []
        url = f"{self.public_url}/analyses/{quote(view.id)}" if self.public_url else ""
        if url and len(url) <= URL_CHARS:
            buttons.append(_button("Open full analysis", OPEN, view.id) | {"url": url})
        buttons += [_button("👍", RIGHT, view.id), _button("👎", WRONG, view.id)]
        if shareable:
            buttons.append(_button("Share", SHARE, view.id))
        yield {"type": "actions", "elements": buttons}


def progress_message(subject: str) -> SlackMessage:
    """Build the placeholder that is shown until the answer is ready."""
    line = f"Reading {escape_mrkdwn(subject, NAME_CHARS)} …"
    return SlackMessage(line, (_section(line),))


def error_message(detail: str, request_id: str) -> SlackMessage:
    """Build an error message: what happened, what to do, and the request id for the service's operator."""
    line = f":warning: {escape_mrkdwn(detail, SENTENCE_CHARS)}"
    return SlackMessage(line, (_section(line), _context(f"request {escape_mrkdwn(request_id, NAME_CHARS)}")))


def text_message(line: str) -> SlackMessage:
    """Build a message of one line; the line is not escaped."""
    return SlackMessage(line, (_section(line),))


def _verdict(view: AnalysisView) -> Iterator[str]:
    yield _title(view)
    if view.framing is not None:
        yield _label(view, view.framing)
        yield _axis_bar(view.framing)


def _summary(view: AnalysisView) -> Iterator[str]:
    sentences = view.summary.sentences if view.summary is not None else ()
    supported = [sentence for sentence in sentences if sentence.support == "supported"]
    for sentence in supported[:_SENTENCES]:
        yield f"• {escape_mrkdwn(sentence.text, SENTENCE_CHARS)}"


def _quotes(view: AnalysisView) -> Iterator[str]:
    for item in _two_strongest(view):
        yield _quote_line(item, view)
    if view.framing is not None and view.framing.divergence != "none":
        yield _divergence(view.framing)


def _title(view: AnalysisView) -> str:
    title = escape_mrkdwn(view.document.title or "(no headline)", QUOTE_CHARS)
    site = view.document.site
    return f"*{title}*" + (f"  {escape_mrkdwn(site, NAME_CHARS)}" if site else "")


def _label(view: AnalysisView, framing: FramingView) -> str:
    target = f" of {escape_mrkdwn(view.target.name, NAME_CHARS)}" if view.target else ""
    if framing.label is None:
        codes = {warning.code for warning in view.warnings}
        reason = next((why for code, why in _WITHHELD.items() if code in codes), "the evidence does not support one")
        return f"*No label*{target}: {reason}"
    kind = "" if framing.confidence.calibration_id else ", not calibrated"
    confidence = f"confidence {framing.confidence.value:.0%}{kind}"
    return f"Framing{target}: *{escape_mrkdwn(framing.label, NAME_CHARS).upper()}*  ({confidence})"


def _two_strongest(view: AnalysisView) -> list[EvidenceView]:
    """Return the two strongest quotes, the strongest first; one of each pole if there are both."""
    ranked = sort_by_strength(view.evidence)
    if not ranked:
        return []
    other = next((item for item in ranked if item.pole != ranked[0].pole), None)
    return [ranked[0], *([other] if other else ranked[1:2])]


def _quote_line(item: EvidenceView, view: AnalysisView) -> str:
    poles = list(view.framing.scores) if view.framing else []
    mark = _MARKS[poles.index(item.pole)] if item.pole in poles[: len(_MARKS)] else "·"
    voice = next((voice for voice in view.voices if voice.id == item.voice_id), None)
    speaker = "speaker unclear" if voice is None else voice.display_name
    pole, name = escape_mrkdwn(item.pole or "", NAME_CHARS), escape_mrkdwn(speaker, NAME_CHARS)
    return f"> {mark} “{escape_mrkdwn(item.quote, QUOTE_CHARS)}” — {name}, {pole}"


def _divergence(framing: FramingView) -> str:
    sentence = DIVERGENCE_SENTENCES.get(framing.divergence, escape_mrkdwn(framing.divergence, NAME_CHARS))
    line = f"{sentence[:1].upper()}{sentence[1:]}"
    own, others = framing.by_voice.author.label, framing.by_voice.attributed.label
    if framing.divergence != "author_vs_quotes" or own is None or others is None:
        return line
    return f"{line}: author {escape_mrkdwn(own, NAME_CHARS)}, quoted {escape_mrkdwn(others, NAME_CHARS)}"


def _notes(view: AnalysisView) -> Iterator[str]:
    codes = {warning.code for warning in view.warnings}
    notes = [note for code, note in _NOTES.items() if code in codes]
    if view.status == "partial" and (view.coverage.fraction < 1 or "summary_unsupported" not in codes):
        notes.append(f"only {view.coverage.fraction:.0%} of the text could be read")
    if view.injection.suspected:
        notes.append("the text contains instructions to a language model; those passages are not used as evidence")
    if notes:
        yield f":warning: {'; '.join(notes)}"


def _footer(view: AnalysisView) -> str:
    quotes = f"{view.grounding.kept} of {view.grounding.proposed} quotes found word for word"
    engine = f"{escape_mrkdwn(view.engine.kind, NAME_CHARS)} engine, {escape_mrkdwn(view.engine.model, NAME_CHARS)}"
    return f"{quotes} · {engine} · {escape_mrkdwn(view.id, NAME_CHARS)}"


def _fallback_text(view: AnalysisView) -> str:
    title = escape_mrkdwn(view.document.title or "the text", QUOTE_CHARS)
    label = view.framing.label if view.framing else None
    return f"{title}: {escape_mrkdwn(label, NAME_CHARS)}" if label else title


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _mrkdwn(text)}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [_mrkdwn(text)]}


def _mrkdwn(text: str) -> dict[str, Any]:
    # Verbatim: Slack links nothing in it by itself.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _button(label: str, action: str, value: str) -> dict[str, Any]:
    text = {"type": "plain_text", "text": label, "emoji": True}
    return {"type": "button", "text": text, "action_id": action, "value": value[:BUTTON_VALUE_CHARS]}


def _axis_bar(framing: FramingView) -> str:
    """Draw the scores of both poles as a bar of characters; empty unless the axis has two poles."""
    poles = list(framing.scores.items())
    if len(poles) != len(_MARKS):
        return ""
    (negative, low), (positive, high) = poles
    left, right = (round(max(0.0, min(1.0, score)) * _CELLS) for score in (low, high))
    bar = "░" * (_CELLS - left) + "█" * left + "┃" + "█" * right + "░" * (_CELLS - right)
    return f"{_pole_name(negative)} {low:.0%} {_MARKS[0]}{bar}{_MARKS[1]} {high:.0%} {_pole_name(positive)}"


def _pole_name(pole: str) -> str:
    return escape_mrkdwn(pole, NAME_CHARS)


def home_view(recent: Sequence[AnalysisView], public_url: str | None, axis: Axis) -> dict[str, Any]:
    """Build the view of the home tab."""
    usage = _USAGE.format(negative=_pole_name(axis.negative.id), positive=_pole_name(axis.positive.id))
    lines = "\n".join(_list_item(view, public_url) for view in recent) or _NO_ANALYSES
    blocks = [_section(usage), {"type": "divider"}, _section("*Recent analyses*"), _section(lines)]
    return {"type": "home", "blocks": blocks}


def _list_item(view: AnalysisView, public_url: str | None) -> str:
    label = view.framing.label if view.framing else None
    title = escape_mrkdwn(view.document.title or view.document.site or "(no headline)", QUOTE_CHARS - NAME_CHARS)
    link = f"<{public_url}/analyses/{quote(view.id)}|{title.replace('|', '¦')}>" if public_url else title
    return f"• {link}: *{escape_mrkdwn(label, NAME_CHARS) if label else 'no label'}*"
