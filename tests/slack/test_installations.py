from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from slack_sdk.oauth.installation_store import Installation

from subtext.errors import SettingsInvalid
from subtext.logs import configure_logs
from subtext.slack.app import OAuthStores
from subtext.slack.installations import EncryptedInstallationStore, StateStore, build_cipher
from subtext.slack.request_verifier import RequestVerifier, parse_delivery
from subtext.slack.routes import slack_router
from tests.support.fakes import FakeClock
from tests.support.slack import ARTICLE, SECRET, InMemoryInbox, InMemorySteps, command, event, slack_harness

KEY = Fernet.generate_key().decode()


@dataclass
class Sealed:
    """Sealed installations in memory."""

    kept: dict[tuple[str, str, str], bytes] = field(default_factory=dict)

    async def put(self, enterprise: str, team: str, user: str, sealed: bytes) -> None:
        self.kept.pop((enterprise, team, user), None)
        self.kept[enterprise, team, user] = sealed

    async def newest(self, enterprise: str, team: str, user: str | None) -> bytes | None:
        found = [
            sealed for key, sealed in self.kept.items() if key[:2] == (enterprise, team) and user in {None, key[2]}
        ]
        return found[-1] if found else None

    async def delete(self, enterprise: str, team: str, user: str | None) -> None:
        gone = [key for key in self.kept if key[:2] == (enterprise, team) and user in {None, key[2]}]
        for key in gone:
            del self.kept[key]


@dataclass
class States:
    """States in memory."""

    open: set[str] = field(default_factory=set)

    async def issue(self) -> str:
        self.open.add(f"state-{len(self.open)}")
        return max(self.open)

    async def consume(self, state: str) -> bool:
        known = state in self.open
        self.open.discard(state)
        return known


def installation(team: str | None = "T1", *, enterprise: str | None = None) -> Installation:
    whole = team is None
    return Installation(
        app_id="A1",
        enterprise_id=enterprise,
        team_id=team,
        user_id="U1",
        bot_token="xoxb-one",
        is_enterprise_install=whole,
    )


async def test_tokens_rest_sealed() -> None:
    sealed = Sealed()
    store = EncryptedInstallationStore(sealed, build_cipher([KEY]))
    await store.async_save(installation())
    assert b"xoxb" not in b"".join(sealed.kept.values())
    bot = await store.async_find_bot(enterprise_id=None, team_id="T1")
    assert bot is not None
    assert bot.bot_token == "xoxb-one"
    assert await store.async_find_bot(enterprise_id=None, team_id="T2") is None


async def test_an_organisation_counts_for_each_of_its_workspaces() -> None:
    store = EncryptedInstallationStore(Sealed(), build_cipher([KEY]))
    await store.async_save(installation(None, enterprise="E1"))
    assert await store.async_find_bot(enterprise_id="E1", team_id="T7") is not None
    assert await store.async_find_bot(enterprise_id="E1", team_id=None, is_enterprise_install=True) is not None
    assert await store.async_find_bot(enterprise_id=None, team_id="T7") is None


async def test_a_new_key_seals_and_the_old_one_still_opens(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning", "json")
    sealed = Sealed()
    await EncryptedInstallationStore(sealed, build_cipher([KEY])).async_save(installation())
    new = Fernet.generate_key().decode()
    assert (
        await EncryptedInstallationStore(sealed, build_cipher([new, KEY])).async_find_bot(
            enterprise_id=None, team_id="T1"
        )
        is not None
    )
    assert (
        await EncryptedInstallationStore(sealed, build_cipher([new])).async_find_bot(enterprise_id=None, team_id="T1")
        is None
    )
    (line,) = map(json.loads, capfd.readouterr().err.splitlines())
    assert (line["event"], line["team"]) == ("slack_installation_unreadable", "T1")


async def test_a_workspace_that_leaves_is_forgotten() -> None:
    sealed = Sealed()
    store = EncryptedInstallationStore(sealed, build_cipher([KEY]))
    await store.async_save(installation())
    await store.async_delete_all(enterprise_id=None, team_id="T1")
    assert sealed.kept == {}


def test_a_key_that_is_none_is_refused_with_the_way_to_make_one() -> None:
    with pytest.raises(SettingsInvalid, match="generate_key"):
        build_cipher(["short"])


async def installed(client: AsyncClient, code: str) -> None:
    page = await client.get("/slack/install")
    state = re.search(r"state=([\w-]+)", page.text)
    assert state is not None
    back = await client.get("/slack/oauth_redirect", params={"code": code, "state": state[1]})
    assert back.status_code == 200, back.text
    again = await client.get("/slack/oauth_redirect", params={"code": code, "state": state[1]})
    assert again.status_code == 400


# slack_sdk still calls what aiohttp will drop in its next major version.
@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_two_workspaces_install_and_are_kept_apart() -> None:
    sealed = Sealed()
    installs = OAuthStores(EncryptedInstallationStore(sealed, build_cipher([KEY])), StateStore(States()))
    async with slack_harness(installs) as found:
        app = FastAPI()
        app.include_router(slack_router(RequestVerifier(SECRET, FakeClock()), InMemoryInbox(), found.app))
        async with AsyncClient(transport=ASGITransport(app), base_url="https://subtext.example") as client:
            for code in ("code-one", "code-two"):
                await installed(client, code)
        for team, token in (("T1", "xoxb-one"), ("T2", "xoxb-two")):
            mention = await found.happen(event("app_mention", team=team, text=f"<@UBOT> {ARTICLE}"))
            await found.app.give_up(mention, InMemorySteps())
            assert {call.token for call in found.slack.of("chat.postMessage", "chat.update")} == {token}
            found.slack.calls.clear()
        assert [owner for owner, _ in found.shelf.seen] == ["slack:T1", "slack:T2"]
        await found.happen(event("app_uninstalled"))
        assert [key[1] for key in sealed.kept] == ["T2"]
        found.slack.calls.clear()
        await found.app.give_up(parse_delivery(event("app_mention"), "digest"), InMemorySteps())
        assert found.slack.calls == []
        await found.happen(command(ARTICLE, found.slack.response_url))
        assert not any("DESPERATION" in call.shown for call in found.slack.of("respond"))
