from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from subtext.settings import Settings, origins

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult


def test_every_setting_is_shown(subtext: Callable[..., CliResult]) -> None:
    ran = subtext("config", "show")

    assert (ran.code, ran.err) == (0, "")
    for origin in origins(Settings.model_construct()):
        assert origin.variable in ran.out


def test_each_value_has_its_source_and_secrets_are_masked(
    subtext: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("sk-canary\n", encoding="utf-8")
    (tmp_path / ".env").write_text("SUBTEXT_LOG_LEVEL=debug\n", encoding="utf-8")
    monkeypatch.setenv("SUBTEXT_LLM_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("SUBTEXT_PORT", "9000")

    ran = subtext("config", "show", "--json")

    found = {origin["path"]: (origin["value"], origin["source"]) for origin in json.loads(ran.out)}
    assert found["port"] == ("9000", "environment")
    assert found["log.level"] == ("debug", ".env")
    assert found["llm.api_key"] == ("********", "file named in the environment")
    assert found["host"] == ("127.0.0.1", "default")
    assert "canary" not in subtext("config", "show").out + ran.out


def test_a_variable_that_nothing_reads_is_pointed_out(
    subtext: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUBTEXT_PROT", "9000")

    ran = subtext("config", "show")

    assert "SUBTEXT_PROT is set, but no setting has that name" in ran.err
    assert "SUBTEXT_PROT" not in ran.out


URLS = {
    "SUBTEXT_STORE_DATABASE_URL": "postgresql://app:pw-canary@db.example/subtext?sslpassword=pw-canary",
    "SUBTEXT_KEYS_REDIS_URL": "redis://:pw-canary@cache.example:6379/0",
    "SUBTEXT_LLM_BASE_URL": "https://user:pw-canary@llm.example/v1?api_key=pw-canary",
    "SUBTEXT_LLM_MODEL": "m",
    "SUBTEXT_LLM2_BASE_URL": "https://pw-canary@llm2.example/v1",
    "SUBTEXT_LLM2_MODEL": "m",
    "SUBTEXT_SLACK_API_URL": "http://user:pw-canary@slack.example/api",
    "SUBTEXT_PUBLIC_URL": "https://user:pw-canary@subtext.example",
}


def test_passwords_inside_urls_are_masked(subtext: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in URLS.items():
        monkeypatch.setenv(name, value)
    shown, listed = subtext("config", "show", "--json"), subtext("config", "show")
    values = {origin["variable"]: origin["value"] for origin in json.loads(shown.out)}
    assert values["SUBTEXT_STORE_DATABASE_URL"].startswith("postgresql://app:********@db.example/subtext")
    assert "canary" not in shown.out + shown.err + listed.out + listed.err


@pytest.mark.parametrize("command", [("doctor",), ("doctor", "--json"), ("serve", "--port", "0"), ("keys", "list")])
def test_no_command_shows_the_password_of_a_database_that_does_not_answer(
    subtext: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    url = "postgresql://app:pw-canary@127.0.0.1:9/subtext?sslpassword=pw-canary&connect_timeout=5"
    monkeypatch.setenv("SUBTEXT_STORE_DATABASE_URL", url)
    ran = subtext(*command)
    assert ran.code == 1
    assert "database" in ran.out + ran.err
    assert "canary" not in ran.out + ran.err
