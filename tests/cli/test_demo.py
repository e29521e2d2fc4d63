from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import pytest

from subtext.cli.demo import find_program, running_service, sample_article
from subtext.cli.local_client import LocalService
from subtext.errors import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult


def test_it_shows_the_whole_way(program: Callable[..., CliResult]) -> None:
    ran = program("demo")

    assert ran.code == 0
    assert "DESPERATION  confidence" in ran.out
    assert "engine local" in ran.out
    assert re.search(r"the service is running on http://127\.0\.0\.1:\d+", ran.err)
    assert "the service has stopped" in ran.err
    assert "Traceback" not in ran.err


def test_it_ends_with_commands_that_can_be_typed_in_a_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed = tmp_path / "subtext"
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_program(".venv/bin/subtext") == ".venv/bin/subtext"

    installed.touch(mode=0o755)

    assert find_program(".venv/bin/subtext") == "subtext"


def test_it_needs_no_model_even_where_one_is_set(program: Callable[..., CliResult]) -> None:
    ran = program("demo", SUBTEXT_LLM_BASE_URL="http://127.0.0.1:9/v1", SUBTEXT_LLM_MODEL="m", SUBTEXT_HOST="0.0.0.0")

    assert (ran.code, "engine local" in ran.out) == (0, True)


def test_the_service_is_gone_afterwards() -> None:
    with running_service() as service:
        assert service.is_healthy()

    assert not service.is_healthy()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("demo service")]


def test_a_start_that_fails_is_one_line(program: Callable[..., CliResult]) -> None:
    ran = program("demo", SUBTEXT_PROMPTS_DIR="/no/such/folder")

    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "/no/such/folder" in ran.err


def test_a_problem_is_told_in_its_own_words() -> None:
    with running_service() as service, pytest.raises(EngineUnavailable, match="422: the text is empty"):
        service.post("/v1/analyses", {"text": " "})


def test_a_service_that_is_not_there_is_told() -> None:
    with running_service() as service:
        gone = LocalService(service.host, service.port, 1.0)

    with pytest.raises(EngineUnavailable, match="did not answer"):
        gone.post("/v1/analyses", {"text": sample_article()})
