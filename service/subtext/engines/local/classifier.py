"""Framing classifier, as a port, and the one that counts words: sentences and voices in, a framing draft out."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from subtext.engines.local.claims import claims
from subtext.engines.local.clauses import find_quote
from subtext.engines.local.draft_framing import build_framing
from subtext.engines.local.evidence_selection import Baseline, excess_over_baseline, select
from subtext.engines.local.scorer import LexicalScorer, SentenceContext
from subtext.engines.local.tokens import tokenize_sentences, trim_to_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.domain.article import AnalysisWarning
    from subtext.domain.axis import Axis
    from subtext.domain.draft import DraftFraming
    from subtext.domain.text.prepared import PreparedText
    from subtext.domain.text.sentences import Sentence
    from subtext.engines.local.attribution import Attributions
    from subtext.engines.local.claims import Claim
    from subtext.engines.local.scorer import Hit, Scorer
    from subtext.engines.local.target import TargetMatcher


@dataclass(frozen=True, slots=True)
class FramingContext:
    """What is known of an article when its framing is judged; `target` is None where the text does not name it."""

    prepared: PreparedText
    words: int
    headline_end: int
    sentences: Sequence[Sentence]
    voices: Attributions
    target: TargetMatcher | None
    axis: Axis

    @property
    def text(self) -> str:
        """Return the article's text."""
        return self.prepared.text


@dataclass(frozen=True, slots=True)
class FramingResult:
    """The framing part of a draft, and what a reader must know of how it was judged."""

    draft: DraftFraming
    warnings: tuple[AnalysisWarning, ...] = ()


class FramingClassifier(Protocol):
    """Judges framing. Replaceable: sentences, voices, target and summary do not know how it does it."""

    @property
    def model(self) -> str:
        """Return the name and version by which an answer tells what judged it."""

    def framing(self, scene: FramingContext) -> FramingResult:
        """Classify the framing: the label, its confidence, and the quotes for it."""


def find_hits(scene: FramingContext, scorer: Scorer) -> list[list[Hit]]:
    """Find in each sentence the phrases that frame the target."""
    tokens = scene.prepared.derive(tokenize_sentences)
    words = [tokens[sentence.start] for sentence in scene.sentences]
    contexts = zip(scene.sentences, words, [[], *words[:-1]], strict=True)
    return scorer.hits([SentenceContext(sentence, own, before, scene.target) for sentence, own, before in contexts])


@dataclass(frozen=True, slots=True)
class LexiconClassifier:
    """Counts words of need and of power against a background of ordinary reporting."""

    scorer: Scorer = field(default_factory=LexicalScorer)
    background: Baseline = field(default_factory=Baseline)

    @property
    def model(self) -> str:
        """Return the lexicon's name."""
        return self.scorer.model

    def framing(self, scene: FramingContext) -> FramingResult:
        """Label by the poles' excess over the baseline, and select the strongest claims in that proportion."""
        found = claims(scene.text, scene.sentences, find_hits(scene, self.scorer), scene.voices, scene.axis)
        excess = excess_over_baseline(found, scene.words, scene.axis, self.background)
        chosen = _with_whole_clauses(select(found, excess, scene.axis), scene)
        return FramingResult(build_framing(scene.text, chosen, excess, scene.axis))


def _with_whole_clauses(chosen: Sequence[Claim], scene: FramingContext) -> list[Claim]:
    """Widen each claim to whole clauses unless these hold another voice's or pole's; merge equal ones."""
    widened = [_with_whole_clause(claim, scene) for claim in chosen]
    merged: dict[tuple[int, str | None, str], Claim] = {}
    for claim, whole in zip(chosen, widened, strict=True):
        pure = all((o.speaker, o.pole) == (whole.speaker, whole.pole) for o in widened if _overlap(whole, o))
        quoted = whole if pure else claim
        merged.setdefault((quoted.start, quoted.speaker, quoted.pole), quoted)
    return list(merged.values())


def _overlap(one: Claim, other: Claim) -> bool:
    return one.start < other.end and other.start < one.end


def _with_whole_clause(claim: Claim, scene: FramingContext) -> Claim:
    number = bisect_right(scene.sentences, claim.start, key=lambda sentence: sentence.start) - 1
    passage = None if claim.speaker is None else scene.voices.at(claim.start)
    span = find_quote(scene.text, (claim.start, claim.end), scene.sentences[number], passage)
    start, end = trim_to_words(scene.text, *span) or span
    return replace(claim, start=start, end=end)
