"""`subtext doctor`: each thing that must work, tried for real, with the next step for each that does not."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from subtext.cli.exits import ExitCode
from subtext.cli.terminal import clean, console, emit
from subtext.domain.errors import SettingsInvalid, SubtextError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence

    from subtext.services.analyses import AnalysisService
    from subtext.settings import Settings

Outcome = Literal["ok", "warning", "failed", "skipped"]
AsJson = Annotated[bool, typer.Option("--json", help="The findings as JSON.")]
_SIGNS: dict[Outcome, tuple[str, str]] = {
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
class Finding:
    """One check: what was looked at, how it went, what was seen, and what to do next (None: nothing)."""

    check: str
    outcome: Outcome
    detail: str
    next_step: str | None = None


def doctor(as_json: AsJson = False) -> None:
    """Try everything that must work, and say what to do about what does not.

    Ends with exit code 1 when a check failed. The model, if one is configured, is asked once about three sentences.
    """
    findings = asyncio.run(examine())
    if as_json:
        emit(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _tell(findings)
    if any(finding.outcome == "failed" for finding in findings):
        raise typer.Exit(ExitCode.FAILURE)


async def examine() -> list[Finding]:
    """Every check in turn; what stands on a thing that failed is not tried."""
    from subtext.bootstrap.runtime import open_runtime
    from subtext.logs import configure_logs
    from subtext.settings import load_settings

    configure_logs("error", "console")
    try:
        settings = load_settings()
    except SubtextError as error:
        return [
            Finding("settings", "failed", error.detail, "correct the variables named; docs/settings.md has them all")
        ]
    findings = [*_settings(settings), await _database(settings)]
    try:
        async with open_runtime(settings) as analyses:
            findings.append(_prompts(analyses))
            findings += [finding async for finding in _parts(analyses, settings)]
    except SubtextError as error:
        step = "correct the file or the setting named; without SUBTEXT_PROMPTS_DIR only what is shipped is loaded"
        findings.append(Finding("prompts", "failed", error.detail, step))
    return findings


def _settings(settings: Settings) -> Iterator[Finding]:
    from subtext.settings import require_safe_bind, unknown_variables

    yield Finding("settings", "ok", "all readable; subtext config show prints them")
    for name in unknown_variables(os.environ):
        step = "correct its name, or unset it: subtext config show prints every name"
        yield Finding("settings", "warning", f"{name} is set, and no setting reads it", step)
    try:
        require_safe_bind(settings)
    except SubtextError as error:
        yield Finding(
            "address", "failed", error.detail, "set SUBTEXT_HOST=127.0.0.1, or SUBTEXT_AUTH=off if it is meant"
        )
    else:
        openly = ", with authentication switched off" if settings.auth == "off" else ""
        yield Finding("address", "ok", f"subtext serve would use {settings.host}:{settings.port}{openly}")


async def _database(settings: Settings) -> Finding:
    if not settings.store.enabled:
        return Finding("database", "skipped", "nothing is kept", "SUBTEXT_STORE_ENABLED=true keeps analyses")
    step = "check SUBTEXT_STORE_DATABASE_URL: that it is there, and that this user may write it"
    return await _tried("database", _revision(settings.store.database_url), step)


async def _revision(url: str) -> str:
    """How the tables stand; a file that is not there yet is not made by looking."""
    from subtext.storage.database import current_revision_at, parse_url
    from subtext.storage.migrate import newest_revision

    address = parse_url(url)
    if address.drivername == "sqlite" and not _exists(Path(address.database or "")):
        return f"{address.database} is made when the service starts"
    found = await current_revision_at(url)
    shown = address.render_as_string(hide_password=True)
    return f"{shown} at revision {found or 'none'}, this version has {newest_revision()}"


def _exists(path: Path) -> bool:
    """Whether the file is there; raises `SettingsInvalid` where it could not be made."""
    if not path.exists() and not os.access(path.absolute().parent, os.W_OK):
        raise SettingsInvalid(f"{path} cannot be made: its folder is missing, or this user may not write there")
    return path.exists()


def _prompts(analyses: AnalysisService) -> Finding:
    prompts, axes = analyses.prompts.prompts(), analyses.prompts.axes()
    named = [(spec.ref, spec.sha256) for spec in prompts] + [(spec.ref, spec.sha256) for spec in axes]
    refs = ", ".join(f"{ref} {sha256[:8]}" for ref, sha256 in named)
    return Finding("prompts", "ok", f"loaded, with digests that hold: {refs}")


async def _parts(analyses: AnalysisService, settings: Settings) -> AsyncIterator[Finding]:
    step = "report this: the embedded engine needs nothing from outside"
    yield await _tried("embedded engine", _engine(analyses, "local"), step)
    step = "raise SUBTEXT_EXTRACT_MEMORY_BYTES or SUBTEXT_EXTRACT_DEADLINE_S; the machine may be short of memory"
    yield await _tried("extractor", _extractor(analyses), step)
    if not settings.llm.is_configured:
        step = "set SUBTEXT_LLM_BASE_URL and SUBTEXT_LLM_MODEL to use a model; nothing needs one"
        yield Finding("model", "skipped", "none is configured: the embedded engine answers", step)
        return
    step = "check SUBTEXT_LLM_BASE_URL (with its /v1), SUBTEXT_LLM_API_KEY, SUBTEXT_LLM_MODEL, and the server's own log"
    yield await _tried("model", _engine(analyses, "llm"), step)


async def _tried(check: str, attempt: Awaitable[str], step: str) -> Finding:
    try:
        return Finding(check, "ok", await attempt)
    except SubtextError as error:
        return Finding(check, "failed", f"{error.code}: {error.detail}", step)
    except Exception as error:  # noqa: BLE001 - whatever fails is what a doctor is asked about
        return Finding(check, "failed", f"{type(error).__name__}: {error}", step)


async def _engine(analyses: AnalysisService, name: str) -> str:
    """An engine asked for real: for a model that tries the address, the key, the model's name and its JSON at once."""
    from subtext.services.analyses import RequestContext

    article = await analyses.loader.from_text(_TEXT, language="en")
    request = analyses.build_request(engine=name, fallback="never")
    analysis = (await analyses.analyze_article(article, request, RequestContext(use_cache=False))).analysis
    used, grounding = analysis.provenance.engine, analysis.grounding
    label = "no label" if analysis.framing is None else analysis.framing.lean.label or "no label"
    mode = f", {used.output_mode}" if used.output_mode else ""
    kept = f"{grounding.kept} of {grounding.proposed} quotes kept"
    return f"{used.model}{mode} answered {label} in {analysis.duration_ms} ms, {kept}"


async def _extractor(analyses: AnalysisService) -> str:
    article = await analyses.loader.from_html(_PAGE)
    return f"took {article.word_count} words out of a page"


def _tell(findings: Sequence[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        sign, style = _SIGNS[finding.outcome]
        said = Text(clean(finding.detail))
        if finding.next_step:
            said.append(f"\n→ {clean(finding.next_step)}", "bold" if finding.outcome == "failed" else "dim")
        table.add_row(Text(sign, style), Text(finding.check, "bold"), said)
    out = console()
    out.print(table)
    failed = sum(finding.outcome == "failed" for finding in findings)
    out.print(Text("everything needed works" if not failed else f"{failed} failed", "bold"))
