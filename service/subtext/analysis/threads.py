"""Threads: work on a long text leaves the event loop; on a short one it stays there, for it costs less than the hop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.domain.article import Article

_T = TypeVar("_T")

# A proof of such a text takes some ten milliseconds (`python -m benchmarks.proof_costs`).
INLINE_MAX_CHARS = 20_000


async def call_for(article: Article, function: Callable[[], _T]) -> _T:
    """Call a function that works on an article's text, in a thread if the text is long."""
    return function() if len(article.text) <= INLINE_MAX_CHARS else await asyncio.to_thread(function)
