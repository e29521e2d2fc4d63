from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from subtext.slack.files import MAX_FILE_BYTES
from subtext.slack.message_text import USAGE
from tests.support.slack import ARTICLE, SlackHarness, event, shortcut, slack_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

THREAD = "1699999999.000001"
ASKS = "<@UBOT> could you please tell us how this one frames the company?"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": ARTICLE}}


@pytest.fixture
async def slack() -> AsyncIterator[SlackHarness]:
    async with slack_harness() as found:
        yield found


def last(slack: SlackHarness) -> str:
    """What the last message shows, without the joiners that break links."""
    call = slack.slack.of("respond", "chat.postMessage", "chat.update", "chat.stopStream")[-1]
    return json.dumps(call.body, ensure_ascii=False).replace("\u2060", "")


def first(slack: SlackHarness) -> str:
    call = slack.slack.of("respond", "chat.postMessage")[0]
    return json.dumps(call.body, ensure_ascii=False).replace("\u2060", "")


def hosted(slack: SlackHarness, name: str = "story.txt", **known: Any) -> dict[str, Any]:
    """A file as a message names it, kept by this Slack."""
    address = f"{slack.slack.origin}files/{name}"
    return {"id": "F1", "name": name, "mimetype": "text/plain", "filetype": "text", "url_private": address, **known}


@dataclass(frozen=True)
class Read:
    name: str
    message: dict[str, Any]
    reads: str = "Reading the text"


CARD = {"title": "Orlan asks", "title_link": "https://news.example/orlan"}
READ = (
    Read("text in blocks", {"text": "New story", "bot_id": "B9", "blocks": [SECTION]}),
    Read("text in an attachment", {"text": "", "bot_id": "B9", "attachments": [{**CARD, "text": ARTICLE}]}),
    Read("text in an attachment's blocks", {"text": "", "attachments": [{"blocks": [SECTION]}]}),
    Read(
        "a forwarded message",
        {
            "text": "look",
            "attachments": [{"is_share": True, "text": ARTICLE, "from_url": "https://t.slack.com/archives/C/p1"}],
        },
    ),
    Read(
        "a link to a message that Slack unfurled",
        {
            "text": "<https://t.slack.com/archives/C/p1>",
            "attachments": [{"is_msg_unfurl": True, "message_blocks": [{"message": {"blocks": [SECTION]}}]}],
        },
    ),
    Read("a teaser with its link", {"attachments": [{**CARD, "text": "It asks again."}]}, "Reading news.example/orlan"),
    Read(
        "a link that Slack unfurled",
        {"text": "<https://news.example/own>", "attachments": [{**CARD, "text": ARTICLE}]},
        "Reading news.example/own",
    ),
    Read("a long text with a link", {"text": f"{ARTICLE} <https://news.example/more|More>"}),
)


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
async def test_a_shortcut_reads_what_the_message_shows(slack: SlackHarness, case: Read) -> None:
    await slack.happen(shortcut(slack, case.message))
    assert case.reads in first(slack)
    assert ("DESPERATION" in last(slack)) == (case.reads == "Reading the text")


async def test_our_own_answer_is_no_article(slack: SlackHarness) -> None:
    await slack.happen(shortcut(slack, {"text": ARTICLE, "bot_id": "B1", "blocks": [SECTION]}))
    assert USAGE in last(slack)


@pytest.mark.parametrize("asks", ["<@UBOT>", ASKS], ids=["nothing", "a request"])
async def test_a_mention_in_a_thread_fetches_the_first_message(slack: SlackHarness, asks: str) -> None:
    slack.slack.threads[THREAD] = {"ts": THREAD, "text": "", "attachments": [{"text": ARTICLE}]}
    await slack.happen(event("app_mention", text=asks, thread_ts=THREAD))
    call = slack.slack.of("conversations.replies")[0]
    assert (call.token, call.body["channel"], call.body["ts"]) == ("xoxb-one", "C1", THREAD)
    assert "DESPERATION" in last(slack)


NOT_ASKED = (
    {"thread_ts": THREAD, "text": f"<@UBOT> {ARTICLE}"},
    {"thread_ts": THREAD, "text": "<@UBOT> hm", "root": {"text": ARTICLE}},
    {"text": "<@UBOT> hm"},
    {"thread_ts": "1.0", "ts": "1.0", "text": "<@UBOT> hm"},
)


@pytest.mark.parametrize("known", NOT_ASKED, ids=["its own text", "root", "no thread", "the first itself"])
async def test_no_thread_is_fetched_without_need(slack: SlackHarness, known: dict[str, Any]) -> None:
    await slack.happen(event("app_mention", **known))
    assert slack.slack.of("conversations.replies") == []


