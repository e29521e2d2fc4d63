"""Show progress on standard error: a line while a model answers, a bar while many articles are analysed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from subtext.cli.terminal import QUIET, console, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console, RenderableType
    from rich.progress import Progress as RichProgress

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
    if model is None or not _is_shown(out):
        yield None
        return
    line = ProgressLine(model, clock)
    with Live(line, console=out, transient=True, refresh_per_second=4):
        yield line.update


def _is_shown(out: Console) -> bool:
    return out.is_terminal and not QUIET.get()


@contextmanager
def show_bar(out: Console | None = None) -> Iterator[ProgressBar]:
    """Show a progress bar while the context is open; without a terminal it draws nothing."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    out = out or console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=out, disable=not _is_shown(out)) as progress:
        yield ProgressBar(progress)


class ProgressBar:
    """Progress bar of one or several steps, each with its own number of articles."""

    def __init__(self, progress: RichProgress) -> None:
        self._progress = progress
        self._step = progress.add_task("", start=False, visible=False, total=None, note="")

    @property
    def is_shown(self) -> bool:
        """Return whether anything is drawn, so that a total is worth counting."""
        return not self._progress.disable

    def begin(self, name: str, total: int | None, completed: int = 0) -> None:
        """Begin a step of `total` articles, of which some are completed; None: their number is not known."""
        self._step = self._progress.add_task(sanitize(name), total=total, completed=completed, note="")

    def advance(self) -> None:
        """Count one article more."""
        self._progress.advance(self._step)

    def update(self, completed: int, failed: int, total: int | None = None) -> None:
        """Set how many articles of the step are completed, how many of them failed, and, if known now, their total."""
        note = f"{failed:,} failed" if failed else ""
        self._progress.update(self._step, completed=completed, total=total, note=note)


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
