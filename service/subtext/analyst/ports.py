"""What the analyst needs from outside, as protocols; adapters and fakes run under the same contract tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from subtext.domain.analysis import Coverage, EngineKind, Provenance, Repair
    from subtext.domain.article import Article, Notice
    from subtext.domain.axis import Axis
    from subtext.domain.draft import Draft

Part = Literal["summary", "framing"]
# A day: what takes longer than that has stopped.
DEADLINE_MAX_S = 86_400.0
BOTH: frozenset[Part] = frozenset({"summary", "framing"})


class Clock(Protocol):
    """Time, as a seam."""

    def now(self) -> datetime:
        """Wall-clock time in UTC, for stamps."""

    def monotonic(self) -> float:
        """Seconds that only grow, for durations and deadlines."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a model has come with its answer: tokens written so far, and seconds since it was asked.

    Of `passages` of a long article `passages_read` are answered already; a short one is a single passage.
    """

    model: str
    tokens: int
    seconds: float
    passages_read: int = 0
    passages: int = 1


@dataclass(frozen=True, slots=True)
class Task:
    """What an engine is asked: read this article on this axis, for these parts, until `deadline` (monotonic s).

    `fallback` says whether another engine may answer in its place where it cannot, `samples` how often it is to read
    the article, if it does not read it the same each time. `heard` is told of each part of a long article once it has
    been read, before the whole is. `on_progress` is told each time that a model has written some more: it has answers
    streamed.
    """

    article: Article
    axis: Axis
    parts: frozenset[Part]
    deadline: float
    target: str | None = None
    fallback: bool = True
    samples: int = 1
    heard: Callable[[Draft], None] | None = field(default=None, compare=False)
    on_progress: Callable[[Progress], None] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an engine gives back: a draft, how it came about, and what the reader must know.

    `coverage` says which parts of the text were read, None for all of it; `partial` that the engine did not get to the
    end of what it was asked; `repairs` what was put right in the form of its answers.
    """

    draft: Draft
    provenance: Provenance
    notices: tuple[Notice, ...] = ()
    coverage: Coverage | None = None
    partial: bool = False
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineCard:
    """An engine as shown to callers: its name in requests, kind, model, and the axes and languages it reads.

    Empty `axes` or `languages` mean that there is no limit. `output_mode` is how a model's server is asked for JSON at
    present, None where no server is asked.
    """

    name: str
    kind: EngineKind
    model: str
    axes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    output_mode: str | None = None


class Engine(Protocol):
    """Reads articles. Raises `EngineFailed`, `AxisNotSupported` or `LanguageUnsupported`, and nothing else."""

    @property
    def card(self) -> EngineCard:
        """What callers may know about it."""

    async def read(self, task: Task) -> Reading:
        """A draft of the parts asked for, inside the task's deadline."""
