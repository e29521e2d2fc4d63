"""Implement `subtext eval`: run an engine on labelled articles and measure its answers.

`subtext eval export-feedback` exports readers' feedback as a labelled set.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from subtext.cli.analyze import AxisRef, EngineName
from subtext.cli.exit_codes import ExitCode, exit_code_for
from subtext.cli.help_text import format_examples
from subtext.cli.output import STDOUT, AsJson, OutputFile, open_output, require_writable, write_file
from subtext.cli.terminal import console, escape_json, print_data, print_error, print_note, write_all
from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.evals.evaluator import EvalConfig
    from subtext.evals.feedback_export import ExportedFeedback
    from subtext.evals.gates import Gate
    from subtext.evals.report import Report

Owner = Annotated[str | None, typer.Option(help="Only feedback of this owner's readers.")]


def export_feedback(owner: Owner = None, output: OutputFile = None, as_json: AsJson = False) -> None:
    """Export readers' feedback on stored analyses as a labelled set, one JSON object per line; with --json as one list.

    Needs the articles' texts (SUBTEXT_STORE_TEXT=true when they were analysed): articles without one are counted and
    left out.
    """
    require_writable(output)
    if as_json and output is not None:
        raise RequestInvalid("--json prints one list on standard output: omit --output")
    exported = asyncio.run(_load_feedback(owner))
    if as_json:
        print_data(escape_json(json.dumps(exported.cases, ensure_ascii=False, indent=2)))
    else:
        with open_output(output) as stream:
            for case in exported.cases:
                write_all(stream, escape_json(json.dumps(case, ensure_ascii=False)).encode() + b"\n")
    print_note(f"{len(exported.cases):,} articles with feedback" + (f" exported to {output}" if output else ""))
    if exported.without_text:
        print_note(
            f"{exported.without_text:,} left out without a stored text: SUBTEXT_STORE_TEXT=true stores it from now on"
        )
    if exported.without_label:
        print_note(f"{exported.without_label:,} left out because the reader did not give the right label")


async def _load_feedback(owner: str | None) -> ExportedFeedback:
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
    """Command group of `eval` whose default command is `measure`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; put the default command first if they name none."""
        return super().parse_args(ctx, args if args and args[0] in self.commands else [_MEASURE, *args])


evaluation = typer.Typer(name="eval", cls=EvalGroup, rich_markup_mode=None)

evaluation.command(
    name="export-feedback",
    short_help="Export readers' feedback as a labelled set.",
    epilog=format_examples("subtext eval export-feedback > feedback.jsonl", "subtext eval feedback.jsonl"),
)(export_feedback)

Sets = Annotated[
    list[Path] | None,
    typer.Argument(metavar="SET.jsonl", help="Labelled articles; the shipped sets if omitted.", show_default=False),
]

Engine = Annotated[EngineName, typer.Option(help="Engine to measure; auto: the one for requests that name none.")]


Limit = Annotated[int | None, typer.Option(min=1, help="Use only the first N articles.")]

Concurrency = Annotated[
    int, typer.Option("--parallel", "--at-once", min=1, max=64, help="Articles analysed at the same time.")
]

ReportAsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON on standard output: the report with each answer.")
]

ReportFile = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE.json", help="Write the report as JSON to a file, for --compare."),
]

Html = Annotated[
    str | None, typer.Option("--html", metavar="FILE|-", help="Write the report as a self-contained page.")
]

Gates = Annotated[
    list[str] | None,
    typer.Option("--gate", metavar="NAME=NUMBER,...", help="Exit with code 6 if a figure is worse than its number."),
]

Summaries = Annotated[
    Path | None,
    typer.Option(metavar="FILE.jsonl", help="Compare summaries with references by ROUGE: id, text, reference."),
]

Faithfulness = Annotated[
    Path | None,
    typer.Option(metavar="FILE.jsonl", help="Measure the check of summaries: id, text, summary, consistent."),
]

Counterfactuals = Annotated[
    bool,
    typer.Option(
        "--counterfactuals", help="Also change each article in one respect, and see whether its label changes."
    ),
]

Calibrate = Annotated[
    Path | None,
    typer.Option(
        metavar="OUT.json",
        help="Fit a calibration to these articles, for SUBTEXT_CALIBRATION_FILE; entries for other engines stay.",
    ),
]

Against = Annotated[
    Path | None, typer.Option("--compare", metavar="OTHER.json", help="Compare with an earlier report (from --output).")
]


@evaluation.command(
    name=_MEASURE,
    epilog=format_examples(
        "subtext eval --engine local",
        "subtext eval labelled.jsonl --html report.html -o report.json",
        "subtext eval labelled.jsonl --compare report.json",
        "subtext eval labelled.jsonl --gate macro_f1=0.6,ece=0.08",
        "subtext eval labelled.jsonl --engine llm --calibrate calibration.json",
        "subtext eval export-feedback > feedback.jsonl",
    ),
)
def evaluate(
    sets: Sets = None,
    *,
    engine: Engine = EngineName.AUTO,
    axis: AxisRef = None,
    limit: Limit = None,
    parallel: Concurrency = 1,
    summaries: Summaries = None,
    faithfulness: Faithfulness = None,
    counterfactuals: Counterfactuals = False,
    compare: Against = None,
    calibrate: Calibrate = None,
    as_json: ReportAsJson = False,
    output: ReportFile = None,
    html: Html = None,
    gate: Gates = None,
) -> None:
    """Measure an engine on labelled articles: labels, evidence, voices, calibration, time and cost.

    Sets are JSONL files with id, title, text, target, label and, if coded, labels, author, voices and evidence.
    docs/evals.md explains each figure. The report names what could not be measured. Ends with exit code 6 if a gate
    fails, and with the error's own code if nothing could be measured.
    """
    from subtext.evals.evaluator import EvalConfig
    from subtext.evals.gates import Gate
    from subtext.logs import configure_logs

    configure_logs("error", "console")
    if as_json and html == STDOUT:
        raise RequestInvalid("--json and --html cannot both go to standard output: name a file for the page")
    for file in (output, calibrate, None if html in {None, STDOUT} else Path(str(html))):
        require_writable(file)
    gates = tuple(parsed for value in gate or () for parsed in Gate.parse(value))
    config = EvalConfig(
        tuple(sets or ()),
        summaries,
        faithfulness,
        counterfactuals,
        compare,
        limit,
        parallel,
        whole=calibrate is not None,
    )
    if calibrate is not None and not config.wants_framing:
        raise RequestInvalid("--calibrate needs labelled articles: name a set")
    report = asyncio.run(_measure(config, engine.value, axis))
    _write(report, output, html, as_json=as_json)
    _require_measured(report)
    if calibrate is not None:
        _calibrate(report, calibrate)
    _check_gates(gates, report)


async def _measure(config: EvalConfig, engine: str, axis: str | None) -> Report:
    from subtext.bootstrap.runtime import VERSION, open_runtime
    from subtext.cli.progress import show_bar
    from subtext.evals.evaluator import Evaluator
    from subtext.settings import load_settings

    settings = load_settings()
    if config.whole:
        # A calibration is fitted to uncalibrated confidences.
        settings = settings.model_copy(update={"calibration_file": None})
    async with open_runtime(settings) as runtime:
        axis_version = runtime.prompts.axis(axis or runtime.defaults.axis).axis
        with show_bar() as bar:
            return await Evaluator(runtime, engine, axis_version, runtime.clock, VERSION, bar).run(config)


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
    """Fit a calibration to the report's answers and add it to the file; entries for other engines stay."""
    from subtext.engines.calibration_file import CalibrationFile, read_calibration_file
    from subtext.evals.calibration_fit import build_entry

    calibrations = read_calibration_file(file) if file.exists() else CalibrationFile(calibrations=())
    entry = build_entry(report)
    write_file(file, calibrations.with_entry(entry).model_dump_json(indent=1))
    print_note(
        f"{entry.id} is in {file}: {entry.method}, fitted to {entry.answers:,} answers, {entry.right:,} of them right; "
        f"off by {entry.ece_before:.3f} without it and {entry.ece:.3f} with it (ECE, cross-validated)"
    )


def _require_measured(report: Report) -> None:
    """End with the failure's exit code if the run ended early or measured nothing; say how much is missing."""
    if report.failures:
        print_note(
            f"{len(report.failures):,} rows or articles could not be measured: the report names each with the reason"
        )
    cause = report.stopped or (None if report.is_measured else report.failures[-1])
    if cause is None:
        return
    print_error(f"{'the run ended early' if report.is_measured else 'nothing could be measured'}: {cause.message}")
    raise typer.Exit(exit_code_for(cause.code))


def _check_gates(gates: Sequence[Gate], report: Report) -> None:
    from subtext.evals.gates import failed_gates

    failed = failed_gates(gates, report.figures())
    for gate in failed:
        print_error(gate.message)
    if failed:
        raise typer.Exit(ExitCode.BELOW_CONFIDENCE)
