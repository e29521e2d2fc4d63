"""Store the app's installations with their tokens encrypted at rest."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Protocol

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from subtext.errors import SettingsInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from logging import Logger

_log = structlog.get_logger("subtext.slack")


class InstallationRepository(Protocol):
    """Store encrypted installations by organization, workspace and user; raises `StorageUnavailable`."""

    async def put(self, enterprise: str, team: str, user: str, encrypted: bytes) -> None:
        """Store an installation, in place of an earlier one of the same user."""

    async def newest(self, enterprise: str, team: str, user: str | None) -> bytes | None:
        """Return the newest installation, of this user if one is named; None if there is none."""

    async def delete(self, enterprise: str, team: str, user: str | None) -> None:
        """Delete the installations of a workspace, of this user alone if one is named."""


class OAuthStateRepository(Protocol):
    """Store OAuth states (CSRF protection), each valid once and for ten minutes; raises `StorageUnavailable`."""

    async def issue(self) -> str:
        """Issue a new state."""

    async def consume(self, state: str) -> bool:
        """Consume a state; return False if it is unknown, expired or used."""


def build_cipher(keys: Sequence[str]) -> MultiFernet:
    """Build the cipher of the tokens: the first key encrypts, each decrypts. Raises `SettingsInvalid`."""
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise SettingsInvalid(
            "SUBTEXT_SLACK_ENCRYPTION_KEYS must be keys of 32 bytes in URL-safe base64, comma-separated: make one with "
            "`python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'`"
        ) from error


class EncryptedInstallationStore(AsyncInstallationStore):
    """Encrypt what Bolt's installation store keeps.

    An installation for a whole organization counts for each of its workspaces.
    """

    def __init__(self, repository: InstallationRepository, cipher: MultiFernet) -> None:
        self._repository, self._cipher = repository, cipher

    @property
    def logger(self) -> Logger:
        """Return the logger that Bolt writes to."""
        return logging.getLogger("subtext.slack.installations")

    async def async_save(self, installation: Installation) -> None:
        """Encrypt and store an installation."""
        team = "" if installation.is_enterprise_install else installation.team_id or ""
        encrypted = self._cipher.encrypt(json.dumps(vars(installation)).encode())
        await self._repository.put(installation.enterprise_id or "", team, installation.user_id, encrypted)

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """Return the newest installation for a workspace, or else for its organization."""
        teams = [""] if is_enterprise_install or not team_id else [team_id, ""]
        for team in teams:
            encrypted = await self._repository.newest(enterprise_id or "", team, user_id)
            if encrypted is not None and (team or enterprise_id):
                return self._decrypt(encrypted, team)
        return None

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """Return the bot of the newest installation."""
        installation = await self.async_find_installation(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        return None if installation is None else installation.to_bot()

    async def async_save_bot(self, bot: Bot) -> None:
        """Do nothing: a bot's token is stored with its installation."""

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Delete all installations of a workspace: without a bot none of them works."""
        await self._repository.delete(enterprise_id or "", team_id or "", None)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Delete a user's installation, or all of a workspace."""
        await self._repository.delete(enterprise_id or "", team_id or "", user_id)

    def _decrypt(self, encrypted: bytes, team: str) -> Installation | None:
        """Decrypt an installation; None if the key that encrypted it is no longer set."""
        try:
            return Installation(**json.loads(self._cipher.decrypt(encrypted)))
        except InvalidToken:
            _log.warning("slack_installation_unreadable", team=team)
            return None


class StateStore(AsyncOAuthStateStore):
    """Adapt the repository to Bolt's OAuth state store."""

    def __init__(self, states: OAuthStateRepository) -> None:
        self._states = states

    @property
    def logger(self) -> Logger:
        """Return the logger that Bolt writes to."""
        return logging.getLogger("subtext.slack.states")

    async def async_issue(self, *_: object, **__: object) -> str:
        """Issue a new state."""
        return await self._states.issue()

    async def async_consume(self, state: str) -> bool:
        """Consume a state; return False if it is not valid."""
        return await self._states.consume(state)
