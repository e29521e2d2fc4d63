"""The workspaces that installed the app; their tokens are encrypted wherever they rest."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Protocol

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from subtext.errors import SettingsInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from logging import Logger


class InstallationRepository(Protocol):
    """Installations as bytes that only we can read, by organisation and workspace."""

    async def put(self, enterprise: str, team: str, user: str, sealed: bytes) -> None:
        """Keep one, in place of an earlier one of the same user."""
        ...

    async def newest(self, enterprise: str, team: str, user: str | None) -> bytes | None:
        """The last one that was kept, of this user if one is named."""
        ...

    async def delete(self, enterprise: str, team: str, user: str | None) -> None:
        """Forget those of a workspace, of this user alone if one is named."""
        ...


class OAuthStateRepository(Protocol):
    """States of installations that are under way, each good once and for ten minutes."""

    async def issue(self) -> str:
        """A new one."""
        ...

    async def consume(self, state: str) -> bool:
        """Whether it was issued, is young enough and was not used before."""
        ...


def build_cipher(keys: Sequence[str]) -> MultiFernet:
    """What seals and opens; the first key seals, each opens. Raises `SettingsInvalid`."""
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise SettingsInvalid(
            "SUBTEXT_SLACK_ENCRYPTION_KEYS must be keys of 32 bytes in URL-safe base64, comma-separated: make one with "
            "`python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'`"
        ) from error


class EncryptedInstallationStore(AsyncInstallationStore):
    """Bolt's store of installations over our database; an organisation-wide one counts for each of its workspaces."""

    def __init__(self, sealed: InstallationRepository, seal: MultiFernet) -> None:
        self._sealed, self._seal = sealed, seal

    @property
    def logger(self) -> Logger:
        """Where Bolt writes what happens here."""
        return logging.getLogger("subtext.slack.installations")

    async def async_save(self, installation: Installation) -> None:
        """Keep an installation."""
        team = "" if installation.is_enterprise_install else installation.team_id or ""
        secret = self._seal.encrypt(json.dumps(vars(installation)).encode())
        await self._sealed.put(installation.enterprise_id or "", team, installation.user_id, secret)

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """The newest installation for a workspace, or for its organisation."""
        teams = [""] if is_enterprise_install or not team_id else [team_id, ""]
        for team in teams:
            found = await self._sealed.newest(enterprise_id or "", team, user_id)
            if found is not None and (team or enterprise_id):
                return self._opened(found)
        return None

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """The bot's side of that installation."""
        found = await self.async_find_installation(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        return None if found is None else found.to_bot()

    async def async_save_bot(self, bot: Bot) -> None:
        """A bot's token is kept with its installation."""

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget a workspace: without a bot there is nothing left to do there."""
        await self._sealed.delete(enterprise_id or "", team_id or "", None)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Forget what a user installed, or everything of a workspace."""
        await self._sealed.delete(enterprise_id or "", team_id or "", user_id)

    def _opened(self, sealed: bytes) -> Installation | None:
        try:
            return Installation(**json.loads(self._seal.decrypt(sealed)))
        except InvalidToken:
            self.logger.warning("an installation was sealed with a key that is gone: the workspace must install again")
            return None


class StateStore(AsyncOAuthStateStore):
    """Bolt's store of states over our database."""

    def __init__(self, states: OAuthStateRepository) -> None:
        self._states = states

    @property
    def logger(self) -> Logger:
        """Where Bolt writes what happens here."""
        return logging.getLogger("subtext.slack.states")

    async def async_issue(self, *_: object, **__: object) -> str:
        """A new state."""
        return await self._states.issue()

    async def async_consume(self, state: str) -> bool:
        """Whether this state may be used, which it then was."""
        return await self._states.consume(state)
