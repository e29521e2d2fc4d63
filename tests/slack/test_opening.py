"""The whole way: what Slack sends to a real service has its effect in a Slack on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from cryptography.fernet import Fernet

from subtext.asgi import create_app
from subtext.bootstrap.runtime import attach, open_runtime, open_storage
from subtext.bootstrap.slack import open_slack
from subtext.domain.slack import SlackDelivery
from subtext.errors import SettingsInvalid
from subtext.settings import SlackSettings, StoreSettings
from subtext.storage.slack import SqlInboxRepository
from tests.support.api import serve, settings
from tests.support.fakes import FakeClock
from tests.support.patience import GIVE_UP_S
from tests.support.servers.slack_api import SlackAPI, slack_api
from tests.support.slack import ARTICLE, SECRET, command, event, sign

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ONE = {"signing_secret": SECRET, "bot_token": "xoxb-one"}


@pytest.fixture
async def slack() -> AsyncIterator[SlackAPI]:
    async with slack_api() as found:
        yield found


@contextlib.asynccontextmanager
async def service(folder: Path, slack: SlackAPI, **known: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a running service that this Slack delivers to."""
    store = StoreSettings(database_url=f"sqlite:///{folder / 'kept.db'}")
    app = create_app(settings(store=store, slack=SlackSettings(api_url=slack.url, **known)))
    with contextlib.ExitStack() as stack:
        wire = await asyncio.to_thread(stack.enter_context, serve(app))
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{wire.port}", trust_env=False) as client:
            yield client
        await asyncio.to_thread(stack.close)


async def deliver(client: httpx2.AsyncClient, payload: dict[str, Any]) -> int:
    body = json.dumps(payload).encode()
    now = int(time.time())
    return (await client.post("/slack/events", content=body, headers=sign(body, at=now))).status_code


async def test_a_mention_is_answered_and_its_copies_change_nothing(tmp_path: Path, slack: SlackAPI) -> None:
    mention = event("app_mention", text=f"<@UBOT> {ARTICLE}")
    async with service(tmp_path, slack, **ONE) as client:
        codes = {await deliver(client, mention) for _ in range(100)}
        await slack.until(lambda: len(slack.of("chat.update")) > 0)
        last = event("app_mention", text="<@UBOT> hm") | {"event_id": "Ev2"}
        await deliver(client, last)
        await slack.until(lambda: len(slack.of("chat.postMessage")) > 1)
    assert codes == {200}
    assert (len(slack.of("chat.postMessage")), len(slack.of("chat.update"))) == (2, 1)
    assert "DESPERATION" in slack.of("chat.update")[0].shown


async def test_a_thread_and_a_file_are_read_on_the_way(tmp_path: Path, slack: SlackAPI) -> None:
    slack.threads["1.0"] = {"ts": "1.0", "text": "", "attachments": [{"text": ARTICLE}]}
    slack.files["story.txt"] = (200, "text/plain", ARTICLE.encode())
    file = {"filetype": "text", "name": "story.txt", "url_private": f"{slack.origin}files/story.txt"}
    known: dict[str, Any] = {"channel_type": "im", "channel": "D1", "subtype": "file_share", "files": [file]}
    async with service(tmp_path, slack, **ONE) as client:
        codes = [await deliver(client, event("app_mention", text="<@UBOT>", thread_ts="1.0"))]
        codes.append(await deliver(client, event("message", text="", **known) | {"event_id": "Ev2"}))
        await slack.until(lambda: len(slack.of("chat.update")) == 2)
    assert codes == [200, 200]
    assert all("DESPERATION" in call.shown for call in slack.of("chat.update"))
    assert {call.token for call in slack.of("conversations.replies", "file")} == {"xoxb-one"}


async def test_two_hundred_at_once_are_all_acknowledged_and_all_done(tmp_path: Path, slack: SlackAPI) -> None:
    asked = [
        event("app_mention", text="<@UBOT> hm", channel=f"C{number}") | {"event_id": f"Ev{number}"}
        for number in range(200)
    ]
    async with service(tmp_path, slack, **ONE) as client:
        codes = await asyncio.gather(*(deliver(client, one) for one in asked))
        await slack.until(lambda: len(slack.of("chat.postMessage")) == 200)
    assert set(codes) == {200}
    assert len({call.body["channel"] for call in slack.of("chat.postMessage")}) == 200


