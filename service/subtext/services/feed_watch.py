"""Watch feeds: analyse each new item once, tell of it, and write it to a journal."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from subtext.errors import RequestInvalid, SubtextError
from subtext.ids import utc_stamp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    from subtext.clock import Clock
    from subtext.intake.feed import FeedItem
    from subtext.schemas.analysis import AnalysisView

WatchState = Literal["analysed", "failed", "skipped"]
# How many polls an item is tried in if its failure is one that may pass.
TRIES_MAX = 3


class Notifier(Protocol):
    """Receiver that is told of each analysis."""

    @property
    def name(self) -> str:
        """Return what messages call the receiver."""

    async def notify(self, view: AnalysisView) -> str | None:
        """Tell of an analysis; return why it was not taken, None if it was."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One item that is done with: `problem` is why it failed, `undelivered` why receivers did not take it."""

    at: str
    feed: str
    item: str
    url: str
    state: WatchState
    analysis: str | None = None
    problem: str | None = None
    undelivered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchResult:
    """An item of a poll with its analysis, or with what went wrong."""

    entry: JournalEntry
    view: AnalysisView | None = None


class WatchJournal:
    """Journal of the items that are done with: a JSONL file, or memory if there is none.

    Raises `RequestInvalid` for a file that is no such journal.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        entries = [] if path is None or not path.exists() else list(_read_entries(path))
        self._items = {(feed, item) for feed, item, _ in entries}
        self._urls = {url for _, _, url in entries}
        self._feeds = {feed for feed, _, _ in entries}

    def knows_feed(self, feed: str) -> bool:
        """Return whether the feed has been polled before."""
        return feed in self._feeds

    def is_done(self, feed: str, item: FeedItem) -> bool:
        """Return whether an item is done with, also if another feed had it."""
        return (feed, item.id) in self._items or item.url in self._urls

    def add(self, entry: JournalEntry) -> None:
        """Write an entry, one line that is whole or not there; raises OSError."""
        if self._path is not None:
            with self._path.open("ab") as file:
                file.write(json.dumps(asdict(entry), ensure_ascii=False).encode() + b"\n")
        self._items.add((entry.feed, entry.item))
        self._urls.add(entry.url)
        self._feeds.add(entry.feed)


@dataclass(slots=True)
class FeedWatcher:
    """Watcher of feeds: of a feed that is new, only the `first` newest items are analysed."""

    read: Callable[[str], Awaitable[tuple[FeedItem, ...]]]
    analyze: Callable[[FeedItem], Awaitable[AnalysisView]]
    journal: WatchJournal
    clock: Clock
    notifiers: Sequence[Notifier] = ()
    first: int = 10
    _failures: Counter[str] = field(default_factory=Counter)

    async def poll(self, feed: str) -> AsyncIterator[WatchResult]:
        """Yield a result for each new item, oldest first, once its journal entry is written.

        Raises `IntakeError` if the feed itself cannot be read. An item whose failure may pass is left for the next
        poll, `TRIES_MAX` times in all.
        """
        items = [item for item in await self.read(feed) if not self.journal.is_done(feed, item)]
        if not self.journal.knows_feed(feed):
            for item in items[self.first :]:
                yield self._end(feed, item, "skipped")
            items = items[: self.first]
        for item in reversed(items):
            result = await self._analyze(feed, item)
            if result is not None:
                yield result

    async def _analyze(self, feed: str, item: FeedItem) -> WatchResult | None:
        try:
            view = await self.analyze(item)
        except SubtextError as error:
            self._failures[item.url] += 1
            if error.retryable and self._failures[item.url] < TRIES_MAX:
                return None
            return self._end(feed, item, "failed", problem=error.detail)
        errors = [(notifier.name, await notifier.notify(view)) for notifier in self.notifiers]
        undelivered = tuple(f"{name}: {error}" for name, error in errors if error is not None)
        return self._end(feed, item, "analysed", view=view, undelivered=undelivered)

    def _end(
        self,
        feed: str,
        item: FeedItem,
        state: WatchState,
        *,
        view: AnalysisView | None = None,
        problem: str | None = None,
        undelivered: tuple[str, ...] = (),
    ) -> WatchResult:
        moment = utc_stamp(self.clock.now())
        entry = JournalEntry(moment, feed, item.id, item.url, state, view.id if view else None, problem, undelivered)
        self.journal.add(entry)
        return WatchResult(entry, view)


def _read_entries(path: Path) -> list[tuple[str, str, str]]:
    """Return feed, item and address of each line; cut off an incomplete last line."""
    whole, _, rest = path.read_bytes().rpartition(b"\n")
    try:
        entries = [json.loads(line) for line in whole.split(b"\n") if line.strip()]
        rows = [(entry["feed"], entry["item"], entry["url"]) for entry in entries]
    except (ValueError, KeyError, TypeError) as error:
        raise RequestInvalid(f"{path} is no journal of subtext watch: name another file") from error
    if rest:
        with path.open("rb+") as file:
            file.truncate(len(whole) + 1 if whole else 0)
    return rows
