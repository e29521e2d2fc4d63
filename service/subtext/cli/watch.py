"""Implement `subtext watch`: analyse what is new in feeds, and tell of it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from subtext.cli.analyze import AxisRef, Engine, EngineName, Target
from subtext.cli.exit_codes import ExitCode
from subtext.cli.interruption import stop_on_signals
from subtext.cli.output import require_writable
from subtext.cli.terminal import escape_json, print_data, print_error, print_note, sanitize
from subtext.errors import SubtextError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.bootstrap.feed_watch import WatchOptions
    from subtext.schemas.analysis import AnalysisView
    from subtext.services.feed_watch import FeedWatcher, WatchResult
    from subtext.services.watch_journal import WatchJournal

_JOURNAL = Path("subtext-watch.jsonl")
_INTERVAL_S, _FIRST = 900.0, 10

Feeds = Annotated[list[str], typer.Argument(metavar="FEED", help="Addresses of RSS or Atom feeds.", show_default=False)]
Interval = Annotated[float, typer.Option(min=10, max=86_400, metavar="SECONDS", help="Time between two polls.")]
Once = Annotated[bool, typer.Option("--once", help="Poll each feed once and end, such as from cron.")]
Journal = Annotated[
    Path, typer.Option(metavar="FILE", help="What is done with and what is begun, so that each item is analysed once.")
]
First = Annotated[int, typer.Option(min=0, max=1_000, help="How many items of a feed that is new are analysed.")]
WebhookUrl = Annotated[
    str | None,
    typer.Option("--webhook", metavar="URL", help="Post each analysis there, signed with SUBTEXT_WATCH_SECRET."),
]
SlackUrl = Annotated[
    str | None, typer.Option("--slack", metavar="URL", help="Post each analysis to this incoming webhook of Slack.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output: a v1 object a line.")]


def watch(
    feeds: Feeds,
    *,
    interval: Interval = _INTERVAL_S,
    once: Once = False,
    journal: Journal = _JOURNAL,
    first: First = _FIRST,
    engine: Engine = EngineName.AUTO,
    target: Target = None,
    axis: AxisRef = None,
    webhook: WebhookUrl = None,
    slack: SlackUrl = None,
    as_json: AsJson = False,
) -> None:
    """Analyse what is new in feeds until Ctrl-C or SIGTERM: each item once, stored like every analysis of the service.

    A feed that cannot be read is told and tried again at the next poll; with --once the exit code is 3.
    """
    from subtext.bootstrap.feed_watch import WatchOptions
    from subtext.logs import configure_logs
    from subtext.services.watch_journal import open_journal

    require_writable(journal)
    configure_logs("error", "console")
    options = WatchOptions(engine.value, target, axis, first, webhook, slack)
    with open_journal(journal) as entries:
        is_complete = asyncio.run(_watch(feeds, options, entries, None if once else interval, as_json=as_json))
    if once and not is_complete:
        raise typer.Exit(ExitCode.SOME_FAILED)


async def _watch(
    feeds: Sequence[str], options: WatchOptions, journal: WatchJournal, interval_s: float | None, *, as_json: bool
) -> bool:
    """Poll until Ctrl-C, or once without an interval; return whether every feed and item of the last poll was read."""
    from subtext.bootstrap.feed_watch import open_watcher
    from subtext.settings import load_settings

    stop = stop_on_signals()
    async with open_watcher(load_settings(), options, journal) as watcher:
        while True:
            results = [await _poll(watcher, feed, stop, as_json=as_json) for feed in feeds if not stop.is_set()]
            if interval_s is None or stop.is_set():
                return all(results)
            print_note(f"next poll in {interval_s:g} s; Ctrl-C stops")
            try:
                async with asyncio.timeout(interval_s):
                    await stop.wait()
            except TimeoutError:
                continue


async def _poll(watcher: FeedWatcher, feed: str, stop: asyncio.Event, *, as_json: bool) -> bool:
    is_complete, skipped = True, 0
    try:
        async with aclosing(watcher.poll(feed)) as results:
            async for result in results:
                skipped += result.entry.state == "skipped"
                is_complete = _print(result, as_json=as_json) and is_complete
                if stop.is_set():
                    break
    except SubtextError as error:
        print_error(f"{feed}: {error.detail}")
        return False
    if skipped:
        print_note(f"{feed}: {skipped:,} older items are left out (--first)")
    return is_complete


def _print(result: WatchResult, *, as_json: bool) -> bool:
    """Print a result; return whether all of it went well."""
    entry, view = result.entry, result.view
    if view is not None:
        print_data(escape_json(view.model_dump_json()) if as_json else _line(view))
    if entry.problem is not None:
        print_error(f"{entry.url}: {entry.problem}")
    for reason in entry.undelivered:
        print_error(f"{entry.url}: the analysis {entry.analysis} is stored, but not delivered to {reason}")
    return entry.problem is None and not entry.undelivered


def _line(view: AnalysisView) -> str:
    label = (view.framing.label if view.framing else None) or "no label"
    target = view.target.name if view.target else "no target"
    return sanitize(f"{label} {target} {view.document.title or ''} {view.document.source.url or ''}")
