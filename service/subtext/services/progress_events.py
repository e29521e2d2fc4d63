"""Progress events of an analysis that is streamed: what is certain already, and how far a model has come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from subtext.schemas.article import DocumentView

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.analysis.evidence_builder import GroundedQuote
    from subtext.analysis.ports import Progress
    from subtext.clock import Clock
    from subtext.domain.article import Article

ProgressEvent = tuple[str, str]  # an event's name, and its JSON on one line
# Often enough to show progress, seldom enough for a screen reader.
PROGRESS_EVERY_S = 1.0


class ProgressEvents:
    """Send the events of one analysis: its document, certain quotes, and a model's progress once a second at most."""

    def __init__(self, send: Callable[[ProgressEvent], None], clock: Clock) -> None:
        self._send, self._clock = send, clock
        self._sent_at = clock.monotonic() - PROGRESS_EVERY_S

    def add_article(self, article: Article) -> None:
        """Send what is known about the article, and that the analysis begins."""
        document = DocumentView.of(article, include_text=False)
        self._send(progress_event("partial", document=document.model_dump(mode="json")))
        self._send(progress_event("status", stage="analysing"))

    def add_quotes(self, quotes: tuple[GroundedQuote, ...]) -> None:
        """Send quotes that are certain."""
        self._send(progress_event("partial", evidence=[_partial_evidence(quoted) for quoted in quotes]))

    def add(self, progress: Progress) -> None:
        """Send this progress, unless another was sent within the last second."""
        now = self._clock.monotonic()
        if now - self._sent_at < PROGRESS_EVERY_S:
            return
        self._sent_at = now
        model_progress = {"tokens": progress.tokens, "elapsed_s": round(progress.seconds, 1)}
        passages = {"passages_read": progress.passages_read, "passages": progress.passages}
        self._send(progress_event("status", stage="analysing", **model_progress, **passages))


def _partial_evidence(quote: GroundedQuote) -> dict[str, object]:
    match = quote.match
    return {"quote": match.quote, "start": match.span.start, "end": match.span.end, "pole": quote.pole}


def progress_event(name: str, **data: object) -> ProgressEvent:
    """Build an event."""
    return name, json.dumps(data, ensure_ascii=False, separators=(",", ":"))
