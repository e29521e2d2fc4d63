"""The whole store of batches and analyses, compared item by item."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from subtext.analysis.ports import AnalysisFilter
from subtext.domain.batch import ItemState
from subtext.storage.analyses import SqlAnalysisRepository

if TYPE_CHECKING:
    from subtext.domain.caller import Owner
    from subtext.storage.batches import SqlBatchRepository
    from subtext.storage.database import Database

_ALL = 1_000_000


async def require_one_analysis_per_item(
    database: Database, batches: SqlBatchRepository, batch_id: str, owner: Owner
) -> None:
    """Assert that every done item refers to an analysis of its own, and that no other analysis is stored."""
    items = await batches.list_items(batch_id, start=0, limit=_ALL)
    done = [item for item in items if item.state is ItemState.DONE]
    referred = Counter(json.loads(item.result or "null")["id"] for item in done)
    stored = await SqlAnalysisRepository(database).list_analyses(owner, AnalysisFilter(), before=None, limit=_ALL)
    assert set(referred.values()) <= {1}, "items share an analysis"
    assert {analysis.id for analysis in stored} == set(referred), "analyses without an item, or items without one"
    assert len(stored) == len(done)
