from __future__ import annotations

import json
from typing import TYPE_CHECKING

from subtext.settings import Settings, origins

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

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
