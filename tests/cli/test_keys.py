from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from subtext.cli.keys import format_key, parse_expiry
from subtext.domain.caller import ApiKey, key_owner
from subtext.settings import load_settings
from tests.support.api import client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult

    Subtext = Callable[..., CliResult]

PEPPER = "a" * 64


@pytest.fixture(autouse=True)
def _database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBTEXT_STORE_DATABASE_URL", f"sqlite:///{tmp_path / 'kept.db'}")
    monkeypatch.setenv("SUBTEXT_KEYS_PEPPER", PEPPER)


def test_a_key_is_shown_once_and_opens_the_service_until_it_is_revoked(
    subtext: Subtext, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = subtext("keys", "create", "--owner", "newsroom", "--name", "desk", "--scope", "read")
    key = created.out.strip()
    listed = subtext("keys", "list", "--json")
    (entry,) = json.loads(listed.out)
    monkeypatch.setenv("SUBTEXT_AUTH", "keys")
    with client(create_app(load_settings())) as service:
        answer = service.get("/v1/engines", headers={"Authorization": f"Bearer {key}"})
    revoked = subtext("keys", "revoke", entry["id"])

    assert (created.code, answer.status_code, revoked.code) == (0, 200, 0)
    assert key not in listed.out + created.err
    assert (entry["owner"], entry["name"], entry["scopes"], entry["revoked_at"]) == ("newsroom", "desk", ["read"], None)
    assert "revoked 2" in subtext("keys", "list").out
    assert subtext("keys", "revoke", entry["id"]).code == 1


def test_a_key_has_all_scopes_but_admin_when_none_is_named(subtext: Subtext) -> None:
    subtext("keys", "create", "--owner", "o", "--requests-per-minute", "7")
    (entry,) = json.loads(subtext("keys", "list", "--json").out)
    assert (entry["scopes"], entry["requests_per_minute"]) == (["analyse", "batch", "read"], 7)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--owner", "o", "--scope", "everything"), "there is no scope everything"),
        (("--owner", " "), "an owner has 1 to 100 characters"),
        (("--owner", "o" * 101), "an owner has 1 to 100 characters"),
        ((), "--owner"),
        (("--owner", "o", "--tokens-per-day", "5000000000"), "less than or equal to 2147483647"),
        (("--owner", "o", "--requests-per-minute", "9" * 20), "less than or equal to 2147483647"),
    ],
)
def test_what_makes_no_key_is_told(subtext: Subtext, args: tuple[str, ...], said: str) -> None:
    ran = subtext("keys", "create", *args)
    assert ran.code in {2, 5}
    assert said in ran.err
    assert ran.out == ""


def test_without_a_pepper_it_says_how_to_make_one(subtext: Subtext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUBTEXT_KEYS_PEPPER")
    ran = subtext("keys", "create", "--owner", "o")
    assert (ran.code, ran.out) == (1, "")
    assert "secrets.token_hex(32)" in ran.err


def test_serving_beyond_loopback_without_a_key_is_refused(subtext: Subtext) -> None:
    ran = subtext("serve", "--host", "0.0.0.0", "--port", "0")
    assert ran.code == 1
    assert "subtext keys create" in ran.err


def test_without_a_key_the_list_says_how_to_make_one(subtext: Subtext) -> None:
    listed, quiet, as_json = (subtext("keys", "list", *option) for option in ((), ("--quiet",), ("--json",)))

    assert (listed.code, listed.out) == (0, "")
    assert "`subtext keys create --owner NAME` makes one" in listed.err
    assert (quiet.err, json.loads(as_json.out)) == ("", [])


def test_a_key_may_expire_and_its_last_use_is_listed(subtext: Subtext, monkeypatch: pytest.MonkeyPatch) -> None:
    key = subtext("keys", "create", "--owner", "o", "--expires", "90d").out.strip()
    (entry,) = json.loads(subtext("keys", "list", "--json").out)
    assert entry["last_used_at"] is None
    lasts = datetime.fromisoformat(entry["expires_at"]) - datetime.fromisoformat(entry["created_at"])
    assert lasts == timedelta(days=90)
    assert "never used" in subtext("keys", "list").out
    monkeypatch.setenv("SUBTEXT_AUTH", "keys")
    with client(create_app(load_settings())) as service:
        service.get("/v1/engines", headers={"Authorization": f"Bearer {key}"})
    (entry,) = json.loads(subtext("keys", "list", "--json").out)
    listed = subtext("keys", "list").out
    assert datetime.fromisoformat(entry["last_used_at"]) >= datetime.fromisoformat(entry["created_at"])
    assert f"expires {entry['expires_at'][:10]}" in listed
    assert f"used {entry['last_used_at'][:10]}" in listed


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expires", "moment"),
    [
        ("1d", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("36h", datetime(2026, 3, 3, tzinfo=UTC)),
        ("2026-04-01", datetime(2026, 4, 1, tzinfo=UTC)),
        ("2026-04-01T02:00+02:00", datetime(2026, 4, 1, tzinfo=UTC)),
    ],
)
def test_when_a_key_expires_is_said_in_several_ways(expires: str, moment: datetime) -> None:
    assert parse_expiry(expires, NOON) == moment


@pytest.mark.parametrize("expires", ["0d", "2026-03-01", "soon", "-1d", "99999999d", "1.5d", ""])
def test_a_key_that_could_not_be_used_is_not_made(subtext: Subtext, expires: str) -> None:
    ran = subtext("keys", "create", "--owner", "o", f"--expires={expires}")
    assert (ran.code, ran.out) == (2, "")
    assert "key" in ran.err


def test_an_expired_key_is_listed_as_such() -> None:
    key = ApiKey("abc", key_owner("o"), "", frozenset({"read"}), "0" * 64, NOON, expires_at=NOON)
    assert "expired 2026-03-01" in format_key(key, NOON)
    assert "expires 2026-03-01" in format_key(key, NOON - timedelta(seconds=1))
