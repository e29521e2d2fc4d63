from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from subtext.storage.migrate import newest_revision
from tests.support.api import serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from tests.support.cli import CliResult


def findings(ran: CliResult) -> dict[str, tuple[str, str, str | None]]:
    return {item["check"]: (item["outcome"], item["detail"], item["next_step"]) for item in json.loads(ran.out)}


def test_a_fresh_installation_is_well(subtext: Callable[..., CliResult]) -> None:
    ran = subtext("doctor", "--json")

    outcomes = {check: outcome for check, (outcome, _, _) in findings(ran).items()}
    assert (ran.code, ran.err) == (0, "")
    assert outcomes == {
        "settings": "ok",
        "address": "ok",
        "database": "ok",
        "prompts": "ok",
        "embedded engine": "ok",
        "extractor": "ok",
        "model": "skipped",
    }


def test_a_person_sees_signs_and_next_steps(subtext: Callable[..., CliResult]) -> None:
    ran = subtext("doctor")

    assert "✓  embedded engine" in ran.out
    assert "→ set SUBTEXT_LLM_BASE_URL" in ran.out
    assert "everything required works" in ran.out


def test_a_bad_setting_is_named(subtext: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBTEXT_PORT", "many")

    ran = subtext("doctor", "--json")

    outcome, detail, step = findings(ran)["settings"]
    assert (ran.code, outcome) == (1, "failed")
    assert "SUBTEXT_PORT" in detail
    assert step


def test_an_open_address_and_a_slip_of_the_pen_are_found(
    subtext: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUBTEXT_HOST", "0.0.0.0")
    monkeypatch.setenv("SUBTEXT_PROT", "80")

    ran = subtext("doctor")

    assert ran.code == 1
    assert "✗  address" in ran.out
    assert "!  settings" in ran.out
    assert "SUBTEXT_PROT is set" in ran.out
    assert "1 failed" in ran.out


def test_broken_prompts_are_found(
    subtext: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "stray.yaml").write_text("a: 1", encoding="utf-8")
    monkeypatch.setenv("SUBTEXT_PROMPTS_DIR", str(tmp_path / "mine"))

    ran = subtext("doctor", "--json")

    outcome, detail, _ = findings(ran)["prompts"]
    assert (ran.code, outcome) == (1, "failed")
    assert "stray.yaml" in detail


def test_a_model_that_is_not_there_is_found(subtext: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBTEXT_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("SUBTEXT_LLM_MODEL", "m")
    monkeypatch.setenv("SUBTEXT_LLM_API_KEY", "sk-canary")
    monkeypatch.setenv("SUBTEXT_LLM_MAX_ATTEMPTS", "1")

    ran = subtext("doctor", "--json")

    outcome, detail, step = findings(ran)["model"]
    assert (ran.code, outcome) == (1, "failed")
    assert detail.startswith("engine_unavailable: ")
    assert step is not None
    assert "SUBTEXT_LLM_BASE_URL" in step
    assert "canary" not in ran.out + ran.err


def test_a_context_that_is_too_short_is_no_fault_of_the_article(
    subtext: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FastAPI()

    @server.post("/v1/chat/completions")
    async def refuse() -> JSONResponse:
        message = "the request exceeds the available context size, try increasing it"
        return JSONResponse({"error": {"code": 400, "message": message, "type": "exceed_context_size_error"}}, 400)

    with serve(server) as wire:
        monkeypatch.setenv("SUBTEXT_LLM_BASE_URL", f"http://127.0.0.1:{wire.port}/v1")
        monkeypatch.setenv("SUBTEXT_LLM_MODEL", "m")
        ran = subtext("doctor", "--json")

    outcome, detail, step = findings(ran)["model"]
    assert (ran.code, outcome) == (1, "failed")
    assert "send less text" not in detail
    assert "longer" in str(step)


def test_the_database_is_looked_at_and_not_made(
    subtext: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def found() -> Any:
        checks = json.loads(subtext("doctor", "--json").out)
        return next(check for check in checks if check["check"] == "database")

    path = tmp_path / "kept.db"
    monkeypatch.setenv("SUBTEXT_STORE_DATABASE_URL", f"sqlite:///{path}")
    before, exists = found(), path.exists()
    subtext("db", "upgrade")
    after = found()
    monkeypatch.setenv("SUBTEXT_STORE_DATABASE_URL", f"sqlite:///{tmp_path / 'nowhere' / 'kept.db'}")
    broken = found()
    monkeypatch.setenv("SUBTEXT_STORE_ENABLED", "false")

    assert (before["outcome"], exists) == ("ok", False)
    assert "is created when the service starts" in before["detail"]
    assert f"at revision {newest_revision()}" in after["detail"]
    assert (broken["outcome"], "SUBTEXT_STORE_DATABASE_URL" in broken["next_step"]) == ("failed", True)
    assert found()["outcome"] == "skipped"
