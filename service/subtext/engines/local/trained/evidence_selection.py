"""Choosing: which sentences are proposed as evidence, and how strong, so that weighing them gives the article's label.

The label of an answer is recomputed from its evidence (see `analysis.scoring`), the author's where the author frames
at all. So what the posterior says of the article is put into words that bear it: of the leading pole the surest
sentences, of the other only as much as the label stands, for `mixed` both in balance, for `neither` faint signs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from subtext.analysis.scoring import POLE_THRESHOLD, SMOOTHING
from subtext.domain.axis import MIXED, NEITHER
from subtext.engines.local.claims import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from subtext.domain.axis import Axis
    from subtext.engines.local.attribution import Attributions
    from subtext.engines.local.trained.tokenization import EncodedSentence

    Floats = NDArray[np.floating]

WEAK, MODERATE, STRONG = 1.0, 2.0, 4.0
# A label must not hang on the last unit of mass: what is chosen stays this far inside its border.
_MARGIN = 0.03


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability a sentence is evidence, moderate, strong; how many; how near a token is to the surest.

    Coders mark one sentence in twelve, so one in eleven is more than most have. Set for recall: see the model card.
    """

    least: float = 0.09
    moderate: float = 0.2
    strong: float = 0.4
    deciding: int = 12
    others: int = 6
    near: float = 0.2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claim that may be proposed, how likely it is evidence, and whether it rather speaks for the other pole.

    Such a one is proposed only where there is nothing better.
    """

    claim: Claim
    probability: float
    doubtful: bool = False


def candidates(
    sentences: Sequence[tuple[EncodedSentence, Floats, Floats]],
    lexicon_claims: Sequence[Claim],
    voices: Attributions,
    axis: Axis,
    limits: Thresholds,
) -> list[Candidate]:
    """For each sentence and pole the phrase that carries it most, whosever it is; surest first.

    `sentences` has for each sentence how likely it is evidence for either pole, and for its tokens how far they carry
    it; `lexicon_claims` is what the lexicon finds.
    """
    found = []
    for piece, likely, tags in sentences:
        for column, pole in enumerate(axis.poles):
            chance = float(likely[column])
            first, last, surest = _phrase(tags[:, column], limits.near)
            passage = None if piece.in_title else voices.at(piece.spans[surest][0])
            speaker = None if passage is None else passage.speaker
            weight = STRONG if chance >= limits.strong else MODERATE if chance >= limits.moderate else WEAK
            start, end = piece.spans[first][0], piece.spans[last][1]
            if passage is not None:
                # What is quoted as somebody's own must be: the words around it are the author's.
                start, end = max(start, passage.start), min(end, passage.end)
            claim = Claim(start, end, speaker, pole, weight, "asserts", None)
            doubtful = chance < float(likely[1 - column]) or _contradicted(claim, lexicon_claims)
            found.append(Candidate(claim, chance, doubtful))
    return sorted(found, key=lambda one: (-one.probability, one.claim.start))


def _contradicted(claim: Claim, said: Sequence[Claim]) -> bool:
    """Whether the lexicon finds the other pole in the same words, and this one nowhere in them."""
    poles = {one.pole for one in said if one.weight >= WEAK and one.start < claim.end and claim.start < one.end}
    return bool(poles) and claim.pole not in poles


def select(label: str, found: Sequence[Candidate], axis: Axis, limits: Thresholds) -> list[Claim]:
    """The claims that say `label` when they are weighed, in text order."""
    sure = [one.claim for one in found if one.probability >= limits.least and not one.doubtful]
    own, others = _by_voice(sure)
    decide = _Selector(label, axis, limits.deciding)
    deciding = decide(own)
    if deciding and label != NEITHER:
        return _in_order([*deciding, *others[: limits.others]])
    for claims in (deciding, decide(others), *map(decide, _by_voice([one.claim for one in found]))):
        if claims or label == NEITHER:
            return _in_order(claims)
    return []


@dataclass(frozen=True, slots=True)
class _Selector:
    """Picks from the claims of the deciding voices what gives the label; nothing where they cannot."""

    label: str
    axis: Axis
    most: int

    def __call__(self, claims: Sequence[Claim]) -> list[Claim]:
        if self.label == NEITHER:
            return self._neutral(claims)
        return self._balanced(claims) if self.label == MIXED else self._leaning(claims)

    def _leaning(self, claims: Sequence[Claim]) -> list[Claim]:
        first = _at_least([claim for claim in claims if claim.pole == self.label][: self.most], MODERATE)
        second: list[Claim] = []
        for claim in (claim for claim in claims if claim.pole != self.label):
            if (
                first
                and len(first) + len(second) < self.most
                and _lead(first, [*second, claim]) >= POLE_THRESHOLD + _MARGIN
            ):
                second.append(claim)
        return first + second

    def _balanced(self, claims: Sequence[Claim]) -> list[Claim]:
        sides = [[claim for claim in claims if claim.pole == pole][: self.most // 2] for pole in self.axis.poles]
        if not all(sides):
            return []
        few, many = sorted((_at_least(side, MODERATE) for side in sides), key=_mass)
        while len(many) > 1 and _lead(many, few) > POLE_THRESHOLD - _MARGIN:
            many = many[:-1]
        if _lead(many, few) > POLE_THRESHOLD - _MARGIN:
            many = [replace(many[0], weight=MODERATE)]
        return few + many

    def _neutral(self, claims: Sequence[Claim]) -> list[Claim]:
        """At most one weak sign of the one pole and one of the other."""
        return [replace(claim, weight=WEAK) for pole in self.axis.poles for claim in _first_of(claims, pole)]


def _phrase(tags: Floats, near: float) -> tuple[int, int, int]:
    """The tokens round the surest one that are not much less sure; a single lesser one does not end the phrase."""
    surest = int(tags.argmax())
    likely = tags >= near * tags[surest]
    first = last = surest
    while first > 0 and likely[max(0, first - 2) : first].any():
        first -= 1
    while last + 1 < len(tags) and likely[last + 1 : last + 3].any():
        last += 1
    return first, last, surest


def _by_voice(claims: Iterable[Claim]) -> tuple[list[Claim], list[Claim]]:
    own: list[Claim] = []
    others: list[Claim] = []
    for claim in claims:
        (own if claim.speaker is None else others).append(claim)
    return own, others


def _at_least(claims: Sequence[Claim], mass: float) -> list[Claim]:
    """The claims, the first of them raised where all together have less mass."""
    return [replace(claims[0], weight=mass), *claims[1:]] if claims and _mass(claims) < mass else list(claims)


def _first_of(claims: Sequence[Claim], pole: str) -> list[Claim]:
    return [claim for claim in claims if claim.pole == pole][:1]


def _mass(claims: Iterable[Claim]) -> float:
    return sum(claim.weight for claim in claims)


def _lead(first: Sequence[Claim], second: Sequence[Claim]) -> float:
    """The score that the first of two sides has when it is weighed against the second."""
    one, other = _mass(first), _mass(second)
    return (one - other) / (one + other + SMOOTHING)


def _in_order(claims: Iterable[Claim]) -> list[Claim]:
    return sorted(claims, key=lambda claim: (claim.start, claim.end))
