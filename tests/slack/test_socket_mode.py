from __future__ import annotations

import asyncio

from subtext.slack.app import web_client
from subtext.slack.socket_mode import SocketModeConnection
from tests.support.patience import GIVE_UP_S
from tests.support.servers.slack_api import slack_api
from tests.support.slack import InMemoryInbox, event


def envelope(number: int) -> dict[str, object]:
    payload = event("app_mention", text="hello") | {"event_id": f"Ev{number % 3}"}
    return {"type": "events_api", "envelope_id": f"e{number}", "payload": payload, "accepts_response_payload": False}


async def test_what_comes_over_a_socket_is_kept_and_acknowledged() -> None:
    async with slack_api() as slack:
        slack.envelopes = [envelope(number) for number in range(6)]
        inbox = InMemoryInbox()
        socket = SocketModeConnection("xapp-1", web_client(None, slack.url), inbox)
        await socket.open()
        await asyncio.wait_for(slack.all_acknowledged.wait(), GIVE_UP_S)
        await socket.close()
    assert sorted(slack.acknowledged) == [f"e{number}" for number in range(6)]
    assert sorted(inbox.deliveries) == ["T1:Ev0", "T1:Ev1", "T1:Ev2"]
    assert slack.of("apps.connections.open")[0].token == "xapp-1"