async def test_a_short_paragraph_in_a_thread_without_an_article_is_read(slack: SlackHarness) -> None:
    slack.slack.threads[THREAD] = {"ts": THREAD, "text": "hello"}
    await slack.happen(event("app_mention", text=ASKS, thread_ts=THREAD))
    assert "Reading the text" in first(slack)


@dataclass(frozen=True)
class Barred:
    name: str
    error: dict[str, Any]
    shown: tuple[str, ...]


BARRED = (
    Barred("scope", {"error": "missing_scope", "needed": "channels:history"}, ("the scope channels:history", "again")),
    Barred("not a member", {"error": "not_in_channel"}, ("not in this channel", "/invite")),
    Barred("unseen channel", {"error": "channel_not_found"}, ("cannot see this channel", "/invite")),
    Barred("deleted", {"error": "thread_not_found"}, ("is gone", "shortcut")),
    Barred("anything else", {"error": "team_access_not_granted"}, ("team", "mention me with the link")),
)


@pytest.mark.parametrize("case", BARRED, ids=lambda case: case.name)
async def test_a_thread_that_cannot_be_read_says_why_and_what_to_do(slack: SlackHarness, case: Barred) -> None:
    slack.slack.errors["conversations.replies"] = case.error
    await slack.happen(event("app_mention", text="<@UBOT>", thread_ts=THREAD))
    assert all(part in last(slack) for part in (*case.shown, "request req-"))
    assert slack.slack.of("chat.postMessage")[0].body["thread_ts"] == THREAD


async def test_being_too_fast_with_threads_is_obeyed(slack: SlackHarness) -> None:
    slack.slack.threads[THREAD] = {"ts": THREAD, "text": ARTICLE}
    slack.slack.too_fast = [0, 0]
    await slack.happen(event("app_mention", text="<@UBOT>", thread_ts=THREAD))
    assert "DESPERATION" in last(slack)
    assert slack.slack.too_fast == []


async def test_being_barred_from_threads_for_long_is_told(slack: SlackHarness) -> None:
    slack.slack.too_fast = [61]
    await slack.happen(event("app_mention", text="<@UBOT>", thread_ts=THREAD))
    assert "for 61 seconds" in last(slack)


@dataclass(frozen=True)
class File:
    name: str
    known: dict[str, Any] = field(default_factory=dict)
    content: bytes = ARTICLE.encode()
    media_type: str = "text/plain"


POST = json.dumps({"root": {"children": [{"type": "p", "text": ARTICLE}, {"type": "p", "text": ""}]}}).encode()
FILES = (
    File("a text"),
    File("a snippet", {"mode": "snippet", "filetype": "auto", "mimetype": ""}),
    File("Markdown", {"filetype": "markdown", "mimetype": "text/markdown"}),
    File("with a byte order mark", content=b"\xef\xbb\xbf" + ARTICLE.encode()),
    File("UTF-16", content=ARTICLE.encode("utf-16")),
    File("a post", {"filetype": "space", "mode": "space"}, POST, "application/json"),
    File(
        "a canvas",
        {"filetype": "quip", "mimetype": "application/vnd.slack-docs"},
        f"<html><body><article><h1>Orlan</h1><p>{ARTICLE}</p><p>{ARTICLE}</p></article></body></html>".encode(),
        "text/html",
    ),
    File("a mail", {"filetype": "email", "plain_text": ARTICLE, "url_private": ""}),
)


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
async def test_a_file_is_read_if_the_text_is_only_a_request(slack: SlackHarness, case: File) -> None:
    slack.slack.files["story.txt"] = (200, case.media_type, case.content)
    known = {"subtype": "file_share", "channel_type": "im", "channel": "D1", "text": ASKS}
    await slack.happen(event("message", files=[hosted(slack, **case.known)], **known))
    assert "DESPERATION" in last(slack)
    assert {call.token for call in slack.slack.of("file")} <= {"xoxb-one"}


@pytest.mark.parametrize("kind", ["text/plain", "image/png"])
async def test_a_direct_message_with_text_and_a_file_answers_the_text(slack: SlackHarness, kind: str) -> None:
    files = [hosted(slack, mimetype=kind, filetype="any")]
    known = {"subtype": "file_share", "channel_type": "im", "channel": "D1", "text": ARTICLE}
    await slack.happen(event("message", files=files, **known))
    assert "DESPERATION" in last(slack)
    assert slack.slack.of("file") == []


async def test_a_file_of_a_forwarded_message_and_of_a_thread_is_read(slack: SlackHarness) -> None:
    slack.slack.files["story.txt"] = (200, "text/plain", ARTICLE.encode())
    slack.slack.threads[THREAD] = {"ts": THREAD, "text": "", "attachments": [{"files": [hosted(slack)]}]}
    await slack.happen(event("app_mention", text="<@UBOT>", thread_ts=THREAD))
    assert "DESPERATION" in last(slack)


