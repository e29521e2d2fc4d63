"""Sentence scorer: its port, and the one by lexicon, which finds weighted hits in each sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from subtext.engines.local import lexicon
from subtext.engines.local.negation import determine_modality
from subtext.engines.local.target import PRONOUNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.domain.evidence import Polarity
    from subtext.domain.text.sentences import Sentence
    from subtext.engines.local.lexicon import Lexicon, LexiconMatch
    from subtext.engines.local.target import TargetMatcher
    from subtext.engines.local.tokens import WordToken

_OTHER = {"desperation": "domination", "domination": "desperation"}
_HEDGED, _NEGATED = 0.5, 0.5
# Weight factor for how surely a phrase is about the target, by where the target is mentioned.
_NAMED_BEFORE, _PRONOUN_BEFORE, _NAMED_AFTER, _NAMED_LAST, _NO_NAME, _OTHER_NAME = 1.0, 0.9, 0.7, 0.6, 0.5, 0.3
_NAME_INSIDE = re.compile(r"(?<=[a-z,] )[A-Z][a-z]")


@dataclass(frozen=True, slots=True)
class SentenceContext:
    """Sentence with its words, those of the sentence before, and the target (None: every phrase counts as about it)."""

    sentence: Sentence
    words: Sequence[WordToken]
    words_before: Sequence[WordToken]
    target: TargetMatcher | None


@dataclass(frozen=True, slots=True)
class Hit:
    """Match of a phrase that frames the target: `start` and `end` are offsets in the article, `weight` is at most 4.

    `pole` is what the phrase counts toward; the polarity `denies` means that the phrase is of the other pole, negated.
    """

    pole: str
    indicator: str | None
    weight: float
    polarity: Polarity
    start: int
    end: int


class Scorer(Protocol):
    """Port of a sentence scorer, so that the classifier works with any."""

    @property
    def model(self) -> str:
        """Return the name and version of the scorer, as answers give it."""

    def hits(self, contexts: Sequence[SentenceContext]) -> list[list[Hit]]:
        """Find the hits in each sentence, in text order."""


class LexicalScorer:
    """Scorer by lexicon: negation turns the pole, hedges halve the weight, distance from the target lowers it."""

    model = "subtext-lexicon-1"

    def __init__(self, phrases: Lexicon | None = None) -> None:
        self._lexicon = phrases or lexicon.load_default()

    def hits(self, contexts: Sequence[SentenceContext]) -> list[list[Hit]]:
        """Find the hits in each sentence, in text order."""
        return [self._sentence_hits(context) for context in contexts]

    def _sentence_hits(self, context: SentenceContext) -> list[Hit]:
        matches = self._lexicon.find(context.words)
        if not matches:
            return []
        proximity = _TargetProximity(context)
        return [_build_hit(match, context.words, proximity.factor(match)) for match in matches]


def _build_hit(match: LexiconMatch, words: Sequence[WordToken], factor: float) -> Hit:
    entry, modality = match.entry, determine_modality(words, match.first)
    start, end = words[match.first].start, words[match.last].end
    weight = entry.weight * factor * (_HEDGED if modality.hedged else 1.0)
    if modality.negated:
        return Hit(_OTHER[entry.pole], None, weight * _NEGATED, "denies", start, end)
    return Hit(entry.pole, entry.indicator, weight, "asserts", start, end)


class _TargetProximity:
    """Weight factors of the phrases of a sentence: 1 if the target is named before the phrase, else less."""

    def __init__(self, context: SentenceContext) -> None:
        target, words = context.target, context.words
        self._is_any = target is None
        self._names = [] if target is None else [at for at, word in enumerate(words) if word.norm in target.aliases]
        self._first_pronoun = next((at for at, word in enumerate(words) if word.norm in PRONOUNS), len(words))
        self._is_named_last = target is not None and target.is_named_in(word.norm for word in context.words_before)
        self._unnamed = _OTHER_NAME if _NAME_INSIDE.search(context.sentence.text) else _NO_NAME

    def factor(self, match: LexiconMatch) -> float:
        """Return the weight factor of a phrase of the sentence."""
        if self._is_any or (self._names and self._names[0] <= match.first):
            return _NAMED_BEFORE
        if self._names and self._names[-1] >= match.last:
            return _NAMED_AFTER
        if self._is_named_last:
            return _PRONOUN_BEFORE if self._first_pronoun <= match.first else _NAMED_LAST
        return self._unnamed
