"""Progress: count the pieces of streamed answers, and report how far one reading has come.

A server that streams sends about one token with each piece. What a model thinks aloud before it answers counts too: it
takes time like any other token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from subtext.analysis.ports import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.clock import Clock


@dataclass(slots=True)
class StreamMeter:
    """Count the pieces of one streamed answer, and note when the first and the last came (s since it was asked for).

    `report` is called with the count each time that it grows.
    """

    clock: Clock
    report: Callable[[int], None] = field(default=lambda _: None)
    pieces: int = 0
    first_s: float | None = None
    last_s: float = 0.0
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.clock.monotonic()

    def count(self, pieces: int) -> None:
        """Add pieces that came just now."""
        if not pieces:
            return
        self.pieces += pieces
        self.last_s = self.clock.monotonic() - self._started
        if self.first_s is None:
            self.first_s = self.last_s
        self.report(self.pieces)

    def tokens_per_s(self) -> float | None:
        """Return the speed of writing; None until two pieces came at different times."""
        if self.first_s is None or self.last_s <= self.first_s:
            return None
        return (self.pieces - 1) / (self.last_s - self.first_s)


class ProgressTracker:
    """Add up what the requests of one reading have written, and report it to the listener.

    A request that is tried again counts from nothing again: what was thrown away is no progress.
    """

    def __init__(self, listener: Callable[[Progress], None] | None, model: str, clock: Clock) -> None:
        self._listener, self._model, self._clock = listener, model, clock
        self._started = clock.monotonic()
        self._tokens: list[int] = []
        self._done, self._passages = 0, 0

    def add_passages(self, passages: int) -> None:
        """Add so many passages to those that are to be read."""
        self._passages += passages

    def finish_passage(self) -> None:
        """Count one more passage as read."""
        self._done += 1

    def add_request(self) -> Callable[[int], None]:
        """Return a callback for one more request, which takes how many tokens its answer has so far."""
        place = len(self._tokens)
        self._tokens.append(0)

        def report(tokens: int) -> None:
            self._tokens[place] = tokens
            if self._listener is not None:
                seconds = self._clock.monotonic() - self._started
                self._listener(Progress(self._model, sum(self._tokens), seconds, self._done, self._passages))

        return report
