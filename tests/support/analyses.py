"""Analyses for tests of pages, cards and reports: the real analyzer builds them from a scripted draft."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.ports import ALL_PARTS, EngineInfo, EngineResult
from subtext.analysis.request import AnalysisRequest
from subtext.domain.analysis import EngineUsed, PromptUsed, Provenance, Usage
from subtext.domain.article import AnalysisWarning, Article, Language, Source, prepend_title
from subtext.domain.axis import Axis, Indicator, Pole
from subtext.domain.draft import Draft, DraftEvidence, DraftFraming, DraftSentence, DraftSummary
from tests.support.builders import BODY, TITLE
from tests.support.fakes import FakeClock

if TYPE_CHECKING:
    from subtext.analysis.ports import AnalysisPart, EngineRequest
    from subtext.domain.analysis import Analysis

AXIS = Axis(
    id="desperation-domination",
    version=2,
    title="Desperation or domination",
    negative=Pole("desperation", "Desperation", "acts because it must"),
    positive=Pole("domination", "Domination", "acts because it can"),
    indicators=(Indicator("lifeline", "desperation", "asks for rescue"),),
    sha256="ab" * 32,
)
EVIDENCE = (
    DraftEvidence("cap in hand", None, "desperation", "strong"),
    DraftEvidence("We dictate the terms", "Ivo Brandt", "domination", "moderate"),
    DraftEvidence("the last lifeline that the company has left", None, "desperation", "strong", indicator="lifeline"),
    DraftEvidence("words that nobody wrote", None, "domination", "strong"),
)
SUMMARY = DraftSummary(
    "Orlan asks again",
    (
        DraftSentence(
            "Orlan Freight went back to its creditors on Monday, cap in hand.",
            ("Orlan Freight went back to its creditors on Monday, cap in hand",),
        ),
        DraftSentence("It won the lottery.", ()),
    ),
)


@dataclass(frozen=True)
class ScriptedEngine:
    """Engine fake: return one draft for every request."""

    draft: Draft
    warnings: tuple[AnalysisWarning, ...] = ()
    model: str = "scripted"
    info: EngineInfo = field(default=EngineInfo("scripted", "llm", "scripted"))

    async def read(self, request: EngineRequest) -> EngineResult:
        parts = request.parts
        draft = replace(
            self.draft,
            summary=self.draft.summary if "summary" in parts else None,
            framing=self.draft.framing if "framing" in parts else None,
        )
        used = EngineUsed("llm", self.model, model_reported=f"{self.model}-2", output_mode="json_schema")
        prompt = PromptUsed("analysis", 1, "cd" * 32)
        return EngineResult(draft, Provenance(used, prompt, Usage()), self.warnings)


def build_article(body: str = BODY, title: str | None = TITLE, **known: Any) -> Article:
    """Return an article from an address, with what is known about it."""
    text, headline, done = prepend_title(title, body)
    url = known.pop("url", "https://news.example/orlan?a=1&b=2")
    source = Source("url", url, url, "2026-01-01T00:00:00Z")
    return Article(text, source, headline, Language("en", 0.9), normalisation=done, **known)


def build_analysis(  # noqa: PLR0913 - an argument for each thing that is shown
    article: Article | None = None,
    evidence: tuple[DraftEvidence, ...] = EVIDENCE,
    *,
    label: str = "desperation",
    rationale: str = "The author shows a company that must ask.",
    summary: DraftSummary = SUMMARY,
    target: str | None = None,
    parts: frozenset[AnalysisPart] = ALL_PARTS,
    warnings: tuple[AnalysisWarning, ...] = (),
    model: str = "scripted",
) -> Analysis:
    """Return what the analyzer makes of a draft."""
    framing = DraftFraming(label, 0.9, rationale, evidence)
    engine = ScriptedEngine(Draft("Orlan Freight", summary, framing), warnings, model)
    analyzer = Analyzer({"scripted": engine}, FakeClock())
    return asyncio.run(analyzer.analyze(article or build_article(), AnalysisRequest(AXIS, parts, target)))


def fill_analysis(word: str) -> Analysis:
    """Return an analysis in which every field that comes from outside holds the word."""
    said = f"“{word}” said the board of Orlan Freight."
    article = build_article(f"{BODY} {said}", f"{TITLE} {word}", byline=word, site=word, published_at=word, url=word)
    evidence = (
        *EVIDENCE,
        DraftEvidence(word, word, "domination", "strong"),
        DraftEvidence(f"no {word}", None, "domination", "weak"),
    )
    summary = DraftSummary(word, (*SUMMARY.sentences, DraftSentence(word, (word,))))
    warnings = (AnalysisWarning(word, word),)
    return build_analysis(
        article, evidence, rationale=word, summary=summary, target=word, warnings=warnings, model=word
    )
