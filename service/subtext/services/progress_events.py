"""Progress events of an analysis that is streamed: what is certain already, and how far a model has come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.analysis.evidence_builder import GroundedQuote
    from subtext.analysis.ports import Progress
    from subtext.clock import Clock

ProgressEvent = tuple[str, str]  # an event's name, and its JSON on one line
# Often enough to show progress, seldom enough for a screen reader.
PROGRESS_EVERY_S = 1.0


class ProgressEvents:
    """Throttle a model's progress to one status event a second."""

    def __init__(self, send: Callable[[ProgressEvent], None], clock: Clock) -> None:
        self._send, self._clock = send, clock
        self._sent_at = clock.monotonic() - PROGRESS_EVERY_S

    def add(self, progress: Progress) -> None:
        """Send this progress, unless another was sent within the last second."""
        now = self._clock.monotonic()
        if now - self._sent_at < PROGRESS_EVERY_S:
            return
        self._sent_at = now
        model_progress = {"tokens": progress.tokens, "elapsed_s": round(progress.seconds, 1)}
        passages = {"passages_read": progress.passages_read, "passages": progress.passages}
        self._send(progress_event("status", stage="analysing", **model_progress, **passages))


def partial_evidence(quote: GroundedQuote) -> dict[str, object]:
    """Return a certain quote as an event has it."""
    match = quote.match
    return {"quote": match.quote, "start": match.span.start, "end": match.span.end, "pole": quote.pole}


def progress_event(name: str, **data: object) -> ProgressEvent:
    """Build an event."""
    return name, json.dumps(data, ensure_ascii=False, separators=(",", ":"))
