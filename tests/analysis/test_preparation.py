"""The preparation: what an article's proof needs of it alone is computed while its model reads."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.ports import EngineInfo
from subtext.analysis.request import AnalysisRequest
from subtext.domain.draft import Draft
from tests.support.builders import AXIS, article, claim, framing
from tests.support.fakes import FakeClock, ScriptedEngine

if TYPE_CHECKING:
    from subtext.analysis.ports import EngineRequest, EngineResult
    from subtext.domain.analysis import EngineKind

DRAFT = Draft("Orlan Freight", None, framing(claim("cap in hand")))
LONG = "The harbour firm begged its creditors for time, cap in hand. " * 500


@dataclass
class WaitingEngine(ScriptedEngine):
    """Wait for so many iterations of the loop, and look what the article has by then."""

    iterations: int = 0
    is_prepared: bool = False

    async def read(self, request: EngineRequest) -> EngineResult:
        for _ in range(self.iterations):
            await asyncio.sleep(0)
        self.is_prepared = "sentences" in vars(request.article.prepared)
        return await super().read(request)


@dataclass
class FailingEngine(WaitingEngine):
    """Wait, and fail."""

    async def read(self, request: EngineRequest) -> EngineResult:
        await super().read(request)
        raise RuntimeError("lost")


@pytest.mark.parametrize(
    ("kind", "iterations", "is_prepared"), [("llm", 3, True), ("llm", 0, False), ("local", 3, False)]
)
async def test_an_article_is_prepared_while_a_model_reads_it(
    kind: EngineKind, iterations: int, *, is_prepared: bool
) -> None:
    reader = WaitingEngine(DRAFT, info=EngineInfo("x", kind, "m"), iterations=iterations)
    analysis = await Analyzer({"x": reader}, FakeClock()).analyze(article(), AnalysisRequest(AXIS))

    assert reader.is_prepared is is_prepared
    assert [item.match.quote for item in analysis.evidence] == ["cap in hand"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_model_that_fails_leaves_no_preparation_behind() -> None:
    with pytest.raises(RuntimeError, match="lost"):
        await Analyzer({"x": FailingEngine(DRAFT, iterations=1)}, FakeClock()).analyze(
            article(LONG), AnalysisRequest(AXIS)
        )

    assert asyncio.all_tasks() == {asyncio.current_task()}
