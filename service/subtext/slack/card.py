"""The one message that answers: verdict, gauge, checked sentences, the strongest quotes, and what must be known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from subtext.slack.gauge import MARKS, gauge
from subtext.slack.limits import BUTTON_VALUE_CHARS, NAME_CHARS, QUOTE_CHARS, SENTENCE_CHARS, SENTENCES, URL_CHARS
from subtext.slack.wording import foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.api.v1.framing import EvidenceView, FramingView
    from subtext.api.v1.views import AnalysisView

SHARE, RIGHT, WRONG, OPEN = "subtext_share", "subtext_right", "subtext_wrong", "subtext_open"
_STRENGTHS = {"strong": 0, "moderate": 1, "weak": 2}
_DIVERGENCES = {
    "author_vs_quotes": "The author and the voices that are quoted frame it differently",
    "headline_vs_body": "The headline and the body frame it differently",
}
_TOLD = {
    "degraded": "a simpler engine answered, as the model gave no answer",
    "not_stored": "the answer is not kept",
    "summary_unsupported": "the article bears out no sentence of the summary, so none is shown",
}


@dataclass(frozen=True, slots=True)
class Card:
    """A message: `text` for notifications and screen readers, and the blocks that are seen."""

    text: str
    blocks: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class CardMaker:
    """Messages of one service: `public_url` is where its pages are reached, None where they are not."""

    public_url: str | None = None

    def answer(self, view: AnalysisView, *, shareable: bool = False) -> Card:
        """The answer in at most 12 lines; `shareable` adds a button that shows it to the whole channel."""
        parts = (
            "\n".join(filter(None, part)) for part in (_verdict(view), _summary(view), _quotes(view), _notes(view))
        )
        sections = (_section(part) for part in parts if part)
        return Card(_spoken(view), (*sections, _context(_footing(view)), *self._actions(view, shareable=shareable)))

    def _actions(self, view: AnalysisView, *, shareable: bool) -> Iterator[dict[str, Any]]:
        buttons = []
        url = f"{self.public_url}/analyses/{quote(view.id)}" if self.public_url else ""
        if url and len(url) <= URL_CHARS:
            buttons.append(_button("Open full analysis", OPEN, view.id) | {"url": url})
        buttons += [_button("👍", RIGHT, view.id), _button("👎", WRONG, view.id)]
        if shareable:
            buttons.append(_button("Share", SHARE, view.id))
        yield {"type": "actions", "elements": buttons}


def working(subject: str) -> Card:
    """What is shown until the answer is there."""
    line = f"Reading {foreign(subject, NAME_CHARS)} …"
    return Card(line, (_section(line),))


def trouble(detail: str, request_id: str) -> Card:
    """What happened, what to do, and the id under which the service's operator finds it."""
    line = f":warning: {foreign(detail, SENTENCE_CHARS)}"
    return Card(line, (_section(line), _context(f"request {foreign(request_id, NAME_CHARS)}")))


def said(line: str) -> Card:
    """A line of our own words."""
    return Card(line, (_section(line),))


def _verdict(view: AnalysisView) -> Iterator[str]:
    yield _title(view)
    if view.framing is not None:
        yield _label(view, view.framing)
        yield gauge(view.framing)


def _summary(view: AnalysisView) -> Iterator[str]:
    sentences = view.summary.sentences if view.summary is not None else ()
    supported = [sentence for sentence in sentences if sentence.support == "supported"]
    for sentence in supported[:SENTENCES]:
        yield f"• {foreign(sentence.text, SENTENCE_CHARS)}"


def _quotes(view: AnalysisView) -> Iterator[str]:
    for item in strongest(view):
        yield _quoted(item, view)
    if view.framing is not None and view.framing.divergence != "none":
        yield _divergence(view.framing)


def _title(view: AnalysisView) -> str:
    title = foreign(view.document.title or "(no headline)", QUOTE_CHARS)
    site = view.document.site
    return f"*{title}*" + (f"  {foreign(site, NAME_CHARS)}" if site else "")


def _label(view: AnalysisView, framing: FramingView) -> str:
    target = f" of {foreign(view.target.name, NAME_CHARS)}" if view.target else ""
    if framing.label is None:
        return f"*No label*: the evidence does not bear one{target}"
    kind = "" if framing.confidence.calibration_id else ", not calibrated"
    sure = f"confidence {framing.confidence.value:.0%}{kind}"
    return f"Framing{target}: *{foreign(framing.label, NAME_CHARS).upper()}*  ({sure})"


def strongest(view: AnalysisView) -> list[EvidenceView]:
    """The two strongest quotes: of both poles where the article has both, the strongest first."""
    found = sorted(
        (item for item in view.evidence if item.role == "framing"),
        key=lambda item: (_STRENGTHS.get(item.strength or "", len(_STRENGTHS)), item.start),
    )
    if not found:
        return []
    other = next((item for item in found if item.pole != found[0].pole), None)
    return [found[0], *([other] if other else found[1:2])]


def _quoted(item: EvidenceView, view: AnalysisView) -> str:
    poles = list(view.framing.scores) if view.framing else []
    mark = MARKS[poles.index(item.pole)] if item.pole in poles[: len(MARKS)] else "·"
    voice = next((voice for voice in view.voices if voice.id == item.voice_id), None)
    speaker = (
        "the author" if voice is not None and voice.kind == "author" else (voice and voice.name) or "speaker unclear"
    )
    pole, name = foreign(item.pole or "", NAME_CHARS), foreign(speaker, NAME_CHARS)
    return f"> {mark} “{foreign(item.quote, QUOTE_CHARS)}” — {name}, {pole}"


def _divergence(framing: FramingView) -> str:
    line = _DIVERGENCES.get(framing.divergence, foreign(framing.divergence, NAME_CHARS))
    own, others = framing.by_voice.author.label, framing.by_voice.attributed.label
    if framing.divergence != "author_vs_quotes" or own is None or others is None:
        return line
    return f"{line}: author {foreign(own, NAME_CHARS)}, quoted {foreign(others, NAME_CHARS)}"


def _notes(view: AnalysisView) -> Iterator[str]:
    codes = {warning.code for warning in view.warnings}
    notes = [told for code, told in _TOLD.items() if code in codes]
    if view.status == "partial" and (view.coverage.fraction < 1 or "summary_unsupported" not in codes):
        notes.append(f"only {view.coverage.fraction:.0%} of the text could be read")
    if view.injection.suspected:
        notes.append("the text tries to instruct the machine that reads it; nothing stands on those passages")
    if notes:
        yield f":warning: {'; '.join(notes)}"


def _footing(view: AnalysisView) -> str:
    kept = f"{view.grounding.kept} of {view.grounding.proposed} quotes found word for word"
    engine = f"{foreign(view.engine.kind, NAME_CHARS)} engine, {foreign(view.engine.model, NAME_CHARS)}"
    return f"{kept} · {engine} · {foreign(view.id, NAME_CHARS)}"


def _spoken(view: AnalysisView) -> str:
    title = foreign(view.document.title or "the text", QUOTE_CHARS)
    label = view.framing.label if view.framing else None
    return f"{title}: {foreign(label, NAME_CHARS)}" if label else title


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
