"""`subtext eval`: labelled articles through an engine, and how far its answers can be believed.

`subtext eval export-feedback`: what readers said, as a labelled set.
"""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from subtext.cli.analyze import EngineName
from subtext.cli.exit_codes import ExitCode, exit_code_for
from subtext.cli.help_text import format_examples
from subtext.cli.output import (
    STDOUT,
    AsJson,
    write_file,
)
from subtext.cli.terminal import console, escape_json, print_data, print_error, print_note
from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from subtext.evals.evaluator import EvalConfig
    from subtext.evals.feedback_export import ExportedFeedback
    from subtext.evals.gates import Gate
    from subtext.evals.report import Report

Owner = Annotated[str | None, typer.Option(help="Only what this owner's readers said.")]


def export_feedback(owner: Owner = None, as_json: AsJson = False) -> None:
    """Print what readers said of stored analyses as a labelled set, one JSON object a line; with --json as one list.

    Needs the articles' texts (SUBTEXT_STORE_TEXT=true when they were analysed): what has none is counted and left out.
    """
    found = asyncio.run(_exported(owner))
    if as_json:
        print_data(escape_json(json.dumps(found.cases, ensure_ascii=False, indent=2)))
    for case in () if as_json else found.cases:
        print_data(json.dumps(case, ensure_ascii=False))
    print_note(f"{len(found.cases):,} articles with what readers said of them")
    if found.without_text:
        print_note(
            f"{found.without_text:,} left out, whose text was not kept: SUBTEXT_STORE_TEXT=true keeps it from now on"
        )
    if found.without_label:
        print_note(f"{found.without_label:,} left out, which were called wrong without saying what is right")


async def _exported(owner: str | None) -> ExportedFeedback:
    from subtext.cli.db import open_configured_database
    from subtext.domain.caller import key_owner
    from subtext.evals.feedback_export import export_feedback
    from subtext.storage.analyses import SqlAnalysisRepository

    async with open_configured_database() as database:
        return await export_feedback(
            SqlAnalysisRepository(database).feedback(None if owner is None else key_owner(owner))
        )


_MEASURE = "measure"


class EvalGroup(TyperGroup):
    """The group of `eval`: what does not begin with the name of a command is measured."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments, with the name of the command before them that is usually meant."""
        return super().parse_args(ctx, args if args and args[0] in self.commands else [_MEASURE, *args])


evaluation = typer.Typer(name="eval", cls=EvalGroup, rich_markup_mode=None)

