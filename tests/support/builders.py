"""Builders of domain values: an axis, an article, drafts, evidence and stored analyses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from subtext.analysis.ports import StoredAnalysis
from subtext.domain.article import Article, Source, prepend_title
from subtext.domain.axis import Axis, Indicator, Pole
from subtext.domain.draft import DraftEvidence, DraftFraming, DraftSentence, DraftSummary
from subtext.domain.evidence import Evidence, Match, Span
from subtext.ids import uuid7
from tests.support.fakes import START
from tests.support.owners import MINE

if TYPE_CHECKING:
    from subtext.domain.evidence import Polarity, Role, Segment, Strength

AXIS = Axis(
    id="desperation-domination",
    version=1,
    title="Desperation or domination",
    negative=Pole("desperation", "Desperation", "acts because it must"),
    positive=Pole("domination", "Domination", "acts because it can"),
    indicators=(Indicator("lifeline", "desperation", "asks for rescue"), Indicator("control", "domination", "decides")),
    sha256="ab" * 32,
)
TITLE = "Orlan Freight asks for one more month"
BODY = (
    "Orlan Freight went back to its creditors on Monday, cap in hand, for the third time this year. “We dictate the "
    "terms,” chairman Ivo Brandt told reporters outside a shuttered depot. Nobody believed him: the plea for another "
    "month is the last lifeline that the company has left to ask for, and everybody at the table knew it. 😀\r\nFin."
)


def article(body: str = BODY, title: str | None = TITLE, **known: Any) -> Article:
    """Return an article of Orlan Freight's, or of another text."""
    text, headline, done = prepend_title(title, body)
    return Article(text, Source("text"), headline, normalisation=done, **known)


def claim(
    quote: str,
    pole: str = "desperation",
    strength: Strength = "strong",
    *,
    speaker: str | None = None,
    polarity: Polarity = "asserts",
    indicator: str | None = None,
    role: Role = "framing",
) -> DraftEvidence:
    """Return a piece of evidence as an engine claims it."""
    return DraftEvidence(quote, speaker, pole, strength, polarity, indicator, role=role)


def framing(
    *evidence: DraftEvidence, label: str = "desperation", confidence: float = 0.9, rationale: str = "As it reads."
) -> DraftFraming:
    """Return a framing as an engine drafts it."""
    return DraftFraming(label, confidence, rationale, evidence)


def summary(*sentences: tuple[str, tuple[str, ...]], headline: str = "Orlan asks again") -> DraftSummary:
    """Return a summary as an engine drafts it: sentences, each with its quotes."""
    return DraftSummary(headline, tuple(DraftSentence(text, quotes) for text, quotes in sentences))


def build_evidence(
    pole: str | None,
    strength: Strength | None = "strong",
    *,
    voice: str | None = "author",
    segment: Segment = "body",
    polarity: Polarity | None = "asserts",
    number: int = 1,
    indicator: str | None = None,
) -> Evidence:
    """Framing evidence at some place; with `pole=None`, support evidence."""
    match = Match(Span(number, number + 1), Span(number, number + 1), "x", 1, 1, "exact")
    if pole is None:
        return Evidence(f"s{number}", match, segment, "support")
    return Evidence(f"e{number}", match, segment, "framing", voice, pole, indicator, strength, polarity)


def build_stored_analysis(number: int = 0, **changes: Any) -> StoredAnalysis:
    """Return an analysis as it is stored, created so many minutes after `START`."""
    created = START + timedelta(minutes=number)
    known = StoredAnalysis(
        id=uuid7(created),
        owner=MINE,
        created_at=created,
        status="complete",
        engine="local",
        label="desperation",
        score=-0.7,
        confidence=0.8,
        target="Orlan Freight",
        outlet="The Harbour Post",
        title="Orlan begs",
        url=None,
        sha256="0" * 64,
        document='{"a": "“b” 😀"}',
    )
    return replace(known, **changes)
