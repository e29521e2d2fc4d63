"""A report's figures for a person at a terminal."""

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
        yield from _titled("Counterfactuals", _changes(report.counterfactuals))
    if report.summaries is not None:
        yield from _titled(f"Summaries, ROUGE F1 at {report.summaries.sentences} sentences", _rouge(report.summaries))
    if report.faithfulness is not None:
        yield from _titled("Check of summaries", _grid(_check_rows(report.faithfulness)))
    if report.failures:
        yield from _titled("Not measured", _failures(report.failures))
    if report.comparison is not None:
        against = f"Against {sanitize(report.comparison.against)}"
        yield from _titled(against, _grid(_comparison_rows(report.comparison)))


def _titled(title: str, table: Table) -> Iterator[RenderableType]:
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
    for used in report.sets:
        yield Text(f"{sanitize(used.name)}: {used.rows} rows, sha256 {used.sha256[:12]}", "dim")


def _framing(found: FramingMetrics) -> Iterator[RenderableType]:
    yield ""
    yield _grid(_label_rows(found))
    yield ""
    yield _confusion(found.confusion)
    yield ""
    yield _grid(_reliability_rows(found))
    if found.by_kind:
        rows = ((kind, f"{score.right} of {score.count}") for kind, score in found.by_kind.items())
        yield from _titled("Right by kind", _grid(rows))


def _label_rows(found: FramingMetrics) -> Iterator[tuple[str, str]]:
    yield "articles", f"{found.articles}, {found.contested} with two right labels"
    yield "accuracy", _ranged(found.accuracy)
    yield "macro-F1", _ranged(found.macro_f1)
    yield "F1 by label", ", ".join(f"{sanitize(label)} {score.f1:.2f}" for label, score in found.by_label.items())
    yield "one pole for the other", _percent(found.opposite_rate)
    failures = ", ".join(f"{count} {code}" for code, count in found.failures.items())
    yield "without a label", f"{found.abstained}" + (f"; without an answer: {failures}" if failures else "")


def _reliability_rows(found: FramingMetrics) -> Iterator[tuple[str, str]]:
    surest = ", ".join(f"{_percent(point.accuracy)} of {point.coverage:.0%}" for point in found.selective[::2])
    yield "right among the surest", surest
    yield "calibration error (ECE)", _number(found.ece)
    yield "author's label right", _percent(found.author_accuracy)
    yield "quoted voices", f"{found.voices.right} of {found.voices.coded} right, {found.voices.heard} heard"
    evidence = found.evidence
    yield "coded quotes met", f"{_percent(evidence.recall)} of {evidence.coded}, same pole"
    yield "our quotes on a coded one", f"{_percent(evidence.precision)} of {evidence.proposed}"
    yield "  in a sentence with one", _percent(evidence.sentence_precision)
    yield "quotes that were in the text", _percent(found.grounding_rate)
    spent = found.spent
    yield (
        "time",
        f"{spent.seconds:.1f} s, {spent.articles_per_second:.1f} articles/s, median {spent.median_seconds:.3f} s",
    )
    yield "tokens", f"{spent.input_tokens:,} in, {spent.output_tokens:,} out"
    yield "cost", _ABSENT if spent.cost is None else f"{spent.cost:.4f} {sanitize(spent.currency or '')}"


def _changes(found: CounterfactualMetrics) -> Table:
    table = _table("change", "pairs", "label moved", "turned", "able", "as wanted", "wanted")
    for name, change in found.by_change.items():
        counts = map(str, (change.pairs, change.moved, change.turned, change.able, change.as_wanted))
        table.add_row(_words(name), *counts, _words(change.wanted))
    return table


def _rouge(found: SummaryMetrics) -> Table:
    table = _table("articles", "", "1 / 2 / L", "first three sentences")
    for collection, score in found.by_collection.items():
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


def _check_rows(found: FaithfulnessMetrics) -> Iterator[tuple[str, str]]:
    yield "summaries", str(found.summaries)
    yield "balanced accuracy", _ranged(found.balanced_accuracy)
    yield "told as consistent", f"{_percent(found.consistent)} of the consistent"
    yield "told as inconsistent", f"{_percent(found.inconsistent)} of the inconsistent"
    yield "area under the ROC curve", _number(found.auc)


def _comparison_rows(found: Comparison) -> Iterator[tuple[str, str]]:
    yield "articles in both", str(found.articles)
    yield "right in this run only", str(found.only_ours)
    yield "right in the other only", str(found.only_theirs)
    yield "McNemar, exact", f"p = {found.mcnemar:.4f}"
    yield "accuracy", _changed(found.accuracy)
    yield "macro-F1", _changed(found.macro_f1)


def _changed(found: Difference) -> str:
    return f"{found.value:+.3f} (95 %: {found.low:+.3f} to {found.high:+.3f}), p = {found.p_value:.4f}"


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


def _ranged(found: Interval) -> str:
    return f"{found.value:.3f} (95 %: {found.low:.3f} to {found.high:.3f})"


def _percent(share: float | None) -> str:
    return _ABSENT if share is None else f"{share:.1%}"


def _words(code: str) -> str:
    return code.replace("_", " ")


def _number(value: float | None) -> str:
    return _ABSENT if value is None else f"{value:.3f}"
