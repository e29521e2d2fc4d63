"""Comparing: two runs over the same articles, and whether the difference is more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from subtext.errors import RequestInvalid
from subtext.evals import bootstrap_ci, label_metrics
from subtext.evals.framing_metrics import label_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from subtext.evals.bootstrap_ci import Difference
    from subtext.evals.dataset import LabeledArticle
    from subtext.evals.label_metrics import Pair
    from subtext.evals.results import CaseResult


class StoredAnswer(BaseModel):
    """What is needed of an answer in a stored report."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    labels: tuple[str, ...]
    predicted: str | None


class _StoredSubject(BaseModel):
    engine: str
    model: str


class StoredReport(BaseModel):
    """What is needed of a report that `subtext eval --output` wrote."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    made_at: str
    subject: _StoredSubject | None
    answers: tuple[StoredAnswer, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run against an earlier one, over the articles that both have; differences are ours minus theirs.

    `only_ours` and `only_theirs` are articles that one run alone got right; `mcnemar` is how often chance would split
    them as unevenly.
    """

    against: str
    articles: int
    only_ours: int
    only_theirs: int
    mcnemar: float
    accuracy: Difference
    macro_f1: Difference


def read_report(path: Path) -> StoredReport:
    """A stored report; raises `RequestInvalid` where the file is none."""
    try:
        return StoredReport.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestInvalid(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    except (UnicodeDecodeError, ValidationError) as error:
        raise RequestInvalid(f"{path.name} is no report: give a file that subtext eval --output wrote") from error


def require_comparable(ours: Sequence[LabeledArticle | CaseResult], theirs: StoredReport) -> None:
    """Raise `RequestInvalid` if no article is in both, or one has other right labels there."""
    labels = {answer.id: set(answer.labels) for answer in theirs.answers}
    shared = [own for own in ours if own.id in labels]
    if not shared:
        raise RequestInvalid("--compare: no article is in both reports: measure both on the same sets")
    if changed := [own.id for own in shared if set(own.labels) != labels[own.id]]:
        raise RequestInvalid(f"--compare: {changed[0]} has other right labels in that report: measure both anew")


def compare_runs(ours: Sequence[CaseResult], theirs: StoredReport) -> Comparison:
    """The comparison; raises `RequestInvalid` as `require_comparable`."""
    require_comparable(ours, theirs)
    stored = {answer.id: answer for answer in theirs.answers}
    shared = [(outcome, stored[outcome.id]) for outcome in ours if outcome.id in stored]
    first = [_pair(answer) for _, answer in shared]
    second = label_pairs([outcome for outcome, _ in shared])
    rights = [(one[0] == one[1], other[0] == other[1]) for one, other in zip(first, second, strict=True)]
    only_ours, only_theirs = rights.count((False, True)), rights.count((True, False))
    return Comparison(
        against=_name_of(theirs),
        articles=len(shared),
        only_ours=only_ours,
        only_theirs=only_theirs,
        mcnemar=bootstrap_ci.mcnemar(only_ours, only_theirs),
        accuracy=bootstrap_ci.paired_bootstrap(first, second, label_metrics.accuracy),
        macro_f1=bootstrap_ci.paired_bootstrap(first, second, label_metrics.macro_f1),
    )


def _pair(answer: StoredAnswer) -> Pair:
    return label_metrics.resolve_gold(answer.labels, answer.predicted), answer.predicted


def _name_of(report: StoredReport) -> str:
    if report.subject is None:
        return report.made_at
    return f"{report.subject.engine} engine, {report.subject.model}, {report.made_at}"
