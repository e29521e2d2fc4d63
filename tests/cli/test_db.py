from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from subtext.storage.migrate import newest_revision

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult

    Subtext = Callable[..., CliResult]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "kept.db"
    monkeypatch.setenv("SUBTEXT_STORE_DATABASE_URL", f"sqlite:///{path}")
    return path


@pytest.mark.usefixtures("database")
def test_tables_are_brought_up_to_date_once(subtext: Subtext) -> None:
    before, upgraded, again, after = (subtext("db", word) for word in ("status", "upgrade", "upgrade", "status"))
    assert (before.code, before.out) == (1, "none\n")
    assert "subtext db upgrade" in before.err
    assert [(ran.code, ran.out) for ran in (upgraded, again, after)] == [(0, f"{newest_revision()}\n")] * 3


def test_a_database_that_cannot_be_had_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, subtext: Subtext) -> None:
    monkeypatch.setenv("SUBTEXT_STORE_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    ran = subtext("db", "upgrade")
    assert ran.code == 1
    assert "SUBTEXT_STORE_DATABASE_URL" in ran.err
    assert ran.err.count("\n") == 1
