"""Export the history of an owner's analyses: as whole documents, or as one flat row for each, for tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.schemas.analysis import AnalysisView

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from subtext.analysis.ports import AnalysisFilter, AnalysisRepository, StoredAnalysis
    from subtext.domain.caller import Owner

_PAGE = 500
COLUMNS = (
    "id",
    "created_at",
    "published_at",
    "outlet",
    "title",
    "url",
    "target",
    "axis",
    "label",
    "score",
    "confidence",
    "author_label",
    "author_score",
    "attributed_label",
    "attributed_score",
    "divergence",
    "quotes",
    "status",
    "engine",
    "model",
)
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
    """Return an analysis as one row: `COLUMNS`, with None for what it lacks."""
    view = AnalysisView.model_validate_json(stored.document)
    framing = view.framing
    author, attributed = (framing.by_voice.author, framing.by_voice.attributed) if framing else (None, None)
    values: tuple[Cell, ...] = (
        stored.id,
        view.created_at,
        view.document.published_at,
        stored.outlet,
        stored.title,
        stored.url,
        stored.target,
        framing.axis if framing else None,
        stored.label,
        stored.score,
        stored.confidence,
        author.label if author else None,
        author.score if author else None,
        attributed.label if attributed else None,
        attributed.score if attributed else None,
        framing.divergence if framing else None,
        sum(item.role == "framing" for item in view.evidence),
        stored.status,
        stored.engine,
        view.engine.model,
    )
    return dict(zip(COLUMNS, values, strict=True))
