"""Export readers' feedback on analyses as a labelled set."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.analysis.ports import Feedback, StoredAnalysis


@dataclass(frozen=True, slots=True)
class ExportedFeedback:
    """Exported cases, and how many analyses were left out without a text or without a label."""

    cases: tuple[dict[str, Any], ...]
    without_text: int
    without_label: int


async def export_feedback(entries: AsyncIterator[tuple[Feedback, StoredAnalysis]]) -> ExportedFeedback:
    """Convert feedback to cases; the last feedback on an analysis counts."""
    last = {analysis.id: (feedback, analysis) async for feedback, analysis in entries}
    cases, without_text, without_label = [], 0, 0
    for feedback, analysis in last.values():
        document = json.loads(analysis.document)
        label = feedback.label if feedback.verdict == "wrong" else analysis.label
        text = document["document"]["text"]
        without_text += text is None
        without_label += label is None
        if text is not None and label is not None:
            cases.append(_case(feedback, analysis, text, label))
    return ExportedFeedback(tuple(cases), without_text, without_label)


def _case(feedback: Feedback, analysis: StoredAnalysis, text: str, label: str) -> dict[str, Any]:
    """Build one case; the text already begins with the title if the article had one."""
    return {
        "id": analysis.id,
        "text": text,
        "target": analysis.target,
        "label": label,
        "answered": analysis.label,
        "engine": analysis.engine,
        "comment": feedback.comment,
        "kind": "feedback",
    }
