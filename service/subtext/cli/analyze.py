"""`subtext analyze`: articles in, proven readings out."""

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
from subtext.cli.output import STDOUT, Format, Output
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
    """The engines that can be asked for."""

    AUTO = "auto"
    LLM = "llm"
    LOCAL = "local"


class FallbackRule(StrEnum):
    """What is done where an engine gives no answer."""

    AUTO = "auto"
    NEVER = "never"


class Extra(StrEnum):
    """What an answer may hold besides."""

    TEXT = "text"


class HtmlOptionCommand(TyperCommand):
    """Lets `--html` stand alone: only a word that names a page (`*.html`, `-`) is taken as the file to write."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments, with a bare `--html` made `--html=-`."""
        spelled = [
            f"--html={STDOUT}" if arg == "--html" and not _names_page(after) else arg
            for arg, after in pairwise([*args, ""])
        ]
        return super().parse_args(ctx, spelled)


def _names_page(argument: str) -> bool:
    return argument == STDOUT or (argument.lower().endswith(_PAGE_SUFFIXES) and "://" not in argument)


@dataclass(frozen=True, slots=True)
class AnalyzeOptions:
    """What is asked of each input; `is_shown` says whether a terminal is shown how a model comes along."""

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
                raise RequestInvalid(f"--{name} is blank: leave it out instead")


Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="URL|FILE|-...",
        help="Articles: addresses, files (text or HTML), or - for standard input.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="The whole answer as JSON: the v1 object.")]
OutputFile = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE.json", help="Write the answer as JSON to a file as well.")
]
Html = Annotated[
    str | None,
    typer.Option(
        "--html",
        metavar="[FILE.html]",
        help="A self-contained page with the evidence marked in the text, to the file or to standard output.",
    ),
]
FormatOption = Annotated[
    Format | None, typer.Option("--format", "-f", help="The same choice in one option; ndjson is one answer a line.")
]
Engine = Annotated[
    EngineName, typer.Option(help="auto: the configured model if there is one, else the embedded engine.")
]
Target = Annotated[str | None, typer.Option(help="Whose conduct is framed; inferred when left out.")]
Title = Annotated[str | None, typer.Option(help="The headline; put before the text unless it opens it.")]
AxisRef = Annotated[str | None, typer.Option(help="Axis as id or id@version; `subtext prompts list` shows them.")]
Language = Annotated[str | None, typer.Option(help="The article's language, such as en; found out when left out.")]
Include = Annotated[
    list[Extra] | None, typer.Option(help="text: the JSON holds the analysed text, so that it can be verified alone.")
]
Fallback = Annotated[
    FallbackRule | None, typer.Option(help="auto: the next engine answers where one fails; never: that is a failure.")
]
Samples = Annotated[
    int, typer.Option(min=1, max=SAMPLES_MAX, help="How often a model is asked; agreement feeds the confidence.")
]
MinConfidence = Annotated[
    float | None, typer.Option(min=0, max=1, help="End with exit code 6 when a label is less sure than this.")
]

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell on standard error how each call to a model went.")]


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
    # What is logged line by line would run into a line that is drawn again and again.
    asked = AnalyzeOptions(
        engine.value, target, axis, title, language, fallback and fallback.value, samples, not verbose
    )
    if len(inputs) > 1 and (output.format is Format.HTML or output_file is not None or title is not None):
        raise RequestInvalid("--html, --output and --title are about one article: give one input with them")
    _log(verbose=verbose)
    code = asyncio.run(_answer_all(inputs, asked, output, min_confidence, deadline))
    if code is not ExitCode.OK:
        raise typer.Exit(code)


def _log(*, verbose: bool) -> None:
    """Without being asked to, nothing is told but what went wrong, in one line."""
    from subtext.logs import configure_logs

    configure_logs("debug" if verbose else "error", "console")


async def _answer_all(
    inputs: Sequence[str], asked: AnalyzeOptions, output: Output, least: float | None, deadline_s: float | None
) -> ExitCode:
    """Each input answered in turn; what fails among several is told and does not stop the others."""
    from subtext.bootstrap.runtime import open_runtime
    from subtext.settings import load_settings

    settings = load_settings(**to_overrides(deadline_s))
    codes: set[ExitCode] = set()
    async with open_runtime(settings) as analyses:
        for word in inputs:
            try:
                analysis = await _analyze(word, asked, analyses, settings)
            except SubtextError as error:
                if len(inputs) == 1:
                    raise
                print_error(f"{word}: {error.detail}")
                codes.add(ExitCode.SOME_FAILED)
            else:
                output.write(analysis)
                codes.add(ExitCode.OK if _meets_confidence(analysis, least) else ExitCode.BELOW_CONFIDENCE)
    return next(code for code in (ExitCode.SOME_FAILED, ExitCode.BELOW_CONFIDENCE, ExitCode.OK) if code in codes)


async def _analyze(word: str, asked: AnalyzeOptions, analyses: AnalysisService, settings: Settings) -> Analysis:
    from subtext.cli.inputs import InputOptions, read_article
    from subtext.cli.progress import show_progress
    from subtext.services.analyses import RequestContext

    request = analyses.build_request(
        axis=asked.axis,
        target=asked.target,
        engine=asked.engine,
        fallback=asked.fallback,
        samples=asked.samples,
    )
    article = await read_article(
        word, analyses.loader, InputOptions.from_settings(settings, asked.title, asked.language)
    )
    model = _model_asked(analyses, request) if asked.is_shown else None
    with show_progress(model, analyses.clock) as on_progress:
        context = RequestContext(use_cache=False, on_progress=on_progress)
        return (await analyses.analyze_article(article, request, context)).analysis


def _model_asked(analyses: AnalysisService, question: AnalysisRequest) -> str | None:
    """Return the model that is asked first; None if that is the embedded engine, which is quick."""
    cards = {card.name: card for card in reversed(analyses.engines)}
    card = cards.get(question.engine, analyses.engines[0])
    return card.model if card.kind == "llm" else None


def _meets_confidence(analysis: Analysis, min_confidence: float | None) -> bool:
    framing = analysis.framing
    if min_confidence is None or framing is None:
        return True
    return framing.overall.label is not None and framing.confidence.value >= min_confidence
