"""`subtext watch`: from a feed on a real socket to the store, a signed webhook and Slack."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI, Request, Response
from standardwebhooks.webhooks import Webhook

from tests.support.api import TEXT, serve
from tests.support.cli import PROGRAM
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.cli import CliResult

    Subtext = Callable[..., CliResult]

ROOT = Path(__file__).parents[2]
SECRET = "whsec_" + "QUJD" * 8
STORY = (
    "<html><head><title>Orlan asks again</title></head>"
    f"<body><article><h1>Orlan asks again</h1><p>{TEXT}</p></article></body></html>"
)

PUBLISHED = "Mon, 02 Mar 2026 23:30:00 -0200"


@dataclass
class NewsSite:
    """Site with a feed and its stories, which also takes what is posted to it."""

    port: int = 0
    stories: list[str] = field(default_factory=lambda: ["one"])
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    kill: Callable[[], None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def app(self) -> FastAPI:
        site = FastAPI()

        @site.get("/feed")
        async def feed() -> Response:
            dated = f"<pubDate>{PUBLISHED}</pubDate>"
            items = "".join(f"<item><link>/story/{name}</link>{dated}</item>" for name in self.stories)
            document = f'<rss version="2.0"><channel>{items}</channel></rss>'
            return Response(document, media_type="application/rss+xml")

        @site.get("/story/{name}")
        async def story(name: str) -> Response:
            head = '<meta property="article:published_time" content="2026-02-27T08:00:00Z">' if name == "dated" else ""
            page = STORY.replace("<head>", f"<head>{head}")
            return Response("gone", 410) if name == "gone" else Response(page, media_type="text/html")

        @site.post("/hook/{name}")
        async def hook(name: str, request: Request) -> Response:
            self.posts.append((name, dict(request.headers), await request.body()))
            if self.kill is not None:
                self.kill()
            return Response(status_code=self.status)

        return site


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[NewsSite]:
    for name in ("FETCH", "WEBHOOKS"):
        monkeypatch.setenv(f"SUBTEXT_{name}_PRIVATE_HOSTS", "127.0.0.1")
    monkeypatch.setenv("SUBTEXT_STORE_DATABASE_URL", f"sqlite:///{tmp_path / 'kept.db'}")
    monkeypatch.setenv("SUBTEXT_WATCH_SECRET", SECRET)
    news = NewsSite()
    with serve(news.app()) as wire:
        news.port = wire.port
        yield news


def test_what_is_new_is_analysed_once_and_stored(site: NewsSite, subtext: Subtext) -> None:
    first = subtext("watch", f"{site.url}/feed", "--once", "--json")
    site.stories.insert(0, "two")
    second = subtext("watch", f"{site.url}/feed", "--once", "--json")
    third = subtext("watch", f"{site.url}/feed", "--once", "--json")

    assert [ran.code for ran in (first, second, third)] == [0, 0, 0]
    views = [json.loads(line) for line in (first.out + second.out).splitlines()]
    assert [view["document"]["source"]["url"] for view in views] == [
        f"{site.url}/story/{name}" for name in ("one", "two")
    ]
    assert third.out == ""
    stored = json.loads(subtext("history", "export", "--json").out)
    assert [view["id"] for view in stored] == [view["id"] for view in views[::-1]]


def test_the_date_of_the_feed_stands_in_for_one_that_the_page_lacks(site: NewsSite, subtext: Subtext) -> None:
    site.stories = ["one", "dated"]

    ran = subtext("watch", f"{site.url}/feed", "--once", "--json")

    documents = [json.loads(line)["document"] for line in ran.out.splitlines()]
    dates = {document["source"]["url"]: document["published_at"] for document in documents}
    assert dates == {f"{site.url}/story/one": "2026-03-03", f"{site.url}/story/dated": "2026-02-27"}


def test_a_line_for_people_names_label_target_and_address(site: NewsSite, subtext: Subtext) -> None:
    ran = subtext("watch", f"{site.url}/feed", "--once", "--target", "Orlan Freight")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("desperation Orlan Freight ")
    assert ran.out.endswith(f"{site.url}/story/one\n")


def test_a_webhook_gets_it_signed_and_slack_a_message(site: NewsSite, subtext: Subtext) -> None:
    hooks = ("--webhook", f"{site.url}/hook/mine", "--slack", f"{site.url}/hook/slack")

    ran = subtext("watch", f"{site.url}/feed", "--once", "--json", *hooks)

    view = json.loads(ran.out)
    (_, headers, body), (_, _, message) = site.posts
    event: Any = Webhook(SECRET).verify(body, headers)
    assert (ran.code, event["type"], event["data"]["id"]) == (0, "analysis.completed", view["id"])
    blocks = json.loads(message)["blocks"]
    assert "DESPERATION" in blocks[0]["text"]["text"]
    assert {block["type"] for block in blocks} <= {"section", "context"}


def test_what_a_receiver_refuses_is_told_and_stays_stored(site: NewsSite, subtext: Subtext) -> None:
    site.status = 500

    ran = subtext("watch", f"{site.url}/feed", "--once", "--webhook", f"{site.url}/hook/mine")

    assert ran.code == 3
    assert "is stored, but not delivered to the webhook: answered with status 500" in ran.err
    assert len(json.loads(subtext("history", "export", "--json").out)) == 1


def test_a_story_or_a_feed_that_fails_stops_no_other(site: NewsSite, subtext: Subtext) -> None:
    site.stories = ["gone", "one"]

    ran = subtext("watch", f"{site.url}/none", f"{site.url}/feed", "--once")

    assert ran.code == 3
    assert len(ran.out.splitlines()) == 1
    told = ran.err.splitlines()
    assert told[0].startswith(f"subtext: {site.url}/none: the site has no such page")
    assert told[1].startswith(f"subtext: {site.url}/story/gone: the page is gone for good")


def test_a_process_killed_once_an_analysis_is_stored_makes_no_second_one(site: NewsSite, subtext: Subtext) -> None:
    watch = ("watch", f"{site.url}/feed", "--once", "--json", "--webhook", f"{site.url}/hook/mine")
    killed = subprocess.run(
        [sys.executable, "-m", "tests.support.dying_process", "analysis committed", "1", *watch],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=GIVE_UP_S,
    )
    stored = json.loads(subtext("history", "export", "--json").out)
    assert (killed.returncode, len(stored), site.posts) == (-signal.SIGKILL, 1, [])

    ran = subtext(*watch)

    assert ran.code == 0
    assert [json.loads(line)["id"] for line in ran.out.splitlines()] == [stored[0]["id"]]
    assert json.loads(subtext("history", "export", "--json").out) == stored
    assert [json.loads(body)["repeated"] for _, _, body in site.posts] == [False]
    assert subtext(*watch).out == ""


@pytest.mark.parametrize("receiver", ["--webhook", "--slack"])
def test_a_process_killed_while_it_tells_a_receiver_marks_the_second_message(
    receiver: str, site: NewsSite, subtext: Subtext
) -> None:
    watch = ("watch", f"{site.url}/feed", "--once", receiver, f"{site.url}/hook/mine")
    process = subprocess.Popen([*PROGRAM, *watch], stdout=subprocess.DEVNULL)
    site.kill = process.kill
    assert process.wait(GIVE_UP_S) == -signal.SIGKILL
    site.kill = None
    stored = json.loads(subtext("history", "export", "--json").out)

    assert subtext(*watch).code == 0

    assert json.loads(subtext("history", "export", "--json").out) == stored
    (_, headers, first), (_, later_headers, second) = site.posts
    message, again = json.loads(first), json.loads(second)
    if receiver == "--webhook":
        assert headers["webhook-id"] == later_headers["webhook-id"] == stored[0]["id"]
        assert (message["repeated"], again) == (False, {**message, "repeated": True})
    else:
        assert again["text"] == f"sent again, as it may not have arrived: {message['text']}"
        assert again["blocks"][1:] == message["blocks"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_process_that_is_told_to_stop_ends_after_the_item_in_progress(
    number: signal.Signals, site: NewsSite, subtext: Subtext
) -> None:
    site.stories = ["two", "one"]
    watch = ("watch", f"{site.url}/feed", "--webhook", f"{site.url}/hook/mine")
    process = subprocess.Popen([*PROGRAM, *watch], stdout=subprocess.DEVNULL)
    site.kill = lambda: process.send_signal(number)
    assert process.wait(GIVE_UP_S) == 0
    site.kill = None

    ran = subtext(*watch, "--once", "--json")

    assert len(site.posts) == 2
    assert [json.loads(line)["document"]["source"]["url"] for line in ran.out.splitlines()] == [f"{site.url}/story/two"]


@pytest.mark.parametrize("secret", ["", "whsec_~", "whsec_QUJD", "QUJD" * 8])
def test_a_webhook_without_a_good_secret_is_refused(
    secret: str, site: NewsSite, subtext: Subtext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUBTEXT_WATCH_SECRET", secret)

    ran = subtext("watch", f"{site.url}/feed", "--once", "--webhook", f"{site.url}/hook/mine")

    assert (ran.code, ran.out, site.posts) == (1, "", [])
    assert "SUBTEXT_WATCH_SECRET" in ran.err
