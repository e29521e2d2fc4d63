"""Framing classifier: its port, and the one that counts phrases of a lexicon."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from subtext.domain.axis import NEITHER
from subtext.domain.draft import DraftFraming
from subtext.engines.local.claims import claims
from subtext.engines.local.clauses import find_quote
from subtext.engines.local.draft_framing import NEITHER_CONFIDENCE, build_framing
from subtext.engines.local.evidence_selection import Baseline, excess_over_baseline, select
from subtext.engines.local.scope import is_about_actors
from subtext.engines.local.scorer import LexicalScorer, SentenceContext
from subtext.engines.local.tokens import tokenize_sentences, trim_to_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.domain.article import AnalysisWarning
    from subtext.domain.axis import Axis
    from subtext.domain.text.prepared import PreparedText
    from subtext.domain.text.sentences import Sentence
    from subtext.engines.local.attribution import Attributions
    from subtext.engines.local.claims import Claim
    from subtext.engines.local.scorer import Hit, Scorer
    from subtext.engines.local.target import TargetMatcher

_NO_ACTORS = "Hardly a sentence is about anybody's conduct, so that words of power or of need frame nobody."


@dataclass(frozen=True, slots=True)
class FramingContext:
    """Input of a framing classifier: an article and its attributions.

    `target` is None if the text never names it; `is_target_given` tells whether the caller named it.
    """

    prepared: PreparedText
    words: int
    headline_end: int
    sentences: Sequence[Sentence]
    voices: Attributions
    target: TargetMatcher | None
    axis: Axis
    is_target_given: bool = False

    @property
    def text(self) -> str:
        """Return the article's text."""
        return self.prepared.text


@dataclass(frozen=True, slots=True)
class FramingResult:
    """Framing part of a draft, and warnings about how it was classified."""

    draft: DraftFraming
    warnings: tuple[AnalysisWarning, ...] = ()


class FramingClassifier(Protocol):
    """Port of a framing classifier, so that the pipeline works with any."""

    @property
    def model(self) -> str:
        """Return the name and version of the model, as answers give it."""

    def classify(self, context: FramingContext) -> FramingResult:
        """Classify the framing: the label, its confidence, and the quotes for it."""


def find_hits(context: FramingContext, scorer: Scorer) -> list[list[Hit]]:
    """Find in each sentence the phrases that frame the target."""
    tokens = context.prepared.derive(tokenize_sentences)
    words = [tokens[sentence.start] for sentence in context.sentences]
    contexts = zip(context.sentences, words, [[], *words[:-1]], strict=True)
    return scorer.hits([SentenceContext(sentence, own, before, context.target) for sentence, own, before in contexts])


@dataclass(frozen=True, slots=True)
class LexiconClassifier:
    """Framing classifier that counts words of need and of power against a baseline of ordinary reporting."""

    scorer: Scorer = field(default_factory=LexicalScorer)
    baseline: Baseline = field(default_factory=Baseline)

    @property
    def model(self) -> str:
        """Return the lexicon's name."""
        return self.scorer.model

    def classify(self, context: FramingContext) -> FramingResult:
        """Label by the poles' excess over the baseline, and select the strongest claims in that proportion.

        A text that is about nobody's conduct is `neither`, whatever its words.
        """
        all_claims = claims(
            context.text, context.sentences, find_hits(context, self.scorer), context.voices, context.axis
        )
        excess = excess_over_baseline(all_claims, context.words, context.axis, self.baseline)
        if excess.label(context.axis) != NEITHER and not is_about_actors(context):
            return FramingResult(DraftFraming(NEITHER, NEITHER_CONFIDENCE, _NO_ACTORS, ()))
        selection = _widen_to_clauses(select(all_claims, excess, context.axis), context)
        return FramingResult(build_framing(context.text, selection, excess, context.axis))


def _widen_to_clauses(selection: Sequence[Claim], context: FramingContext) -> list[Claim]:
    """Widen each claim to whole clauses unless these hold another voice's or pole's; merge equal ones."""
    widened = [_widen_to_clause(claim, context) for claim in selection]
    merged: dict[tuple[int, str | None, str], Claim] = {}
    for claim, whole in zip(selection, widened, strict=True):
        is_pure = all((o.speaker, o.pole) == (whole.speaker, whole.pole) for o in widened if _overlap(whole, o))
        quoted = whole if is_pure else claim
        merged.setdefault((quoted.start, quoted.speaker, quoted.pole), quoted)
    return list(merged.values())


def _overlap(one: Claim, other: Claim) -> bool:
    return one.start < other.end and other.start < one.end


def _widen_to_clause(claim: Claim, context: FramingContext) -> Claim:
    number = bisect_right(context.sentences, claim.start, key=lambda sentence: sentence.start) - 1
    passage = None if claim.speaker is None else context.voices.at(claim.start)
    span = find_quote(context.text, (claim.start, claim.end), context.sentences[number], passage)
    start, end = trim_to_words(context.text, *span) or span
    return replace(claim, start=start, end=end)
