"""Preparation: compute what the proof needs of an article alone, while the model still reads it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from subtext.analysis.draft_validation import prepare_validation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.analysis.fair_queue import FairQueue
    from subtext.domain.article import Article


class ArticlePreparation:
    """Prepare articles, one at a time, when nothing else waits for a turn of the event loop.

    Without it, answers that arrive together would each wait for all that is computed for the ones before it.
    """

    def __init__(self, turns: FairQueue) -> None:
        self._turns = turns

    @asynccontextmanager
    async def during(self, article: Article) -> AsyncIterator[None]:
        """Prepare an article while the context waits for its model; what has not begun by then, the proof does."""
        begun = asyncio.Event()
        task = asyncio.create_task(self._prepare(article, begun))
        try:
            yield
        finally:
            if not begun.is_set():
                task.cancel()
            # What failed here fails in the proof too, which says so.
            await asyncio.gather(task, return_exceptions=True)

    async def _prepare(self, article: Article, begun: asyncio.Event) -> None:
        await self._turns.turn(low_priority=True)
        begun.set()
        await prepare_validation(article)
