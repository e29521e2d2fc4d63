"""Claims: a scorer's hits with a voice, a quote of clause length and a weight, before any of them is chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from subtext.engines.local.clauses import clause_of, tidied
from subtext.engines.local.rejection import is_rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from subtext.domain.axis import Axis
    from subtext.domain.evidence import Polarity
    from subtext.engines.local.attribution import Passage, Voices
    from subtext.engines.local.scorer import Hit
    from subtext.engines.local.sentences import Sentence

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


def claims(
    text: str, sentences: Sequence[Sentence], hits: Sequence[Sequence[Hit]], voices: Voices, axis: Axis
) -> list[Claim]:
    """Every claim of the text in order; hits of one clause, voice and pole are one claim."""
    claimant = _Claimant(text, voices, axis)
    found: list[Claim] = []
    for number, (sentence, of_sentence) in enumerate(zip(sentences, hits, strict=True)):
        following = sentences[number + 1].text if number + 1 < len(sentences) else ""
        found += _joined(
            claim for hit in of_sentence for claim in claimant.claims_of(hit, sentence, following) if claim is not None
        )
    return found


class _Claimant:
    """Tells for each hit who answers for it and which words carry it."""

    def __init__(self, text: str, voices: Voices, axis: Axis) -> None:
        self._text, self._voices, self._axis = text, voices, axis

    def claims_of(self, hit: Hit, sentence: Sentence, following: str) -> Iterator[Claim | None]:
        """The claim of whose words the hit is, and the author's denial where it is thrown out; None for no words."""
        passage = self._voices.passage_at(hit.start)
        if passage is None:
            halved = sentence.text.endswith("?") and hit.polarity == "asserts"
            own = replace(hit, weight=hit.weight * _QUESTION) if halved else hit
            yield self._claim(own, (hit.start, hit.end), self._own_words(hit, sentence), None)
            return
        inside = max(passage.start, sentence.start), min(passage.end, sentence.end)
        yield self._claim(hit, (hit.start, hit.end), inside, passage.speaker)
        if is_rejected(passage, sentence, following):
            yield self._denial(hit, passage, sentence)

    def _denial(self, hit: Hit, passage: Passage, sentence: Sentence) -> Claim | None:
        """The author's words round a claim that the author rejects, toward the other pole."""
        marked = max(sentence.start, passage.start - 1), min(sentence.end, passage.end + 1)
        turned = replace(hit, pole=self._axis.other(hit.pole), polarity="denies", indicator=None)
        return self._claim(turned, marked, (sentence.start, sentence.end), None)

    def _claim(self, hit: Hit, core: tuple[int, int], within: tuple[int, int], speaker: str | None) -> Claim | None:
        span = tidied(self._text, *clause_of(self._text, core, within))
        return Claim(*span, speaker, hit.pole, hit.weight, hit.polarity, hit.indicator) if span else None

    def _own_words(self, hit: Hit, sentence: Sentence) -> tuple[int, int]:
        """The stretch of the sentence round the hit that no quotation interrupts."""
        begin, end = sentence.start, sentence.end
        for passage in self._voices.quoted_between(sentence.start, sentence.end):
            if passage.end <= hit.start:
                begin = max(begin, passage.end + 1)
            elif passage.start >= hit.end:
                end = min(end, passage.start - 1)
        return begin, max(end, hit.end)


def _joined(found: Iterable[Claim]) -> Iterable[Claim]:
    of_clauses: dict[tuple[int, str | None, str], Claim] = {}
    for claim in found:
        key = claim.start, claim.speaker, claim.pole
        of_clauses[key] = _both(of_clauses[key], claim) if key in of_clauses else claim
    return of_clauses.values()


def _both(one: Claim, other: Claim) -> Claim:
    strong, weak = (one, other) if one.weight >= other.weight else (other, one)
    weight = min(WEIGHT_MAX, strong.weight + _FURTHER * weak.weight)
    return replace(strong, weight=weight, end=max(one.end, other.end))
