"""Opening the door: the keys that are kept, and what each may use up."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.analyst.ports import Clock
from subtext.api.auth import Gatekeeping
from subtext.api.keys import Keyring, require_pepper
from subtext.api.rates import RateLimits, Rates, limit_storage
from subtext.domain.errors import SettingsInvalid
from subtext.storage.api_keys import SqlApiKeys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pydantic import SecretStr

    from subtext.runtime import Store


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """How keys are checked (fields as in the settings); `required` says whether callers without one are sent away."""

    required: bool
    pepper: SecretStr | None
    requests_per_minute: int | None
    tokens_per_day: int | None
    failures_per_minute: int
    fresh_s: float
    redis_url: str | None


@asynccontextmanager
async def gatekeeping(plan: KeyPlan | None, clock: Clock, store: Store | None) -> AsyncIterator[Gatekeeping | None]:
    """What the door has; None where it stands open. Raises `SettingsInvalid` where nobody could come in."""
    if plan is None or (plan.pepper is None and not plan.required):
        yield None
        return
    pepper = require_pepper(None if plan.pepper is None else plan.pepper.get_secret_value())
    if store is None:
        raise SettingsInvalid("keys are kept in the store: set SUBTEXT_STORE_ENABLED=true, or SUBTEXT_AUTH=off")
    keyring = Keyring(SqlApiKeys(store.database), pepper, clock, fresh_s=plan.fresh_s)
    if plan.required and await keyring.is_empty():
        raise SettingsInvalid("there is no key yet, so nobody could use the service: `subtext keys create` makes one")
    limits = RateLimits(plan.requests_per_minute, plan.tokens_per_day, plan.failures_per_minute)
    async with limit_storage(plan.redis_url) as storage:
        yield Gatekeeping(keyring, Rates(storage, limits), plan.required)
