from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from subtext.errors import SettingsInvalid
from subtext.settings import Settings, env_name, load_settings, origins, require_safe_bind, unknown_variables

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-canary-77aa"
LLM = {"SUBTEXT_LLM_BASE_URL": "https://llm.example/v1/", "SUBTEXT_LLM_MODEL": "some-model"}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working directory and no SUBTEXT_* variable."""
    monkeypatch.chdir(tmp_path)
    for path in [origin.variable for origin in origins(Settings.model_construct())]:
        monkeypatch.delenv(path, raising=False)


def _set(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_without_any_setting_there_is_the_embedded_engine_on_loopback() -> None:
    settings = load_settings()

    assert (settings.host, settings.port, settings.engine) == ("127.0.0.1", 8000, "auto")
    assert not settings.llm.is_configured
    assert {origin.source for origin in origins(settings)} == {"default"}


def test_nested_settings_come_from_flat_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(
        monkeypatch,
        **LLM,
        SUBTEXT_LLM_ATTEMPT_TIMEOUT_S="7.5",
        SUBTEXT_FETCH_PRIVATE_HOSTS="intranet.example, 10.1.0.0/16 ,",
        SUBTEXT_BODY_DEADLINE_S="3",
    )

    settings = load_settings()

    assert settings.llm.base_url == "https://llm.example/v1"
    assert settings.llm.attempt_timeout_s == 7.5
    assert settings.fetch.private_hosts == ("intranet.example", "10.1.0.0/16")
    assert settings.body_deadline_s == 3.0


def test_a_setting_that_is_the_path_of_a_file_is_not_read_as_a_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _set(monkeypatch, **LLM, SUBTEXT_LLM_CA_FILE="/nowhere/ca.pem", SUBTEXT_LLM2_CA_FILE="/nowhere/else.pem")

    settings = load_settings()

    assert (str(settings.llm.ca_file), str(settings.llm2.ca_file)) == ("/nowhere/ca.pem", "/nowhere/else.pem")
    assert unknown_variables({"SUBTEXT_LLM_CA_FILE": "x"}) == ()
    (tmp_path / "where").write_text("/elsewhere/ca.pem\n", encoding="utf-8")
    monkeypatch.delenv("SUBTEXT_LLM_CA_FILE")
    monkeypatch.setenv("SUBTEXT_LLM_CA_FILE_FILE", str(tmp_path / "where"))
    assert str(load_settings().llm.ca_file) == "/elsewhere/ca.pem"


def test_a_deadline_may_be_as_long_as_a_day_and_an_attempt_follows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, **LLM, SUBTEXT_DEADLINE_S="86400")

    settings = load_settings()

    assert (settings.deadline_s, settings.llm.attempt_timeout_s) == (86_400.0, None)


@dataclass(frozen=True)
class Placed:
    """The same setting given at several places at once: which one counts, and what it is called."""

    id: str
    places: frozenset[str]
    port: int
    source: str


@pytest.mark.parametrize(
    "case",
    [
        Placed("dotenv", frozenset({"dotenv"}), 8004, ".env"),
        Placed("file over dotenv", frozenset({"dotenv", "file"}), 8003, "file named in the environment"),
        Placed("environment over file", frozenset({"dotenv", "file", "environment"}), 8002, "environment"),
        Placed("argument over all", frozenset({"dotenv", "file", "environment", "argument"}), 8001, "argument"),
    ],
    ids=lambda case: case.id,
)
def test_the_strongest_source_counts(case: Placed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "dotenv" in case.places:
        (tmp_path / ".env").write_text("SUBTEXT_PORT=8004\n", encoding="utf-8")
    if "file" in case.places:
        (tmp_path / "port").write_text("8003\n", encoding="utf-8")
        monkeypatch.setenv("SUBTEXT_PORT_FILE", str(tmp_path / "port"))
    if "environment" in case.places:
        monkeypatch.setenv("SUBTEXT_PORT", "8002")
    overrides: dict[str, Any] = {"port": 8001} if "argument" in case.places else {}

    settings = load_settings(**overrides)

    assert settings.port == case.port
    found = next(origin for origin in origins(settings, overrides) if origin.path == "port")
    assert (found.value, found.source) == (str(case.port), case.source)


def test_a_secret_comes_from_a_file_and_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n", encoding="utf-8")
    _set(monkeypatch, **LLM, SUBTEXT_LLM_API_KEY_FILE=str(tmp_path / "key"))

    settings = load_settings()

    assert settings.llm.api_key is not None
    assert settings.llm.api_key.get_secret_value() == KEY
    shown = [str(settings), repr(settings), settings.model_dump_json(), *map(str, origins(settings))]
    assert not any(KEY in text for text in shown)
    masked = next(origin for origin in origins(settings) if origin.path == "llm.api_key")
    assert (masked.value, masked.source) == ("********", "file named in the environment")


def test_a_secret_comes_from_the_folder_of_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "subtext_llm_api_key").write_text(f"{KEY}\n", encoding="utf-8-sig")
    (tmp_path / "SUBTEXT_PORT").write_text("8005", encoding="utf-8")
    (tmp_path / "of_another_program").write_bytes(b"\xff")
    (tmp_path / "subtext_folder").mkdir()
    _set(monkeypatch, **LLM)

    settings = load_settings(secrets=tmp_path)

    assert settings.llm.api_key is not None
    assert settings.llm.api_key.get_secret_value() == KEY
    sources = {origin.path: origin.source for origin in origins(settings, secrets=tmp_path)}
    assert sources["llm.api_key"] == sources["port"] == f"secret file in {tmp_path}"
    assert sources["llm.model"] == "environment"


def test_every_other_source_comes_before_the_folder_of_secrets(tmp_path: Path) -> None:
    (tmp_path / "subtext_port").write_text("8005", encoding="utf-8")
    (tmp_path / ".env").write_text("SUBTEXT_PORT=8004\n", encoding="utf-8")

    assert load_settings(secrets=tmp_path).port == 8004


@pytest.mark.parametrize("name", ["subtext_llm_api_key", ".env"])
def test_a_file_that_is_no_text_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"SUBTEXT_PORT=\xff\xfe")

    with pytest.raises(SettingsInvalid, match=f"{name}.* is not UTF-8 text"):
        load_settings(secrets=tmp_path)


@dataclass(frozen=True)
class Bad:
    id: str
    values: dict[str, str]
    named: str
    secret: str | None = None


@pytest.mark.parametrize(
    "case",
    [
        Bad("not a number", {"SUBTEXT_PORT": "http-canary"}, "SUBTEXT_PORT", "http-canary"),
        Bad("out of range", {"SUBTEXT_PORT": "70000"}, "SUBTEXT_PORT"),
        Bad("a deadline of more than a day", {"SUBTEXT_DEADLINE_S": "86401"}, "SUBTEXT_DEADLINE_S"),
        Bad("a deadline without end", {"SUBTEXT_DEADLINE_S": "inf"}, "SUBTEXT_DEADLINE_S"),
        Bad("a deadline that is no number", {"SUBTEXT_DEADLINE_S": "nan"}, "SUBTEXT_DEADLINE_S"),
        Bad("an attempt of no time", LLM | {"SUBTEXT_LLM_ATTEMPT_TIMEOUT_S": "0"}, "SUBTEXT_LLM_ATTEMPT_TIMEOUT_S"),
        Bad("not an address", LLM | {"SUBTEXT_LLM_BASE_URL": "ftp://canary"}, "SUBTEXT_LLM_BASE_URL", "canary"),
        Bad("half a model", {"SUBTEXT_LLM_MODEL": "m"}, "SUBTEXT_LLM_BASE_URL"),
        Bad("the other half", {"SUBTEXT_LLM_BASE_URL": "http://127.0.0.1/v1"}, "SUBTEXT_LLM_MODEL"),
        Bad("half a price", {"SUBTEXT_LLM_PRICE_INPUT": "2"}, "SUBTEXT_LLM_PRICE_OUTPUT"),
        Bad("no currency", {"SUBTEXT_LLM_CURRENCY": "canary"}, "SUBTEXT_LLM_CURRENCY", "canary"),
        Bad(
            "a user name beside a key",
            {"SUBTEXT_LLM_BASE_URL": "http://u:canary@h/v1", "SUBTEXT_LLM_MODEL": "m", "SUBTEXT_LLM_API_KEY": "canary"},
            "SUBTEXT_LLM_API_KEY",
        ),
        Bad("half a second model", {"SUBTEXT_LLM2_MODEL": "m"}, "SUBTEXT_LLM2_BASE_URL"),
        Bad("a second model alone", {n.replace("LLM", "LLM2"): v for n, v in LLM.items()}, "set SUBTEXT_LLM_BASE_URL"),
        Bad("no model to prefer", {"SUBTEXT_ENGINE": "llm"}, "SUBTEXT_ENGINE=llm needs"),
        Bad("a lost file", {"SUBTEXT_LLM_API_KEY_FILE": "no/such/file"}, "no/such/file"),
        Bad("a folder for a file", {"SUBTEXT_LLM_API_KEY_FILE": "."}, "cannot be read"),
        Bad("a group at once", {"SUBTEXT_LLM": "canary"}, "set by its parts", "canary"),
        Bad("an unknown engine", {"SUBTEXT_ENGINE": "canary"}, "SUBTEXT_ENGINE", "canary"),
    ],
    ids=lambda case: case.id,
)
def test_a_bad_value_is_named_and_not_repeated(case: Bad, monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, **case.values)

    with pytest.raises(SettingsInvalid) as caught:
        load_settings()

    assert case.named in caught.value.detail
    assert case.secret is None or case.secret not in caught.value.detail


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("SUBTEXT_PORT", "http", "must be a whole number, such as 8"),
        ("SUBTEXT_PORT", "70000", "must be less than or equal to 65535"),
        ("SUBTEXT_WORKERS", "0", "must be greater than or equal to 1"),
        ("SUBTEXT_DEADLINE_S", "long", "must be a number, such as 2.5"),
        ("SUBTEXT_DEADLINE_S", "-1", "must be greater than 0"),
        ("SUBTEXT_BATCHES_ENABLED", "perhaps", "must be true or false"),
        ("SUBTEXT_BATCHES_PER_SECOND", "inf", "must be a finite number"),
        ("SUBTEXT_STORE_RETENTION_DAYS", "1000000", "must be less than or equal to 36500"),
        ("SUBTEXT_ENGINE", "gpt", "must be 'auto', 'llm' or 'local'"),
        ("SUBTEXT_AUTH", "maybe", "must be 'auto', 'keys' or 'off'"),
        ("SUBTEXT_LOG_LEVEL", "loud", "must be 'debug', 'info', 'warning' or 'error'"),
        ("SUBTEXT_LOCAL_SCORER", "magic", "must be 'auto', 'encoder' or 'words'"),
        ("SUBTEXT_LLM_BASE_URL", "example.org", "must start with http:// or https://"),
        ("SUBTEXT_PUBLIC_URL", "example.org", "must be http:// or https:// with a host, and without a query"),
        (
            "SUBTEXT_PUBLIC_URL",
            "https://example.org/?a=b",
            "must be http:// or https:// with a host, and without a query",
        ),
        ("SUBTEXT_LLM_API_KEY", "“sk-x”", "must be visible ASCII characters in one line, as the server issued it"),
        ("SUBTEXT_LLM_API_KEY", "sk-x\nsk-y", "must be visible ASCII characters in one line, as the server issued it"),
        ("SUBTEXT_METRICS_ADDRESS", "9464", "must be host:port, such as 127.0.0.1:9464"),
        (
            "SUBTEXT_LLM_API_KEY_FILE",
            "no/such/file",
            "no/such/file cannot be read: no such file or directory: name a file that holds the value",
        ),
    ],
)
def test_a_message_names_the_variable_and_the_value_that_is_wanted(
    name: str, value: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(monkeypatch, **{name: value})

    with pytest.raises(SettingsInvalid) as caught:
        load_settings()

    assert caught.value.detail == f"{name}: {wanted}"


def test_every_bad_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, SUBTEXT_PORT="x", SUBTEXT_LOG_LEVEL="loud", SUBTEXT_DEADLINE_S="-1")

    with pytest.raises(SettingsInvalid) as caught:
        load_settings()

    named = ("SUBTEXT_PORT", "SUBTEXT_LOG_LEVEL", "SUBTEXT_DEADLINE_S")
    assert all(name in caught.value.detail for name in named)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_may_stay_open(host: str) -> None:
    require_safe_bind(load_settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.com", ""])
def test_any_other_address_is_refused_until_it_is_meant(host: str) -> None:
    with pytest.raises(SettingsInvalid, match="SUBTEXT_AUTH=off"):
        require_safe_bind(load_settings(host=host))

    require_safe_bind(load_settings(host=host, auth="off"))


def test_variables_that_nothing_reads_are_found() -> None:
    environment = {"SUBTEXT_PROT": "1", "SUBTEXT_PORT": "1", "subtext_llm_api_key_file": "x", "HOME": "/"}

    assert unknown_variables(environment) == ("SUBTEXT_PROT",)


def test_lists_and_switches_are_shown_as_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, SUBTEXT_FETCH_PRIVATE_HOSTS="a.example,b.example", SUBTEXT_FETCH_ENABLED="no")

    shown = {origin.path: origin.value for origin in origins(load_settings())}

    assert shown["fetch.private_hosts"] == "a.example,b.example"
    assert shown["fetch.enabled"] == "false"
    assert shown["llm.model"] == ""
    assert env_name("fetch.private_hosts") == "SUBTEXT_FETCH_PRIVATE_HOSTS"


def test_what_is_admitted_has_room_before_the_model() -> None:
    # Or a request would be read and prepared, and then rejected.
    values = load_settings()

    assert values.load.in_flight <= values.guard.max_in_flight + values.guard.queue
