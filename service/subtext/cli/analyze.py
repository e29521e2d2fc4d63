"""Implement `subtext analyze`: analyse articles and print the results."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from subtext.cli.deadline import Deadline, to_overrides
from subtext.cli.exit_codes import ExitCode
from subtext.cli.output import STDOUT, Format, Output, require_writable
from subtext.cli.terminal import print_error
from subtext.errors import RequestInvalid, SubtextError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.analysis.request import AnalysisRequest
    from subtext.domain.analysis import Analysis
    from subtext.services.analyses import AnalysisService
    from subtext.settings import Settings

_PAGE_SUFFIXES = (".html", ".htm")
SAMPLES_MAX = 5


class EngineName(StrEnum):
    """Engines that can be chosen."""

    AUTO = "auto"
    LLM = "llm"
    LOCAL = "local"


class FallbackRule(StrEnum):
    """Fallback policy if an engine fails."""

    AUTO = "auto"
    NEVER = "never"


class Extra(StrEnum):
    """Optional parts of the JSON output."""

    TEXT = "text"


class HtmlOptionCommand(TyperCommand):
    """Command whose `--html` takes an optional value: only `*.html` or `-` is read as its file."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, with a bare `--html` read as `--html=-`."""
        expanded = [
            f"--html={STDOUT}" if arg == "--html" and not _names_page(following) else arg
            for arg, following in pairwise([*args, ""])
        ]
        return super().parse_args(ctx, expanded)


def _names_page(value: str) -> bool:
    return value == STDOUT or (value.lower().endswith(_PAGE_SUFFIXES) and "://" not in value)


@dataclass(frozen=True, slots=True)
class AnalyzeOptions:
    """Options of each analysis; `is_shown` turns the progress line on a terminal on."""

    engine: str
    target: str | None
    axis: str | None
    title: str | None
    language: str | None
    fallback: str | None = None
    samples: int = 1
    is_shown: bool = False

    def __post_init__(self) -> None:
        for name in ("target", "axis", "title", "language"):
            value = getattr(self, name)
            if value is not None and not value.strip():
                raise RequestInvalid(f"--{name} is blank: omit it instead")


Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="URL|FILE|-",
        help="Articles: URLs, files (text or HTML), or - for standard input.",
        show_default=False,
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON on standard output: the whole v1 object of each article.")
]
OutputFile = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE.json", help="Also write the analysis as JSON to a file.")
]
Html = Annotated[
    str | None,
    typer.Option(
        "--html",
        metavar="[FILE.html]",
        help="Write a self-contained page with the evidence marked in the text, to the file or to standard output.",
    ),
]
FormatOption = Annotated[
    Format | None, typer.Option("--format", "-f", help="Output format; ndjson: one analysis per line.")
]
Engine = Annotated[
    EngineName, typer.Option(help="auto: the configured model if there is one, else the embedded engine.")
]
Target = Annotated[str | None, typer.Option(help="Whose conduct is framed; inferred if omitted.")]
Title = Annotated[str | None, typer.Option(help="The headline; put before the text unless the text begins with it.")]
AxisRef = Annotated[str | None, typer.Option(help="Axis as id or id@version; `subtext axes list` shows them.")]
Language = Annotated[str | None, typer.Option(help="The article's language, such as en; detected if omitted.")]
Include = Annotated[
    list[Extra] | None,
    typer.Option(help="text: include the analysed text in the JSON, so that it can be verified on its own."),
]
Fallback = Annotated[
    FallbackRule | None, typer.Option(help="auto: if an engine fails, the next one is used; never: the analysis fails.")
]
Samples = Annotated[
    int,
    typer.Option(min=1, max=SAMPLES_MAX, help="How many times the model is asked; agreement raises the confidence."),
]
MinConfidence = Annotated[
    float | None, typer.Option(min=0, max=1, help="Exit with code 6 if the confidence of a label is lower.")
]

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Log each call to a model on standard error.")]


