"""`subtext eval export-feedback`: what readers said, as a labelled set."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from subtext.cli.output import AsJson  # noqa: TC001 - typer reads the annotation
from subtext.cli.terminal import emit, json_safe, note

if TYPE_CHECKING:
    from subtext.evals.feedback import ExportedFeedback

Owner = Annotated[str | None, typer.Option(help="Only what this owner's readers said.")]


def export_feedback(owner: Owner = None, as_json: AsJson = False) -> None:
    """Print what readers said of stored analyses as a labelled set, one JSON object a line; with --json as one list.

    Needs the articles' texts (SUBTEXT_STORE_TEXT=true when they were analysed): what has none is counted and left out.
    """
    found = asyncio.run(_exported(owner))
    if as_json:
        emit(json_safe(json.dumps(found.cases, ensure_ascii=False, indent=2)))
    for case in () if as_json else found.cases:
        emit(json.dumps(case, ensure_ascii=False))
    note(f"{len(found.cases):,} articles with what readers said of them")
    if found.without_text:
        note(f"{found.without_text:,} left out, whose text was not kept: SUBTEXT_STORE_TEXT=true keeps it from now on")
    if found.without_label:
        note(f"{found.without_label:,} left out, which were called wrong without saying what is right")


async def _exported(owner: str | None) -> ExportedFeedback:
    from subtext.cli.db import opened
    from subtext.domain.caller import key_owner
    from subtext.evals.feedback import exported
    from subtext.storage.analyses import SqlAnalysisRepository

    async with opened() as database:
        return await exported(SqlAnalysisRepository(database).feedback(None if owner is None else key_owner(owner)))
