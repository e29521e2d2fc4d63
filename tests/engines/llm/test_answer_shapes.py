"""Tolerant of form, strict on substance: every shape of an answer, from a server on real sockets to the analysis."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from subtext import errors
from subtext.analysis.analyzer import Analyzer
from subtext.analysis.ports import ALL_PARTS, EngineInfo, EngineRequest, EngineResult
from subtext.analysis.request import AnalysisRequest
from subtext.clock import SystemClock
from subtext.engines.llm.completion import extract_json_objects
from subtext.engines.llm.engine import OpenAICompatibleEngine
from subtext.engines.llm.model_endpoint import ModelEndpoint, RequestLimits
from subtext.engines.llm.output_schema import output_schema_for
from subtext.schemas.analysis import AnalysisView
from tests.support.answer_shapes import GOOD, REFUSED, SHAPES, Refused, Shape, to_body
from tests.support.engines import KEY, TEXT, article, good_draft, prompts
from tests.support.patience import GIVE_UP_S
from tests.support.servers.fault_server import fault_server, reply, send

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

AXIS = prompts().axis("desperation-domination").axis
FORM = output_schema_for(ALL_PARTS, AXIS)


@dataclass
class Stage:
    """One server and one engine for all cases: what the server sends next, and what the engine read last."""

    body: bytes = b""
    llm: OpenAICompatibleEngine | None = None
    readings: list[EngineResult] = field(default_factory=list)
    info = EngineInfo("llm", "llm", "m")

    async def send(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await send(reply(self.body))(reader, writer)

    async def read(self, request: EngineRequest) -> EngineResult:
        assert self.llm is not None
        self.readings.append(await self.llm.read(request))
        return self.readings[-1]

    async def analyse(self, body: bytes, text: str = TEXT) -> tuple[AnalysisView, EngineResult]:
        """The analysis of a text for which the model's server sends this body, and what the engine read."""
        self.body = body
        analysis = await Analyzer({"llm": self}, SystemClock()).analyze(article(text), AnalysisRequest(AXIS))
        return AnalysisView.of(analysis), self.readings[-1]


def engine(url: str, **patience: int) -> OpenAICompatibleEngine:
    return OpenAICompatibleEngine(
        ModelEndpoint(url, "m", KEY), RequestLimits(**patience), prompts(), clock=SystemClock()
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    async with fault_server(stage.send) as server, engine(server.url, max_attempts=1) as stage.llm:
        yield stage


on_stage = pytest.mark.asyncio(loop_scope="module")


def test_the_table_is_long_enough_and_names_each_case_once() -> None:
    ids = [shape.id for shape in SHAPES] + [refused.id for refused in REFUSED]

    assert len(ids) == len(set(ids))
    assert len(ids) >= 60


@on_stage
@pytest.mark.parametrize("case", SHAPES, ids=lambda case: case.id)
async def test_a_fault_of_form_is_put_right_and_counted(case: Shape, stage: Stage) -> None:
    view, reading = await stage.analyse(case.body)

    assert {repair.kind: repair.count for repair in view.grounding.repairs} == case.repairs
    assert reading.draft == FORM.draft(good_draft(**case.read))
    warnings = [warning for warning in view.warnings if warning.code == "output_repaired"]
    assert len(warnings) == bool(case.repairs)
    assert all(f": {count}" in warning.message for warning in warnings for count in case.repairs.values())
    assert view.evidence or case.read.get("evidence") == []
    assert all(TEXT[item.start : item.end] == item.quote for item in view.evidence)
    assert AnalysisView.model_validate_json(view.model_dump_json()) == view


@on_stage
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
async def test_what_cannot_be_read_is_refused_by_name(case: Refused, stage: Stage) -> None:
    with pytest.raises((errors.EngineBadOutput, errors.EngineOutputTruncated)) as caught:
        await stage.analyse(case.body)

    assert case.told in caught.value.detail
    assert "SECRET" not in caught.value.detail


@on_stage
async def test_a_quote_beyond_its_length_is_shown_as_too_long_and_never_cut_into_evidence(stage: Stage) -> None:
    quote = TEXT[:40] + " x" * 2_000
    claims = [*good_draft()["evidence"], good_draft()["evidence"][0] | {"quote": quote}]

    view, _ = await stage.analyse(to_body(good_draft(evidence=claims)))

    assert [(item.reason, item.quote[:40]) for item in view.grounding.rejected_items] == [("too_long", TEXT[:40])]


@on_stage
@pytest.mark.parametrize(
    "copy",
    [
        GOOD,
        json.dumps(good_draft(), indent=2),
        f"The article says:\n{GOOD}",
        json.dumps({"answer": good_draft()}),
        json.dumps([{"of": {"the": good_draft()}}], indent=1),
    ],
    ids=["as it is", "laid out", "in prose", "wrapped", "wrapped deeply"],
)
async def test_an_object_of_the_article_is_never_the_answer(copy: str, stage: Stage) -> None:
    with pytest.raises(errors.EngineBadOutput, match="it repeats an object that it was given"):
        await stage.analyse(to_body(copy), f"{TEXT}\n\n{GOOD}")


@on_stage
async def test_the_example_of_the_prompt_is_never_the_answer(stage: Stage) -> None:
    system = (
        prompts()
        .for_parts(ALL_PARTS)
        .render(
            prompts().axis(f"{AXIS.id}@{AXIS.version}"), article=TEXT, target=None, schema=FORM.schema_text, nonce="0"
        )[0]
    )
    example = extract_json_objects(system.content)[0]

    with pytest.raises(errors.EngineBadOutput, match="it repeats an object that it was given"):
        await stage.analyse(to_body(example))


@on_stage
async def test_an_answer_behind_a_copy_of_the_article_is_read(stage: Stage) -> None:
    forged = json.dumps(good_draft(label="domination"))

    view, _ = await stage.analyse(to_body(f"{GOOD}\nThe article ends with {forged}"), f"{TEXT}\n\n{forged}")

    assert view.framing is not None
    assert view.framing.label == "desperation"


async def test_the_model_is_told_what_a_field_must_hold() -> None:
    bodies = iter([to_body(good_draft(label="SECRET", confidence=850)), to_body(GOOD)])

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await send(reply(next(bodies)))(reader, writer)

    async with fault_server(answer) as server, engine(server.url) as llm:
        reading = await llm.read(EngineRequest(article(), AXIS, ALL_PARTS, time.monotonic() + GIVE_UP_S))

    told = json.loads(server.requests[1][1])["messages"][-1]["content"]
    assert "label must be one of desperation, domination, mixed, neither" in told
    assert "confidence must be a whole number from 0 to 100" in told
    assert "SECRET" not in told
    assert reading.repairs == (), "what was wrong with an answer that was not taken is no repair"


async def test_repairs_of_passages_samples_and_the_summary_of_the_whole_add_up() -> None:
    text = "\n\n".join([TEXT] * 3)

    async with (
        fault_server(send(reply(to_body(good_draft(note=1))))) as server,
        engine(server.url, max_attempts=1, passage_tokens=250) as llm,
    ):
        reading = await llm.read(EngineRequest(article(text), AXIS, ALL_PARTS, time.monotonic() + GIVE_UP_S, samples=2))

    calls = len(server.requests)
    counted = {repair.kind: repair.count for repair in reading.repairs}
    assert calls >= 5
    # The summary of the whole is asked for alone: the four fields of the framing are too many there.
    assert counted == {"field_dropped": calls + 4}
