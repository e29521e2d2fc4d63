"""Evidence selection: the few statements that are shown for a label, each likely to convince on its own.

The label comes from the label model; the evidence has to support it (see `analysis.scoring`). Precision comes before
number: a pole gets its most probable statements, `mixed` those of both poles, `neither` none.
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
    """Thresholds on the probability of a statement, and on the number of statements.

    The label's pole gets `fewest` statements of at least the probability `least`, and more, up to `most`, of at least
    `further`; coders mark one sentence in twelve. From `moderate` and `strong` on, a statement has that strength. A
    statement against the label must be strong. A speaker supports a pole from the probability `voice`. The probability
    of a question is multiplied by `question`. A token belongs to the phrase if its probability is at least `near` times
    the highest one.
    """

    least: float = 0.09
    further: float = 0.35
    moderate: float = 0.2
    strong: float = 0.4
    fewest: int = 3
    most: int = 8
    voice: float = 0.4
    question: float = 0.5
    near: float = 0.2

    def required(self, sentences: int) -> int:
        """Return how many claims a label needs in an article of this many sentences: fewer in a short text."""
        return min(self.fewest, max(1, sentences // self.fewest))


@dataclass(frozen=True, slots=True)
class Candidate:
    """Claim that may be shown, with the probability that a careful reader marks its sentence as evidence for its pole.

    It is `doubtful` if its sentence supports the other pole more: then it is used only to reach `Thresholds.fewest`.
    """

    claim: Claim
    probability: float
    doubtful: bool = False


def may_be_evidence(encoded: EncodedSentence) -> bool:
    """Tell whether a sentence is a statement: no greeting, teaser, introduction or fragment."""
    text = encoded.sentence.text
    if _ADDRESSES_READER.search(text) or text.endswith(":"):
        return False
    return encoded.in_title or (not encoded.sentence.heading and len(text.split()) >= _WORDS_MIN and has_verb(text))


def candidates(
    sentences: Sequence[tuple[EncodedSentence, Floats, Floats]],
    lexicon_claims: Sequence[Claim],
    axis: Axis,
    finder: StatementFinder,
) -> list[Candidate]:
    """Return the statements probable enough to be evidence for a pole: most probable first, doubtful ones last.

    `sentences` holds for each sentence its probability as evidence for either pole (2) and the probabilities of its
    tokens (tokens by 2). A statement is doubtful too if `lexicon_claims` has only the other pole in its words.
    """
    limits = finder.limits
    options = []
    for encoded, by_pole, tags in sentences:
        if by_pole.max() < limits.least or not may_be_evidence(encoded):
            continue
        for column, pole in enumerate(axis.poles):
            probability = _discount_question(encoded, float(by_pole[column]), limits)
            if probability < limits.least:
                continue
            claim = finder.find(encoded, tags[:, column], pole, probability)
            doubtful = by_pole[column] < by_pole[1 - column] or is_contradicted(claim, lexicon_claims)
            options.append(Candidate(claim, probability, doubtful))
    return sorted(options, key=lambda option: (option.doubtful, -option.probability, option.claim.start))


def select(label: str, options: Sequence[Candidate], axis: Axis, limits: Thresholds) -> list[Claim]:
    """Return the claims that are shown for `label`, in text order; none if they would not support it."""
    if label == MIXED:
        selection = _select_both_poles(options, axis.poles, limits)
    elif label in axis.poles:
        selection = _select_for_pole(options, label, axis.opposite_pole(label), limits)
    else:
        selection = []
    return sorted(selection, key=lambda claim: (claim.start, claim.end))


class StatementFinder:
    """Finder of the statement in a sentence that expresses a pole, and of its speaker."""

    def __init__(self, text: str, voices: Attributions, limits: Thresholds) -> None:
        self._text, self._voices, self.limits = text, voices, limits

    def find(self, encoded: EncodedSentence, tags: Floats, pole: str, probability: float) -> Claim:
        """Return the claim of a sentence; `tags` are the probabilities of its tokens for the pole."""
        first, last, best = _find_phrase(tags, self.limits.near)
        passage = None if encoded.in_title else self._voices.at(encoded.spans[best][0])
        core = encoded.spans[first][0], encoded.spans[last][1]
        whole = encoded.sentence.start, encoded.sentence.end
        start, end = whole if encoded.in_title else find_quote(self._text, core, encoded.sentence, passage)
        speaker = None if passage is None else passage.speaker
        return Claim(start, end, speaker, pole, _weight(probability, self.limits), "asserts", None)


def _discount_question(encoded: EncodedSentence, probability: float, limits: Thresholds) -> float:
    return probability * (limits.question if _QUESTION.search(encoded.sentence.text) else 1.0)


def _weight(probability: float, limits: Thresholds) -> float:
    return STRONG if probability >= limits.strong else MODERATE if probability >= limits.moderate else WEAK


def is_contradicted(claim: Claim, lexicon_claims: Sequence[Claim], least: float = WEAK) -> bool:
    """Tell whether the lexicon has only the other pole in the words of a claim, from a weight of `least` on."""
    poles = {
        one.pole for one in lexicon_claims if one.weight >= least and one.start < claim.end and claim.start < one.end
    }
    return bool(poles) and claim.pole not in poles


def _take_most_probable(options: Iterable[Candidate], pole: str, most: int, limits: Thresholds) -> list[Claim]:
    """Return the most probable claims of a pole: the first few above the lower threshold, more above the higher."""
    own = (option for option in options if option.claim.pole == pole)
    return [
        option.claim
        for rank, option in enumerate(own)
        if rank < most and option.probability >= (limits.least if rank < limits.fewest else limits.further)
        if rank < limits.fewest or not option.doubtful
    ]


def _select_for_pole(options: Sequence[Candidate], pole: str, other: str, limits: Thresholds) -> list[Claim]:
    """Select the most probable claims of a pole, and strong ones against it up to half the weight."""
    selection = _raise_weight(_take_most_probable(options, pole, limits.most, limits), MODERATE)
    if not selection:
        return []
    clear = [option for option in options if not option.doubtful]
    against = [option.claim for option in clear if option.claim.pole == other and option.probability >= limits.strong]
    return selection + list(_take_within(against[: limits.most - len(selection)], _total_weight(selection) / 2))


def _select_both_poles(options: Sequence[Candidate], poles: Sequence[str], limits: Thresholds) -> list[Claim]:
    """Select claims of both poles: each of at least a moderate weight, and neither of more than twice the other's."""
    sides = [_take_most_probable(options, pole, limits.most // 2, limits) for pole in poles]
    sides[1] = [claim for claim in sides[1] if not any(_overlap(claim, other) for other in sides[0])]
    if not all(sides):
        return []
    lighter, heavier = sorted((_raise_weight(side, MODERATE) for side in sides), key=_total_weight)
    return [*lighter, *_take_within(heavier, 2 * _total_weight(lighter))]


def _overlap(one: Claim, other: Claim) -> bool:
    return one.start < other.end and other.start < one.end


def _take_within(claims: Iterable[Claim], budget: float) -> Iterator[Claim]:
    """Yield claims in order as long as their total weight is within a budget; the first is reduced to fit it."""
    for rank, claim in enumerate(claims):
        weight = claim.weight if rank else min(claim.weight, budget)
        if weight <= budget:
            budget -= weight
            yield replace(claim, weight=weight)


def _find_phrase(tags: Floats, near: float) -> tuple[int, int, int]:
    """Return first, last and most probable token of the phrase round the latter; it may hold single improbable ones."""
    best = int(tags.argmax())
    probable = (tags >= near * tags[best]).tolist()
    first = last = best
    while first > 0 and any(probable[max(0, first - 2) : first]):
        first -= 1
    while last + 1 < len(probable) and any(probable[last + 1 : last + 3]):
        last += 1
    return first, last, best


def _raise_weight(claims: Sequence[Claim], least: float) -> list[Claim]:
    """Return the claims, with the first one's weight raised if their total is below `least`."""
    return [replace(claims[0], weight=least), *claims[1:]] if claims and _total_weight(claims) < least else list(claims)


def _total_weight(claims: Iterable[Claim]) -> float:
    return sum(claim.weight for claim in claims)
