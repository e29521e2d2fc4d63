"""Summaries held against reference summaries: ROUGE-1, ROUGE-2 and ROUGE-L, at three sentences.

Lin 2004, by Google's `rouge-score` with stemming, which is what published figures use; it is an extra of the package
(`eval`). Beside each figure stands that of the article's first three sentences, the baseline that is hard to beat.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, ConfigDict, Field

from subtext.engines.local.sentences import split
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
    """An article and its reference summary; the part of the id before a hyphen names the collection."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    title: str = ""
    text: str = Field(min_length=1)
    reference: str = Field(min_length=1)

    @property
    def collection(self) -> str:
        """The collection that the row is of."""
        return self.id.partition("-")[0]


class Rouge(Protocol):
    """ROUGE F1 by kind, 0-1."""

    def __call__(self, reference: str, summary: str) -> Mapping[str, float]:
        """The scores of one summary."""


@dataclass(frozen=True, slots=True)
class RougeScore:
    """Mean F1 by kind (0-1) over the articles of a collection: of our summaries, and of the first three sentences."""

    articles: int
    ours: dict[str, float]
    lead: dict[str, float]


@dataclass(frozen=True, slots=True)
class SummaryMetrics:
    """Scores by collection, `all` over everything; `failures` count the articles without a summary, which score 0."""

    sentences: int
    failures: int
    by_collection: dict[str, RougeScore]

    @property
    def is_measured(self) -> bool:
        """Return whether any article got a summary."""
        return ALL in self.by_collection and self.failures < self.by_collection[ALL].articles

    def figures(self) -> Iterator[Metric]:
        """The numbers that a gate can name."""
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
    """The scorer of `rouge-score`; raises `RequestInvalid` where the extra is not installed."""
    try:
        from rouge_score.rouge_scorer import RougeScorer  # noqa: PLC0415 - an extra, loaded by who measures summaries
    except ImportError as error:
        raise RequestInvalid(
            "ROUGE needs the package rouge-score: install it with pip install 'subtext[eval]'"
        ) from error
    scorer = RougeScorer(list(KINDS), use_stemmer=True)

    def scores(reference: str, summary: str) -> Mapping[str, float]:
        return {kind: float(found.fmeasure) for kind, found in scorer.score(reference, summary).items()}

    return scores


async def summary_metrics(
    rows: Sequence[SummaryRow],
    ask: AnalyzeFn,
    gate: asyncio.Semaphore,
    score: Rouge,
    done: Callable[[], None],
    log: FailureLog,
) -> SummaryMetrics:
    """The measures of the summaries that are given to these articles; `log` collects what fails.

    `done` is called after each. After an error that holds for every article no other is asked about.
    """

    async def one(row: SummaryRow) -> _Scored | None:
        async with gate:
            if log.fatal is not None:
                return None
            try:
                summary = (await ask(row.title, row.text, None)).summary
                if summary is None:
                    log.add(row.id, "summary_empty", "the answer holds no summary")
            except Exception as error:  # noqa: BLE001 - one article must not cost the answers of all others
                log.record(row.id, error)
                summary = None
            done()
        ours = "" if summary is None else " ".join(each.text for each in summary.sentences[:SENTENCES])
        return _Scored(
            row.collection, score(row.reference, ours), score(row.reference, lead3(row.text)), summary is None
        )

    scored = [each for each in await gather_or_cancel([one(row) for row in rows]) if each is not None]
    groups: dict[str, list[_Scored]] = defaultdict(list)
    for each in scored:
        groups[each.collection].append(each)
        groups[ALL].append(each)
    means = {name: _mean(groups[name]) for name in sorted(groups, key=lambda name: (name != ALL, name))}
    return SummaryMetrics(SENTENCES, sum(each.failed for each in scored), means)


def lead3(text: str) -> str:
    """The first three sentences of a text."""
    return " ".join(sentence.text for sentence in split(text)[:SENTENCES])


def _mean(scored: Sequence[_Scored]) -> RougeScore:
    return RougeScore(
        len(scored),
        {kind: fmean(each.ours[kind] for each in scored) for kind in KINDS},
        {kind: fmean(each.lead[kind] for each in scored) for kind in KINDS},
    )
