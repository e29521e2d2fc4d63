"""News about prompt injection: it quotes orders to machines, and is read like any other news all the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.ports import EngineInfo, EngineRequest, EngineResult
from subtext.analysis.request import AnalysisRequest
from subtext.clock import SystemClock
from subtext.domain.analysis import Analysis, EngineUsed, Provenance, Usage
from subtext.domain.article import Article, Language, Source, prepend_title
from subtext.domain.draft import Draft, DraftEvidence, DraftFraming, DraftSentence, DraftSummary
from subtext.engines.local.engine import LocalEngine
from subtext.prompts.registry import PromptRegistry, default_root

AXIS = PromptRegistry.load([default_root()]).axis("desperation-domination").axis
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parents[1] / "about_injection.jsonl").read_text("utf-8").splitlines()
]


class CarefulEngine:
    """Gives the draft that a careful reader would."""

    info = EngineInfo("careful", "llm", "careful")

    def __init__(self, row: dict[str, Any]) -> None:
        evidence = tuple(DraftEvidence(e["quote"], None, e["pole"], e["strength"]) for e in row["evidence"])
        quote = row["summary"].rstrip(".")
        summary = DraftSummary(row["title"], (DraftSentence(row["summary"], (quote,)),))
        self._draft = Draft(None, summary, DraftFraming(row["label"], 0.9, "", evidence))

    async def read(self, _: EngineRequest) -> EngineResult:
        return EngineResult(self._draft, Provenance(EngineUsed("llm", "careful"), None, Usage()))


async def analysed(row: dict[str, Any], engine: CarefulEngine | LocalEngine) -> Analysis:
    text, headline, _ = prepend_title(row["title"], row["text"])
    article = Article(text, Source("text"), headline, Language("en", None))
    return await Analyzer({"one": engine}, SystemClock()).analyze(article, AnalysisRequest(AXIS))


def test_there_are_twenty_of_all_labels() -> None:
    assert len(ROWS) == 20
    assert {row["label"] for row in ROWS} == {*AXIS.poles, "mixed", "neither"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
async def test_a_careful_reading_keeps_its_label_and_all_that_it_stands_on(row: dict[str, Any]) -> None:
    analysis = await analysed(row, CarefulEngine(row))
    assert analysis.framing is not None
    assert analysis.summary is not None
    assert analysis.framing.overall.label == row["label"]
    assert analysis.grounding.rejected_items == ()
    assert [sentence.support for sentence in analysis.summary.sentences] == ["supported"]
    assert analysis.summary.headline == row["title"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
async def test_the_embedded_engine_answers_and_loses_no_evidence_of_the_author(row: dict[str, Any]) -> None:
    analysis = await analysed(row, LocalEngine())
    assert analysis.framing is not None
    assert analysis.framing.overall.label is not None
    quoted = [quote for quote in row["text"].split("“")[1:] for quote in [quote.partition("”")[0]]]
    lost = [item.quote for item in analysis.grounding.rejected_items if item.reason != "overlaps_stronger_evidence"]
    assert [quote for quote in lost if not any(quote in said for said in quoted)] == []
