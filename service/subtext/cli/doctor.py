"""Implement `subtext doctor`: try each part for real, and give the next step for each that fails."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from subtext.analysis.ports import DEADLINE_MAX_S
from subtext.cli.exit_codes import ExitCode
from subtext.cli.output import AsJson
from subtext.cli.terminal import console, print_data, sanitize, sanitize_lines
from subtext.domain.url_mask import mask_url_secrets
from subtext.errors import SettingsInvalid, SubtextError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from subtext.analysis.ports import Progress
    from subtext.cli.model_speed import ModelSpeed, SpeedRecorder
    from subtext.domain.analysis import Analysis
    from subtext.services.analyses import AnalysisService
    from subtext.settings import Settings

Outcome = Literal["ok", "warning", "failed", "skipped"]
MODEL_DEADLINE_S = 300.0
Deadline = Annotated[
    float,
    typer.Option(metavar="SECONDS", min=0.1, max=DEADLINE_MAX_S, help="Time limit of the model's answer."),
]
_MARKS: dict[Outcome, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "warning": ("!", "yellow"),
    "failed": ("✗", "red"),
    "skipped": ("–", "dim"),
}
_TEXT = (
    "Orlan Freight went back to its creditors on Monday, cap in hand, for the third time this year. It has run "
    "out of cash, out of friends and nearly out of ships, and its plea for another month is the last lifeline it has "
    "left to ask for. Nobody at the table believed that it would be the last."
)
_PAGE = (
    "<!doctype html><html lang=en><head><title>Orlan Freight begs for a month</title></head><body><article>"
    f"<h1>Orlan Freight begs for a month</h1><p>{_TEXT}</p></article></body></html>"
)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check, with the next step if there is one.

    `measured` holds the measured speed of a model, `settings` proposed values by variable.
    """

    check: str
    outcome: Outcome
    detail: str
    next_step: str | None = None
    measured: ModelSpeed | None = None
    settings: dict[str, int] | None = None


