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
    """ROUGE scores by collection, and of all articles as `all`; an article without a summary (`failures`) scores 0."""

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
class _RowScores:
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
    semaphore: asyncio.Semaphore,
    score: Rouge,
    done: Callable[[], None],
    log: FailureLog,
) -> SummaryMetrics:
    """Summarize these articles and score the summaries; `log` collects failures.

    `done` is called after each article. After an error that affects every article the rest is skipped.
    """

    async def score_row(row: SummaryRow) -> _RowScores | None:
        async with semaphore:
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
        text = "" if summary is None else " ".join(sentence.text for sentence in summary.sentences[:SENTENCES])
        return _RowScores(
            row.collection, score(row.reference, text), score(row.reference, lead3(row.text)), summary is None
        )

    scores = [row for row in await gather_or_cancel([score_row(row) for row in rows]) if row is not None]
    groups: dict[str, list[_RowScores]] = defaultdict(list)
    for row in scores:
        groups[row.collection].append(row)
        groups[ALL].append(row)
    means = {name: _mean(groups[name]) for name in sorted(groups, key=lambda name: (name != ALL, name))}
    return SummaryMetrics(SENTENCES, sum(row.failed for row in scores), means)


def lead3(text: str) -> str:
    """Return the first three sentences of a text."""
    return " ".join(sentence.text for sentence in split_sentences(text)[:SENTENCES])


def _mean(rows: Sequence[_RowScores]) -> RougeScore:
    return RougeScore(
        len(rows),
        {kind: fmean(row.ours[kind] for row in rows) for kind in KINDS},
        {kind: fmean(row.lead[kind] for row in rows) for kind in KINDS},
    )
