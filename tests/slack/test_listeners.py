from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from subtext.slack.message_text import USAGE
from subtext.slack.messages import RIGHT, SHARE, WRONG
from tests.support.slack import (
    ARTICLE,
    PUBLIC_URL,
    InMemorySteps,
    SlackHarness,
    button_press,
    command,
    event,
    shortcut,
    slack_harness,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def slack() -> AsyncIterator[SlackHarness]:
    async with slack_harness() as found:
        yield found


def texts(body: dict[str, Any]) -> str:
    return "\n".join(block["text"]["text"] for block in body["blocks"] if block["type"] == "section")


async def test_a_command_is_answered_to_the_one_who_asked_in_one_message(slack: SlackHarness) -> None:
    await slack.happen(command(ARTICLE, slack.slack.response_url))
    first, last = slack.slack.of("respond")
    assert (first.body["response_type"], first.body["replace_original"]) == ("ephemeral", False)
    assert (last.body["response_type"], last.body["replace_original"]) == ("ephemeral", True)
    assert "DESPERATION" in texts(last.body)
    assert "Reading the text" in texts(first.body)
    assert [button["action_id"] for button in last.body["blocks"][-1]["elements"]][-1] == SHARE


async def test_the_id_of_the_analysis_is_a_step_of_the_delivery_that_a_retry_gets_again(slack: SlackHarness) -> None:
    steps = InMemorySteps()
    await slack.happen(command(ARTICLE, slack.slack.response_url), steps)
    assert [stored.id for stored in slack.shelf.stored] == [steps.done["analysis_id"]]


async def test_what_is_answered_is_not_logged_as_unhandled(
    slack: SlackHarness, caplog: pytest.LogCaptureFixture
) -> None:
    url = slack.slack.response_url
    await slack.happen(command(ARTICLE, url))
    await slack.happen(shortcut(slack, {"text": ARTICLE}))
    await slack.happen(button_press(RIGHT, slack.shelf.seen[0][1].id, url))

    assert len(slack.slack.of("respond")) == 5
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == []


async def test_a_shortcut_reads_the_message_it_was_used_on(slack: SlackHarness) -> None:
    await slack.happen(shortcut(slack, {"text": ARTICLE}))
    assert "DESPERATION" in texts(slack.slack.of("respond")[-1].body)


async def test_a_mention_is_answered_in_its_thread_by_one_message_edited_in_place(slack: SlackHarness) -> None:
    await slack.happen(event("app_mention", text=f"<@UBOT> {ARTICLE}", thread_ts="1699999999.000001"))
    posted, edited = slack.slack.of("chat.postMessage", "chat.update")
    assert (posted.body["channel"], posted.body["thread_ts"]) == ("C1", "1699999999.000001")
    assert (edited.method, edited.body["ts"]) == ("chat.update", "1700000000.000000")
    assert "DESPERATION" in texts(edited.body)


@dataclass(frozen=True)
class Bare:
    name: str
    known: dict[str, Any]
    shown: str


BARE = (
    Bare("alone", {}, USAGE),
    Bare("in a thread whose beginning Slack sends along", {"root": {"text": ARTICLE}}, "DESPERATION"),
)


@pytest.mark.parametrize("case", BARE, ids=lambda case: case.name)
async def test_a_mention_without_an_article_takes_the_thread_or_says_what_it_needs(
    slack: SlackHarness, case: Bare
) -> None:
    await slack.happen(event("app_mention", text="<@UBOT> what do you think?", **case.known))
    assert case.shown in texts(slack.slack.of("chat.postMessage", "chat.update")[-1].body)


async def test_a_direct_message_is_answered(slack: SlackHarness) -> None:
    await slack.happen(event("message", channel_type="im", channel="D1", text=ARTICLE))
    assert "DESPERATION" in texts(slack.slack.of("chat.update")[0].body)


@dataclass(frozen=True)
class Ignored:
    name: str
    known: dict[str, Any]


IGNORED = (
    Ignored("a channel's message", {"channel_type": "channel"}),
    Ignored("another bot's", {"channel_type": "im", "bot_id": "B9"}),
    Ignored("an edit", {"channel_type": "im", "subtype": "message_changed"}),
    Ignored("our own", {"channel_type": "im", "user": "UBOT"}),
)


@pytest.mark.parametrize("case", IGNORED, ids=lambda case: case.name)
async def test_what_is_not_meant_for_us_has_no_effect(slack: SlackHarness, case: Ignored) -> None:
    await slack.happen(event("message", text=ARTICLE, **case.known))
    assert slack.slack.of("chat.postMessage", "chat.update", "respond") == []


async def test_the_assistant_greets_with_prompts_and_streams_its_answer(slack: SlackHarness) -> None:
    started = event(
        "assistant_thread_started",
        assistant_thread={"channel_id": "D1", "thread_ts": "1.0", "user_id": "U1", "context": {}},
    )
    await slack.happen(started)
    prompts = slack.slack.of("assistant.threads.setSuggestedPrompts")[0].body["prompts"]
    assert len(prompts) == 3
    asked = event("message", channel_type="im", channel="D1", thread_ts="1.0", text=ARTICLE)
    await slack.happen(asked)
    methods = [call.method for call in slack.slack.calls]
    assert "assistant.threads.setStatus" in methods
    assert methods[-1] == "chat.stopStream"
    streamed = "".join(
        call.shown for call in slack.slack.of("chat.startStream", "chat.appendStream", "chat.stopStream")
    )
    assert "DESPERATION" in streamed


@pytest.mark.parametrize("prompt", ["How do I ask you?", "What do the labels mean?", "How sure are you?", "hm"])
async def test_the_assistant_answers_its_own_prompts(slack: SlackHarness, prompt: str) -> None:
    await slack.happen(event("message", channel_type="im", channel="D1", thread_ts="1.0", text=prompt))
    assert len(slack.slack.of("chat.postMessage")) == 1
    assert slack.slack.of("chat.startStream") == []


async def test_the_assistant_explains_the_poles_of_the_axis_in_use(slack: SlackHarness) -> None:
    await slack.happen(
        event("message", channel_type="im", channel="D1", thread_ts="1.0", text="What do the labels mean?")
    )

    said = slack.slack.of("chat.postMessage")[0].body["text"]

    assert "*Desperation*: The target acts because it must" in said
    assert "*Domination*: The target acts because it can" in said


async def test_home_shows_what_was_asked_last(slack: SlackHarness) -> None:
    await slack.happen(event("app_home_opened", tab="home"))
    assert "no analyses yet" in texts(slack.slack.of("views.publish")[0].body["view"])
    await slack.happen(command(ARTICLE, slack.slack.response_url))
    await slack.happen(event("app_home_opened", tab="home"))
    view = slack.slack.of("views.publish")[1].body["view"]
    assert f"{PUBLIC_URL}/analyses/{slack.shelf.seen[0][1].id}" in texts(view)


async def test_the_tab_of_messages_is_no_home(slack: SlackHarness) -> None:
    await slack.happen(event("app_home_opened", tab="messages"))
    assert slack.slack.of("views.publish") == []


async def test_links_to_our_own_analyses_unfold_and_no_others(slack: SlackHarness) -> None:
    await slack.happen(command(ARTICLE, slack.slack.response_url))
    ours = f"{PUBLIC_URL}/analyses/{slack.shelf.seen[0][1].id}"
    links = [{"url": ours}, {"url": "https://evil.example/analyses/1"}, {"url": f"{PUBLIC_URL}/analyses/none"}]
    await slack.happen(event("link_shared", links=links, message_ts="1.0"))
    assert list(slack.slack.of("chat.unfurl")[0].body["unfurls"]) == [ours]


async def test_a_link_in_the_composer_unfolds_by_its_id_as_there_is_no_message_yet(slack: SlackHarness) -> None:
    await slack.happen(command(ARTICLE, slack.slack.response_url))
    link = [{"url": f"{PUBLIC_URL}/analyses/{slack.shelf.seen[0][1].id}"}]
    composed = {"channel": "COMPOSER", "message_ts": "U1-909b5454", "unfurl_id": "C1.2.3", "source": "composer"}
    await slack.happen(event("link_shared", links=link, **composed))

    unfurled = slack.slack.of("chat.unfurl")[0].body
    assert (unfurled["unfurl_id"], unfurled["source"]) == ("C1.2.3", "composer")
    assert not {"channel", "ts"} & unfurled.keys()


async def test_another_workspace_sees_nothing_of_it(slack: SlackHarness) -> None:
    await slack.happen(command(ARTICLE, slack.slack.response_url))
    kept = slack.shelf.seen[0][1].id
    link = [{"url": f"{PUBLIC_URL}/analyses/{kept}"}]
    await slack.happen(event("link_shared", team="T2", links=link, message_ts="1.0"))
    assert slack.slack.of("chat.unfurl") == []
    await slack.happen(button_press(SHARE, kept, slack.slack.response_url, team="T2"))
    assert "no longer stored" in texts(slack.slack.of("respond")[-1].body)


async def test_sharing_shows_the_answer_to_the_channel(slack: SlackHarness) -> None:
    await slack.happen(command(ARTICLE, slack.slack.response_url))
    await slack.happen(button_press(SHARE, slack.shelf.seen[0][1].id, slack.slack.response_url))
    shared = slack.slack.of("respond")[-1].body
    assert shared["response_type"] == "in_channel"
    assert "DESPERATION" in texts(shared)


@pytest.mark.parametrize(("action", "right"), [(RIGHT, True), (WRONG, False)])
async def test_thumbs_are_kept_with_the_analysis(slack: SlackHarness, action: str, right: bool) -> None:
    await slack.happen(command(ARTICLE, slack.slack.response_url))
    kept = slack.shelf.seen[0][1].id
    await slack.happen(button_press(action, kept, slack.slack.response_url))
    assert slack.shelf.judged == [(kept, "slack:T1", right, "U1")]
    assert "Thank you" in texts(slack.slack.of("respond")[-1].body)


async def test_a_link_that_cannot_be_read_says_what_happened_and_names_the_request(slack: SlackHarness) -> None:
    await slack.happen(command("http://127.0.0.1:1/gone", slack.slack.response_url))
    shown = slack.slack.of("respond")[-1].body
    assert ":warning:" in texts(shown)
    assert "request " in json.dumps(shown["blocks"][-1])


async def test_a_delivery_taken_up_again_edits_the_message_that_is_there(slack: SlackHarness) -> None:
    memory = InMemorySteps()
    mention = event("app_mention", text=f"<@UBOT> {ARTICLE}")
    await slack.happen(mention, memory)
    await slack.happen(mention, memory)
    assert len(slack.slack.of("chat.postMessage")) == 1
    assert {call.body["ts"] for call in slack.slack.of("chat.update")} == {"1700000000.000000"}


async def test_being_too_fast_is_obeyed(slack: SlackHarness) -> None:
    slack.slack.too_fast = [0, 0]
    await slack.happen(event("app_mention", text=f"<@UBOT> {ARTICLE}"))
    assert len(slack.slack.of("chat.postMessage")) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/hook",
        "http://hooks.slack.com/x",
        "https://hooks.slack.com.evil.example/x",
        "https://hooks.slack.com@evil.example/",
        "file:///etc/passwd",
        "",
    ],
)
async def test_answers_go_to_slack_alone(slack: SlackHarness, url: str) -> None:
    with pytest.raises(Exception, match="had no effect"):
        await slack.happen(command(ARTICLE, url))
    assert slack.slack.of("respond") == []
