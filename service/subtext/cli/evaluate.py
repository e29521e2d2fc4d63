"""`subtext eval`: labelled articles through an engine, and how far its answers can be believed."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from subtext.cli.analyze import EngineName
from subtext.cli.examples import examples
from subtext.cli.exits import ExitCode
from subtext.cli.feedback import export_feedback
from subtext.cli.output import STDOUT
from subtext.cli.terminal import complain, console, emit, json_safe, note
from subtext.domain.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from subtext.evals.figures import Gate
    from subtext.evals.measuring import Plan
    from subtext.evals.report import Report

_MEASURE = "measure"


class Evaluation(TyperGroup):
    """The group of `eval`: what does not begin with the name of a command is measured."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments, with the name of the command before them that is usually meant."""
        return super().parse_args(ctx, args if args and args[0] in self.commands else [_MEASURE, *args])


evaluation = typer.Typer(name="eval", cls=Evaluation, rich_markup_mode=None)
evaluation.command(
    name="export-feedback",
    short_help="What readers said, as a labelled set.",
    epilog=examples("subtext eval export-feedback > said.jsonl", "subtext eval said.jsonl"),
)(export_feedback)

Sets = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="SET.jsonl...", help="Labelled articles; the project's own when left out.", show_default=False
    ),
]
Engine = Annotated[EngineName, typer.Option(help="Who is measured; auto is what requests get that name none.")]
AxisRef = Annotated[str | None, typer.Option(help="Axis as id or id@version.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Take only the first so many articles.")]
AtOnce = Annotated[int, typer.Option(min=1, max=64, help="Articles asked about at the same time.")]
Json = Annotated[
    str | None, typer.Option("--json", metavar="FILE|-", help="The report as JSON, each answer in it; for --compare.")
]
Html = Annotated[str | None, typer.Option("--html", metavar="FILE|-", help="The report as a self-contained page.")]
Gates = Annotated[
    list[str] | None,
    typer.Option(
        "--gate", metavar="NAME=NUMBER,...", help="End with exit code 6 where a figure is worse than its number."
    ),
]
Summaries = Annotated[
    Path | None,
    typer.Option(metavar="FILE.jsonl", help="Hold summaries against references by ROUGE: id, text, reference."),
]
Faithfulness = Annotated[
    Path | None,
    typer.Option(metavar="FILE.jsonl", help="Try the check of summaries: id, text, summary, consistent."),
]
Counterfactuals = Annotated[
    bool, typer.Option("--counterfactuals", help="Also change each article in one respect, and see if its label moves.")
]
Against = Annotated[
    Path | None, typer.Option("--compare", metavar="OTHER.json", help="Compare with an earlier report (of --json).")
]


@evaluation.command(
    name=_MEASURE,
    epilog=examples(
        "subtext eval --engine local",
        "subtext eval labelled.jsonl --html report.html --json report.json",
        "subtext eval labelled.jsonl --compare report.json",
        "subtext eval labelled.jsonl --gate macro_f1=0.6,ece=0.08",
        "subtext eval export-feedback > said.jsonl",
    ),
)
def evaluate(
    sets: Sets = None,
    *,
    engine: Engine = EngineName.AUTO,
    axis: AxisRef = None,
    limit: Limit = None,
    at_once: AtOnce = 1,
    summaries: Summaries = None,
    faithfulness: Faithfulness = None,
    counterfactuals: Counterfactuals = False,
    compare: Against = None,
    json: Json = None,
    html: Html = None,
    gate: Gates = None,
) -> None:
    """Measure an engine on labelled articles: labels, evidence, voices, calibration, what it takes.

    Sets are JSONL files with id, title, text, target, label and, where coded, labels, author, voices and evidence.
    docs/evals.md says what each figure means. Ends with exit code 6 where a gate does not hold.
    """
    from subtext.evals.figures import Gate
    from subtext.evals.measuring import Plan
    from subtext.logs import configure_logs

    configure_logs("error", "console")
    if json == html == STDOUT:
        raise RequestInvalid("--json and --html cannot both go to standard output: name a file for one of them")
    gates = tuple(found for written in gate or () for found in Gate.parse(written))
    plan = Plan(tuple(sets or ()), summaries, faithfulness, counterfactuals, compare, limit, at_once)
    report = asyncio.run(_measure(plan, engine.value, axis))
    _write(report, json, html)
    _hold_to(gates, report)


async def _measure(plan: Plan, engine: str, axis: str | None) -> Report:
    from subtext.bootstrap.runtime import VERSION, open_runtime
    from subtext.evals.measuring import Measuring
    from subtext.settings import load_settings

    async with open_runtime(load_settings()) as runtime:
        on = runtime.prompts.axis(axis or runtime.defaults.axis).axis
        with _counter() as done:
            return await Measuring(runtime, engine, on, runtime.clock, VERSION, done).report(plan)


@contextmanager
def _counter() -> Iterator[Callable[[], None]]:
    """What to call after each answer; a terminal shows how many there are."""
    terminal = console(stderr=True)
    if not terminal.is_terminal:
        yield lambda: None
        return
    answers = count(1)
    with terminal.status("asking") as status:
        yield lambda: status.update(f"{next(answers)} answers")


def _write(report: Report, json: str | None, html: str | None) -> None:
    from subtext.cli.figures import show
    from subtext.evals.page import render_page

    if json is not None:
        _put(json_safe(report.as_json()), json)
    if html is not None:
        _put(render_page(report), html)
    if STDOUT not in (json, html):
        show(report, console())


def _put(document: str, where: str) -> None:
    if where == STDOUT:
        emit(document)
        return
    try:
        Path(where).write_text(document + "\n", encoding="utf-8")
    except OSError as error:
        raise RequestInvalid(f"{where} cannot be written: {(error.strerror or str(error)).lower()}") from error
    note(f"the report is in {where}")


def _hold_to(gates: Sequence[Gate], report: Report) -> None:
    from subtext.evals.figures import missed

    found = missed(gates, report.figures())
    for each in found:
        complain(each.message)
    if found:
        raise typer.Exit(ExitCode.BELOW_CONFIDENCE)