async def test_foreign_stale_and_malformed_deliveries_have_no_effect(tmp_path: Path, slack: SlackAPI) -> None:
    body = json.dumps(event("app_mention", text="<@UBOT> hm")).encode()
    async with service(tmp_path, slack, **ONE) as client:
        foreign = await client.post("/slack/events", content=body, headers=sign(body, secret="other"))
        stale = await client.post("/slack/events", content=body, headers=sign(body, at=1_000_000_000))
        analyses = await client.get("/v1/analyses")
    assert [foreign.status_code, stale.status_code] == [401, 401]
    assert foreign.headers["content-type"] == "application/problem+json"
    assert analyses.json()["analyses"] == []
    assert slack.calls == []


async def test_what_comes_over_a_socket_is_answered_too(tmp_path: Path, slack: SlackAPI) -> None:
    slack.envelopes = [{"type": "slash_commands", "envelope_id": "e1", "payload": command(ARTICLE, slack.response_url)}]
    async with service(tmp_path, slack, app_token="xapp-1", bot_token="xoxb-one") as client:
        await slack.until(lambda: len(slack.of("respond")) == 2)
        assert (await client.post("/slack/events", content=b"{}")).status_code == 404
    assert "DESPERATION" in slack.of("respond")[-1].shown
    assert slack.acknowledged == ["e1"]


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_workspaces_that_install_it_are_kept_apart(tmp_path: Path, slack: SlackAPI) -> None:
    many = {
        "signing_secret": SECRET,
        "client_id": "1.2",
        "client_secret": "s",
        "encryption_keys": Fernet.generate_key().decode(),
    }
    async with service(tmp_path, slack, **many) as client:
        for code in ("code-one", "code-two"):
            begun = await client.get("/slack/install")
            state = begun.text.partition("state=")[2].partition("&")[0].partition('"')[0]
            cookie = {"Cookie": begun.headers["set-cookie"].partition(";")[0]}
            done = await client.get("/slack/oauth_redirect", params={"code": code, "state": state}, headers=cookie)
            assert done.status_code == 200, done.text
        for number, team in enumerate(("T1", "T2")):
            asked = event("app_mention", team=team, text="<@UBOT> hm") | {"event_id": f"Ev{number}"}
            await deliver(client, asked)
        await slack.until(lambda: len(slack.of("chat.postMessage")) == 2)
    assert {call.token for call in slack.of("chat.postMessage")} == {"xoxb-one", "xoxb-two"}


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"signing_secret": SECRET}, "SUBTEXT_SLACK_BOT_TOKEN"),
        ({"signing_secret": SECRET, "client_id": "1.2"}, "SUBTEXT_SLACK_ENCRYPTION_KEYS"),
        (
            {"signing_secret": SECRET, "client_id": "1", "client_secret": "s", "encryption_keys": "short"},
            "URL-safe base64",
        ),
    ],
    ids=["no token", "half of an installation", "a key that seals nothing"],
)
async def test_settings_that_do_not_go_together_are_told(tmp_path: Path, known: dict[str, str], said: str) -> None:
    store = StoreSettings(database_url=f"sqlite:///{tmp_path / 'kept.db'}")
    found = settings(store=store, slack=SlackSettings(**known))
    async with open_runtime(found) as analyses, open_storage(found) as storage:
        opening = open_slack(found, attach(analyses, storage), storage, start_workers=True)
        with pytest.raises(SettingsInvalid, match=said):
            await opening.__aenter__()


async def test_what_was_settled_a_day_ago_is_deleted_however_little_slack_delivers(tmp_path: Path) -> None:
    store = StoreSettings(database_url=f"sqlite:///{tmp_path / 'kept.db'}")
    known = settings(store=store, slack=SlackSettings(**ONE))
    delivery, lease = SlackDelivery("T1:1", "event", "T1", {"text": "words of an article"}), timedelta(seconds=30)
    async with open_runtime(known) as analyses, open_storage(known) as storage:
        assert storage is not None
        inbox = SqlInboxRepository(storage.database, FakeClock())
        await inbox.write(delivery)
        await inbox.claim_next(lease)
        await inbox.mark_done(delivery.key)
        async with (
            open_slack(known, attach(analyses, storage), storage, start_workers=True),
            asyncio.timeout(GIVE_UP_S),
        ):
            while not await inbox.write(delivery):
                pass


async def test_without_a_store_there_is_no_slack() -> None:
    found = settings(slack=SlackSettings(**ONE))
    async with open_runtime(found) as analyses:
        with pytest.raises(SettingsInvalid, match="SUBTEXT_STORE_ENABLED"):
            async with open_slack(found, analyses, None, start_workers=True):
                pass
