"""Compare two runs over the same articles, with significance tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from subtext.errors import RequestInvalid, describe_os_error
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
    """Answer in a stored report, with the fields that a comparison needs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    labels: tuple[str, ...]
    predicted: str | None


class _StoredSubject(BaseModel):
    engine: str
    model: str


class StoredReport(BaseModel):
    """Report written by `subtext eval --output`, with the fields that a comparison needs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    made_at: str
    subject: _StoredSubject | None
    answers: tuple[StoredAnswer, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of a run with an earlier one over the articles in both; differences: this run minus that one.

    `only_ours` and `only_theirs` are articles that only one of the runs got right; `mcnemar` is the p-value of that
    split.
    """

    against: str
    articles: int
    only_ours: int
    only_theirs: int
    mcnemar: float
    accuracy: Difference
    macro_f1: Difference


def read_report(path: Path) -> StoredReport:
    """Read a stored report; raises `RequestInvalid` if the file is not one."""
    try:
        return StoredReport.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestInvalid(f"{path} cannot be read: {describe_os_error(error)}") from error
    except (UnicodeDecodeError, ValidationError) as error:
        raise RequestInvalid(f"{path.name} is not a report: give a file that subtext eval --output wrote") from error


def require_comparable(current: Sequence[LabeledArticle | CaseResult], earlier: StoredReport) -> None:
    """Raise `RequestInvalid` if no article is in both, or one has other right labels there."""
    labels = {answer.id: set(answer.labels) for answer in earlier.answers}
    shared = [case for case in current if case.id in labels]
    if not shared:
        raise RequestInvalid("--compare: no article is in both reports: measure both on the same sets")
    if differing := [case.id for case in shared if set(case.labels) != labels[case.id]]:
        raise RequestInvalid(f"--compare: {differing[0]} has other right labels in that report: measure both again")


def compare_runs(current: Sequence[CaseResult], earlier: StoredReport) -> Comparison:
    """Compare two runs; raises `RequestInvalid` as `require_comparable` does."""
    require_comparable(current, earlier)
    stored = {answer.id: answer for answer in earlier.answers}
    shared = [(outcome, stored[outcome.id]) for outcome in current if outcome.id in stored]
    first = [_pair(answer) for _, answer in shared]
    second = label_pairs([outcome for outcome, _ in shared])
    rights = [(one[0] == one[1], other[0] == other[1]) for one, other in zip(first, second, strict=True)]
    only_ours, only_theirs = rights.count((False, True)), rights.count((True, False))
    return Comparison(
        against=_describe_run(earlier),
        articles=len(shared),
        only_ours=only_ours,
        only_theirs=only_theirs,
        mcnemar=bootstrap_ci.mcnemar(only_ours, only_theirs),
        accuracy=bootstrap_ci.paired_bootstrap(first, second, label_metrics.accuracy),
        macro_f1=bootstrap_ci.paired_bootstrap(first, second, label_metrics.macro_f1),
    )


def _pair(answer: StoredAnswer) -> Pair:
    return label_metrics.resolve_gold(answer.labels, answer.predicted), answer.predicted


def _describe_run(report: StoredReport) -> str:
    if report.subject is None:
        return report.made_at
    return f"{report.subject.engine} engine, {report.subject.model}, {report.made_at}"
