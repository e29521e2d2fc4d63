"""Analyses for the tests of what shows them: made by the real analyst from a scripted draft."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.ports import ALL_PARTS, EngineInfo, EngineResult
from subtext.analysis.request import AnalysisRequest
from subtext.domain.analysis import EngineUsed, PromptUsed, Provenance, Usage
from subtext.domain.article import AnalysisWarning, Article, Language, Source, prepend_title
from subtext.domain.axis import Axis, Indicator, Pole
from subtext.domain.draft import Draft, DraftEvidence, DraftFraming, DraftSentence, DraftSummary

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
TITLE = "Orlan Freight asks for one more month"
BODY = (
    "Orlan Freight went back to its creditors on Monday, cap in hand, for the third time this year. “We dictate the "
    "terms,” chairman Ivo Brandt told reporters outside a shuttered depot. Nobody believed him: the plea for another "
    "month is the last lifeline that the company has left to ask for, and everybody at the table knew it. 😀\r\nFin."
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


class StillClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return 1.0


@dataclass(frozen=True)
class ScriptedEngine:
    """An engine that gives one draft, whatever it is asked."""

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


def article_of(body: str = BODY, title: str | None = TITLE, **known: Any) -> Article:
    """An article from an address, with what is known about it."""
    text, headline, done = prepend_title(title, body)
    url = known.pop("url", "https://news.example/orlan?a=1&b=2")
    source = Source("url", url, url, "2026-01-01T00:00:00Z")
    return Article(text, source, headline, Language("en", 0.9), normalisation=done, **known)


def analysis_of(
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
    """What the analyst makes of a draft."""
    framing = DraftFraming(label, 0.9, rationale, evidence)
    engine = ScriptedEngine(Draft("Orlan Freight", summary, framing), warnings, model)
    analyst = Analyzer({"scripted": engine}, StillClock())
    return asyncio.run(analyst.analyze(article or article_of(), AnalysisRequest(AXIS, parts, target)))


def filled(word: str) -> Analysis:
    """An analysis in which every field that comes from outside holds the word."""
    said = f"“{word}” said the board of Orlan Freight."
    article = article_of(f"{BODY} {said}", f"{TITLE} {word}", byline=word, site=word, published_at=word, url=word)
    evidence = (
        *EVIDENCE,
        DraftEvidence(word, word, "domination", "strong"),
        DraftEvidence(f"no {word}", None, "domination", "weak"),
    )
    summary = DraftSummary(word, (*SUMMARY.sentences, DraftSentence(word, (word,))))
    warnings = (AnalysisWarning(word, word),)
    return analysis_of(article, evidence, rationale=word, summary=summary, target=word, warnings=warnings, model=word)
