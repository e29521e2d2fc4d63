"""Weighing: label, scores and divergence recomputed from the evidence that survived.

Pure, and simple enough to redo by hand. A pole's mass is the sum over its evidence of weak 1, moderate 2, strong 4.
With N and P the masses of the negative and the positive pole:

    score     = (P - N) / (P + N + 4)      from -0.25 or +0.25 outwards the pole decides
    intensity = (P + N) / (P + N + 4)      from 0.5 on, a score between them is `mixed`; below it is `neither`
    scores    = mass / (mass + 4)          a pole, independent of the other

The 4 keeps a lone weak sign from deciding (0.2; a lone moderate one does, 0.33) and puts the border of `mixed` where
the weaker pole has about a third of the mass, as the codebook asks. The article's label is the author's where the
author frames at all; where the author only reports, the attributed voices decide.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from subtext.domain.analysis import VoiceLean
from subtext.domain.axis import MIXED, NEITHER
from subtext.domain.evidence import AUTHOR_ID
from subtext.domain.framing import Confidence, Framing, IndicatorCount, Lean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.domain.axis import Axis
    from subtext.domain.draft import DraftFraming
    from subtext.domain.evidence import Evidence, Strength, Voice
    from subtext.domain.framing import Divergence

MASS: dict[Strength, int] = {"weak": 1, "moderate": 2, "strong": 4}
PRIOR = 4.0
POLE_FROM = 0.25
MIXED_FROM = 0.5
_DIGITS = 4
_NO_CONFIDENCE = Confidence(0.0, "none")


def lean(evidence: Iterable[Evidence], axis: Axis) -> Lean:
    """Where a body of framing evidence stands; nothing at all stands at `neither`."""
    mass = dict.fromkeys(axis.poles, 0)
    for item in evidence:
        if item.pole is not None and item.strength is not None:
            mass[item.pole] += MASS[item.strength]
    negative, positive = (mass[pole] for pole in axis.poles)
    total = negative + positive
    score = (positive - negative) / (total + PRIOR)
    intensity = total / (total + PRIOR)
    scores = {pole: round(mass[pole] / (mass[pole] + PRIOR), _DIGITS) for pole in axis.poles}
    return Lean(_label(score, intensity, axis), scores, round(score, _DIGITS), round(intensity, _DIGITS))


def deciding_lean(evidence: Iterable[Evidence], axis: Axis) -> Lean:
    """What a reader is left with: the author's lean where the author frames at all, else the attributed voices'."""
    return lean(_deciding(item for item in evidence if item.role == "framing"), axis)


def weigh(
    evidence: Sequence[Evidence], axis: Axis, *, rationale: str = "", confidence: Confidence = _NO_CONFIDENCE
) -> Framing:
    """The verdict on an article from all its framing evidence."""
    framing = [item for item in evidence if item.role == "framing"]
    author, attributed = _author_and_others(framing)
    leans = lean(author, axis), lean(attributed, axis)
    headline = deciding_lean((item for item in framing if item.segment == "headline"), axis)
    body = deciding_lean((item for item in framing if item.segment != "headline"), axis)
    return Framing(
        axis_id=axis.id,
        axis_version=axis.version,
        lean=deciding_lean(framing, axis),
        confidence=confidence,
        rationale=rationale,
        indicators=tuple(_indicators(framing)),
        author=leans[0],
        attributed=leans[1],
        headline=headline,
        divergence=_divergence(leans, (headline, body), axis),
    )


def abstained(framing: Framing) -> Framing:
    """The same verdict without a label: what was claimed has nothing left to stand on."""
    without = replace(framing.lean, label=None)
    return replace(framing, lean=without, confidence=Confidence(0.0, "abstained"))


def lean_by_voice(voices: Iterable[Voice], evidence: Sequence[Evidence], axis: Axis) -> tuple[VoiceLean, ...]:
    """Each voice with where its own evidence stands."""
    by_voice: dict[str | None, list[Evidence]] = defaultdict(list)
    for item in evidence:
        if item.role == "framing":
            by_voice[item.voice_id].append(item)
    return tuple(
        VoiceLean(voice, lean(by_voice[voice.id], axis), tuple(item.id for item in by_voice[voice.id]))
        for voice in voices
    )


def stated_confidence(verdict: Lean, axis: Axis, draft: DraftFraming) -> Confidence:
    """How likely the label is right: the engine's own probability where it has one for this label, else a margin.

    A probability is only as good as its calibration, which is named; it stands for the label that it was given for, so
    where evidence was refused and the label is another, the margin of the evidence is all there is.
    """
    if draft.calibration is not None and draft.confidence is not None and draft.label == verdict.label:
        return Confidence(round(draft.confidence, 2), "posterior", draft.calibration)
    return evidence_confidence(verdict, axis, claimed=draft.label, stated=draft.confidence, agreement=draft.agreement)


def evidence_confidence(
    verdict: Lean, axis: Axis, *, claimed: str | None, stated: float | None, agreement: float | None = None
) -> Confidence:
    """How far the evidence lies from the next label's border, tempered by what the engine itself said (0-1).

    Uncalibrated: 0.5 at a border, 0.9 far from it; the mean with the engine's own figure where both give the same
    label, 0.7 of the lower of the two where they differ, 0.7 of the evidence's if the engine claims no label or gives
    no figure. The agreement of several samples stands for the engine's own figure where there is one.
    """
    margin = 0.5 + 0.4 * _distance(verdict, axis)
    own = stated if agreement is None else agreement
    if claimed is None or own is None:
        return Confidence(round(0.7 * margin, 2), "evidence_margin")
    value = (margin + own) / 2 if verdict.label == claimed else 0.7 * min(margin, own)
    return Confidence(round(value, 2), "evidence_margin" if agreement is None else "agreement")


def _label(score: float, intensity: float, axis: Axis) -> str:
    if score <= -POLE_FROM:
        return axis.negative.id
    if score >= POLE_FROM:
        return axis.positive.id
    return MIXED if intensity >= MIXED_FROM else NEITHER


def _distance(verdict: Lean, axis: Axis) -> float:
    """From 0 at the border of the label to 1 as far inside as it goes."""
    if verdict.label in axis.poles:
        return min(1.0, (abs(verdict.score) - POLE_FROM) / (0.75 - POLE_FROM))
    if verdict.label == MIXED:
        return 1.0 - abs(verdict.score) / POLE_FROM
    return 1.0 - verdict.intensity / MIXED_FROM


def _author_and_others(framing: Iterable[Evidence]) -> tuple[list[Evidence], list[Evidence]]:
    """The author's own claims, and everything that is only passed on (by the author too)."""
    author: list[Evidence] = []
    others: list[Evidence] = []
    for item in framing:
        own = item.voice_id == AUTHOR_ID and item.polarity != "reports"
        (author if own else others).append(item)
    return author, others


def _deciding(framing: Iterable[Evidence]) -> list[Evidence]:
    author, others = _author_and_others(framing)
    return author or others


def _indicators(framing: Iterable[Evidence]) -> Iterable[IndicatorCount]:
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in framing:
        if item.indicator is not None and item.pole is not None:
            ids[item.indicator, item.pole].append(item.id)
    for (code, pole), found in sorted(ids.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        yield IndicatorCount(code, pole, len(found), tuple(found))


def _divergence(voices: tuple[Lean, Lean], parts: tuple[Lean, Lean], axis: Axis) -> Divergence:
    if _opposed(*voices, axis):
        return "author_vs_quotes"
    return "headline_vs_body" if _opposed(*parts, axis) else "none"


def _opposed(first: Lean, second: Lean, axis: Axis) -> bool:
    return {first.label, second.label} == set(axis.poles)
