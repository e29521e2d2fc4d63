"""Evidence selection: the few statements that are shown for a label, each likely to convince on its own.

The label is the posterior's; the evidence has to support it (see `analysis.scoring`). Precision comes before number:
for a pole the surest statements of that pole, for `mixed` the surest of both, for `neither` none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from subtext.domain.axis import MIXED
from subtext.engines.local.claims import Claim
from subtext.engines.local.clauses import find_quote, has_verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from subtext.domain.axis import Axis
    from subtext.engines.local.attribution import Attributions
    from subtext.engines.local.trained.tokenization import EncodedSentence

    Floats = NDArray[np.floating]

WEAK, MODERATE, STRONG = 1.0, 2.0, 4.0
_WORDS_MIN = 5
_ADDRESSES_READER = re.compile(
    r"\b(?:folks|let['’]s|shall we|ladies and gentlemen|dear readers?|buckle up|stay tuned|read more|click here|"
    r"sign up|subscribe|newsletter|follow us)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"\?[\"”’')]*\Z")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability a statement is moderate and strong, and how many are shown.

    Of a label's pole `fewest` are shown if there are so many with the probability `least`, up to `most` with `further`;
    coders mark one sentence in twelve. What speaks against the label must be strong. Up to `voices` named speakers who
    would not be heard are, each with one statement that has the probability `heard`. A question counts by the factor
    `question`. `near` is how much less sure than the surest token the others of its phrase may be.
    """

    least: float = 0.09
    further: float = 0.35
    moderate: float = 0.2
    strong: float = 0.4
    fewest: int = 3
    most: int = 8
    heard: float = 0.25
    voices: int = 2
    question: float = 0.5
    near: float = 0.2

    def required(self, sentences: int) -> int:
        """Return how many claims a label needs in an article of so many sentences: fewer in a short text."""
        return min(self.fewest, max(1, sentences // self.fewest))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claim that may be shown, and how likely a careful reader marks its sentence as evidence for its pole.

    It is `doubtful` if its sentence rather speaks for the other pole: such a one only fills up the fewest.
    """

    claim: Claim
    probability: float
    doubtful: bool = False


def may_be_evidence(piece: EncodedSentence) -> bool:
    """Tell whether a sentence states something: no greeting, teaser, introduction or fragment."""
    text = piece.sentence.text
    if _ADDRESSES_READER.search(text) or text.endswith(":"):
        return False
    return piece.in_title or (not piece.sentence.heading and len(text.split()) >= _WORDS_MIN and has_verb(text))


def candidates(
    text: str,
    sentences: Sequence[tuple[EncodedSentence, Floats, Floats]],
    lexicon_claims: Sequence[Claim],
    voices: Attributions,
    axis: Axis,
    limits: Thresholds,
) -> list[Candidate]:
    """Return the statements that are likely enough to be evidence for a pole: the surest first, doubtful ones last.

    `sentences` has for each sentence how likely it is evidence for either pole, and for its tokens how far they carry
    it; `lexicon_claims` is what the lexicon finds. Where it finds only the other pole a statement is doubtful, too.
    """
    finder = _StatementFinder(text, voices, limits)
    found = []
    for piece, likely, tags in sentences:
        for column, pole in enumerate(axis.poles if may_be_evidence(piece) else ()):
            probability = _probability(piece, float(likely[column]), limits)
            if probability < limits.least:
                continue
            claim = finder.find(piece, tags[:, column], pole, probability)
            doubtful = likely[column] < likely[1 - column] or _is_contradicted(claim, lexicon_claims)
            found.append(Candidate(claim, probability, doubtful))
    return sorted(found, key=lambda one: (one.doubtful, -one.probability, one.claim.start))


def select(label: str, found: Sequence[Candidate], axis: Axis, limits: Thresholds) -> list[Claim]:
    """Return the claims that are shown for `label`, in text order; none if they would not support it."""
    if label == MIXED:
        chosen = _balanced(found, axis.poles, limits)
    elif label in axis.poles:
        chosen = _leaning(found, label, axis.opposite_pole(label), limits)
    else:
        chosen = []
    return sorted(chosen, key=lambda claim: (claim.start, claim.end))


class _StatementFinder:
    """Find in a sentence the statement that carries a pole, and whose it is."""

    def __init__(self, text: str, voices: Attributions, limits: Thresholds) -> None:
        self._text, self._voices, self._limits = text, voices, limits

    def find(self, piece: EncodedSentence, tags: Floats, pole: str, probability: float) -> Claim:
        """Return the claim of a sentence; `tags` says of each token how far it carries the pole."""
        first, last, surest = _phrase(tags, self._limits.near)
        passage = None if piece.in_title else self._voices.at(piece.spans[surest][0])
        core = piece.spans[first][0], piece.spans[last][1]
        whole = piece.sentence.start, piece.sentence.end
        start, end = whole if piece.in_title else find_quote(self._text, core, piece.sentence, passage)
        speaker = None if passage is None else passage.speaker
        return Claim(start, end, speaker, pole, _weight(probability, self._limits), "asserts", None)


def _probability(piece: EncodedSentence, likely: float, limits: Thresholds) -> float:
    return likely * (limits.question if _QUESTION.search(piece.sentence.text) else 1.0)


def _weight(probability: float, limits: Thresholds) -> float:
    return STRONG if probability >= limits.strong else MODERATE if probability >= limits.moderate else WEAK


def _is_contradicted(claim: Claim, said: Sequence[Claim]) -> bool:
    """Tell whether the lexicon finds the other pole in the same words, and this one nowhere in them."""
    poles = {one.pole for one in said if one.weight >= WEAK and one.start < claim.end and claim.start < one.end}
    return bool(poles) and claim.pole not in poles


def _surest(found: Iterable[Candidate], pole: str, most: int, limits: Thresholds) -> list[Claim]:
    """Return the surest claims of a pole: the fewest if they are likely enough, more if they are likely."""
    of_pole = (one for one in found if one.claim.pole == pole)
    return [
        one.claim
        for rank, one in enumerate(of_pole)
        if rank < most and one.probability >= (limits.least if rank < limits.fewest else limits.further)
        if rank < limits.fewest or not one.doubtful
    ]


def _leaning(found: Sequence[Candidate], pole: str, other: str, limits: Thresholds) -> list[Claim]:
    """Return the surest claims of a pole, strong ones against it with at most half the mass, further voices."""
    chosen = _at_least(_surest(found, pole, limits.most, limits), MODERATE)
    if not chosen:
        return []
    sure = [one for one in found if not one.doubtful]
    against = [one.claim for one in sure if one.claim.pole == other and one.probability >= limits.strong]
    chosen += _within(against[: limits.most - len(chosen)], _mass(chosen) / 2)
    return chosen + _unheard(sure, pole, chosen, limits)


def _unheard(sure: Sequence[Candidate], pole: str, chosen: Sequence[Claim], limits: Thresholds) -> list[Claim]:
    """Return the surest claim of the pole by each named speaker who says nothing in `chosen`."""
    heard = {claim.speaker for claim in chosen}
    first: dict[str, Claim] = {}
    for one in sure:
        speaker = one.claim.speaker
        if one.claim.pole == pole and one.probability >= limits.heard and speaker and _is_name(speaker):
            first.setdefault(speaker, one.claim)
    return [claim for speaker, claim in first.items() if speaker not in heard][
        : min(limits.voices, limits.most - len(chosen))
    ]


def _is_name(speaker: str) -> bool:
    return speaker != speaker.lower()


def _balanced(found: Sequence[Candidate], poles: Sequence[str], limits: Thresholds) -> list[Claim]:
    """Return claims of both poles, each with a moderate mass and the heavier with at most twice the other's."""
    sides = [_surest(found, pole, limits.most // 2, limits) for pole in poles]
    sides[1] = [claim for claim in sides[1] if not any(_overlap(claim, other) for other in sides[0])]
    if not all(sides):
        return []
    few, many = sorted((_at_least(side, MODERATE) for side in sides), key=_mass)
    return [*few, *_within(many, 2 * _mass(few))]


def _overlap(one: Claim, other: Claim) -> bool:
    return one.start < other.end and other.start < one.end


def _within(claims: Iterable[Claim], budget: float) -> Iterator[Claim]:
    """Yield the claims, the surest first, as far as a mass bears them; the first one no heavier than that."""
    for rank, claim in enumerate(claims):
        weight = claim.weight if rank else min(claim.weight, budget)
        if weight <= budget:
            budget -= weight
            yield replace(claim, weight=weight)


def _phrase(tags: Floats, near: float) -> tuple[int, int, int]:
    """Return the tokens round the surest one that are not much less sure; one lesser does not end the phrase."""
    surest = int(tags.argmax())
    likely = tags >= near * tags[surest]
    first = last = surest
    while first > 0 and likely[max(0, first - 2) : first].any():
        first -= 1
    while last + 1 < len(tags) and likely[last + 1 : last + 3].any():
        last += 1
    return first, last, surest


def _at_least(claims: Sequence[Claim], mass: float) -> list[Claim]:
    """Return the claims, the first of them raised if all together have less mass."""
    return [replace(claims[0], weight=mass), *claims[1:]] if claims and _mass(claims) < mass else list(claims)


def _mass(claims: Iterable[Claim]) -> float:
    return sum(claim.weight for claim in claims)
