"""What is told of an answer while a model writes it, and that the answer is the same for being watched."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from subtext.analysis.ports import Progress
from subtext.engines.llm.model_endpoint import RequestLimits
from subtext.engines.llm.progress_tracker import ProgressTracker, StreamMeter
from tests.support.engines import TEXT, completion, engine, good_draft, task
from tests.support.event_stream import HEADERS, USAGE, event, stream_completion
from tests.support.virtual_time import LoopClock, run_in_virtual_time

if TYPE_CHECKING:
    import respx

    from subtext.analysis.ports import EngineResult
    from tests.support.fakes import FakeClock

GOOD = httpx.Response(200, json=completion(good_draft()))


def read(
    *, listens: bool = True, text: str = TEXT, patience: RequestLimits | None = None
) -> tuple[EngineResult, list[Progress]]:
    """A reading, and what was told on the way to it."""
    seen: list[Progress] = []

    async def main() -> EngineResult:
        async with engine(LoopClock(), patience=patience) as llm:
            return await llm.read(replace(task(text, seconds=300.0), on_progress=seen.append if listens else None))

    return run_in_virtual_time(main), seen


def asked(server: respx.Route) -> list[dict[str, Any]]:
    return [json.loads(call.request.content) for call in server.calls]


def test_tokens_and_seconds_are_told_as_they_come(server: respx.Route) -> None:
    server.mock(side_effect=stream_completion(first_s=8.0, tokens_per_s=4.0, tokens=100))

    _, seen = read()

    assert [progress.tokens for progress in seen] == list(range(1, 101))
    assert (seen[0].seconds, seen[-1].seconds) == pytest.approx((8.0, 8.0 + 99 / 4))
    assert {(progress.model, progress.passages_read, progress.passages) for progress in seen} == {("some-model", 0, 1)}


def test_a_stream_is_asked_for_only_if_somebody_listens(server: respx.Route) -> None:
    server.mock(return_value=GOOD)

    read(listens=False)

    assert "stream" not in asked(server)[0]


def test_the_reading_is_the_same_streamed_or_not(server: respx.Route) -> None:
    server.mock(return_value=GOOD)
    whole, _ = read(listens=False)
    server.mock(side_effect=stream_completion(1.0, 50.0, 120, thoughts=30, usage=USAGE))

    streamed, seen = read()

    assert seen[-1].tokens == 150, "thoughts are tokens too"
    assert asked(server)[-1]["stream_options"] == {"include_usage": True}
    unlike = [replace(found, provenance=replace(found.provenance, usage=None)) for found in (whole, streamed)]  # type: ignore[arg-type]
    assert unlike[0] == unlike[1]
    one, other = whole.provenance.usage, streamed.provenance.usage
    assert (one.input_tokens, one.output_tokens, one.cached_tokens) == (1_200, 300, 1_000)
    assert (other.input_tokens, other.output_tokens, other.cached_tokens) == (1_200, 300, 1_000)


def test_usage_that_no_stream_tells_is_unknown(server: respx.Route) -> None:
    server.mock(side_effect=stream_completion(1.0, 50.0, 40))

    assert read()[0].provenance.usage.output_tokens is None


def test_a_server_without_streams_is_known_after_one_refusal(server: respx.Route) -> None:
    refusal = httpx.Response(400, json={"error": {"message": "stream is not supported", "param": "stream"}})
    server.mock(side_effect=[refusal, GOOD, GOOD])

    async def twice() -> list[EngineResult]:
        async with engine(LoopClock()) as llm:
            watched = replace(task(), on_progress=seen.append)
            return [await llm.read(watched), await llm.read(watched)]

    seen: list[Progress] = []
    readings = run_in_virtual_time(twice)

    assert ["stream" in body for body in asked(server)] == [True, False, False]
    assert readings[0].draft == readings[1].draft
    assert seen == []


def test_an_answer_that_is_asked_for_again_counts_from_its_beginning(server: respx.Route) -> None:
    lost = httpx.Response(200, headers=HEADERS, content=event({"content": "{"}) * 5)
    good = stream_completion(1.0, 10.0, 20)
    answers = [lost]

    async def answer(request: httpx.Request) -> httpx.Response:
        return answers.pop() if answers else await good(request)

    server.mock(side_effect=answer)

    assert [progress.tokens for progress in read()[1]] == [5, *range(1, 21)]


def test_a_long_article_tells_how_many_of_its_passages_are_read(server: respx.Route) -> None:
    server.mock(side_effect=stream_completion(1.0, 10.0, 10))
    text = "\n\n".join([TEXT] * 12)

    _, seen = read(text=text, patience=RequestLimits(passage_tokens=600, parallel=1))

    passages = seen[0].passages
    assert passages > 2
    assert {progress.passages for progress in seen} == {passages}
    assert [seen[at].passages_read for at in range(0, passages * 10, 10)] == list(range(passages))
    assert [progress.tokens for progress in seen[: passages * 10]] == list(range(1, passages * 10 + 1))


def test_passages_that_are_halved_are_counted(clock: FakeClock) -> None:
    seen: list[Progress] = []
    tracker = ProgressTracker(seen.append, "m", clock)
    tracker.add_passages(2)
    tracker.add_passages(1)
    report = tracker.add_request()
    clock.elapsed = 3.0
    report(7)
    tracker.finish_passage()
    report(8)

    assert seen == [Progress("m", 7, 3.0, 0, 3), Progress("m", 8, 3.0, 1, 3)]


def test_the_speed_is_known_from_the_second_piece(clock: FakeClock) -> None:
    meter = StreamMeter(clock)
    speeds = []
    for at in (10.0, 10.5, 12.0):
        clock.elapsed = at
        meter.count(1)
        meter.count(0)
        speeds.append(meter.tokens_per_s())

    assert (speeds, meter.first_s) == ([None, 2.0, 1.0], 10.0)
