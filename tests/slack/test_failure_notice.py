"""The last word about a delivery that failed for good: where it is sent, and what it replaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from subtext.slack.request_verifier import parse_delivery
from tests.support.slack import InMemorySteps, SlackHarness, button_press, command, event, slack_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def slack() -> AsyncIterator[SlackHarness]:
    async with slack_harness() as found:
        yield found


async def give_up(slack: SlackHarness, payload: dict[str, Any], memory: InMemorySteps | None = None) -> None:
    await slack.app.give_up(parse_delivery(payload, "digest"), memory or InMemorySteps())


async def test_a_command_is_told_in_place_of_its_placeholder(slack: SlackHarness) -> None:
    await give_up(slack, command("text", slack.slack.response_url), InMemorySteps({"post": ""}))
    (call,) = slack.slack.of("respond")
    assert "send it again" in call.shown
    assert (call.body["replace_original"], call.body["response_type"]) == (True, "ephemeral")


async def test_a_button_does_not_lose_the_answer_that_it_belongs_to(slack: SlackHarness) -> None:
    await give_up(slack, button_press("share", "1", slack.slack.response_url))
    (call,) = slack.slack.of("respond")
    assert call.body["replace_original"] is False


async def test_a_mention_is_told_in_its_thread(slack: SlackHarness) -> None:
    await give_up(slack, event("app_mention", text="<@UBOT> x"))
    (post,) = slack.slack.of("chat.postMessage")
    assert (post.body["channel"], post.body["thread_ts"]) == ("C1", "1700000000.000100")
    assert "send it again" in post.shown


async def test_a_placeholder_that_was_posted_is_replaced(slack: SlackHarness) -> None:
    await give_up(slack, event("message", channel_type="im", channel="D1", text="x"), InMemorySteps({"post": "5.0"}))
    assert slack.slack.of("chat.postMessage") == []
    (update,) = slack.slack.of("chat.update")
    assert (update.body["channel"], update.body["ts"]) == ("D1", "5.0")


@pytest.mark.parametrize(
    "payload",
    [
        event("app_home_opened", tab="home"),
        event("message", channel_type="channel", text="x"),
        event("message", channel_type="im", bot_id="B9", text="x"),
        event("app_mention", subtype="message_changed", text="x"),
    ],
    ids=["home", "a channel's message", "another bot's", "an edit"],
)
async def test_where_nobody_waits_nothing_is_said(slack: SlackHarness, payload: dict[str, Any]) -> None:
    await give_up(slack, payload)
    assert slack.slack.calls == []
