"""Evidence selection: the few claims of an article that are proposed, in proportion to the excess of each pole.

Ordinary news uses words of power and trouble about anybody, so claims count only as far as they exceed a baseline: the
mass per 100 words of articles without framing. The excess decides the label, and how much evidence each
pole gets. The analysis then checks the label against that evidence, as for every engine (see `analysis.scoring`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.analysis.scoring import POLE_THRESHOLD, STRENGTH_WEIGHTS
from subtext.domain.axis import MIXED, NEITHER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.domain.axis import Axis
    from subtext.domain.evidence import Strength
    from subtext.engines.local.claims import Claim

DECIDING_MAX, OTHERS_MAX = 8, 4
_STRONG_FROM, _MODERATE_FROM = 3.0, 1.5


@dataclass(frozen=True, slots=True)
class Baseline:
    """Baseline of ordinary reporting, in mass per 100 words: the rate of each pole, and the `least` excess that counts.

    A speaker's claim counts by the factor `attributed` of an author's; `positive_weight` corrects for words of power
    being commoner than words of need. Fitted on labelled articles (docs/decisions/0004-embedded-engine.md).
    """

    negative: float = 0.6
    positive: float = 1.0
    positive_weight: float = 0.7
    least: float = 0.3
    attributed: float = 0.5


@dataclass(frozen=True, slots=True)
class PoleExcess:
    """Mass per 100 words by which each pole exceeds the baseline; both are zero if nothing is framed."""

    negative: float
    positive: float

    @property
    def lean(self) -> float:
        """Return the lean, from -1 (all negative) to 1 (all positive)."""
        total = self.negative + self.positive
        return (self.positive - self.negative) / total if total else 0.0

    def label(self, axis: Axis) -> str:
        """Label the excess, by the thresholds of the scoring."""
        if not self.negative + self.positive:
            return NEITHER
        if abs(self.lean) < POLE_THRESHOLD:
            return MIXED
        return axis.negative.id if self.lean < 0 else axis.positive.id


def strength_for(weight: float) -> Strength:
    """Name the strength of a weight in mass units."""
    if weight >= _STRONG_FROM:
        return "strong"
    return "moderate" if weight >= _MODERATE_FROM else "weak"


def excess_over_baseline(claims: Iterable[Claim], words: int, axis: Axis, baseline: Baseline) -> PoleExcess:
    """Measure how far the claims of an article of this many words exceed the baseline."""
    mass = dict.fromkeys(axis.poles, 0.0)
    for claim in claims:
        mass[claim.pole] += claim.weight * (1.0 if claim.speaker is None else baseline.attributed)
    hundreds = max(words, 1) / 100
    negative, positive = (mass[pole] / hundreds for pole in axis.poles)
    excess = PoleExcess(
        max(0.0, negative - baseline.negative),
        max(0.0, positive - baseline.positive) * baseline.positive_weight,
    )
    return excess if excess.negative + excess.positive >= baseline.least else PoleExcess(0.0, 0.0)


def select(claims: Sequence[Claim], excess: PoleExcess, axis: Axis) -> tuple[Claim, ...]:
    """Select the claims to propose, in text order: the author's and the strongest of others, or only the others'."""
    if excess.label(axis) == NEITHER:
        return ()
    author = [claim for claim in claims if claim.speaker is None]
    others = [claim for claim in claims if claim.speaker is not None]
    selection = _select_in_proportion(author, excess, axis)
    if selection:
        selection += _take_strongest(others, OTHERS_MAX)
    else:
        selection = _select_in_proportion(others, excess, axis)
    return tuple(sorted(selection, key=lambda claim: (claim.start, claim.end)))


def _select_in_proportion(claims: Sequence[Claim], excess: PoleExcess, axis: Axis) -> list[Claim]:
    """Select the strongest claims of the leading pole, and of the other by its share; none without the first."""
    leading, lesser = axis.poles if excess.lean < 0 else axis.poles[::-1]
    share = (1 - abs(excess.lean)) / 2
    ratio = share / (1 - share)
    first = _take_strongest((c for c in claims if c.pole == leading), DECIDING_MAX - round(DECIDING_MAX * share))
    second = _take_strongest((c for c in claims if c.pole == lesser), DECIDING_MAX - len(first))
    mixed = excess.label(axis) == MIXED
    if mixed and second:
        first = _take_within(first, sum(map(_mass, second)) / ratio)
    return first + _take_within(second, sum(map(_mass, first)) * ratio, at_least=int(mixed)) if first else []


def _take_within(strongest: Sequence[Claim], budget: float, at_least: int = 1) -> list[Claim]:
    """Take as many of the claims, strongest first, as fit into a budget of mass."""
    fitting: list[Claim] = []
    for claim in strongest:
        if len(fitting) < at_least or _mass(claim) <= budget:
            fitting.append(claim)
            budget -= _mass(claim)
    return fitting


def _take_strongest(claims: Iterable[Claim], most: int) -> list[Claim]:
    """Take the weightiest claims, strongest first; of duplicates only one."""
    distinct: list[Claim] = []
    for claim in sorted(claims, key=lambda claim: (-claim.weight, claim.start)):
        if len(distinct) == most:
            break
        if not any(claim.stance.duplicates(other.stance) for other in distinct):
            distinct.append(claim)
    return distinct


def _mass(claim: Claim) -> int:
    return STRENGTH_WEIGHTS[strength_for(claim.weight)]
