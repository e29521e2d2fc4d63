"""Print an evaluation report as tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from subtext.cli.terminal import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console, RenderableType

    from subtext.evals.bootstrap_ci import Difference, Interval
    from subtext.evals.counterfactuals import CounterfactualMetrics
    from subtext.evals.failure_log import Failure
    from subtext.evals.faithfulness import FaithfulnessMetrics
    from subtext.evals.framing_metrics import FramingMetrics
    from subtext.evals.report import Report
    from subtext.evals.rouge import SummaryMetrics
    from subtext.evals.run_comparison import Comparison

_ABSENT = "–"
_FAILURES_SHOWN = 20


def print_report(report: Report, console: Console) -> None:
    """Print a report."""
    for part in _parts(report):
        console.print(part)


def _parts(report: Report) -> Iterator[RenderableType]:
    yield from _head(report)
    if report.framing is not None:
        yield from _framing(report.framing)
    if report.counterfactuals is not None:
        yield from _section("Counterfactuals", _changes(report.counterfactuals))
    if report.summaries is not None:
        yield from _section(f"Summaries, ROUGE F1 at {report.summaries.sentences} sentences", _rouge(report.summaries))
    if report.faithfulness is not None:
        yield from _section("Check of summaries", _grid(_check_rows(report.faithfulness)))
    if report.failures:
        yield from _section("Not measured", _failures(report.failures))
    if report.comparison is not None:
        against = f"Against {sanitize(report.comparison.against)}"
        yield from _section(against, _grid(_comparison_rows(report.comparison)))


def _section(title: str, table: Table) -> Iterator[RenderableType]:
    yield ""
    yield Text(title, "bold")
    yield table


def _head(report: Report) -> Iterator[RenderableType]:
    if report.subject is not None:
        subject = report.subject
        yield Text(
            f"{sanitize(subject.engine)} engine, {sanitize(subject.model)}, on {sanitize(subject.axis)}",
            "bold underline",
        )
    for dataset in report.sets:
        yield Text(f"{sanitize(dataset.name)}: {dataset.rows} rows, sha256 {dataset.sha256[:12]}", "dim")


def _framing(metrics: FramingMetrics) -> Iterator[RenderableType]:
    yield ""
    yield _grid(_label_rows(metrics))
    yield ""
    yield _confusion(metrics.confusion)
    yield ""
    yield _grid(_reliability_rows(metrics))
    if metrics.by_kind:
        rows = ((kind, f"{score.right} of {score.count}") for kind, score in metrics.by_kind.items())
        yield from _section("Right by kind", _grid(rows))


def _label_rows(metrics: FramingMetrics) -> Iterator[tuple[str, str]]:
    yield "articles", f"{metrics.articles}, {metrics.contested} with two right labels"
    yield "accuracy", _format_interval(metrics.accuracy)
    yield "macro-F1", _format_interval(metrics.macro_f1)
    yield "F1 by label", ", ".join(f"{sanitize(label)} {score.f1:.2f}" for label, score in metrics.by_label.items())
    yield "opposite pole", _percent(metrics.opposite_rate)
    failures = ", ".join(f"{count} {code}" for code, count in metrics.failures.items())
    yield "without a label", f"{metrics.abstained}" + (f"; without an answer: {failures}" if failures else "")


def _reliability_rows(metrics: FramingMetrics) -> Iterator[tuple[str, str]]:
    selective = ", ".join(f"{_percent(point.accuracy)} of {point.coverage:.0%}" for point in metrics.selective[::2])
    yield "right among the most confident", selective
    yield "calibration error (ECE)", _number(metrics.ece)
    yield "author's label right", _percent(metrics.author_accuracy)
    yield "quoted voices", f"{metrics.voices.right} of {metrics.voices.coded} right, {metrics.voices.heard} detected"
    evidence = metrics.evidence
    yield "coded quotes found", f"{_percent(evidence.recall)} of {evidence.coded}, same pole"
    yield "quotes that match a coded one", f"{_percent(evidence.precision)} of {evidence.proposed}"
    yield "  in a sentence with one", _percent(evidence.sentence_precision)
    yield "quotes that were in the text", _percent(metrics.grounding_rate)
    cost = metrics.spent
    yield (
        "time",
        f"{cost.seconds:.1f} s, {cost.articles_per_second:.1f} articles/s, median {cost.median_seconds:.3f} s",
    )
    yield "tokens", f"{cost.input_tokens:,} in, {cost.output_tokens:,} out"
    yield "cost", _ABSENT if cost.cost is None else f"{cost.cost:.4f} {sanitize(cost.currency or '')}"


def _changes(metrics: CounterfactualMetrics) -> Table:
    table = _table("change", "pairs", "label changed", "reversed", "applicable", "as expected", "expected")
    for name, change in metrics.by_change.items():
        counts = map(str, (change.pairs, change.moved, change.turned, change.able, change.as_wanted))
        table.add_row(_words(name), *counts, _words(change.wanted))
    return table


def _rouge(metrics: SummaryMetrics) -> Table:
    table = _table("articles", "", "1 / 2 / L", "first three sentences")
    for collection, score in metrics.by_collection.items():
        table.add_row(sanitize(collection), str(score.articles), _three(score.ours), _three(score.lead))
    return table


def _three(scores: dict[str, float]) -> str:
    return " / ".join(f"{100 * score:.1f}" for score in scores.values())


def _failures(failures: Sequence[Failure]) -> Table:
    table = _table("article or row")
    table.add_column("why", overflow="fold")
    for failure in failures[:_FAILURES_SHOWN]:
        table.add_row(sanitize(failure.id), f"{sanitize(failure.code)}: {sanitize(failure.message)}")
    if len(failures) > _FAILURES_SHOWN:
        table.add_row(f"{len(failures) - _FAILURES_SHOWN:,} more", "subtext eval --json has all")
    return table


def _check_rows(metrics: FaithfulnessMetrics) -> Iterator[tuple[str, str]]:
    yield "summaries", str(metrics.summaries)
    yield "balanced accuracy", _format_interval(metrics.balanced_accuracy)
    yield "recognised as consistent", f"{_percent(metrics.consistent)} of the consistent"
    yield "recognised as inconsistent", f"{_percent(metrics.inconsistent)} of the inconsistent"
    yield "area under the ROC curve", _number(metrics.auc)


def _comparison_rows(comparison: Comparison) -> Iterator[tuple[str, str]]:
    yield "articles in both", str(comparison.articles)
    yield "right in this run only", str(comparison.only_ours)
    yield "right in the other only", str(comparison.only_theirs)
    yield "McNemar, exact", f"p = {comparison.mcnemar:.4f}"
    yield "accuracy", _format_difference(comparison.accuracy)
    yield "macro-F1", _format_difference(comparison.macro_f1)


def _format_difference(difference: Difference) -> str:
    return (
        f"{difference.value:+.3f} (95 %: {difference.low:+.3f} to {difference.high:+.3f}), p = {difference.p_value:.4f}"
    )


def _grid(rows: Iterable[tuple[str, str]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _table(first: str, *rest: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(first, style="bold")
    for column in rest:
        table.add_column(column, justify="right")
    return table


def _confusion(confusion: dict[str, dict[str, int]]) -> Table:
    columns = list(next(iter(confusion.values())))
    table = _table("coded ↓  answered →", *map(sanitize, columns))
    for gold, row in confusion.items():
        table.add_row(sanitize(gold), *(str(row[label]) for label in columns))
    return table


def _format_interval(interval: Interval) -> str:
    return f"{interval.value:.3f} (95 %: {interval.low:.3f} to {interval.high:.3f})"


def _percent(share: float | None) -> str:
    return _ABSENT if share is None else f"{share:.1%}"


def _words(code: str) -> str:
    return code.replace("_", " ")


def _number(value: float | None) -> str:
    return _ABSENT if value is None else f"{value:.3f}"
