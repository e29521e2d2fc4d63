"""Threads: work on a long text leaves the event loop; on a short one it stays there, for it costs less than the hop.

A text is long by its characters or by its sentences.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.domain.article import Article

_T = TypeVar("_T")

# A proof of such a text takes some ten milliseconds (`python -m benchmarks.proof_costs`). One of that length is made of
# many more sentences only if somebody means it to cost more: prose has some 600 stops and line breaks.
INLINE_MAX_CHARS = 20_000
INLINE_MAX_BREAKS = 1_000
_BREAKS = ".!?…。！？\n"  # noqa: RUF001 - full-width stops are stops


async def call_for(article: Article, function: Callable[[], _T]) -> _T:
    """Call a function that works on an article's text, in a thread if the text is long."""
    return function() if _is_short(article.text) else await asyncio.to_thread(function)


def _is_short(text: str) -> bool:
    return len(text) <= INLINE_MAX_CHARS and sum(map(text.count, _BREAKS)) <= INLINE_MAX_BREAKS
