"""The manifest asks for what the app uses, and for nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("slack_bolt", reason="the extra `slack` is not installed")

from slack_bolt.request.async_request import AsyncBoltRequest

from subtext.slack.app import SCOPES
from subtext.slack.listeners import COMMAND, SHORTCUT
from tests.support.slack import slack_harness

MANIFEST: dict[str, Any] = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "deploy" / "slack-manifest.yaml").read_text(encoding="utf-8")
)
HOST = "https://subtext.example"
EVENTS = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
# What Slack demands before it sends an event, by its reference of the Events API; the others need no scope.
NEEDED = {
    "app_mention": "app_mentions:read",
    "assistant_thread_started": "assistant:write",
    "link_shared": "links:read",
    "message.im": "im:history",
}
OF_INSTALLATIONS = {"app_uninstalled", "tokens_revoked"}  # tests/slack/test_installations.py
FREE = {"app_home_opened", *OF_INSTALLATIONS}


def test_it_asks_for_the_scopes_of_the_app_and_no_others() -> None:
    assert MANIFEST["oauth_config"]["scopes"] == {"bot": sorted(SCOPES)}


def test_every_event_has_its_scope_and_every_scope_is_of_use() -> None:
    assert set(EVENTS) == NEEDED.keys() | FREE
    by_method = {"chat:write": "chat.postMessage", "commands": COMMAND, "links:write": "chat.unfurl"}
    by_method |= dict.fromkeys(("channels:history", "groups:history", "mpim:history"), "conversations.replies")
    by_method |= {"files:read": "url_private"}
    assert set(SCOPES) == set(NEEDED.values()) | by_method.keys()


def test_commands_and_shortcuts_are_those_that_are_listened_to() -> None:
    features = MANIFEST["features"]
    assert [command["command"] for command in features["slash_commands"]] == [COMMAND]
    assert [shortcut["callback_id"] for shortcut in features["shortcuts"]] == [SHORTCUT]


def test_everything_is_sent_to_the_one_address() -> None:
    settings = MANIFEST["settings"]
    addresses = {
        settings["event_subscriptions"]["request_url"],
        settings["interactivity"]["request_url"],
        MANIFEST["features"]["slash_commands"][0]["url"],
    }
    assert addresses == {f"{HOST}/slack/events"}
    assert MANIFEST["oauth_config"]["redirect_urls"] == [f"{HOST}/slack/oauth_redirect"]


def test_texts_fit_into_what_slack_takes() -> None:
    info, features = MANIFEST["display_information"], MANIFEST["features"]
    assert len(info["name"]) <= 35
    assert len(info["description"]) <= 140
    assert len(features["shortcuts"][0]["name"]) <= 24
    assert len(features["assistant_view"]["assistant_description"]) <= 300


@pytest.mark.parametrize("event", sorted(set(EVENTS) - OF_INSTALLATIONS))
async def test_every_event_is_listened_to(event: str) -> None:
    kind = event.partition(".")[0]
    body = {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "event": {"type": kind, "user": "U1", "channel": "C1", "channel_type": "im", "ts": "1.0", "text": "<@UBOT> hm"},
    }
    if kind == "assistant_thread_started":
        body["event"] = {"type": kind, "assistant_thread": {"channel_id": "D1", "thread_ts": "1.0", "user_id": "U1"}}
    if kind == "link_shared":
        body["event"] = {"type": kind, "channel": "C1", "message_ts": "1.0", "links": []}
    async with slack_harness() as found:
        request = AsyncBoltRequest(mode="socket_mode", body=body, context={"once": _once})
        assert (await found.app.bolt.async_dispatch(request)).status == 200


async def _once(_: str, step: Any) -> str:
    return str(await step())
