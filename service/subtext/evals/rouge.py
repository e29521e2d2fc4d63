"""Compare summaries with reference summaries: ROUGE-1, ROUGE-2 and ROUGE-L, at three sentences.

Lin 2004, by Google's `rouge-score` with stemming, which published figures use; it is in the extra `eval`. The baseline
beside each figure is the article's first three sentences (lead-3), which is hard to beat.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, ConfigDict, Field

from subtext.domain.text.sentences import split_sentences
from subtext.errors import RequestInvalid
from subtext.evals.gates import Metric
from subtext.evals.runner import gather_or_cancel

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from subtext.evals.failure_log import FailureLog
    from subtext.evals.runner import AnalyzeFn

SENTENCES = 3
KINDS = ("rouge1", "rouge2", "rougeL")
ALL = "all"


class SummaryRow(BaseModel):
    """Article with its reference summary; the id's part before a hyphen names the collection."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    title: str = ""
    text: str = Field(min_length=1)
    reference: str = Field(min_length=1)

    @property
    def collection(self) -> str:
        """Return the collection of the row."""
        return self.id.partition("-")[0]


class Rouge(Protocol):
    """ROUGE scorer: F1 by kind, 0-1."""

    def __call__(self, reference: str, summary: str) -> Mapping[str, float]:
        """Score one summary."""


@dataclass(frozen=True, slots=True)
class RougeScore:
    """Mean ROUGE F1 by kind (0-1) over a collection: of the engine's summaries, and of the lead-3 baseline."""

    articles: int
    ours: dict[str, float]
    lead: dict[str, float]


@dataclass(frozen=True, slots=True)
class SummaryMetrics:
    """Scores by collection, `all` over everything; articles without a summary (`failures`) score 0."""

    sentences: int
    failures: int
    by_collection: dict[str, RougeScore]

    @property
    def is_measured(self) -> bool:
        """Return whether any article got a summary."""
        return ALL in self.by_collection and self.failures < self.by_collection[ALL].articles

    def figures(self) -> Iterator[Metric]:
        """Yield the figures that a gate can name."""
        for collection, score in self.by_collection.items():
            suffix = "" if collection == ALL else f"_{collection}"
            yield from (Metric(f"{kind.lower()}{suffix}", score.ours[kind]) for kind in KINDS)


@dataclass(frozen=True, slots=True)
class _Scored:
    collection: str
    ours: Mapping[str, float]
    lead: Mapping[str, float]
    failed: bool


def rouge() -> Rouge:
    """Load the scorer of `rouge-score`; raises `RequestInvalid` if the extra is not installed."""
    try:
        from rouge_score.rouge_scorer import RougeScorer  # noqa: PLC0415 - an extra, needed for summaries only
    except ImportError as error:
        raise RequestInvalid(
            "ROUGE needs the package rouge-score: install it with pip install 'subtext[eval]'"
        ) from error
    scorer = RougeScorer(list(KINDS), use_stemmer=True)

    def scores(reference: str, summary: str) -> Mapping[str, float]:
        return {kind: float(fscore.fmeasure) for kind, fscore in scorer.score(reference, summary).items()}

    return scores


async def summary_metrics(
    rows: Sequence[SummaryRow],
    analyze: AnalyzeFn,
    gate: asyncio.Semaphore,
    score: Rouge,
    done: Callable[[], None],
    log: FailureLog,
) -> SummaryMetrics:
    """Summarise these articles and score the summaries; `log` collects failures.

    `done` is called after each. After an error that holds for every article the rest is skipped.
    """

    async def score_row(row: SummaryRow) -> _Scored | None:
        async with gate:
            if log.fatal is not None:
                return None
            try:
                summary = (await analyze(row.title, row.text, None)).summary
                if summary is None:
                    log.add(row.id, "summary_empty", "the answer has no summary")
            except Exception as error:  # noqa: BLE001 - one article must not lose the answers of all others
                log.record(row.id, error)
                summary = None
            done()
        text = "" if summary is None else " ".join(scored_row.text for scored_row in summary.sentences[:SENTENCES])
        return _Scored(
            row.collection, score(row.reference, text), score(row.reference, lead3(row.text)), summary is None
        )

    scored = [
        scored_row for scored_row in await gather_or_cancel([score_row(row) for row in rows]) if scored_row is not None
    ]
    groups: dict[str, list[_Scored]] = defaultdict(list)
    for scored_row in scored:
        groups[scored_row.collection].append(scored_row)
        groups[ALL].append(scored_row)
    means = {name: _mean(groups[name]) for name in sorted(groups, key=lambda name: (name != ALL, name))}
    return SummaryMetrics(SENTENCES, sum(scored_row.failed for scored_row in scored), means)


def lead3(text: str) -> str:
    """Return the first three sentences of a text."""
    return " ".join(sentence.text for sentence in split_sentences(text)[:SENTENCES])


def _mean(scored: Sequence[_Scored]) -> RougeScore:
    return RougeScore(
        len(scored),
        {kind: fmean(scored_row.ours[kind] for scored_row in scored) for kind in KINDS},
        {kind: fmean(scored_row.lead[kind] for scored_row in scored) for kind in KINDS},
    )
