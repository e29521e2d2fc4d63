"""Loading beside the first requests: what fails is tried again after a pause, and the service says how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from subtext.bootstrap.preload import RETRY_S, PausingLoader, load_until_ready
from subtext.engines.local.classifier import LexiconClassifier
from subtext.errors import NotReady
from subtext.http.host_policy import HostPolicy
from subtext.http.state import AppState
from subtext.services.recent_analyses import RecentAnalyses
from tests.support.fakes import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable

CLASSIFIER = LexiconClassifier()
DAMAGED = NotReady("the weights are damaged: install them anew")
BROKEN = ImportError("libgomp.so.1: cannot open shared object file")


def failing(*failures: Exception) -> tuple[Callable[[], LexiconClassifier], list[int]]:
    """Return a loader that raises these errors in turn, then loads, and the numbers of its calls."""
    left = list(failures)
    calls: list[int] = []

    def load() -> LexiconClassifier:
        calls.append(len(calls))
        if left:
            raise left.pop(0)
        return CLASSIFIER

    return load, calls


def test_weights_that_cannot_be_loaded_are_tried_again_after_a_pause() -> None:
    clock = FakeClock()
    load, calls = failing(DAMAGED)
    loader = PausingLoader(load, clock)
    with pytest.raises(NotReady):
        loader()
    clock.elapsed = RETRY_S - 1
    with pytest.raises(NotReady, match="damaged") as refused:
        loader()
    assert (refused.value.retry_after_s, calls) == (1.0, [0])
    clock.elapsed = RETRY_S
    assert (loader(), calls) == (CLASSIFIER, [0, 1])


async def test_the_service_is_ready_once_a_later_try_succeeds() -> None:
    state = AppState(RecentAnalyses(), HostPolicy())
    load, calls = failing(DAMAGED, BROKEN)
    seen: list[tuple[float, str | None]] = []

    async def sleep(seconds: float) -> None:
        assert state.loaded.is_set()
        seen.append((seconds, state.loading_failure))

    await load_until_ready(load, state, sleep)
    assert [seconds for seconds, _ in seen] == [RETRY_S, RETRY_S]
    first, second = (failure or "" for _, failure in seen)
    assert first == DAMAGED.detail
    assert "ImportError" in second
    assert "libgomp" not in second
    assert (state.loading_failure, len(calls)) == (None, 3)
