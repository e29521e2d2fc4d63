"""Framing part of the draft: label, confidence, evidence, and a rationale of one or two sentences."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from subtext.domain.axis import MIXED, NEITHER
from subtext.domain.draft import DraftEvidence, DraftFraming
from subtext.engines.local.evidence_selection import strength_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.domain.axis import Axis
    from subtext.engines.local.claims import Claim
    from subtext.engines.local.evidence_selection import PoleExcess

# Confidence of a label before the evidence is scored; low on purpose, since the lexicon only counts phrases.
NEITHER_CONFIDENCE = 0.25
_CONFIDENCE = {NEITHER: NEITHER_CONFIDENCE, MIXED: 0.05}
_POLE_MIN, _POLE_MAX = 0.1, 0.5
_INDICATORS_MAX = 3


def build_framing(text: str, selection: Sequence[Claim], excess: PoleExcess, axis: Axis) -> DraftFraming:
    """Build the framing part of the draft from the selected claims and the excess of the poles."""
    label = excess.label(axis)
    confidence = _CONFIDENCE.get(label, _POLE_MIN + (_POLE_MAX - _POLE_MIN) * abs(excess.lean))
    return build_calibrated_framing(text, selection, label, confidence, axis)


def build_calibrated_framing(
    text: str, selection: Sequence[Claim], label: str, confidence: float, axis: Axis, *, calibration: str | None = None
) -> DraftFraming:
    """Build the framing part of the draft from a label, its confidence and the selected claims."""
    evidence = tuple(_build_evidence(text, claim) for claim in selection)
    return DraftFraming(
        label, round(confidence, 2), _write_rationale(selection, axis), evidence, calibration=calibration
    )


def add_voices(draft: DraftFraming, text: str, own_claims: Sequence[Claim], speakers: Sequence[str]) -> DraftFraming:
    """Add the claims that count for their voice only, and the speakers who are quoted."""
    own = tuple(replace(_build_evidence(text, claim), role="voice") for claim in own_claims)
    return replace(draft, evidence=draft.evidence + own, speakers=tuple(speakers))


def _build_evidence(text: str, claim: Claim) -> DraftEvidence:
    quote = text[claim.start : claim.end]
    return DraftEvidence(
        quote, claim.speaker, claim.pole, strength_for(claim.weight), claim.polarity, claim.indicator, claim.start
    )


def _write_rationale(selection: Sequence[Claim], axis: Axis) -> str:
    author = _write_sentence("The author's words", (claim for claim in selection if claim.speaker is None), axis)
    others = _write_sentence("Other voices", (claim for claim in selection if claim.speaker is not None), axis)
    return " ".join(filter(None, (author, others))) or (
        "No more words of power or of need are said of the target than in ordinary reporting."
    )


def _write_sentence(who: str, claims: Iterable[Claim], axis: Axis) -> str:
    """Write a sentence about the claims of a voice: "... point to domination in 3 passages (control, winning)."."""
    claims = list(claims)
    counts = Counter(claim.pole for claim in claims)
    points = [_describe_pole(pole, [c for c in claims if c.pole == pole]) for pole in axis.poles if counts[pole]]
    points.sort(key=lambda point: -point[0])
    return f"{who} point to {' and to '.join(text for _, text in points)}." if points else ""


def _describe_pole(pole: str, claims: Sequence[Claim]) -> tuple[int, str]:
    counts = Counter(c.indicator.replace("_", " ") for c in claims if c.indicator)
    indicators = ", ".join(indicator for indicator, _ in counts.most_common(_INDICATORS_MAX))
    passages = f"{len(claims)} passage{'s' if len(claims) > 1 else ''}"
    return len(claims), f"{pole} in {passages}" + (f" ({indicators})" if indicators else "")
