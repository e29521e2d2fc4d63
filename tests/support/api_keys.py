"""API keys: settings of a service that requires them, and new keys in its database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from subtext.clock import SystemClock
from subtext.domain.caller import ApiKey
from subtext.http.api_keys import generate_key, hash_key
from subtext.settings import BatchSettings, KeySettings, StoreSettings
from subtext.storage.api_keys import SqlApiKeyRepository
from subtext.storage.database import open_database
from tests.support.api import settings

if TYPE_CHECKING:
    from pathlib import Path

    from subtext.domain.caller import Owner
    from subtext.settings import Settings

PEPPER = "p" * 40
ALL_SCOPES = frozenset({"analyse", "read", "batch", "admin"})


def build_key_settings(folder: Path, *, auth: str = "keys", batches: bool = False, **limits: Any) -> Settings:
    """Return settings of a service that asks for keys and has its database in the folder."""
    return settings(
        auth=auth,
        store=StoreSettings(database_url=f"sqlite:///{folder / 'kept.db'}"),
        keys=KeySettings(pepper=PEPPER, **limits),
        batches=BatchSettings(enabled=batches),
    )


def create_key(settings_: Settings, owner: Owner, *scopes: str, **limits: Any) -> dict[str, str]:
    """Store a new key, with all scopes if none is named; return the header that presents it."""

    async def add(key: ApiKey) -> None:
        async with open_database(settings_.store.database_url, migrate=True) as database:
            await SqlApiKeyRepository(database).add(key)

    key_id, key = generate_key()
    now = SystemClock().now()
    asyncio.run(add(ApiKey(key_id, owner, "", frozenset(scopes) or ALL_SCOPES, hash_key(key, PEPPER), now, **limits)))
    return {"Authorization": f"Bearer {key}"}
