from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evals.lab import jsonl
from fakes import StillClock
from making import BODY, TITLE
from subtext.bootstrap.runtime import open_runtime
from subtext.domain.errors import EngineUnknown
from subtext.evals.cases import shipped_sets
from subtext.evals.measuring import Measuring, Plan
from subtext.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from subtext.services.analyses import AnalysisService

ROW = {"title": TITLE, "text": BODY, "target": "Orlan Freight", "label": "desperation"}
PAIR = {"id": "a-1", "text": BODY, "reference": "Orlan begs.", "summary": "Orlan begged.", "consistent": 1}


def constant(reference: str, summary: str) -> dict[str, float]:
    del reference, summary
    return {"rouge1": 0.5, "rouge2": 0.5, "rougeL": 0.5}


@pytest.fixture
async def runtime() -> AsyncIterator[AnalysisService]:
    async with open_runtime(Settings.model_construct()) as opened:
        yield opened


def measuring(runtime: AnalysisService, engine: str = "local") -> Measuring:
    axis = runtime.prompts.axis(runtime.defaults.axis).axis
    return Measuring(runtime, engine, axis, StillClock(), "1")


async def test_a_report_says_who_was_measured_on_what(runtime: AnalysisService, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "set.jsonl", {"id": "a", **ROW}, {"id": "b", **ROW})

    report = await measuring(runtime).report(Plan(sets=(path,)))

    assert report.subject is not None
    assert (report.subject.engine, report.subject.prompt) == ("local", None)
    assert [(used.name, used.rows) for used in report.sets] == [("set.jsonl", 2)]
    assert report.made_at == "2026-03-01T12:00:00Z"
    assert [answer.id for answer in report.answers] == ["a", "b"]
    assert json.loads(report.as_json())["figures"]["accuracy"] == report.answers[0].is_right


async def test_without_sets_the_shipped_ones_are_taken(runtime: AnalysisService) -> None:
    report = await measuring(runtime).report(Plan())

    assert [used.name for used in report.sets] == [path.name for path in shipped_sets()]
    assert len(report.answers) >= 60


async def test_faithfulness_alone_asks_no_engine(runtime: AnalysisService, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "pairs.jsonl", PAIR, {**PAIR, "id": "a-2"})

    report = await measuring(runtime, "nobody").report(Plan(faithfulness=path, limit=1))

    assert (report.framing, report.subject) == (None, None)
    assert report.faithfulness is not None
    assert report.faithfulness.summaries == 1


async def test_summaries_alone_still_say_whose_they_are(runtime: AnalysisService, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "pairs.jsonl", PAIR, {**PAIR, "id": "b-2", "text": "   "})
    answers: list[None] = []
    on = measuring(runtime)

    report = await replace(on, rouge=lambda: constant, done=lambda: answers.append(None)).report(Plan(summaries=path))

    assert (report.framing, len(answers)) == (None, 2)
    assert report.subject is not None
    assert report.subject.engine == "local"
    assert report.summaries is not None
    assert (report.summaries.failures, report.summaries.by_collection["a"].ours["rouge1"]) == (1, 0.5)


async def test_changed_articles_are_asked_about_too(runtime: AnalysisService, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "set.jsonl", {"id": "a", **ROW})
    first = await measuring(runtime).report(Plan(sets=(path,)))
    stored = tmp_path / "first.json"
    stored.write_text(first.as_json(), encoding="utf-8")

    report = await measuring(runtime).report(Plan(sets=(path,), counterfactuals=True, against=stored))

    assert report.counterfactuals is not None
    assert report.counterfactuals.by_change["injected_label"].pairs == 1
    assert report.comparison is not None
    assert (report.comparison.articles, report.comparison.mcnemar) == (1, 1.0)


async def test_an_engine_that_is_not_there_is_no_measurement(runtime: AnalysisService) -> None:
    with pytest.raises(EngineUnknown):
        await measuring(runtime, "llm").report(Plan())
