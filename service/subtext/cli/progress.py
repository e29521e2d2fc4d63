"""Show a progress line on standard error while a model answers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from subtext.cli.terminal import console, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console, RenderableType

    from subtext.analysis.ports import Progress
    from subtext.clock import Clock

    Listener = Callable[[Progress], None]

_SPINNER = "dots"


@contextmanager
def show_progress(model: str | None, clock: Clock, out: Console | None = None) -> Iterator[Listener | None]:
    """Show the progress line while the context is open, and yield its `on_progress` callback.

    Without a `model` or a terminal it yields None, so that no answer is streamed needlessly.
    """
    from rich.live import Live

    out = out or console(stderr=True)
    if model is None or not out.is_terminal:
        yield None
        return
    line = ProgressLine(model, clock)
    with Live(line, console=out, transient=True, refresh_per_second=4):
        yield line.update


class ProgressLine:
    """Progress line that is redrawn several times a second, even if nothing new arrives."""

    def __init__(self, model: str, clock: Clock) -> None:
        from rich.spinner import Spinner

        self._model, self._clock, self._started = model, clock, clock.monotonic()
        self._progress: Progress | None = None
        self._spinner = Spinner(_SPINNER)

    def update(self, progress: Progress) -> None:
        """Store the latest progress."""
        self._progress = progress

    def __rich__(self) -> RenderableType:
        """Return the spinner with the current text."""
        self._spinner.update(text=self.text())
        return self._spinner

    def text(self) -> str:
        """Return the text of the line; before the first token the model `is reading`."""
        seconds = f"{self._clock.monotonic() - self._started:,.0f} s"
        progress = self._progress
        if progress is None:
            return f"{sanitize(self._model)} is reading: {seconds}"
        passages = f"{progress.passages_read} of {progress.passages} passages read, " if progress.passages > 1 else ""
        return f"{sanitize(progress.model)} is answering: {passages}{progress.tokens:,} tokens, {seconds}"
