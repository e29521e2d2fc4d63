"""Framing of the target: labels, scores, voices and evidence."""

from __future__ import annotations

from subtext.client.models.article import TextRange
from subtext.client.models.base import ApiObject


class Lean(ApiObject):
    """Label and scores of a body of evidence; -1 is wholly the axis's first pole, +1 wholly its second."""

    label: str | None
    scores: dict[str, float]
    score: float
    intensity: float


class Confidence(ApiObject):
    """Confidence in the label; a probability only if it is calibrated."""

    value: float
    method: str
    calibration_id: str | None


class Indicator(ApiObject):
    """Coded sign of a pole, with the evidence that shows it."""

    code: str
    pole: str
    count: int
    evidence_ids: list[str]


class FramingByVoice(ApiObject):
    """Framing by the author, and by the voices that the article quotes."""

    author: Lean
    attributed: Lean


class Framing(Lean):
    """Framing of the target: label, scores, confidence and reasons."""

    axis: str
    label_source: str = "evidence"
    confidence: Confidence
    rationale: str
    indicators: list[Indicator]
    by_voice: FramingByVoice
    headline: Lean
    divergence: str


class Voice(Lean):
    """Voice with its own framing of the target: author, attributed or unclear."""

    id: str
    kind: str
    name: str | None
    evidence_ids: list[str]


class Evidence(ApiObject):
    """Verbatim quote: `document.text[start:end] == quote`, always."""

    id: str
    role: str
    quote: str
    start: int
    end: int
    utf16: TextRange
    occurrence: int
    occurrences: int
    match: str
    segment: str
    voice_id: str | None
    pole: str | None
    indicator: str | None
    strength: str | None
    polarity: str | None
