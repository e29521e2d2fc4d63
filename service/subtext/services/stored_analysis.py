"""Convert an answer to the row that stores it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from subtext.analysis.ports import StoredAnalysis
from subtext.schemas.analysis import outlet

if TYPE_CHECKING:
    from subtext.domain.caller import Owner
    from subtext.schemas.analysis import AnalysisView


def to_stored_analysis(view: AnalysisView, owner: Owner) -> StoredAnalysis:
    """Convert a view to the row that stores it, with the columns that filters use."""
    framing, document = view.framing, view.document
    return StoredAnalysis(
        id=view.id,
        owner=owner,
        created_at=datetime.fromisoformat(view.created_at),
        status=view.status,
        engine=view.engine.kind,
        label=None if framing is None else framing.label,
        score=None if framing is None else framing.score,
        confidence=None if framing is None else framing.confidence.value,
        target=None if view.target is None else view.target.name,
        outlet=outlet(view),
        title=document.title,
        url=document.source.final_url or document.source.url,
        sha256=document.sha256,
        document=view.model_dump_json(),
    )
