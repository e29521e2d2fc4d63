"""How long a model may take, and what is said to whoever runs one that takes longer."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from subtext import errors
from subtext.engines.llm.model_endpoint import RequestLimits
from tests.support.engines import PROVIDER, completion, engine, good_draft, task
from tests.support.event_stream import stream_completion
from tests.support.virtual_time import LoopClock, run_in_virtual_time

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    import respx

    from subtext.analysis.ports import EngineResult
    from subtext.engines.llm.model_endpoint import ModelEndpoint

    Answering = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]

DEFAULT_S = 30.0


def after(*seconds: float) -> Answering:
    """A model that takes so long for its answers, one after the other, the last for all that follow."""
    left = list(seconds)

    async def answer(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(left.pop(0) if len(left) > 1 else left[0])
        return httpx.Response(200, json=completion(good_draft()))

    return answer


def read(
    deadline_s: float,
    patience: RequestLimits | None = None,
    provider: ModelEndpoint = PROVIDER,
    *,
    listens: bool = False,
) -> EngineResult:
    """A reading as it goes on a loop where waiting takes no time."""

    async def main() -> EngineResult:
        async with engine(LoopClock(), patience=patience, provider=provider) as llm:
            asked = task(seconds=deadline_s)
            return await llm.read(replace(asked, on_progress=lambda _: None) if listens else asked)

    return run_in_virtual_time(main)


def cut(*args: Any, **options: Any) -> errors.EngineTimedOut:
    with pytest.raises(errors.EngineTimedOut) as caught:
        read(*args, **options)
    return caught.value


@dataclass(frozen=True)
class Long:
    id: str
    takes_s: tuple[float, ...]
    deadline_s: float
    outcomes: list[tuple[str, int]]


@pytest.mark.parametrize(
    "case",
    [
        Long("a slow model with a longer deadline", (40.0,), 60.0, [("ok", 40_000)]),
        Long("a minute less than an hour", (3_540.0,), 3_600.0, [("ok", 3_540_000)]),
        Long("all but a day", (86_000.0,), 86_400.0, [("ok", 86_000_000)]),
        Long("a request that was lost", (900.0, 2.0), DEFAULT_S, [("timed_out", 20_000), ("ok", 2_000)]),
        Long("one lost in a long time", (900.0, 2.0), 300.0, [("timed_out", 290_000), ("ok", 2_000)]),
        Long("a short deadline", (4.0,), 5.0, [("ok", 4_000)]),
    ],
    ids=lambda case: case.id,
)
def test_an_answer_may_take_as_long_as_the_deadline_allows(case: Long, server: respx.Route) -> None:
    server.mock(side_effect=after(*case.takes_s))

    reading = read(case.deadline_s)

    assert [(attempt.outcome, attempt.ms) for attempt in reading.provenance.usage.attempts] == case.outcomes


def test_no_time_out_beneath_the_deadline_cuts_a_silent_server_off(server: respx.Route) -> None:
    server.mock(side_effect=after(1.0))

    read(DEFAULT_S)

    assert server.calls.last.request.extensions["timeout"] == {
        "connect": 2.0,
        "read": None,
        "write": None,
        "pool": None,
    }


def test_the_deadline_ends_all_attempts_and_the_message_says_which_setting_helps(server: respx.Route) -> None:
    server.mock(side_effect=after(900.0))

    error = cut(DEFAULT_S)

    assert error.attempts[0].ms == 20_000
    assert 9_000 < error.attempts[1].ms <= 10_000, "the wait between them is of the same time"
    assert "raise SUBTEXT_DEADLINE_S (`subtext doctor` measures" in error.detail
    assert "ATTEMPT_TIMEOUT" not in error.detail


@pytest.mark.parametrize(("name", "prefix"), [("llm", "SUBTEXT_LLM_"), ("llm2", "SUBTEXT_LLM2_")])
def test_an_attempt_with_a_limit_of_its_own_is_named_by_its_servers_variable(
    name: str, prefix: str, server: respx.Route
) -> None:
    server.mock(side_effect=after(900.0))

    error = cut(300.0, RequestLimits(attempt_timeout_s=15.0, max_attempts=2), replace(PROVIDER, name=name))

    assert [attempt.ms for attempt in error.attempts] == [15_000, 15_000]
    assert f"raise {prefix}ATTEMPT_TIMEOUT_S and SUBTEXT_DEADLINE_S" in error.detail


def test_a_stream_that_was_cut_off_says_how_far_it_came_and_which_values_suffice(server: respx.Route) -> None:
    server.mock(side_effect=stream_completion(first_s=8.0, tokens_per_s=8.0, tokens=880))

    error = cut(DEFAULT_S, RequestLimits(attempt_timeout_s=20.0), listens=True)

    assert error.detail == (
        "the model gave no whole answer in 20 s: it had written 96 tokens at 8.0 tokens/s, so a whole answer needs "
        "about 120 s: set SUBTEXT_LLM_ATTEMPT_TIMEOUT_S=190 and SUBTEXT_DEADLINE_S=210"
    )
    assert len(error.attempts) == 1, "a slow model is not asked again for what it has no time for"


@pytest.mark.parametrize("limit_s", [None, 20.0], ids=["by the deadline", "by a limit of its own"])
def test_the_values_of_the_message_do_suffice(limit_s: float | None, server: respx.Route) -> None:
    server.mock(side_effect=stream_completion(first_s=8.0, tokens_per_s=8.0, tokens=880))
    patience = RequestLimits(attempt_timeout_s=limit_s)

    error = cut(DEFAULT_S, patience, listens=True)
    values = dict(re.findall(r"SUBTEXT_(\w+)=(\d+)", error.detail))
    assert ("LLM_ATTEMPT_TIMEOUT_S" in values) == (limit_s is not None)
    if limit_s is not None:
        patience = replace(patience, attempt_timeout_s=float(values["LLM_ATTEMPT_TIMEOUT_S"]))

    assert read(float(values["DEADLINE_S"]), patience, listens=True).draft.target == "Norwick Docks"


def test_a_model_that_writes_more_than_an_answer_may_be_given_less_room(server: respx.Route) -> None:
    server.mock(side_effect=stream_completion(first_s=1.0, tokens_per_s=100.0, tokens=3_000))

    error = cut(DEFAULT_S, RequestLimits(max_output_tokens=4_000), listens=True)

    assert error.detail.endswith("or SUBTEXT_LLM_MAX_OUTPUT_TOKENS lower")
    assert "a whole answer needs about 41 s" in error.detail


def test_two_servers_share_the_deadline_that_is_proposed(server: respx.Route) -> None:
    server.mock(side_effect=stream_completion(first_s=8.0, tokens_per_s=8.0, tokens=880))

    assert "set SUBTEXT_DEADLINE_S=410" in cut(DEFAULT_S, RequestLimits(servers=2), listens=True).detail
