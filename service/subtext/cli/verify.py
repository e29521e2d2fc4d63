"""Implement `subtext verify`: check every claim of a stored analysis against its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from subtext.cli.exit_codes import ExitCode
from subtext.cli.output import AsJson
from subtext.cli.terminal import escape_json, print_data, sanitize
from subtext.errors import InvalidInput, RequestInvalid

if TYPE_CHECKING:
    from subtext.domain.axis import Axis
    from subtext.schemas.analysis import AnalysisView
    from subtext.schemas.verification import VerificationView
    from subtext.settings import Settings

Stored = Annotated[
    str,
    typer.Argument(metavar="FILE|-", help="An analysis as JSON, from analyze --json or the API.", show_default=False),
]
Text = Annotated[
    str | None,
    typer.Option("--text", metavar="FILE|-", help="The text as analysed; required unless the analysis holds it."),
]


def verify(stored: Stored, text: Text = None, as_json: AsJson = False) -> None:
    """Verify a stored analysis against its text, without a model: quotes, offsets, references and label.

    Ends with exit code 1 if a claim does not hold.
    """
    from subtext.cli.inputs import STDIN, InputOptions, read_text
    from subtext.services.verification import require_text, verify_claims
    from subtext.settings import load_settings

    if stored == text == STDIN:
        raise RequestInvalid("standard input can be the analysis or the text, not both: name a file for one of them")
    settings = load_settings()
    limit = InputOptions.from_settings(settings).max_bytes
    view = _parse_view(stored, read_text(stored, limit))
    article_text = require_text(view, None if text is None else read_text(text, limit))
    outcome = verify_claims(view, article_text, _load_axis(view, settings))
    if as_json:
        print_data(escape_json(outcome.model_dump_json(indent=2)))
    else:
        _print(outcome)
    if not outcome.valid:
        raise typer.Exit(ExitCode.FAILURE)


def _parse_view(name: str, document: str) -> AnalysisView:
    from pydantic import ValidationError

    from subtext.schemas.analysis import AnalysisView
    from subtext.schemas.problem import describe_first_field

    try:
        return AnalysisView.model_validate_json(document)
    except ValidationError as error:
        raise InvalidInput(f"{name} is not an analysis of subtext: {describe_first_field(error)}") from error


def _load_axis(view: AnalysisView, settings: Settings) -> Axis | None:
    from subtext.cli.prompts import load_prompts

    return None if view.framing is None else load_prompts(settings).axis(view.framing.axis).axis


def _print(outcome: VerificationView) -> None:
    checked = outcome.checked
    verdict = "and the label" if checked.verdict else "and no label"
    claims = f"{checked.quotes} quotes, {checked.references} references {verdict}"
    if outcome.valid:
        print(f"valid: {claims} hold")
        return
    print(f"not valid: of {claims}, {len(outcome.failures)} claims do not hold")
    for failure in outcome.failures:
        print(f"  {sanitize(failure.pointer)}  {failure.code}: {sanitize(failure.message)}")
