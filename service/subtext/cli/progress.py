"""A status line on standard error while a model answers: who is at it, how much it has written, and for how long."""

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
    """Show the line until the context is left, and yield what is to be told of progress.

    Without a `model` or a terminal nothing is shown and None is yielded, so that no answer is streamed for nobody.
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
    """The line as it stands; it is drawn anew some times a second, also if nothing comes."""

    def __init__(self, model: str, clock: Clock) -> None:
        from rich.spinner import Spinner

        self._model, self._clock, self._started = model, clock, clock.monotonic()
        self._progress: Progress | None = None
        self._spinner = Spinner(_SPINNER)

    def update(self, progress: Progress) -> None:
        """Note how far the model has come."""
        self._progress = progress

    def __rich__(self) -> RenderableType:
        """Return what is drawn."""
        self._spinner.update(text=self.text())
        return self._spinner

    def text(self) -> str:
        """Return the words of the line; a model that has written nothing yet is said to read."""
        seconds = f"{self._clock.monotonic() - self._started:,.0f} s"
        progress = self._progress
        if progress is None:
            return f"{sanitize(self._model)} is reading: {seconds}"
        passages = f"{progress.passages_read} of {progress.passages} passages read, " if progress.passages > 1 else ""
        return f"{sanitize(progress.model)} is answering: {passages}{progress.tokens:,} tokens, {seconds}"
