"""A report's figures for a person at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from subtext.cli.terminal import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console, RenderableType

    from subtext.evals.framing import FramingMeasures
    from subtext.evals.report import Report
    from subtext.evals.resampling import Interval

_ABSENT = "–"


def show(report: Report, console: Console) -> None:
    """Print a report."""
    for part in _parts(report):
        console.print(part)


def _parts(report: Report) -> Iterator[RenderableType]:
    yield from _head(report)
    if report.framing is not None:
        yield from _framing(report.framing)


def _head(report: Report) -> Iterator[RenderableType]:
    if report.subject is not None:
        subject = report.subject
        yield Text(
            f"{clean(subject.engine)} engine, {clean(subject.model)}, on {clean(subject.axis)}", "bold underline"
        )
    for used in report.sets:
        yield Text(f"{clean(used.name)}: {used.rows} rows, sha256 {used.sha256[:12]}", "dim")


def _framing(found: FramingMeasures) -> Iterator[RenderableType]:
    yield ""
    yield _grid(_label_rows(found))
    yield ""
    yield _confusion(found.confusion)
    yield ""
    yield _grid(_trust_rows(found))
    if found.by_kind:
        yield ""
        rows = ((kind, f"{score.right} of {score.count}") for kind, score in found.by_kind.items())
        yield _grid(rows, "Right by kind")


def _label_rows(found: FramingMeasures) -> Iterator[tuple[str, str]]:
    yield "articles", f"{found.articles}, {found.contested} with two right labels"
    yield "accuracy", _ranged(found.accuracy)
    yield "macro-F1", _ranged(found.macro_f1)
    yield "F1 by label", ", ".join(f"{clean(label)} {score.f1:.2f}" for label, score in found.by_label.items())
    yield "one pole for the other", _percent(found.opposite_rate)
    failures = ", ".join(f"{count} {code}" for code, count in found.failures.items())
    yield "without a label", f"{found.abstained}" + (f"; without an answer: {failures}" if failures else "")


def _trust_rows(found: FramingMeasures) -> Iterator[tuple[str, str]]:
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
    yield "cost", _ABSENT if spent.cost is None else f"{spent.cost:.4f} {clean(spent.currency or '')}"


def _grid(rows: Iterable[tuple[str, str]], title: str | None = None) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    return table


def _confusion(confusion: dict[str, dict[str, int]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    columns = next(iter(confusion.values()))
    table.add_column("coded ↓  answered →", style="bold")
    for label in columns:
        table.add_column(clean(label), justify="right")
    for gold, row in confusion.items():
        table.add_row(clean(gold), *(str(row[label]) for label in columns))
    return table


def _ranged(found: Interval) -> str:
    return f"{found.value:.3f} (95 %: {found.low:.3f} to {found.high:.3f})"


def _percent(share: float | None) -> str:
    return _ABSENT if share is None else f"{share:.1%}"


def _number(value: float | None) -> str:
    return _ABSENT if value is None else f"{value:.3f}"
