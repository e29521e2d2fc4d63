"""The framing of one target on one axis, as recomputed from evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Divergence = Literal["none", "author_vs_quotes", "headline_vs_body"]
# Whose label it is: the engine's, supported by the evidence, or one made from the evidence instead.
LabelSource = Literal["engine", "evidence"]


@dataclass(frozen=True, slots=True)
class FramingScore:
    """Where a body of evidence stands: `label` is None without evidence; `scores` are 0-1 a pole, independent.

    `score` runs from -1 (negative pole) to +1 (positive pole); `intensity` in 0-1 says how much framing there is.
    """

    label: str | None
    scores: dict[str, float]
    score: float
    intensity: float


@dataclass(frozen=True, slots=True)
class Confidence:
    """A probability that a careful human coder would give the same label, and how it was arrived at.

    `calibration_id` names the calibration set; None means that the value is not calibrated yet.
    """

    value: float
    method: str
    calibration_id: str | None = None


@dataclass(frozen=True, slots=True)
class IndicatorCount:
    """How often a coded sign of a pole was found, and where."""

    code: str
    pole: str
    count: int
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Framing:
    """The verdict: `overall` is what the reader is left with; author, attributed voices and headline stand apart.

    The figures of `overall` are sums over the evidence; its label need not be the one that these give (`label_source`),
    which is `summed_label`.
    """

    axis_id: str
    axis_version: int
    overall: FramingScore
    label_source: LabelSource
    confidence: Confidence
    rationale: str
    indicators: tuple[IndicatorCount, ...]
    author: FramingScore
    attributed: FramingScore
    headline: FramingScore
    divergence: Divergence
    summed_label: str | None = None
