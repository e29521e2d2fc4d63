"""Fixtures of the engines' tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import respx

from tests.engines.support import URL
from tests.servers import interception
from tests.support.fakes import StillClock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def server() -> Iterator[respx.Route]:
    """The model's server, as a route of respx: what it is given to answer, and what it was asked."""
    with respx.mock(using=interception.HTTPCore2Mocker.name, assert_all_called=False) as router:
        yield router.post(f"{URL}/chat/completions")
