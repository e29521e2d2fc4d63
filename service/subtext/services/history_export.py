"""Export the history of an owner's analyses: as whole documents, or as one flat row for each, for tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from subtext.schemas.analysis import AnalysisView

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from subtext.analysis.ports import AnalysisFilter, AnalysisRepository, StoredAnalysis
    from subtext.domain.caller import Owner
    from subtext.schemas.framing import FramingView

_PAGE = 500
ColumnKind = Literal["text", "moment", "day", "number", "count"]
# Columns of the table, in order, each with what it holds; more may be added at the end, none is renamed or moved.
COLUMNS: dict[str, ColumnKind] = {
    "id": "text",
    "created_at": "moment",
    "published_at": "day",
    "outlet": "text",
    "title": "text",
    "url": "text",
    "target": "text",
    "axis": "text",
    "label": "text",
    "score": "number",
    "confidence": "number",
    "author_label": "text",
    "author_score": "number",
    "attributed_label": "text",
    "attributed_score": "number",
    "divergence": "text",
    "quotes": "count",
    "status": "text",
    "engine": "text",
    "model": "text",
    "intensity": "number",
    "first_pole": "text",
    "first_score": "number",
    "second_pole": "text",
    "second_score": "number",
    "confidence_method": "text",
    "label_source": "text",
    "language": "text",
    "word_count": "count",
    "sha256": "text",
}
Cell = str | int | float | None


async def iterate_history(
    repository: AnalysisRepository, owner: Owner, filters: AnalysisFilter, page_size: int = _PAGE
) -> AsyncGenerator[StoredAnalysis]:
    """Iterate over the owner's analyses that match the filters, newest first, `page_size` at a time.

    Raises `StorageUnavailable`.
    """
    before: str | None = None
    while True:
        page = await repository.list_analyses(owner, filters, before=before, limit=page_size)
        for stored in page:
            yield stored
        if len(page) < page_size:
            return
        before = page[-1].id


def flat_row(stored: StoredAnalysis) -> dict[str, Cell]:
    """Return an analysis as one row: `COLUMNS`, with None for what it lacks; moments and days as ISO 8601."""
    view = AnalysisView.model_validate_json(stored.document)
    document = view.document
    row: dict[str, Cell] = {
        "id": stored.id,
        "created_at": view.created_at,
        "published_at": document.published_at,
        "outlet": stored.outlet,
        "title": stored.title,
        "url": stored.url,
        "target": stored.target,
        "label": stored.label,
        "score": stored.score,
        "confidence": stored.confidence,
        "quotes": sum(item.role == "framing" for item in view.evidence),
        "status": stored.status,
        "engine": stored.engine,
        "model": view.engine.model,
        "language": document.language.code,
        "word_count": document.word_count,
        "sha256": stored.sha256,
    } | ({} if view.framing is None else _framing_cells(view.framing))
    return {name: row.get(name) for name in COLUMNS}


def _framing_cells(framing: FramingView) -> dict[str, Cell]:
    author, attributed = framing.by_voice.author, framing.by_voice.attributed
    (first, first_score), (second, second_score) = framing.scores.items()
    return {
        "axis": framing.axis,
        "author_label": author.label,
        "author_score": author.score,
        "attributed_label": attributed.label,
        "attributed_score": attributed.score,
        "divergence": framing.divergence,
        "intensity": framing.intensity,
        "first_pole": first,
        "first_score": first_score,
        "second_pole": second,
        "second_score": second_score,
        "confidence_method": framing.confidence.method,
        "label_source": framing.label_source,
    }
