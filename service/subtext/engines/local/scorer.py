"""Sentence scorer, as a port, and the lexical one: hits of a sentence in its context."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from subtext.engines.local import lexicon
from subtext.engines.local.negation import modality_of
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
# How far a phrase is taken to be about the target, by where its sentence speaks of it.
_NAMED_BEFORE, _REFERRED_TO, _NAMED_AFTER, _JUST_NAMED, _NOBODY_ELSE, _ELSEWHERE = 1.0, 0.9, 0.7, 0.6, 0.5, 0.3
_NAME_INSIDE = re.compile(r"(?<=[a-z,] )[A-Z][a-z]")


@dataclass(frozen=True, slots=True)
class SentenceContext:
    """A sentence with its words, those of the one before it, and the target (None: all is taken to be about it)."""

    sentence: Sentence
    words: Sequence[WordToken]
    words_before: Sequence[WordToken]
    target: TargetMatcher | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase that frames the target: `start` and `end` are offsets into the article, `weight` is up to 4 (strong).

    `pole` is what the phrase counts toward; `denies` says that its words name the other pole and are negated.
    """

    pole: str
    indicator: str | None
    weight: float
    polarity: Polarity
    start: int
    end: int


class Scorer(Protocol):
    """Scores sentences. Replaceable: attribution, selection and summary do not know how it does it."""

    @property
    def model(self) -> str:
        """Return the name and version by which an answer tells what scored it."""

    def hits(self, contexts: Sequence[SentenceContext]) -> list[list[Hit]]:
        """Find the hits in each sentence, in text order."""


class LexicalScorer:
    """Phrases of the lexicon, turned by negation, halved by hedges, and counted for the target only."""

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
        return [_hit(match, context.words, proximity.of(match)) for match in matches]


def _hit(item: LexiconMatch, words: Sequence[WordToken], nearness: float) -> Hit:
    entry, how = item.entry, modality_of(words, item.first)
    start, end = words[item.first].start, words[item.last].end
    weight = entry.weight * nearness * (_HEDGED if how.hedged else 1.0)
    if how.negated:
        return Hit(_OTHER[entry.pole], None, weight * _NEGATED, "denies", start, end)
    return Hit(entry.pole, entry.indicator, weight, "asserts", start, end)


class _TargetProximity:
    """How far the phrases of one sentence are about the target: 1 where it is named before them, else less."""

    def __init__(self, context: SentenceContext) -> None:
        target, words = context.target, context.words
        self._everywhere = target is None
        self._named_at = [] if target is None else [at for at, word in enumerate(words) if word.norm in target.aliases]
        self._pronoun_at = next((at for at, word in enumerate(words) if word.norm in PRONOUNS), len(words))
        self._just_named = target is not None and target.is_named_in(word.norm for word in context.words_before)
        self._unnamed = _ELSEWHERE if _NAME_INSIDE.search(context.sentence.text) else _NOBODY_ELSE

    def of(self, item: LexiconMatch) -> float:
        """Return the factor for one phrase of the sentence."""
        if self._everywhere or (self._named_at and self._named_at[0] <= item.first):
            return _NAMED_BEFORE
        if self._named_at and self._named_at[-1] >= item.last:
            return _NAMED_AFTER
        if self._just_named:
            return _REFERRED_TO if self._pronoun_at <= item.first else _JUST_NAMED
        return self._unnamed