def doctor(as_json: AsJson = False, deadline: Deadline = MODEL_DEADLINE_S) -> None:
    """Check everything that must work, and say what to do about failures.

    Ends with exit code 1 if a check failed. The model, if one is configured, gets one request with three sentences; its
    speed is measured, and settings are proposed for a slow one.
    """
    findings = asyncio.run(run_checks(deadline))
    if as_json:
        print_data(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _print(findings)
    if any(finding.outcome == "failed" for finding in findings):
        raise typer.Exit(ExitCode.FAILURE)


async def run_checks(deadline_s: float = MODEL_DEADLINE_S) -> list[CheckResult]:
    """Run every check in turn; skip those that depend on a failed one."""
    from subtext.bootstrap.runtime import open_runtime
    from subtext.logs import configure_logs
    from subtext.settings import load_settings

    configure_logs("error", "console")
    try:
        settings = load_settings()
    except SubtextError as error:
        return [
            CheckResult("settings", "failed", error.detail, "correct these variables; docs/settings.md lists them all")
        ]
    findings = [*_settings(settings), await _database(settings)]
    try:
        async with open_runtime(_with_time(settings, deadline_s)) as service:
            findings.append(_prompts(service))
            findings += [finding async for finding in _parts(service, settings)]
    except SubtextError as error:
        step = "correct the file or the setting; without SUBTEXT_PROMPTS_DIR only the shipped prompts are loaded"
        findings.append(CheckResult("prompts", "failed", error.detail, step))
    return findings


def _with_time(settings: Settings, deadline_s: float) -> Settings:
    """Return settings under which a slow model is measured instead of cut off."""
    llm = settings.llm.model_copy(update={"attempt_timeout_s": None})
    return settings.model_copy(update={"deadline_s": deadline_s, "llm": llm})


def _settings(settings: Settings) -> Iterator[CheckResult]:
    from subtext.settings import require_safe_bind, unknown_variables

    yield CheckResult("settings", "ok", "all readable; subtext config show prints them")
    for name in unknown_variables(os.environ):
        step = "correct its name, or unset it: subtext config show prints every name"
        yield CheckResult("settings", "warning", f"{name} is set, but no setting has that name", step)
    try:
        require_safe_bind(settings)
    except SubtextError as error:
        yield CheckResult(
            "address", "failed", error.detail, "set SUBTEXT_HOST=127.0.0.1, or SUBTEXT_AUTH=off if this is intended"
        )
    else:
        auth_note = ", with authentication switched off" if settings.auth == "off" else ""
        yield CheckResult("address", "ok", f"subtext serve would use {settings.host}:{settings.port}{auth_note}")


async def _database(settings: Settings) -> CheckResult:
    if not settings.store.enabled:
        return CheckResult("database", "skipped", "analyses are not stored", "SUBTEXT_STORE_ENABLED=true stores them")
    step = "check that the database of SUBTEXT_STORE_DATABASE_URL exists and that this user may write to it"
    return await _run_check("database", _revision(settings.store.database_url), step)


async def _revision(url: str) -> str:
    """Describe the database's revision; a missing SQLite file is not created."""
    from subtext.storage.database import current_revision_at, parse_url, show_url
    from subtext.storage.migrate import newest_revision

    address = parse_url(url)
    if address.drivername == "sqlite" and not _exists(Path(address.database or "")):
        return f"{address.database} is created when the service starts"
    revision = await current_revision_at(url)
    return f"{show_url(address)} at revision {revision or 'none'}, this version has {newest_revision()}"


def _exists(path: Path) -> bool:
    """Return whether the file exists; raises `SettingsInvalid` if it could not be created."""
    if not path.exists() and not os.access(path.absolute().parent, os.W_OK):
        raise SettingsInvalid(f"{path} cannot be created: its folder is missing, or this user may not write there")
    return path.exists()


def _prompts(service: AnalysisService) -> CheckResult:
    prompts, axes = service.prompts.prompts(), service.prompts.axes()
    entries = [(spec.ref, spec.sha256) for spec in prompts] + [(spec.ref, spec.sha256) for spec in axes]
    refs = ", ".join(f"{ref} {sha256[:8]}" for ref, sha256 in entries)
    return CheckResult("prompts", "ok", f"loaded, digests verified: {refs}")


async def _parts(service: AnalysisService, settings: Settings) -> AsyncIterator[CheckResult]:
    step = "install Subtext anew; report this if it comes again: the embedded engine needs nothing from outside"
    yield await _run_check("embedded engine", _embedded_engine(service), step)
    step = "raise SUBTEXT_EXTRACT_MEMORY_BYTES or SUBTEXT_EXTRACT_DEADLINE_S; the machine may be short of memory"
    yield await _run_check("extractor", _extractor(service), step)
    if not settings.llm.is_configured:
        step = "set SUBTEXT_LLM_BASE_URL and SUBTEXT_LLM_MODEL to use a model; it is optional"
        yield CheckResult("model", "skipped", "none is configured: the embedded engine is used", step)
        return
    async for finding in examine_model(service, settings):
        yield finding


async def _run_check(check: str, attempt: Awaitable[str], step: str) -> CheckResult:
    try:
        return CheckResult(check, "ok", await attempt)
    except SubtextError as error:
        return CheckResult(check, "failed", f"{error.code}: {error.detail}", step)
    except Exception as error:  # noqa: BLE001 - a check reports every failure
        return CheckResult(check, "failed", mask_url_secrets(f"{type(error).__name__}: {error}"), step)


async def _embedded_engine(service: AnalysisService) -> str:
    return _describe_answer(await _analyse(service, "local"))


async def examine_model(service: AnalysisService, settings: Settings) -> AsyncIterator[CheckResult]:
    """Send the model one request, which checks its address, key, name and JSON at once; then report its speed.

    `service` has a time limit long enough for measuring; `settings` are those the speed is compared with.
    """
    from subtext.cli.model_speed import SpeedRecorder
    from subtext.cli.progress import show_progress

    recorder = SpeedRecorder()
    analyses: list[Analysis] = []

    async def ask() -> str:
        with show_progress(settings.llm.model, service.clock) as progress_line:

            def on_progress(progress: Progress) -> None:
                recorder(progress)
                if progress_line is not None:
                    progress_line(progress)

            analyses.append(await _analyse(service, "llm", on_progress))
        return _describe_answer(analyses[0])

    step = "check SUBTEXT_LLM_BASE_URL (with its /v1), SUBTEXT_LLM_API_KEY, SUBTEXT_LLM_MODEL, and the server's own log"
    finding = await _run_check("model", ask(), step)
    if finding.outcome == "failed" and finding.detail.startswith("engine_timed_out") and recorder.has_begun:
        # The error advises on the time limit used here; what fits the settings is reported with the speed.
        detail = f"it answers, but had not finished after {service.defaults.deadline_s:g} s"
        step = "subtext doctor --deadline SECONDS waits longer; its answer could not be checked"
        finding = CheckResult("model", "warning", detail, step)
    elif finding.outcome == "failed" and finding.detail.startswith("engine_input_too_long"):
        # The error advises on the article, which has three sentences here.
        detail = "the model's context is too short for three sentences"
        step = "start its server with a longer one: 16,384 tokens are enough for the default settings (docs/models.md)"
        finding = CheckResult("model", "failed", detail, step)
    yield finding
    if recorder.has_begun or analyses:
        yield await _speed(recorder, analyses[0] if analyses else None, settings)


async def _speed(recorder: SpeedRecorder, analysis: Analysis | None, settings: Settings) -> CheckResult:
    from subtext.cli.model_speed import describe, find_context_needed, propose_settings
    from subtext.engines.llm.model_endpoint import ModelEndpoint
    from subtext.engines.llm.server_limits import fetch_server_limits

    llm = settings.llm
    api_key = llm.api_key.get_secret_value() if llm.api_key else None
    limits = await fetch_server_limits(ModelEndpoint(llm.base_url or "", llm.model or "", api_key))
    speed = recorder.build_speed(analysis, limits)
    proposed = propose_settings(speed, settings)
    steps = [f"export {name}={value}" for name, value in proposed.items()]
    if context_needed := find_context_needed(speed, llm):
        steps.append(f"start the server with a context of at least {context_needed:,} tokens: an article needs that")
    outcome: Outcome = "warning" if steps else "ok"
    return CheckResult("model speed", outcome, describe(speed), "\n".join(steps) or None, speed, proposed)


async def _analyse(
    service: AnalysisService, name: str, on_progress: Callable[[Progress], None] | None = None
) -> Analysis:
    from subtext.services.analyses import RequestContext

    article = await service.loader.from_text(_TEXT, language="en")
    request = service.build_request(engine=name, fallback="never")
    context = RequestContext(use_cache=False, on_progress=on_progress)
    return (await service.analyze_article(article, request, context)).analysis


def _describe_answer(analysis: Analysis) -> str:
    used, grounding = analysis.provenance.engine, analysis.grounding
    label = "no label" if analysis.framing is None else analysis.framing.overall.label or "no label"
    mode = f", {used.output_mode}" if used.output_mode else ""
    quotes = f"{grounding.kept} of {grounding.proposed} quotes found in the text"
    return f"{used.model}{mode} answered {label} in {analysis.duration_ms} ms, {quotes}"


async def _extractor(service: AnalysisService) -> str:
    article = await service.loader.from_html(_PAGE)
    return f"extracted {article.word_count} words from a page"


def _print(findings: Sequence[CheckResult]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        sign, style = _MARKS[finding.outcome]
        detail = Text(sanitize(finding.detail))
        if finding.next_step:
            detail.append(f"\n→ {sanitize_lines(finding.next_step)}", "bold" if finding.outcome == "failed" else "dim")
        table.add_row(Text(sign, style), Text(finding.check, "bold"), detail)
    out = console()
    out.print(table)
    failed = sum(finding.outcome == "failed" for finding in findings)
    out.print(Text("everything required works" if not failed else f"{failed} failed", "bold"))
