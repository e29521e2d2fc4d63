"""The framing's measures: everything that a run over labelled articles says about labels, evidence and voices."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.evals import agreement, calibration, quotes, resampling, voices
from subtext.evals.failures import ROW_INVALID
from subtext.evals.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from subtext.domain.axis import Axis
    from subtext.evals.agreement import LabelScore, Pair
    from subtext.evals.calibration import Bin, Selective
    from subtext.evals.outcomes import Outcome
    from subtext.evals.quotes import QuoteTally
    from subtext.evals.resampling import Interval
    from subtext.evals.running import Run
    from subtext.evals.voices import VoiceTally

_HALF = 0.5


@dataclass(frozen=True, slots=True)
class KindScore:
    """Right answers among the articles of one kind."""

    right: int
    count: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run took: seconds in all and an article, tokens, and money where the prices are known."""

    seconds: float
    articles_per_second: float
    median_seconds: float
    input_tokens: int
    output_tokens: int
    cost: float | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class FramingMeasures:
    """A run's measures; see docs/evals.md for what each one means.

    `confusion` is by gold label, then by predicted one. `by_kind` is empty where the articles have no kinds.
    `author_accuracy` and rates are None where there was nothing to measure them on.
    """

    articles: int
    abstained: int
    failures: dict[str, int]
    contested: int
    accuracy: Interval
    macro_f1: Interval
    by_label: dict[str, LabelScore]
    confusion: dict[str, dict[str, int]]
    opposite_rate: float
    author_accuracy: float | None
    voices: VoiceTally
    evidence: QuoteTally
    grounding_rate: float | None
    ece: float | None
    reliability: tuple[Bin, ...]
    selective: tuple[Selective, ...]
    by_kind: dict[str, KindScore]
    spent: Spent

    def figures(self) -> Iterator[Figure]:
        """The numbers that a gate can name."""
        yield Figure("accuracy", self.accuracy.value)
        yield Figure("macro_f1", self.macro_f1.value)
        yield Figure("accuracy_surest_half", accuracy_at(self.selective, _HALF))
        yield Figure("opposite_rate", self.opposite_rate, "lower")
        yield Figure("ece", self.ece, "lower")
        yield Figure("author_accuracy", self.author_accuracy)
        yield Figure("voice_accuracy", _share(self.voices.right, self.voices.coded))
        yield Figure("evidence_recall", self.evidence.recall)
        yield Figure("evidence_precision", self.evidence.precision)
        yield Figure("evidence_sentence_precision", self.evidence.sentence_precision)
        yield Figure("grounding_rate", self.grounding_rate)
        yield Figure("abstention_rate", self.abstained / self.articles, "lower")
        rows = self.articles + self.failures.get(ROW_INVALID, 0)
        yield Figure("failure_rate", sum(self.failures.values()) / rows, "lower")
        yield Figure("articles_per_second", self.spent.articles_per_second)


def pairs_of(outcomes: Sequence[Outcome]) -> list[Pair]:
    """Gold and predicted labels, contested ones settled."""
    return [(agreement.settled(outcome.labels, outcome.predicted), outcome.predicted) for outcome in outcomes]


def measured(run: Run, axis: Axis, *, invalid_rows: int = 0) -> FramingMeasures:
    """The measures of a run of at least one article; rows that were no case at all count as failures."""
    outcomes = run.outcomes
    pairs = pairs_of(outcomes)
    bins = calibration.reliability([(o.confidence, o.is_right) for o in outcomes if o.predicted is not None])
    return FramingMeasures(
        articles=len(outcomes),
        abstained=sum(o.predicted is None and o.failure is None for o in outcomes),
        failures=_failures(outcomes, invalid_rows),
        contested=sum(len(o.labels) > 1 for o in outcomes),
        accuracy=resampling.interval(pairs, agreement.accuracy),
        macro_f1=resampling.interval(pairs, agreement.macro_f1),
        by_label=agreement.scores_by_label(pairs),
        confusion=agreement.confusion(pairs, axis.labels),
        opposite_rate=agreement.opposite_rate(pairs, axis.poles),
        author_accuracy=_author_accuracy(outcomes),
        voices=voices.total(o.voices for o in outcomes),
        evidence=quotes.total(o.quotes for o in outcomes),
        grounding_rate=_share(sum(o.kept for o in outcomes), sum(o.proposed for o in outcomes)),
        ece=calibration.expected_error(bins) if bins else None,
        reliability=bins,
        selective=calibration.selective([(o.confidence, o.is_right) for o in outcomes]),
        by_kind=_by_kind(outcomes),
        spent=_spent(run),
    )


def accuracy_at(selective: Sequence[Selective], coverage: float) -> float | None:
    """The accuracy at that coverage, or None where it was not measured."""
    return next((point.accuracy for point in selective if point.coverage == coverage), None)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _failures(outcomes: Sequence[Outcome], invalid_rows: int) -> dict[str, int]:
    counts = Counter(outcome.failure for outcome in outcomes if outcome.failure is not None)
    return {**counts, **({ROW_INVALID: invalid_rows} if invalid_rows else {})}


def _author_accuracy(outcomes: Sequence[Outcome]) -> float | None:
    coded = [outcome.author for outcome in outcomes if outcome.author is not None]
    return _share(sum(gold == answered for gold, answered in coded), len(coded))


def _by_kind(outcomes: Sequence[Outcome]) -> dict[str, KindScore]:
    rights: dict[str, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.kind is not None:
            rights[outcome.kind].append(outcome.is_right)
    return {kind: KindScore(sum(rights[kind]), len(rights[kind])) for kind in sorted(rights)}


def _spent(run: Run) -> Spent:
    efforts = [outcome.effort for outcome in run.outcomes]
    costs = [effort.cost for effort in efforts if effort.cost is not None]
    return Spent(
        seconds=run.seconds,
        articles_per_second=len(efforts) / run.seconds if run.seconds else 0.0,
        median_seconds=statistics.median(effort.seconds for effort in efforts),
        input_tokens=sum(effort.input_tokens for effort in efforts),
        output_tokens=sum(effort.output_tokens for effort in efforts),
        cost=sum(costs) if costs else None,
        currency=next((effort.currency for effort in efforts if effort.currency), None),
    )
