"""The watcher of feeds: each item once, failures that may pass again, and a journal that a crash cannot spoil."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import pytest

from subtext.errors import FetchFailed, NotAnArticle, RequestInvalid, SubtextError
from subtext.intake.feed import FeedItem
from subtext.schemas.analysis import AnalysisView
from subtext.services.feed_watch import TRIES_MAX, FeedWatcher, WatchResult
from subtext.services.watch_journal import JournalEntry, WatchJournal, open_journal
from tests.support.analyses import build_analysis
from tests.support.fakes import FakeClock

if TYPE_CHECKING:
    from pathlib import Path

FEED = "https://news.example/feed.xml"
# Built before a test's event loop runs, as building it runs one.
VIEW = AnalysisView.of(build_analysis(), include_text=False)


def item(name: str) -> FeedItem:
    return FeedItem(name, f"https://news.example/{name}", None, None)


@dataclass
class Newsroom:
    """Feed and engine in one: `items` newest first, `errors` by item; the process dies at the item `deadly`."""

    items: list[FeedItem]
    errors: dict[str, SubtextError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    stored: dict[str, AnalysisView] = field(default_factory=dict)
    deadly: str | None = None

    async def read(self, feed: str) -> tuple[FeedItem, ...]:
        assert feed.endswith("feed.xml")
        return tuple(self.items)

    async def analyze(self, one: FeedItem, analysis_id: str) -> AnalysisView:
        self.asked.append(one.id)
        if one.id == self.deadly:
            raise Killed
        if one.id in self.errors:
            raise self.errors[one.id]
        view = VIEW.model_copy(update={"id": analysis_id})
        self.stored[analysis_id] = view
        return view

    async def find(self, analysis_id: str) -> AnalysisView | None:
        return self.stored.get(analysis_id)


@dataclass
class DeafReceiver:
    """Receiver that takes nothing."""

    name: ClassVar[str] = "Deaf"

    async def notify(self, view: AnalysisView, *, repeated: bool = False) -> str | None:
        assert view.id
        assert not repeated
        return "answered with status 500"


class Killed(BaseException):
    """The end of the process, which nothing catches."""


@dataclass
class Receiver:
    """Receiver that takes what it gets; the process dies `dies_at` one of its messages, once."""

    name: str
    dies_at: int | None = None
    got: list[tuple[str, bool]] = field(default_factory=list)

    async def notify(self, view: AnalysisView, *, repeated: bool = False) -> str | None:
        self.got.append((view.id, repeated))
        if len(self.got) == self.dies_at:
            raise Killed
        return None


class DyingJournal(WatchJournal):
    """Journal whose process dies before it writes a state for the first time."""

    dies_before: str | None = None

    def add(self, *entries: JournalEntry) -> None:
        if self.dies_before in {entry.state for entry in entries}:
            raise Killed
        super().add(*entries)


def watcher(news: Newsroom, journal: WatchJournal | None = None, first: int = 10) -> FeedWatcher:
    return FeedWatcher(news.read, news.analyze, news.find, journal or WatchJournal(), FakeClock(), (), first)


async def poll(watching: FeedWatcher, feed: str = FEED) -> list[WatchResult]:
    return [result async for result in watching.poll(feed)]


async def test_each_item_is_analysed_once_oldest_first() -> None:
    news = Newsroom([item("b"), item("a")])
    watching = watcher(news)

    first = await poll(watching)
    news.items.insert(0, item("c"))
    second = await poll(watching)

    assert [result.entry.item for result in first] == ["a", "b"]
    assert [result.entry.item for result in second] == ["c"]
    assert await poll(watching) == []
    assert all(result.view is not None for result in first + second)


async def test_what_two_feeds_have_is_analysed_once() -> None:
    news = Newsroom([item("a")])
    watching = watcher(news)

    assert len(await poll(watching)) == 1
    assert await poll(watching, "https://other.example/feed.xml") == []


async def test_of_a_new_feed_the_newest_are_taken_and_the_others_told() -> None:
    news = Newsroom([item(name) for name in "edcba"])

    results = await poll(watcher(news, first=2))

    assert [(result.entry.item, result.entry.state) for result in results] == [
        ("c", "skipped"),
        ("b", "skipped"),
        ("a", "skipped"),
        ("d", "analysed"),
        ("e", "analysed"),
    ]


async def test_a_run_that_ends_at_the_first_of_the_older_items_leaves_none_to_be_analysed(tmp_path: Path) -> None:
    path, news = tmp_path / "watch.jsonl", Newsroom([item(name) for name in "edcba"])
    polling = watcher(news, WatchJournal(path), first=2).poll(FEED)
    assert (await anext(polling)).entry.state == "skipped"
    await polling.aclose()

    results = await poll(watcher(news, WatchJournal(path), first=2))

    assert [result.entry.item for result in results] == news.asked == ["d", "e"]


async def test_a_failure_that_may_pass_is_tried_at_later_polls_and_then_told() -> None:
    news = Newsroom([item("a")], {"a": FetchFailed("the site is down")})
    watching = watcher(news)

    results = [await poll(watching) for _ in range(TRIES_MAX + 1)]

    assert [len(found) for found in results] == [0] * (TRIES_MAX - 1) + [1, 0]
    assert (results[-2][0].entry.state, results[-2][0].entry.problem) == ("failed", "the site is down")
    assert len(news.asked) == TRIES_MAX


async def test_tries_are_counted_over_restarts(tmp_path: Path) -> None:
    path, news = tmp_path / "watch.jsonl", Newsroom([item("a")], {"a": FetchFailed("the site is down")})

    results = [await poll(watcher(news, WatchJournal(path))) for _ in range(TRIES_MAX + 1)]

    assert [len(found) for found in results] == [0] * (TRIES_MAX - 1) + [1, 0]
    assert (results[-2][0].entry.state, results[-2][0].entry.problem) == ("failed", "the site is down")
    assert len(news.asked) == TRIES_MAX


async def test_an_item_that_kills_its_process_each_time_is_given_up_and_the_others_go_on(tmp_path: Path) -> None:
    path, news = tmp_path / "watch.jsonl", Newsroom([item("b"), item("a")], deadly="a")
    for _ in range(TRIES_MAX):
        with pytest.raises(Killed):
            await poll(watcher(news, WatchJournal(path)))

    abandoned, other = await poll(watcher(news, WatchJournal(path)))

    assert (abandoned.entry.item, abandoned.entry.state) == ("a", "failed")
    assert "begun 3 times" in (abandoned.entry.problem or "")
    assert (other.entry.item, other.entry.state) == ("b", "analysed")
    assert news.asked == ["a"] * TRIES_MAX + ["b"]


async def test_a_failure_that_stays_is_told_at_once_and_the_others_go_on() -> None:
    news = Newsroom([item("b"), item("a")], {"a": NotAnArticle("a wall")})

    results = await poll(watcher(news))

    assert [(result.entry.item, result.entry.state) for result in results] == [("a", "failed"), ("b", "analysed")]


async def test_a_receiver_that_takes_nothing_is_named_and_the_analysis_kept() -> None:
    watching = watcher(Newsroom([item("a")]))
    watching.notifiers = (DeafReceiver(),)

    (result,) = await poll(watching)

    assert result.entry.undelivered == ("Deaf: answered with status 500",)
    assert result.view is not None


async def test_a_journal_outlives_the_process_and_a_line_that_was_cut(tmp_path: Path) -> None:
    path, news = tmp_path / "watch.jsonl", Newsroom([item("b"), item("a")])
    await poll(watcher(news, WatchJournal(path)))
    lines = path.read_bytes()
    path.write_bytes(lines[: lines.rindex(b"\n", 0, -1) + 1] + b'{"feed": "htt')

    again = await poll(watcher(news, WatchJournal(path)))

    assert [result.entry.item for result in again] == ["b"]
    entries = [json.loads(line) for line in lines.splitlines()]
    assert [(entry["item"], entry["state"]) for entry in entries] == [
        ("a", "started"),
        ("a", "analysed"),
        ("b", "started"),
        ("b", "analysed"),
    ]
    assert {result.entry.item for result in await poll(watcher(news, WatchJournal(path)))} == set()


async def test_what_was_stored_before_a_crash_is_not_analysed_again(tmp_path: Path) -> None:
    path, news = tmp_path / "watch.jsonl", Newsroom([item("a")])
    journal = DyingJournal(path)
    journal.dies_before = "analysed"
    with pytest.raises(Killed):
        await poll(watcher(news, journal))

    (result,) = await poll(watcher(news, WatchJournal(path)), "https://other.example/feed.xml")

    assert news.asked == ["a"]
    assert result.view is not None
    assert [result.entry.analysis] == [result.view.id] == list(news.stored)


async def test_what_was_not_stored_before_a_crash_is_analysed_under_the_id_of_the_journal(tmp_path: Path) -> None:
    path, news = tmp_path / "watch.jsonl", Newsroom([item("a")], {"a": FetchFailed("the site is down")})
    assert await poll(watcher(news, WatchJournal(path))) == []
    news.errors.clear()

    (result,) = await poll(watcher(news, WatchJournal(path)))

    assert result.entry.analysis == json.loads(path.read_text(encoding="utf-8").splitlines()[0])["analysis"]
    assert list(news.stored) == [result.entry.analysis]


async def test_after_a_crash_only_what_may_be_lost_is_sent_again_and_marked(tmp_path: Path) -> None:
    path, news = tmp_path / "watch.jsonl", Newsroom([item("a")])
    receivers = (Receiver("first"), Receiver("second", dies_at=1), Receiver("third"))
    watching = watcher(news, WatchJournal(path))
    watching.notifiers = receivers
    with pytest.raises(Killed):
        await poll(watching)

    again = watcher(news, WatchJournal(path))
    again.notifiers = receivers
    (result,) = await poll(again)

    assert news.asked == ["a"]
    analysis = result.entry.analysis
    assert [receiver.got for receiver in receivers] == [
        [(analysis, False)],
        [(analysis, False), (analysis, True)],
        [(analysis, False)],
    ]


async def test_why_a_receiver_took_nothing_is_known_after_a_crash(tmp_path: Path) -> None:
    path, news = tmp_path / "watch.jsonl", Newsroom([item("a")])
    journal = DyingJournal(path)
    journal.dies_before = "analysed"
    dying = watcher(news, journal)
    dying.notifiers = (DeafReceiver(),)
    with pytest.raises(Killed):
        await poll(dying)

    again = watcher(news, WatchJournal(path))
    again.notifiers = (DeafReceiver(),)
    (result,) = await poll(again)

    assert result.entry.undelivered == ("Deaf: answered with status 500",)


async def test_a_journal_of_the_release_before_is_read(tmp_path: Path) -> None:
    path = tmp_path / "watch.jsonl"
    entry = {"at": "2026-11-30T10:00:00Z", "feed": FEED, "item": "a", "url": item("a").url, "state": "analysed"}
    path.write_text(json.dumps({**entry, "analysis": "1", "problem": None, "undelivered": []}) + "\n", encoding="utf-8")

    assert await poll(watcher(Newsroom([item("a")]), WatchJournal(path))) == []


def test_two_processes_do_not_write_one_journal(tmp_path: Path) -> None:
    path = tmp_path / "watch.jsonl"

    with open_journal(path), pytest.raises(RequestInvalid, match="another subtext watch writes"), open_journal(path):
        raise AssertionError

    with open_journal(path) as journal:
        assert not journal.knows_feed(FEED)


@pytest.mark.parametrize("content", ["[1]\n", '{"a": 1}\n', "text\n", "text\nmore"])
def test_a_file_that_is_no_journal_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(RequestInvalid, match="is no journal of subtext watch"):
        WatchJournal(path)

    assert path.read_text(encoding="utf-8") == content
