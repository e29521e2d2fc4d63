from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
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