def analyze(
    inputs: Inputs,
    *,
    as_json: AsJson = False,
    output_file: OutputFile = None,
    html: Html = None,
    form: FormatOption = None,
    engine: Engine = EngineName.AUTO,
    target: Target = None,
    title: Title = None,
    axis: AxisRef = None,
    language: Language = None,
    include: Include = None,
    fallback: Fallback = None,
    samples: Samples = 1,
    deadline: Deadline = None,
    min_confidence: MinConfidence = None,
    verbose: Verbose = False,
) -> None:
    """Analyse articles: a checked summary, the framing, and the evidence for both."""
    output = Output.from_options(form, html, as_json=as_json, include_text=bool(include), file=output_file)
    # Log lines would break the progress line, which is redrawn in place.
    options = AnalyzeOptions(
        engine.value, target, axis, title, language, fallback and fallback.value, samples, not verbose
    )
    if len(inputs) > 1 and (output.format is Format.HTML or output_file is not None or title is not None):
        raise RequestInvalid("--html, --output and --title apply to one article: give one input with them")
    require_writable(output.file)
    require_writable(output.page)
    _configure_logs(verbose=verbose)
    code = asyncio.run(_answer_all(inputs, options, output, min_confidence, deadline))
    if code is not ExitCode.OK:
        raise typer.Exit(code)


def _configure_logs(*, verbose: bool) -> None:
    """Log errors only, one line each, or everything with `--verbose`."""
    from subtext.logs import configure_logs

    configure_logs("debug" if verbose else "error", "console")


async def _answer_all(
    inputs: Sequence[str],
    options: AnalyzeOptions,
    output: Output,
    min_confidence: float | None,
    deadline_s: float | None,
) -> ExitCode:
    """Analyse each input in turn; if there are several, report a failure and go on."""
    from subtext.bootstrap.runtime import open_runtime
    from subtext.settings import load_settings

    settings = load_settings(**to_overrides(deadline_s))
    codes: set[ExitCode] = set()
    async with open_runtime(settings) as analyses:
        for argument in inputs:
            try:
                analysis = await _analyze(argument, options, analyses, settings)
            except SubtextError as error:
                if len(inputs) == 1:
                    raise
                print_error(f"{argument}: {error.detail}")
                codes.add(ExitCode.SOME_FAILED)
            else:
                output.write(analysis)
                codes.add(ExitCode.OK if _meets_confidence(analysis, min_confidence) else ExitCode.BELOW_CONFIDENCE)
    return next(code for code in (ExitCode.SOME_FAILED, ExitCode.BELOW_CONFIDENCE, ExitCode.OK) if code in codes)


async def _analyze(argument: str, options: AnalyzeOptions, analyses: AnalysisService, settings: Settings) -> Analysis:
    from subtext.cli.inputs import InputOptions, read_article
    from subtext.cli.progress import show_progress
    from subtext.services.analyses import RequestContext

    request = analyses.build_request(
        axis=options.axis,
        target=options.target,
        engine=options.engine,
        fallback=options.fallback,
        samples=options.samples,
    )
    article = await read_article(
        argument, analyses.loader, InputOptions.from_settings(settings, options.title, options.language)
    )
    model = _first_model(analyses, request) if options.is_shown else None
    with show_progress(model, analyses.clock) as on_progress:
        context = RequestContext(use_cache=False, on_progress=on_progress)
        return (await analyses.analyze_article(article, request, context)).analysis


def _first_model(analyses: AnalysisService, request: AnalysisRequest) -> str | None:
    """Return the model that is asked first; None if that is the embedded engine, which is quick."""
    engines = {engine.name: engine for engine in reversed(analyses.engines)}
    engine = engines.get(request.engine, analyses.engines[0])
    return engine.model if engine.kind == "llm" else None


def _meets_confidence(analysis: Analysis, min_confidence: float | None) -> bool:
    framing = analysis.framing
    if min_confidence is None or framing is None:
        return True
    return framing.overall.label is not None and framing.confidence.value >= min_confidence
