from __future__ import annotations

import asyncio

import pytest
from slack_sdk.errors import SlackApiError

from subtext.slack.app import web_client
from subtext.slack.rate_limits import POST_INTERVAL_S, ChannelThrottle
from tests.support.fakes import FakeClock
from tests.support.servers.slack_api import slack_api


async def test_turns_in_a_channel_are_a_second_apart() -> None:
    clock = FakeClock()
    throttle = ChannelThrottle(clock, sleep=clock.sleep)
    for _ in range(3):
        await throttle.wait("C1")
    assert clock.waits == [POST_INTERVAL_S, POST_INTERVAL_S]


async def test_turns_at_the_same_moment_queue_up() -> None:
    clock = FakeClock()
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    throttle = ChannelThrottle(clock, sleep=note)
    await asyncio.gather(*(throttle.wait("C1") for _ in range(4)))
    assert waits == [1.0, 2.0, 3.0]


async def test_channels_do_not_wait_for_each_other() -> None:
    clock = FakeClock()
    throttle = ChannelThrottle(clock, sleep=clock.sleep)
    for n in range(20_000):
        await throttle.wait(f"C{n}")
    assert clock.waits == []
    assert len(throttle._free_at) <= 10_000  # noqa: SLF001 - memory is not seen from outside


async def test_being_sent_away_is_obeyed_up_to_a_minute() -> None:
    async with slack_api() as slack:
        client = web_client("xoxb-one", slack.url)
        slack.too_fast = [0]
        await client.chat_postMessage(channel="C1", text="a")
        slack.too_fast = [61]
        with pytest.raises(SlackApiError):
            await client.chat_postMessage(channel="C1", text="b")
        assert [call.body["text"] for call in slack.of("chat.postMessage")] == ["a"]
