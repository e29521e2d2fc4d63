from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.bootstrap.runtime import open_runtime
from subtext.domain.draft import Draft
from subtext.errors import EngineMisconfigured, EngineNotFound, RequestInvalid
from subtext.evals.dataset import default_datasets
from subtext.evals.evaluator import EvalConfig, Evaluator
from subtext.evals.failure_log import Failure
from subtext.settings import Settings
from tests.support.builders import BODY, TITLE
from tests.support.evals import FRAMED, jsonl
from tests.support.fakes import FakeClock, ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from subtext.analysis.ports import EngineRequest, EngineResult
    from subtext.services.analyses import AnalysisService

ROW = {"title": TITLE, "text": BODY, "target": "Orlan Freight", "label": "desperation"}
PAIR = {"id": "a-1", "text": BODY, "reference": "Orlan begs.", "summary": "Orlan begged.", "consistent": 1}


def constant(reference: str, summary: str) -> dict[str, float]:
    del reference, summary
    return {"rouge1": 0.5, "rouge2": 0.5, "rougeL": 0.5}


@dataclass
class RecordedProgress:
    """Listener that records the steps of an evaluation and counts its answers."""

    steps: list[tuple[str, int]] = field(default_factory=list)
    answers: int = 0

    def begin(self, name: str, total: int) -> None:
        self.steps.append((name, total))

    def advance(self) -> None:
        self.answers += 1


@pytest.fixture
async def runtime() -> AsyncIterator[AnalysisService]:
    async with open_runtime(Settings.model_construct()) as opened:
        yield opened


def measuring(runtime: AnalysisService, engine: str = "local") -> Evaluator:
    axis = runtime.prompts.axis(runtime.defaults.axis).axis
    return Evaluator(runtime, engine, axis, FakeClock(), "1")


async def test_a_report_says_who_was_measured_on_what(runtime: AnalysisService, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "set.jsonl", {"id": "a", **ROW}, {"id": "b", **ROW})

    report = await measuring(runtime).run(EvalConfig(sets=(path,)))

    assert report.subject is not None
    assert (report.subject.engine, report.subject.prompt) == ("local", None)
    assert [(used.name, used.rows) for used in report.sets] == [("set.jsonl", 2)]
    assert report.made_at == "2026-03-01T12:00:00Z"
    assert [answer.id for answer in report.answers] == ["a", "b"]
    assert json.loads(report.as_json())["figures"]["accuracy"] == report.answers[0].is_right


async def test_without_sets_the_shipped_ones_are_taken(runtime: AnalysisService) -> None:
    report = await measuring(runtime).run(EvalConfig())

    assert [used.name for used in report.sets] == [path.name for path in default_datasets()]
    assert len(report.answers) >= 60


async def test_faithfulness_alone_asks_no_engine(runtime: AnalysisService, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "pairs.jsonl", PAIR, {**PAIR, "id": "a-2"})

    report = await measuring(runtime, "nobody").run(EvalConfig(faithfulness=path, limit=1))

    assert (report.framing, report.subject) == (None, None)
    assert report.faithfulness is not None
    assert report.faithfulness.summaries == 1


async def test_summaries_alone_still_say_whose_they_are(runtime: AnalysisService, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "pairs.jsonl", PAIR, {**PAIR, "id": "b-2", "text": "   "})
    heard = RecordedProgress()
    on = measuring(runtime)

    report = await replace(on, rouge=lambda: constant, progress=heard).run(EvalConfig(summaries=path))

    assert (report.framing, heard.steps, heard.answers) == (None, [("summaries", 2)], 2)
    assert report.subject is not None
    assert report.subject.engine == "local"
    assert report.summaries is not None
    assert (report.summaries.failures, report.summaries.by_collection["a"].ours["rouge1"]) == (1, 0.5)


async def test_changed_articles_are_asked_about_too(runtime: AnalysisService, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "set.jsonl", {"id": "a", **ROW})
    first = await measuring(runtime).run(EvalConfig(sets=(path,)))
    stored = tmp_path / "first.json"
    stored.write_text(first.as_json(), encoding="utf-8")

    report = await measuring(runtime).run(EvalConfig(sets=(path,), counterfactuals=True, against=stored))

    assert report.counterfactuals is not None
    assert report.counterfactuals.by_change["injected_label"].pairs == 1
    assert report.comparison is not None
    assert (report.comparison.articles, report.comparison.mcnemar) == (1, 1.0)


async def test_an_engine_that_is_not_there_is_no_measurement(runtime: AnalysisService) -> None:
    with pytest.raises(EngineNotFound):
        await measuring(runtime, "llm").run(EvalConfig())


@dataclass
class RevokedEngine(ScriptedEngine):
    """An engine whose key is taken away after so many answers."""

    answers: int = 2

    async def read(self, request: EngineRequest) -> EngineResult:
        if len(self.tasks) == self.answers:
            raise EngineMisconfigured("the key is refused")
        return await super().read(request)


def with_engine(runtime: AnalysisService, engine: ScriptedEngine) -> Evaluator:
    return measuring(replace(runtime, analyzer=Analyzer({"local": engine}, FakeClock())))


async def test_a_run_that_must_end_early_reports_what_it_has(runtime: AnalysisService, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "set.jsonl", *({"id": name, **ROW} for name in "abcd"))
    stored = tmp_path / "first.json"
    whole = await measuring(runtime).run(EvalConfig(sets=(path,)))
    stored.write_text(whole.as_json(), encoding="utf-8")
    engine = RevokedEngine(Draft(None, None, FRAMED))
    plan = EvalConfig(sets=(path,), counterfactuals=True, against=stored, summaries=jsonl(tmp_path / "s.jsonl", PAIR))

    report = await replace(with_engine(runtime, engine), rouge=lambda: constant).run(plan)

    assert [answer.failure for answer in report.answers] == [None, None, "engine_misconfigured"]
    assert report.stopped == Failure("c", "engine_misconfigured", "the key is refused")
    assert (report.failures, report.is_measured) == ((report.stopped,), True)
    assert report.comparison is not None
    assert report.comparison.articles == 3
    assert len(engine.tasks) == 2
    assert json.loads(report.as_json())["stopped"]["id"] == "c"


async def test_a_run_that_answers_nothing_is_the_failure_itself(runtime: AnalysisService, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "set.jsonl", {"id": "a", **ROW})

    with pytest.raises(EngineMisconfigured):
        await with_engine(runtime, RevokedEngine(Draft(None, None, FRAMED), answers=0)).run(EvalConfig(sets=(path,)))


async def test_reports_that_cannot_be_compared_are_refused_before_anything_is_asked(
    runtime: AnalysisService, tmp_path: Path
) -> None:
    path, stored = jsonl(tmp_path / "set.jsonl", {"id": "a", **ROW}), tmp_path / "first.json"
    first = await measuring(runtime).run(EvalConfig(sets=(path,)))
    stored.write_text(first.as_json(), encoding="utf-8")
    other = jsonl(tmp_path / "other.jsonl", {"id": "b", **ROW})
    engine = ScriptedEngine(Draft(None, None, FRAMED))

    with pytest.raises(RequestInvalid, match="no article is in both"):
        await with_engine(runtime, engine).run(EvalConfig(sets=(other,), against=stored))

    assert engine.tasks == []
