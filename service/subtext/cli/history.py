"""Implement `subtext history`: export stored analyses for analysts."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from subtext.cli.help_text import format_examples
from subtext.cli.history_formats import ExportFormat, choose_format, open_list, open_writer
from subtext.cli.output import OutputFile, open_output, require_writable
from subtext.cli.terminal import print_note
from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.analysis.ports import AnalysisFilter, StoredAnalysis

history = typer.Typer(name="history", help="Export stored analyses.", rich_markup_mode=None)


Since = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Only analyses made from then on: ISO 8601, such as 2026-11-01; UTC if no zone."),
]
Until = Annotated[str | None, typer.Option(metavar="DATE", help="Only analyses made before then.")]
FormatOption = Annotated[
    ExportFormat | None,
    typer.Option(
        "--format",
        "-f",
        help="Output format; csv, parquet: a row for each; jsonl: v1 objects. By FILE's name if omitted, else jsonl.",
    ),
]
Owner = Annotated[
    str, typer.Option(help="Owner of a key, or slack:TEAM; without keys there is one owner, with no name.")
]
Outlet = Annotated[str | None, typer.Option(help="Only this outlet.")]
Target = Annotated[str | None, typer.Option(help="Only this target.")]
Label = Annotated[str | None, typer.Option(help="Only this label.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output: one list of whole v1 objects.")]


@history.callback()
def _group() -> None:
    """Export stored analyses."""


@history.command(
    short_help="Export stored analyses as CSV, JSONL or Parquet.",
    epilog=format_examples(
        "subtext history export -o history.csv",
        "subtext history export -o history.parquet",
        "subtext history export --since 2026-11-01 --outlet 'The Courier' > november.jsonl",
    ),
)
def export(
    *,
    output: OutputFile = None,
    form: FormatOption = None,
    owner: Owner = "",
    since: Since = None,
    until: Until = None,
    outlet: Outlet = None,
    target: Target = None,
    label: Label = None,
    as_json: AsJson = False,
) -> None:
    """Export stored analyses, newest first; all of an owner's, unless options narrow them down."""
    from subtext.analysis.ports import AnalysisFilter

    require_writable(output)
    if as_json and (output is not None or form is not None):
        raise RequestInvalid("--json prints one list on standard output: omit --output and --format")
    filters = AnalysisFilter(
        label, outlet, target, since=_read_moment("--since", since), until=_read_moment("--until", until)
    )
    open_form = open_list if as_json else partial(open_writer, choose_format(form, output))
    with open_output(output) as stream, open_form(stream) as write:
        count = asyncio.run(_for_each(owner, filters, write))
    if not as_json:
        print_note(f"{count:,} analyses exported" + (f" to {output}" if output else ""))


def _read_moment(option: str, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise RequestInvalid(f"{option}: {value!r} is no date: give ISO 8601, such as 2026-11-01") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _for_each(owner: str, filters: AnalysisFilter, handle: Callable[[StoredAnalysis], object]) -> int:
    """Hand each stored analysis to `handle`; return their number."""
    from subtext.cli.db import open_configured_database
    from subtext.domain.caller import key_owner
    from subtext.services.history_export import iterate_history
    from subtext.storage.analyses import SqlAnalysisRepository

    count = 0
    async with (
        open_configured_database() as database,
        aclosing(iterate_history(SqlAnalysisRepository(database), key_owner(owner), filters)) as analyses,
    ):
        async for stored in analyses:
            handle(stored)
            count += 1
    return count