async def test_the_assistant_reads_files_too(slack: SlackHarness) -> None:
    slack.slack.files["story.txt"] = (200, "text/plain", ARTICLE.encode())
    known = {"subtype": "file_share", "channel_type": "im", "channel": "D1", "thread_ts": "1.0", "text": "this?"}
    await slack.happen(event("message", files=[hosted(slack)], **known))
    assert slack.slack.of("chat.stopStream") != []
    slack.slack.files["story.txt"] = (404, "text/plain", b"")
    await slack.happen(event("message", files=[hosted(slack)], **known))
    assert "status 404" in last(slack)


@dataclass(frozen=True)
class Unreadable:
    name: str
    answer: tuple[int, str, bytes]
    shown: str
    known: dict[str, Any] = field(default_factory=dict)


UNREADABLE = (
    Unreadable("sign-in page", (200, "text/html", b"<html>Sign in</html>"), "the scope files:read"),
    Unreadable("redirect", (302, "text/plain", b""), "the scope files:read"),
    Unreadable("refused", (403, "text/plain", b""), "the scope files:read"),
    Unreadable("busy", (503, "text/plain", b""), "status 503"),
    Unreadable("too large", (200, "text/plain", b"a " * MAX_FILE_BYTES), "more than 1,000,000 bytes"),
    Unreadable("another encoding", (200, "text/plain", b"caf\xe9 " * 20), "not text in UTF-8"),
    Unreadable("empty", (200, "text/plain", b" \n"), "is empty"),
    Unreadable("a picture", (200, "image/png", b""), "text files only", {"mimetype": "image/png", "filetype": "png"}),
)


@pytest.mark.parametrize("case", UNREADABLE, ids=lambda case: case.name)
async def test_a_file_that_cannot_be_read_says_why_and_what_to_do(slack: SlackHarness, case: Unreadable) -> None:
    slack.slack.files["story.txt"] = case.answer
    known = {"subtype": "file_share", "channel_type": "im", "channel": "D1", "text": "this?"}
    await slack.happen(event("message", files=[hosted(slack, **case.known)], **known))
    assert case.shown in last(slack)
    assert "paste the text" in last(slack)


FOREIGN = (
    "https://evil.example/files-pri/T1-F1/story.txt",
    "http://files.slack.com/story.txt",
    "https://files.slack.com.evil.example/story.txt",
    "https://files.slack.com@evil.example/story.txt",
    "https://docs.example/d/1",
    "file:///etc/passwd",
    "",
)


@pytest.mark.parametrize("address", FOREIGN)
async def test_the_token_goes_to_slack_alone(slack: SlackHarness, address: str) -> None:
    known = {"subtype": "file_share", "channel_type": "im", "channel": "D1", "text": "this?"}
    await slack.happen(event("message", files=[hosted(slack, url_private=address)], **known))
    assert "not stored by Slack" in last(slack)


async def test_a_mention_by_another_bot_is_ignored(slack: SlackHarness) -> None:
    await slack.happen(event("app_mention", text=f"<@UBOT> {ARTICLE}", bot_id="B9"))
    assert slack.slack.of("chat.postMessage", "conversations.replies") == []


@pytest.mark.parametrize("subtype", [None, "file_share", "me_message", "thread_broadcast"])
async def test_what_a_person_writes_is_answered_whatever_its_subtype(slack: SlackHarness, subtype: str | None) -> None:
    await slack.happen(event("message", channel_type="im", channel="D1", text=ARTICLE, subtype=subtype))
    assert "DESPERATION" in last(slack)


OURS = {"text": ARTICLE, "bot_id": "B1", "user": "UBOT", "ts": "1.0"}
UNANSWERED = (
    {"subtype": "message_changed", "message": {"text": ARTICLE, "user": "U1"}, "previous_message": {"text": "x"}},
    {"subtype": "message_changed", "message": OURS, "previous_message": OURS},
    {"subtype": "message_deleted", "previous_message": {"text": ARTICLE}},
    {"subtype": "bot_message", "bot_id": "B9", "text": ARTICLE},
    {"subtype": "channel_topic", "text": ARTICLE},
)


@pytest.mark.parametrize("known", UNANSWERED, ids=["edit", "our edit", "deletion", "bot", "topic"])
async def test_edits_bots_and_channel_events_are_not_answered(slack: SlackHarness, known: dict[str, Any]) -> None:
    await slack.happen(event("message", channel_type="im", channel="D1", **known))
    assert slack.slack.of("chat.postMessage", "chat.startStream") == []
