"""Keys: their form, their check, and how long a revoked one is good."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.caller import ApiKey
from subtext.errors import InvalidApiKey, SettingsInvalid, StorageUnavailable
from subtext.http.api_keys import ApiKeyVerifier, generate_key, hash_key, require_pepper
from tests.support.fakes import FakeClock
from tests.support.owners import MINE

PEPPER = "p" * 32
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Kept:
    """Keys in memory; they can be away."""

    keys: list[ApiKey] = field(default_factory=list)
    is_away: bool = False
    read: int = 0

    async def all(self) -> list[ApiKey]:
        self.read += 1
        if self.is_away:
            raise StorageUnavailable("away")
        return list(self.keys)


def made(kept: Kept, **known: Any) -> str:
    key_id, key = generate_key()
    kept.keys.append(ApiKey(key_id, MINE, "", frozenset({"read"}), hash_key(key, PEPPER), NOW, **known))
    return key


def ring(kept: Kept, clock: FakeClock | None = None) -> ApiKeyVerifier:
    return ApiKeyVerifier(kept, PEPPER, clock or FakeClock(), refresh_s=5)


async def test_a_good_key_says_whose_it_is() -> None:
    kept = Kept()
    key = made(kept, requests_per_minute=7)
    caller = await ring(kept).verify(key)
    assert (caller.owner, caller.scopes, caller.requests_per_minute) == (MINE, frozenset({"read"}), 7)
    assert key.startswith(f"sbt_live_{caller.key_id}_")


async def test_what_is_nearly_a_key_is_none() -> None:
    kept = Kept()
    key, other = made(kept), made(kept)
    swapped = key[:22] + other[22:]
    for wrong in (key[:-1], key + "A", key.upper(), swapped, key.replace("sbt_live_", ""), f" {key}", ""):
        with pytest.raises(InvalidApiKey):
            await ring(kept).verify(wrong)


@given(st.text())
def test_whatever_is_sent_as_a_key_is_refused_alike(text: str) -> None:
    kept = Kept()
    made(kept)
    details = set()
    for sent in (text, "nobody's"):
        with pytest.raises(InvalidApiKey) as refused:
            asyncio.run(ring(kept).verify(sent))
        details.add(refused.value.detail)
    assert len(details) == 1


async def test_a_key_digested_with_another_pepper_is_none() -> None:
    kept = Kept()
    key = made(kept)
    with pytest.raises(InvalidApiKey):
        await ApiKeyVerifier(kept, "q" * 32, FakeClock(), refresh_s=5).verify(key)


async def test_a_revoked_key_is_good_for_a_few_seconds_more_and_a_new_one_as_late() -> None:
    kept, clock = Kept(), FakeClock()
    key, keyring = made(kept), ring(kept, clock)
    await keyring.verify(key)
    kept.keys = [replace(kept.keys[0], revoked_at=NOW)]
    await clock.sleep(4.9)
    await keyring.verify(key)
    await clock.sleep(0.2)
    with pytest.raises(InvalidApiKey):
        await keyring.verify(key)
    assert await keyring.is_empty()
    assert kept.read == 2


async def test_where_keys_cannot_be_read_nobody_comes_in() -> None:
    kept, clock = Kept(), FakeClock()
    key, keyring = made(kept), ring(kept, clock)
    await keyring.verify(key)
    kept.is_away = True
    await clock.sleep(6)
    with pytest.raises(StorageUnavailable):
        await keyring.verify(key)


@pytest.mark.parametrize("pepper", [None, "", "short"])
def test_a_pepper_that_is_none_is_told_how_to_make(pepper: str | None) -> None:
    with pytest.raises(SettingsInvalid, match="token_hex"):
        require_pepper(pepper)


def test_keys_are_all_different_and_long() -> None:
    keys = {generate_key()[1] for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {9 + 12 + 1 + 43}


async def test_an_expired_key_is_none_at_once_and_like_any_other() -> None:
    kept, clock = Kept(), FakeClock()
    key = made(kept, expires_at=clock.now() + timedelta(seconds=2))
    keyring = ring(kept, clock)
    await keyring.verify(key)
    await clock.sleep(2)
    with pytest.raises(InvalidApiKey) as expired:
        await keyring.verify(key)
    with pytest.raises(InvalidApiKey) as unknown:
        await keyring.verify("nobody's")
    assert expired.value.detail == unknown.value.detail
    assert await keyring.find_caller(kept.keys[0].id) is None


async def test_an_outage_fails_all_who_wait_for_the_keys_at_once() -> None:
    kept = Kept(is_away=True)
    key, verifier = made(kept), ring(kept)
    failures = await asyncio.gather(*(verifier.verify(key) for _ in range(20)), return_exceptions=True)
    assert {type(failure) for failure in failures} == {StorageUnavailable}
    assert kept.read == 1
    kept.is_away = False
    assert (await verifier.verify(key)).owner == MINE
