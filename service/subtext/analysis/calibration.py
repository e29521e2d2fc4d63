"""Calibration: monotone maps from an uncalibrated confidence to the chance that the label is right.

A map belongs to one engine, model, axis and prompt, and is applied to nothing else: another model means another thing
when it says 80 %. Maps are fitted by `subtext eval --calibrate`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subtext.domain.analysis import EngineKind, Provenance
    from subtext.domain.axis import Axis
    from subtext.domain.framing import Confidence

    Points = tuple[tuple[float, float], ...]

# How several samples agree is another scale than what one answer says.
_OTHER_SCALES = frozenset({"agreement", "abstained"})
_DIGITS = 2


@dataclass(frozen=True, slots=True)
class CalibrationMap:
    """A piecewise linear map: `points` are (confidence, probability), both 0-1, rising; outside it stays level.

    `prompt_sha256` is None for an engine without a prompt; `model_reported` is what the server called its model when
    the map was fitted, None if it said nothing.
    """

    id: str
    engine: EngineKind
    model: str
    model_reported: str | None
    axis_sha256: str
    prompt_sha256: str | None
    points: Points

    def probability(self, confidence: float) -> float:
        """Return the chance of being right at a confidence."""
        return interpolate(self.points, confidence)

    def is_for(self, provenance: Provenance, axis: Axis) -> bool:
        """Tell whether an answer comes from what the map was fitted on."""
        used, prompt = provenance.engine, provenance.prompt
        answered = (used.kind, used.model, axis.sha256, prompt and prompt.sha256, used.model_reported)
        return answered == (self.engine, self.model, self.axis_sha256, self.prompt_sha256, self.model_reported)


def interpolate(points: Points, x: float) -> float:
    """Return the value at x of the line through the points, which rise in x; outside of them it stays level."""
    right = bisect_right(points, x, key=lambda point: point[0])
    if right in {0, len(points)}:
        return points[max(right - 1, 0)][1]
    (x1, y1), (x2, y2) = points[right - 1], points[right]
    return y1 + (y2 - y1) * (x - x1) / (x2 - x1)


def calibrate(
    confidence: Confidence, maps: tuple[CalibrationMap, ...], provenance: Provenance, axis: Axis
) -> Confidence:
    """Return the calibrated confidence, or the same one if no map is for this engine, model, axis and prompt."""
    calibration = next((each for each in maps if each.is_for(provenance, axis)), None)
    if calibration is None or confidence.method in _OTHER_SCALES:
        return confidence
    value = round(calibration.probability(confidence.value), _DIGITS)
    return replace(confidence, value=value, method="calibrated", calibration_id=calibration.id)
