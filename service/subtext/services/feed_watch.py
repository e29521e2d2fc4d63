"""Watch feeds: analyse each new item once, tell of it, and write each step to a journal before it is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypedDict, Unpack

from subtext.errors import SubtextError
from subtext.ids import utc_stamp, uuid7
from subtext.services.watch_journal import JournalEntry, OpenItem

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from subtext.clock import Clock
    from subtext.intake.feed import FeedItem
    from subtext.schemas.analysis import AnalysisView
    from subtext.services.watch_journal import FinalState, WatchJournal, WatchState

# How many polls an item is tried in if its failure is one that may pass, or if its process dies; over all processes.
TRIES_MAX = 3
_ABANDONED = (
    f"it was begun {TRIES_MAX} times and the process ended before the analysis was there: analyze its address with "
    "`subtext analyze` to see why"
)


class Notifier(Protocol):
    """Receiver that is told of each analysis."""

    @property
    def name(self) -> str:
        """Return what messages call the receiver."""

    async def notify(self, view: AnalysisView, *, repeated: bool = False) -> str | None:
        """Tell of an analysis; return why it was not taken, None if it was.

        `repeated` marks a message that may have arrived before: the process that sent it died before it knew.
        """


class _Known(TypedDict, total=False):
    """What some entries of the journal have."""

    analysis: str | None
    problem: str | None
    undelivered: tuple[str, ...]
    receiver: str


@dataclass(frozen=True, slots=True)
class WatchResult:
    """An item of a poll with its analysis, or with what went wrong."""

    entry: JournalEntry
    view: AnalysisView | None = None


@dataclass(slots=True)
class FeedWatcher:
    """Watcher of feeds: of a feed that is new, only the `first` newest items are analysed.

    `analyze` stores its analysis under the id that it gets; `find` returns the stored analysis of an id, if there is
    one. So an item whose process died after it was stored is not analysed again.
    """

    read: Callable[[str], Awaitable[tuple[FeedItem, ...]]]
    analyze: Callable[[FeedItem, str], Awaitable[AnalysisView]]
    find: Callable[[str], Awaitable[AnalysisView | None]]
    journal: WatchJournal
    clock: Clock
    notifiers: Sequence[Notifier] = ()
    first: int = 10

    async def poll(self, feed: str) -> AsyncGenerator[WatchResult]:
        """Yield a result for each new item, oldest first, once its journal entry is written.

        Raises `IntakeError` if the feed itself cannot be read. An item whose failure may pass is left for the next
        poll, `TRIES_MAX` times in all: the journal counts the tries, so that a restart does not begin anew.
        """
        items = [item for item in await self.read(feed) if not self.journal.is_done(feed, item)]
        if not self.journal.knows_feed(feed):
            items, older = items[: self.first], items[self.first :]
            # All at once: a run that is killed between two of them would leave the others to be analysed.
            skipped = [self._entry(feed, item, "skipped") for item in older]
            self.journal.add(*skipped)
            for entry in skipped:
                yield WatchResult(entry)
        for item in reversed(items):
            result = await self._analyze(feed, item)
            if result is not None:
                yield result

    async def _analyze(self, feed: str, item: FeedItem) -> WatchResult | None:
        try:
            view = await self._find_or_analyze(feed, item)
        except SubtextError as error:
            if error.retryable and self._count_tries(item) < TRIES_MAX:
                return None
            return self._end(feed, item, "failed", problem=error.detail)
        if view is None:
            return self._end(feed, item, "failed", problem=_ABANDONED)
        errors = [(notifier.name, await self._deliver(notifier, feed, item, view)) for notifier in self.notifiers]
        undelivered = tuple(f"{name}: {error}" for name, error in errors if error is not None)
        return self._end(feed, item, "analysed", view=view, undelivered=undelivered)

    async def _find_or_analyze(self, feed: str, item: FeedItem) -> AnalysisView | None:
        """Return the analysis that a process stored before it died, else a new one under an id of the journal.

        None if the tries are used up, which only processes that died leave behind.
        """
        open_item = self.journal.find_open(item)
        stored = None if open_item is None else await self.find(open_item.analysis)
        if stored is not None or self._count_tries(item) >= TRIES_MAX:
            return stored
        analysis_id = uuid7(self.clock.now()) if open_item is None else open_item.analysis
        self._write(feed, item, "started", analysis=analysis_id)
        return await self.analyze(item, analysis_id)

    def _count_tries(self, item: FeedItem) -> int:
        open_item = self.journal.find_open(item)
        return 0 if open_item is None else open_item.tries

    async def _deliver(self, notifier: Notifier, feed: str, item: FeedItem, view: AnalysisView) -> str | None:
        """Tell a receiver, unless it was told before a crash; return why it did not take the message."""
        open_item = self.journal.find_open(item) or OpenItem(view.id)
        if notifier.name in open_item.delivered:
            return open_item.delivered[notifier.name]
        repeated = notifier.name in open_item.attempted
        self._write(feed, item, "delivering", analysis=view.id, receiver=notifier.name)
        problem = await notifier.notify(view, repeated=repeated)
        self._write(feed, item, "delivered", analysis=view.id, receiver=notifier.name, problem=problem)
        return problem

    def _end(
        self,
        feed: str,
        item: FeedItem,
        state: FinalState,
        *,
        view: AnalysisView | None = None,
        problem: str | None = None,
        undelivered: tuple[str, ...] = (),
    ) -> WatchResult:
        analysis = view.id if view else None
        entry = self._write(feed, item, state, analysis=analysis, problem=problem, undelivered=undelivered)
        return WatchResult(entry, view)

    def _write(self, feed: str, item: FeedItem, state: WatchState, **known: Unpack[_Known]) -> JournalEntry:
        entry = self._entry(feed, item, state, **known)
        self.journal.add(entry)
        return entry

    def _entry(self, feed: str, item: FeedItem, state: WatchState, **known: Unpack[_Known]) -> JournalEntry:
        return JournalEntry(utc_stamp(self.clock.now()), feed, item.id, item.url, state, **known)
