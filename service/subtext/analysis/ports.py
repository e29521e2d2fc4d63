"""What the analyzer needs from outside, as protocols; adapters and fakes run under the same contract tests.

Analyses that were answered, kept for their owners, and what readers say of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from subtext.domain.analysis import Coverage, EngineKind, Provenance, Repair
    from subtext.domain.article import AnalysisWarning, Article
    from subtext.domain.axis import Axis
    from subtext.domain.caller import Owner
    from subtext.domain.draft import Draft

AnalysisPart = Literal["summary", "framing"]

# A day: what takes longer than that has stopped.
DEADLINE_MAX_S = 86_400.0

ALL_PARTS: frozenset[AnalysisPart] = frozenset({"summary", "framing"})


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
class EngineRequest:
    """What an engine is asked: read this article on this axis, for these parts, until `deadline` (monotonic s).

    `fallback` says whether another engine may answer in its place where it cannot, `samples` how often it is to read
    the article, if it does not read it the same each time. `on_partial` is told of each part of a long article once it
    has been read, before the whole is. `on_progress` is told each time that a model has written some more: it has
    answers streamed.
    """

    article: Article
    axis: Axis
    parts: frozenset[AnalysisPart]
    deadline: float
    target: str | None = None
    fallback: bool = True
    samples: int = 1
    on_partial: Callable[[Draft], None] | None = field(default=None, compare=False)
    on_progress: Callable[[Progress], None] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class EngineResult:
    """What an engine gives back: a draft, how it came about, and what the reader must know.

    `coverage` says which parts of the text were read, None for all of it; `partial` that the engine did not get to the
    end of what it was asked; `repairs` what was put right in the form of its answers.
    """

    draft: Draft
    provenance: Provenance
    warnings: tuple[AnalysisWarning, ...] = ()
    coverage: Coverage | None = None
    partial: bool = False
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineInfo:
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
    """Reads articles. Raises `EngineError`, `UnsupportedAxis` or `UnsupportedLanguage`, and nothing else."""

    @property
    def info(self) -> EngineInfo:
        """Return what callers may know about it."""

    async def read(self, request: EngineRequest) -> EngineResult:
        """Draft the parts asked for, inside the request's deadline."""


FeedbackVerdict = Literal["right", "wrong"]


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """An answer as it was given (`document`, JSON), with what it is found by.

    `engine` is its kind, `outlet` the site or the host, None where the article was handed in as text.
    """

    id: str
    owner: Owner
    created_at: datetime
    status: str
    engine: str
    label: str | None
    score: float | None
    confidence: float | None
    target: str | None
    outlet: str | None
    title: str | None
    url: str | None
    sha256: str
    document: str


@dataclass(frozen=True, slots=True)
class AnalysisFilter:
    """Which analyses are looked for: what is None does not matter; names are compared without regard to case."""

    label: str | None = None
    outlet: str | None = None
    target: str | None = None
    engine: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader says of an analysis; `label` is the right one, in their eyes, `reader` who they are, if known."""

    id: str
    analysis_id: str
    owner: Owner
    created_at: datetime
    verdict: FeedbackVerdict
    label: str | None = None
    comment: str | None = None
    reader: str | None = None


class AnalysisRepository(Protocol):
    """Analyses, kept; what is not the owner's does not exist (`AnalysisNotFound`). Raises `StorageUnavailable`."""

    async def save(self, analysis: StoredAnalysis) -> None:
        """Save an analysis; when this returns, it is stored. It replaces an earlier one of the same id."""

    async def get(self, owner: Owner, analysis_id: str) -> StoredAnalysis:
        """Return an analysis of the owner's."""

    async def list_analyses(
        self, owner: Owner, wanted: AnalysisFilter, *, before: str | None, limit: int
    ) -> list[StoredAnalysis]:
        """List the owner's analyses that pass the filter, the newest first, from the one after `before` (an id) on."""

    async def delete(self, owner: Owner, analysis_id: str) -> None:
        """Delete an analysis and its feedback."""

    async def add_feedback(self, feedback: Feedback) -> None:
        """Save what a reader says."""

    def feedback(self, owner: Owner | None) -> AsyncIterator[tuple[Feedback, StoredAnalysis]]:
        """Yield all feedback, the oldest first, with the analysis it is about; of every owner if None is given."""

    async def delete_older_than(self, moment: datetime) -> int:
        """Delete the analyses that are older, and return how many those were."""