evaluation.command(
    name="export-feedback",
    short_help="What readers said, as a labelled set.",
    epilog=format_examples("subtext eval export-feedback > said.jsonl", "subtext eval said.jsonl"),
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

Concurrency = Annotated[int, typer.Option(min=1, max=64, help="Articles asked about at the same time.")]

ReportAsJson = Annotated[bool, typer.Option("--json", help="The report as JSON on standard output, each answer in it.")]

OutputFile = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE.json", help="Write the report as JSON to a file, for --compare."),
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

Calibrate = Annotated[
    Path | None,
    typer.Option(
        metavar="OUT.json",
        help="Fit the confidence to these articles, for SUBTEXT_CALIBRATION_FILE; a map there for others is kept.",
    ),
]

Against = Annotated[
    Path | None, typer.Option("--compare", metavar="OTHER.json", help="Compare with an earlier report (of --output).")
]


@evaluation.command(
    name=_MEASURE,
    epilog=format_examples(
        "subtext eval --engine local",
        "subtext eval labelled.jsonl --html report.html -o report.json",
        "subtext eval labelled.jsonl --compare report.json",
        "subtext eval labelled.jsonl --gate macro_f1=0.6,ece=0.08",
        "subtext eval labelled.jsonl --engine llm --calibrate calibration.json",
        "subtext eval export-feedback > said.jsonl",
    ),
)
def evaluate(
    sets: Sets = None,
    *,
    engine: Engine = EngineName.AUTO,
    axis: AxisRef = None,
    limit: Limit = None,
    at_once: Concurrency = 1,
    summaries: Summaries = None,
    faithfulness: Faithfulness = None,
    counterfactuals: Counterfactuals = False,
    compare: Against = None,
    calibrate: Calibrate = None,
    as_json: ReportAsJson = False,
    output: OutputFile = None,
    html: Html = None,
    gate: Gates = None,
) -> None:
    """Measure an engine on labelled articles: labels, evidence, voices, calibration, what it takes.

    Sets are JSONL files with id, title, text, target, label and, where coded, labels, author, voices and evidence.
    docs/evals.md says what each figure means. What cannot be measured is named in the report. Ends with exit code 6
    where a gate does not hold, and with the failure's own code where nothing could be measured.
    """
    from subtext.evals.evaluator import EvalConfig
    from subtext.evals.gates import Gate
    from subtext.logs import configure_logs

    configure_logs("error", "console")
    if as_json and html == STDOUT:
        raise RequestInvalid("--json and --html cannot both go to standard output: name a file for the page")
    for file in (output, calibrate, None if html in {None, STDOUT} else Path(str(html))):
        _require_writable(file)
    gates = tuple(found for written in gate or () for found in Gate.parse(written))
    plan = EvalConfig(
        tuple(sets or ()),
        summaries,
        faithfulness,
        counterfactuals,
        compare,
        limit,
        at_once,
        whole=calibrate is not None,
    )
    if calibrate is not None and not plan.wants_framing:
        raise RequestInvalid("--calibrate needs labelled articles: name a set")
    report = asyncio.run(_measure(plan, engine.value, axis))
    _write(report, output, html, as_json=as_json)
    _require_measured(report)
    if calibrate is not None:
        _calibrate(report, calibrate)
    _check_gates(gates, report)


async def _measure(plan: EvalConfig, engine: str, axis: str | None) -> Report:
    from subtext.bootstrap.runtime import VERSION, open_runtime
    from subtext.evals.evaluator import Evaluator
    from subtext.settings import load_settings

    settings = load_settings()
    if plan.whole:
        # A map is fitted to what engine and evidence say by themselves.
        settings = settings.model_copy(update={"calibration_file": None})
    async with open_runtime(settings) as runtime:
        on = runtime.prompts.axis(axis or runtime.defaults.axis).axis
        with _counter() as done:
            return await Evaluator(runtime, engine, on, runtime.clock, VERSION, done).run(plan)


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


def _write(report: Report, output: Path | None, html: str | None, *, as_json: bool) -> None:
    from subtext.cli.eval_report import print_report
    from subtext.evals.html_report import render_page

    if output is not None:
        write_file(output, escape_json(report.as_json()))
        print_note(f"the report is in {output}")
    if html not in {None, STDOUT}:
        write_file(Path(str(html)), render_page(report))
        print_note(f"the report is in {html}")
    if as_json:
        print_data(escape_json(report.as_json()))
    elif html == STDOUT:
        print_data(render_page(report))
    else:
        print_report(report, console())


def _calibrate(report: Report, file: Path) -> None:
    """Fit the confidence to the report's answers, and write the map to the file beside those for others."""
    from subtext.engines.calibration_file import CalibrationFile, read_calibration_file
    from subtext.evals.calibration_fit import build_entry

    known = read_calibration_file(file) if file.exists() else CalibrationFile(calibrations=())
    entry = build_entry(report)
    write_file(file, known.with_entry(entry).model_dump_json(indent=1))
    print_note(
        f"{entry.id} is in {file}: {entry.method}, fitted to {entry.answers:,} answers, {entry.right:,} of them right; "
        f"off by {entry.ece_before:.3f} without it and {entry.ece:.3f} with it (ECE, cross-validated)"
    )


def _require_writable(file: Path | None) -> None:
    """Raise `RequestInvalid` if a report could not be written there: that must not be found out after hours of work."""
    if file is not None and (file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK)):
        raise RequestInvalid(f"{file} cannot be written: name a file in a folder that is there and that you may write")


def _require_measured(report: Report) -> None:
    """End with the failure's exit code if the run ended early or measured nothing; say how much is missing."""
    if report.failures:
        print_note(
            f"{len(report.failures):,} rows or articles could not be measured: the report names each and says why"
        )
    ended = report.stopped or (None if report.is_measured else report.failures[-1])
    if ended is None:
        return
    print_error(f"{'the run ended early' if report.is_measured else 'nothing could be measured'}: {ended.message}")
    raise typer.Exit(exit_code_for(ended.code))


def _check_gates(gates: Sequence[Gate], report: Report) -> None:
    from subtext.evals.gates import failed_gates

    found = failed_gates(gates, report.figures())
    for each in found:
        print_error(each.message)
    if found:
        raise typer.Exit(ExitCode.BELOW_CONFIDENCE)
