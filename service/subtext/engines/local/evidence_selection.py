"""Evidence selection: from all claims of an article the few that are proposed, in proportion to what it says.

Ordinary news uses words of power and trouble about anybody, so claims count only as far as they exceed the background:
the mass per 100 words that articles without framing have too. What exceeds it decides how much evidence each pole gets;
the label is then recomputed from that evidence by the analyst, as it is for every engine.
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
    """What is no framing yet, in mass per 100 words: each pole's own rate, and the least that must exceed it.

    `attributed` is how much a speaker's claim counts beside the author's; `positive_weight` evens out that words of
    power are commoner than words of need. Fitted on labelled articles (see the decision record).
    """

    negative: float = 0.6
    positive: float = 1.0
    positive_weight: float = 0.7
    least: float = 0.3
    attributed: float = 0.5


@dataclass(frozen=True, slots=True)
class PoleExcess:
    """The mass per 100 words by which each pole exceeds the background; all zero where nothing is framed."""

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


def excess_over_baseline(claims: Iterable[Claim], words: int, axis: Axis, background: Baseline) -> PoleExcess:
    """Measure how far the claims of an article of so many words exceed the baseline."""
    mass = dict.fromkeys(axis.poles, 0.0)
    for claim in claims:
        mass[claim.pole] += claim.weight * (1.0 if claim.speaker is None else background.attributed)
    hundreds = max(words, 1) / 100
    negative, positive = (mass[pole] / hundreds for pole in axis.poles)
    found = PoleExcess(
        max(0.0, negative - background.negative),
        max(0.0, positive - background.positive) * background.positive_weight,
    )
    return found if found.negative + found.positive >= background.least else PoleExcess(0.0, 0.0)


def select(claims: Sequence[Claim], found: PoleExcess, axis: Axis) -> tuple[Claim, ...]:
    """Select the claims to propose, in text order: those of the voices that decide, and the strongest of the others."""
    if found.label(axis) == NEITHER:
        return ()
    author = [claim for claim in claims if claim.speaker is None]
    others = [claim for claim in claims if claim.speaker is not None]
    chosen = _proportional(author, found, axis)
    if chosen:
        chosen += _strongest(others, OTHERS_MAX)
    else:
        chosen = _proportional(others, found, axis)
    return tuple(sorted(chosen, key=lambda claim: (claim.start, claim.end)))


def _proportional(claims: Sequence[Claim], found: PoleExcess, axis: Axis) -> list[Claim]:
    """Select the strongest claims of the leading pole, and of the other by its share; none without the first."""
    leading, lesser = axis.poles if found.lean < 0 else axis.poles[::-1]
    share = (1 - abs(found.lean)) / 2
    ratio = share / (1 - share)
    first = _strongest((c for c in claims if c.pole == leading), DECIDING_MAX - round(DECIDING_MAX * share))
    second = _strongest((c for c in claims if c.pole == lesser), DECIDING_MAX - len(first))
    mixed = found.label(axis) == MIXED
    if mixed and second:
        first = _within_budget(first, sum(map(_mass, second)) / ratio)
    return first + _within_budget(second, sum(map(_mass, first)) * ratio, at_least=int(mixed)) if first else []


def _within_budget(strongest: Sequence[Claim], budget: float, at_least: int = 1) -> list[Claim]:
    """Take as many of the claims, strongest first, as fit into a mass."""
    kept: list[Claim] = []
    for claim in strongest:
        if len(kept) < at_least or _mass(claim) <= budget:
            kept.append(claim)
            budget -= _mass(claim)
    return kept


def _strongest(claims: Iterable[Claim], most: int) -> list[Claim]:
    """Select the weightiest claims, strongest first; of duplicates only one."""
    taken: list[Claim] = []
    for claim in sorted(claims, key=lambda claim: (-claim.weight, claim.start)):
        if len(taken) == most:
            break
        if not any(claim.stance.duplicates(other.stance) for other in taken):
            taken.append(claim)
    return taken


def _mass(claim: Claim) -> int:
    return STRENGTH_WEIGHTS[strength_for(claim.weight)]
