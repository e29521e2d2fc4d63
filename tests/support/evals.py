"""Builders for evaluations: labelled articles, analyses and results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.request import AnalysisRequest
from subtext.domain.draft import Draft
from subtext.evals.dataset import LabeledArticle
from subtext.evals.results import CaseResult
from tests.support.builders import AXIS, BODY, TITLE, article, claim, framing
from tests.support.fakes import FakeClock, ScriptedEngine

if TYPE_CHECKING:
    from pathlib import Path

    from subtext.domain.analysis import Analysis
    from subtext.domain.draft import DraftFraming

FRAMED = framing(
    claim("cap in hand"), claim("We dictate the terms", "domination", speaker="Ivo Brandt"), claim("not in the text")
)


def case(id_: str = "a", label: str = "desperation", **known: Any) -> LabeledArticle:
    """Return a labelled article."""
    return LabeledArticle.model_validate(
        {"id": id_, "title": TITLE, "text": BODY, "target": "Orlan", "label": label, **known}
    )


def outcome(predicted: str | None, *labels: str, confidence: float = 0.5, id_: str = "a", **known: Any) -> CaseResult:
    """Return one result: what was predicted, and the labels that count as right."""
    return CaseResult(id_, None, labels, predicted, confidence, **known)


async def answer(draft: DraftFraming = FRAMED) -> Analysis:
    """Return what the analyzer makes of a draft about the sample article."""
    engine = ScriptedEngine(Draft("Orlan Freight", None, draft))
    return await Analyzer({"scripted": engine}, FakeClock()).analyze(article(), AnalysisRequest(AXIS))


def jsonl(path: Path, *rows: object) -> Path:
    """Write rows as a JSONL file; return its path."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
