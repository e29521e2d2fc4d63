"""The contract of the port `Engine`, held by the fake and by both real engines."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest
import respx

from subtext.analysis.ports import ALL_PARTS, EngineRequest
from subtext.engines.llm.output_schema import output_schema_for
from subtext.engines.local.engine import LocalEngine
from subtext.errors import EngineTimedOut, UnsupportedAxis
from tests.support.engines import URL, article, completion, engine, good_draft, prompts
from tests.support.fakes import FakeClock, ScriptedEngine
from tests.support.http_mock import HTTPCore2Mocker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from subtext.analysis.ports import AnalysisPart, Engine
    from subtext.domain.draft import Draft

AXIS = "desperation-domination"
PARTS: list[frozenset[AnalysisPart]] = [ALL_PARTS, frozenset({"summary"}), frozenset({"framing"})]


@dataclass(frozen=True)
class Subject:
    """An engine under the contract, and the time on its clock (monotonic s)."""

    engine: Engine
    now: Callable[[], float]

    def task(
        self, parts: frozenset[AnalysisPart] = ALL_PARTS, *, axis: str = AXIS, seconds: float = 30.0
    ) -> EngineRequest:
        return EngineRequest(article(), prompts().axis(axis).axis, parts, self.now() + seconds)


def scripted_draft() -> Draft:
    return output_schema_for(ALL_PARTS, prompts().axis(AXIS).axis).draft(good_draft())


def _answer(request: httpx.Request) -> httpx.Response:
    """What a good model answers: the fields of the schema that it is given."""
    schema = json.loads(request.content)["response_format"]["json_schema"]["schema"]
    return httpx.Response(200, json=completion({name: good_draft()[name] for name in schema["properties"]}))


@pytest.fixture(params=["scripted", "local", "llm"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    clock = FakeClock()
    if request.param == "scripted":
        yield Subject(ScriptedEngine(scripted_draft()), clock.monotonic)
    elif request.param == "local":
        yield Subject(LocalEngine(), time.monotonic)
    else:
        with respx.mock(using=HTTPCore2Mocker.name, assert_all_called=False) as router:
            router.post(f"{URL}/chat/completions").mock(side_effect=_answer)
            async with engine(clock) as llm:
                yield Subject(llm, clock.monotonic)


def test_the_card_is_known_before_anything_is_asked(subject: Subject) -> None:
    card = subject.engine.info

    assert card.name
    assert card.model
    assert card.kind in {"llm", "local"}
    assert card == subject.engine.info


@pytest.mark.parametrize("parts", PARTS, ids=lambda parts: "+".join(sorted(parts)))
async def test_the_parts_asked_for_are_drafted_and_no_others(subject: Subject, parts: frozenset[AnalysisPart]) -> None:
    draft = (await subject.engine.read(subject.task(parts))).draft

    assert (draft.summary is not None) == ("summary" in parts)
    assert (draft.framing is not None) == ("framing" in parts)


async def test_a_draft_keeps_to_the_axis(subject: Subject) -> None:
    axis = prompts().axis(AXIS).axis

    draft = (await subject.engine.read(subject.task())).draft

    assert draft.summary is not None
    assert draft.summary.sentences
    assert draft.framing is not None
    assert draft.framing.label in axis.labels
    assert draft.framing.confidence is not None
    assert 0 <= draft.framing.confidence <= 1
    codes = {indicator.code for indicator in axis.indicators}
    for item in draft.framing.evidence:
        assert item.quote
        assert item.pole in axis.poles
        assert item.indicator is None or item.indicator in codes


async def test_the_provenance_is_that_of_the_card(subject: Subject) -> None:
    provenance = (await subject.engine.read(subject.task())).provenance

    assert provenance.engine.kind == subject.engine.info.kind
    assert provenance.engine.model == subject.engine.info.model
    assert provenance.usage.calls == len(provenance.usage.attempts)


async def test_articles_are_read_side_by_side(subject: Subject) -> None:
    readings = await asyncio.gather(*(subject.engine.read(subject.task()) for _ in range(4)))

    assert len({reading.draft for reading in readings}) == 1


@pytest.mark.parametrize("subject", ["local"], indirect=True)
async def test_an_axis_that_the_card_does_not_name_is_refused(subject: Subject) -> None:
    other = subject.task(axis="victim-villain")

    assert other.axis.id not in subject.engine.info.axes
    with pytest.raises(UnsupportedAxis):
        await subject.engine.read(other)


@pytest.mark.parametrize("subject", ["local", "llm"], indirect=True)
async def test_after_the_deadline_there_is_no_answer(subject: Subject) -> None:
    with pytest.raises(EngineTimedOut):
        await subject.engine.read(subject.task(seconds=-1.0))
