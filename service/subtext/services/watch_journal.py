"""Journal of watched feeds: a write-ahead log, so that a process that dies in the middle of an item repeats nothing.

An item has a line before each step that must not happen twice in silence: `started` stands before each try and names
the id, always the same, under which the analysis will be stored; `delivering` and `delivered` stand around each message
to a receiver. `analysed`, `failed` and `skipped` end it.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from subtext.errors import RequestInvalid

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from subtext.intake.feed import FeedItem

FinalState = Literal["analysed", "failed", "skipped"]
WatchState = Literal["started", "delivering", "delivered"] | FinalState
_FINAL = frozenset({"analysed", "failed", "skipped"})


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One step of an item: `problem` is why it failed, `undelivered` why receivers did not take it."""

    at: str
    feed: str
    item: str
    url: str
    state: WatchState
    analysis: str | None = None
    problem: str | None = None
    undelivered: tuple[str, ...] = ()
    receiver: str | None = None


@dataclass(slots=True)
class OpenItem:
    """Item that was started and not ended: the id of its analysis, its tries, and what its receivers were sent.

    `delivered` has why a receiver did not take it (None: it did); `attempted` are receivers that may have got it.
    """

    analysis: str
    tries: int = 1
    attempted: set[str] = field(default_factory=set)
    delivered: dict[str, str | None] = field(default_factory=dict)


class WatchJournal:
    """Journal of items: a JSONL file, or memory if there is none.

    Raises `RequestInvalid` for a file that is no such journal.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._items: set[tuple[str, str]] = set()
        self._urls: set[str] = set()
        self._feeds: set[str] = set()
        self._open: dict[str, OpenItem] = {}
        for entry in [] if path is None or not path.exists() else _read_entries(path):
            self._apply(entry)

    def knows_feed(self, feed: str) -> bool:
        """Return whether the feed has been polled before."""
        return feed in self._feeds

    def is_done(self, feed: str, item: FeedItem) -> bool:
        """Return whether an item is done with, also if another feed had it."""
        return (feed, item.id) in self._items or item.url in self._urls

    def find_open(self, item: FeedItem) -> OpenItem | None:
        """Return what was begun for an item, also by a process that died; None if nothing was."""
        return self._open.get(item.url)

    def add(self, *entries: JournalEntry) -> None:
        """Write entries at once, each a line that is whole or not there; raises OSError."""
        lines = [json.dumps(asdict(entry), ensure_ascii=False) + "\n" for entry in entries]
        if self._path is not None:
            with self._path.open("ab") as file:
                file.write("".join(lines).encode())
        for entry in entries:
            self._apply(entry)

    def _apply(self, entry: JournalEntry) -> None:
        self._feeds.add(entry.feed)
        if entry.state in _FINAL:
            self._items.add((entry.feed, entry.item))
            self._urls.add(entry.url)
            self._open.pop(entry.url, None)
        elif entry.state == "started" and entry.url in self._open:
            self._open[entry.url].tries += 1
        elif entry.state == "started":
            self._open[entry.url] = OpenItem(entry.analysis or "")
        elif entry.url in self._open and entry.receiver is not None:
            self._open[entry.url].attempted.add(entry.receiver)
            if entry.state == "delivered":
                self._open[entry.url].delivered[entry.receiver] = entry.problem


@contextmanager
def open_journal(path: Path) -> Iterator[WatchJournal]:
    """Open a journal for this process alone: a lock on the file, which the system takes back if the process dies.

    Raises `RequestInvalid` if another process has it, or if the file is no journal.
    """
    with path.open("ab") as file:
        if sys.platform != "win32":
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RequestInvalid(
                    f"another subtext watch writes {path}: wait for its end, or name another file with --journal"
                ) from error
        yield WatchJournal(path)


def _read_entries(path: Path) -> list[JournalEntry]:
    """Return the entries of a file; cut off an incomplete last line."""
    whole, _, rest = path.read_bytes().rpartition(b"\n")
    try:
        entries = [_to_entry(json.loads(line)) for line in whole.split(b"\n") if line.strip()]
    except (ValueError, AttributeError, TypeError) as error:
        raise RequestInvalid(f"{path} is no journal of subtext watch: name another file") from error
    if rest:
        with path.open("rb+") as file:
            file.truncate(len(whole) + 1 if whole else 0)
    return entries


def _to_entry(line: dict[str, Any]) -> JournalEntry:
    known = {"at", "feed", "item", "url", "state", "analysis", "problem", "receiver"}
    return JournalEntry(**{name: value for name, value in line.items() if name in known})
