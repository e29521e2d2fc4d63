"""Fixtures of the engines' tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import respx

from tests.support.engines import URL
from tests.support.fakes import FakeClock
from tests.support.http_mock import HTTPCore2Mocker

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server() -> Iterator[respx.Route]:
    """The model's server, as a route of respx: what it is given to answer, and what it was asked."""
    with respx.mock(using=HTTPCore2Mocker.name, assert_all_called=False) as router:
        yield router.post(f"{URL}/chat/completions")
