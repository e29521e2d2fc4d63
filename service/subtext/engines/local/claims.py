"""Claims: a scorer's hits with a voice, a quote of clause length and a weight, before any of them is chosen.

Rejection: claims that the author quotes in order to throw them out, by scare quotes and the words around them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from subtext.domain.evidence import Span, Stance
from subtext.engines.local.tokens import enclosing_clause, trim_to_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from subtext.domain.axis import Axis
    from subtext.domain.evidence import Polarity
    from subtext.domain.text.sentences import Sentence
    from subtext.engines.local.attribution import AttributedSpan, Attributions
    from subtext.engines.local.scorer import Hit

# A longer quotation is speech, not a term held up for doubt.
_SCARE_WORDS_MAX = 6

_CUES = re.compile(
    r"\b(?:so-called|supposed(?:ly)?|seriously|come on|unless|charade|fa[cç]ades?|anything but|a tell|really\?|"
    r"yeah,? right|as if|laughable|house of cards|hollow|bluster|overcompensat\w+|hardly|farce|pretend\w*|mockery|"
    r"self-styled|self-proclaimed|aren['’]t|isn['’]t|whatever that means|nonsense|joke|myth|fiction|delusion\w*)\b",
    re.IGNORECASE,
)

_ASIDE = re.compile(
    r"(?:seriously|really|come on|please|hardly|not quite|nonsense|yeah,? right|as if)\b", re.IGNORECASE
)

_ASIDE_MAX = 24


def is_distanced(claim: AttributedSpan, sentence: Sentence, following: str) -> bool:
    """Tell whether the author throws out a short quoted claim, in its own sentence or in a short one right after it."""
    if not claim.quoted or len(_words(claim, sentence)) > _SCARE_WORDS_MAX:
        return False
    begin, end = claim.start - sentence.start, claim.end - sentence.start
    around = sentence.text[: max(begin, 0)] + " " + sentence.text[end:]
    if _CUES.search(around) or sentence.text[end:].strip("\"'”’ ") == "?":
        return True
    return len(following) <= _ASIDE_MAX and (following.endswith("?") or _ASIDE.match(following) is not None)


def _words(claim: AttributedSpan, sentence: Sentence) -> list[str]:
    return sentence.text[max(0, claim.start - sentence.start) : claim.end - sentence.start].split()


WEIGHT_MAX = 4.0

# How much each further phrase of the same clause adds to the strongest one; what the author only asks counts half.
_FURTHER, _QUESTION = 0.4, 0.5


@dataclass(frozen=True, slots=True)
class Claim:
    """One voice's claim about the target: `start` to `end` is its quote; `speaker` is None for the author.

    `weight` is in the mass units of the weighing: 1 weak, 2 moderate, 4 strong, anything between.
    """

    start: int
    end: int
    speaker: str | None
    pole: str
    weight: float
    polarity: Polarity
    indicator: str | None

    @property
    def stance(self) -> Stance:
        """Return whose claim it is, for which pole, and where."""
        return Stance(self.speaker, self.pole, Span(self.start, self.end))


def claims(
    text: str, sentences: Sequence[Sentence], hits: Sequence[Sequence[Hit]], voices: Attributions, axis: Axis
) -> list[Claim]:
    """Build every claim of the text in order; hits of one clause, voice and pole are one claim."""
    claimant = _ClaimBuilder(text, voices, axis)
    found: list[Claim] = []
    for number, (sentence, of_sentence) in enumerate(zip(sentences, hits, strict=True)):
        following = sentences[number + 1].text if number + 1 < len(sentences) else ""
        found += _merge_by_clause(
            claim for hit in of_sentence for claim in claimant.claims_of(hit, sentence, following) if claim is not None
        )
    return found


class _ClaimBuilder:
    """Tells for each hit who answers for it and which words carry it."""

    def __init__(self, text: str, voices: Attributions, axis: Axis) -> None:
        self._text, self._voices, self._axis = text, voices, axis

    def claims_of(self, hit: Hit, sentence: Sentence, following: str) -> Iterator[Claim | None]:
        """Yield the claim of whose words the hit is in, and the author's denial if it is rejected, or None."""
        passage = self._voices.at(hit.start)
        if passage is None:
            halved = sentence.text.endswith("?") and hit.polarity == "asserts"
            own = replace(hit, weight=hit.weight * _QUESTION) if halved else hit
            yield self._claim(own, (hit.start, hit.end), self._own_words(hit, sentence), None)
            return
        inside = max(passage.start, sentence.start), min(passage.end, sentence.end)
        yield self._claim(hit, (hit.start, hit.end), inside, passage.speaker)
        if is_distanced(passage, sentence, following):
            yield self._denial(hit, passage, sentence)

    def _denial(self, hit: Hit, passage: AttributedSpan, sentence: Sentence) -> Claim | None:
        """Claim the author's words round a claim that the author rejects, toward the other pole."""
        marked = max(sentence.start, passage.start - 1), min(sentence.end, passage.end + 1)
        turned = replace(hit, pole=self._axis.opposite_pole(hit.pole), polarity="denies", indicator=None)
        return self._claim(turned, marked, (sentence.start, sentence.end), None)

    def _claim(self, hit: Hit, core: tuple[int, int], within: tuple[int, int], speaker: str | None) -> Claim | None:
        span = trim_to_words(self._text, *enclosing_clause(self._text, core, within))
        return Claim(*span, speaker, hit.pole, hit.weight, hit.polarity, hit.indicator) if span else None

    def _own_words(self, hit: Hit, sentence: Sentence) -> tuple[int, int]:
        """Find the stretch of the sentence round the hit that no quotation interrupts."""
        begin, end = sentence.start, sentence.end
        for passage in self._voices.quoted_between(sentence.start, sentence.end):
            if passage.end <= hit.start:
                begin = max(begin, passage.end + 1)
            elif passage.start >= hit.end:
                end = min(end, passage.start - 1)
        return begin, max(end, hit.end)


def _merge_by_clause(found: Iterable[Claim]) -> Iterable[Claim]:
    of_clauses: dict[tuple[int, str | None, str], Claim] = {}
    for claim in found:
        key = claim.start, claim.speaker, claim.pole
        of_clauses[key] = _merge(of_clauses[key], claim) if key in of_clauses else claim
    return of_clauses.values()


def _merge(one: Claim, other: Claim) -> Claim:
    strong, weak = (one, other) if one.weight >= other.weight else (other, one)
    weight = min(WEIGHT_MAX, strong.weight + _FURTHER * weak.weight)
    return replace(strong, weight=weight, end=max(one.end, other.end))
