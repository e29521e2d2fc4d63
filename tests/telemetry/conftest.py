"""What the tests of metrics share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from subtext.storage.database import open_database
from tests.support.metrics import scrape_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from subtext.storage.database import Database


@pytest.fixture
def grown() -> Callable[..., float]:
    """Return by how much a series has grown since the test began."""
    before = scrape_process()
    return lambda name, **labels: scrape_process().value(name, **labels) - before.value(name, **labels)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(f"sqlite:///{tmp_path / 'kept.db'}", migrate=True) as opened:
        yield opened
