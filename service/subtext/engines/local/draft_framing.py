"""Framing part of the draft: the engine's own label, how often such a label is right, and a sentence of reasons."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from subtext.domain.axis import MIXED, NEITHER
from subtext.domain.draft import DraftEvidence, DraftFraming
from subtext.engines.local.evidence_selection import strength_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.domain.axis import Axis
    from subtext.engines.local.claims import Claim
    from subtext.engines.local.evidence_selection import PoleExcess

# How sure the engine is of its own label before the evidence is weighed. Rough, and modest on purpose: it counts words.
_CONFIDENCE = {NEITHER: 0.25, MIXED: 0.05}
_POLE_LEAST, _POLE_MOST = 0.1, 0.5
_SIGNS_MAX = 3


def build_framing(text: str, chosen: Sequence[Claim], found: PoleExcess, axis: Axis) -> DraftFraming:
    """Build the framing part of the draft from the selected claims and the excess of the poles."""
    label = found.label(axis)
    sure = _CONFIDENCE.get(label, _POLE_LEAST + (_POLE_MOST - _POLE_LEAST) * abs(found.lean))
    return build_calibrated_framing(text, chosen, label, sure, axis)


def build_calibrated_framing(
    text: str, chosen: Sequence[Claim], label: str, sure: float, axis: Axis, *, calibration: str | None = None
) -> DraftFraming:
    """Build the framing part of the draft from a label and a confidence of the engine's own."""
    evidence = tuple(_evidence(text, claim) for claim in chosen)
    return DraftFraming(label, round(sure, 2), _rationale(chosen, axis), evidence, calibration=calibration)


def _evidence(text: str, claim: Claim) -> DraftEvidence:
    quote = text[claim.start : claim.end]
    return DraftEvidence(
        quote, claim.speaker, claim.pole, strength_for(claim.weight), claim.polarity, claim.indicator, claim.start
    )


def _rationale(chosen: Sequence[Claim], axis: Axis) -> str:
    author = _rationale_sentence("The author's words", (claim for claim in chosen if claim.speaker is None), axis)
    others = _rationale_sentence("Other voices", (claim for claim in chosen if claim.speaker is not None), axis)
    return " ".join(filter(None, (author, others))) or (
        "No more words of power or of need are said of the target than in ordinary reporting."
    )


def _rationale_sentence(who: str, claims: Iterable[Claim], axis: Axis) -> str:
    """Write a sentence on what a voice says: "... point to domination in 3 passages (control, winning)."."""
    claims = list(claims)
    counts = Counter(claim.pole for claim in claims)
    points = [_point(pole, [c for c in claims if c.pole == pole]) for pole in axis.poles if counts[pole]]
    points.sort(key=lambda point: -point[0])
    return f"{who} point to {' and to '.join(text for _, text in points)}." if points else ""


def _point(pole: str, claims: Sequence[Claim]) -> tuple[int, str]:
    signs = Counter(c.indicator.replace("_", " ") for c in claims if c.indicator)
    named = ", ".join(sign for sign, _ in signs.most_common(_SIGNS_MAX))
    passages = f"{len(claims)} passage{'s' if len(claims) > 1 else ''}"
    return len(claims), f"{pole} in {passages}" + (f" ({named})" if named else "")
