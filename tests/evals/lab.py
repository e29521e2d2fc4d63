"""Small things to measure: cases, answers of a scripted engine, and outcomes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fakes import ScriptedEngine, StillClock
from making import AXIS, BODY, TITLE, article, claim, framing
from subtext.analyst.analyst import Analyst, Question
from subtext.domain.draft import Draft
from subtext.evals.cases import Case
from subtext.evals.outcomes import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from subtext.domain.analysis import Analysis
    from subtext.domain.draft import DraftFraming

FRAMED = framing(
    claim("cap in hand"), claim("We dictate the terms", "domination", speaker="Ivo Brandt"), claim("not in the text")
)


def case(id_: str = "a", label: str = "desperation", **known: Any) -> Case:
    return Case.model_validate({"id": id_, "title": TITLE, "text": BODY, "target": "Orlan", "label": label, **known})


def outcome(predicted: str | None, *labels: str, confidence: float = 0.5, id_: str = "a", **known: Any) -> Outcome:
    return Outcome(id_, None, labels, predicted, confidence, **known)


async def answer(draft: DraftFraming = FRAMED) -> Analysis:
    """What the analyst makes of a draft about the sample article."""
    engine = ScriptedEngine(Draft("Orlan Freight", None, draft))
    return await Analyst({"scripted": engine}, StillClock()).analyse(article(), Question(AXIS))


def jsonl(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
