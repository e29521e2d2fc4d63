"""Ports of analyses: the engine that drafts them, and the repository that stores them with readers' feedback.

Adapters and fakes run under the same contract tests.
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

# A day: an analysis that takes longer has stopped.
DEADLINE_MAX_S = 86_400.0

ALL_PARTS: frozenset[AnalysisPart] = frozenset({"summary", "framing"})


@dataclass(frozen=True, slots=True)
class Progress:
    """Report how far a model has come with its answer: tokens written so far, and seconds since it was asked.

    Of `passages` of a long article `passages_read` are answered already; a short one is a single passage.
    """

    model: str
    tokens: int
    seconds: float
    passages_read: int = 0
    passages: int = 1


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """Ask an engine to read an article on an axis, for these parts, until `deadline` (monotonic seconds).

    `fallback` says whether another engine may answer if it cannot, `samples` how often a model is asked. `on_partial`
    is called with the draft of each part of a long article once it has been read. `on_progress` is called each time
    that a model has written some more; if it is given, answers are streamed.
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
    """Return a draft, how it was made, and warnings for the reader.

    `coverage` says which parts of the text were read, None for all of it; `partial` that an answer was
    cut short; `repairs` what was put right in the form of its answers.
    """

    draft: Draft
    provenance: Provenance
    warnings: tuple[AnalysisWarning, ...] = ()
    coverage: Coverage | None = None
    partial: bool = False
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Describe an engine to callers: its name in requests, kind, model, and the axes and languages it reads.

    Empty `axes` or `languages` mean that there is no limit. `output_mode` is how a model's server is asked for JSON at
    present, None if no server is asked.
    """

    name: str
    kind: EngineKind
    model: str
    axes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    output_mode: str | None = None


class Engine(Protocol):
    """Read articles. Raises `EngineError`, `UnsupportedAxis` or `UnsupportedLanguage`, and nothing else."""

    @property
    def info(self) -> EngineInfo:
        """Return the engine's description for callers."""

    async def read(self, request: EngineRequest) -> EngineResult:
        """Draft the parts asked for, inside the request's deadline."""


FeedbackVerdict = Literal["right", "wrong"]


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """Store an analysis as it was answered (`document`, JSON), with the columns that filters use.

    `engine` is its kind, `outlet` the site or the host, None if the article was sent as text.
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
    """Filter analyses: a field that is None matches all; names are compared without regard to case."""

    label: str | None = None
    outlet: str | None = None
    target: str | None = None
    engine: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """Record a reader's feedback; `label` is the right one in their eyes, `reader` who they are, if known."""

    id: str
    analysis_id: str
    owner: Owner
    created_at: datetime
    verdict: FeedbackVerdict
    label: str | None = None
    comment: str | None = None
    reader: str | None = None


class AnalysisRepository(Protocol):
    """Store analyses; another owner's does not exist (`AnalysisNotFound`). Every method raises `StorageUnavailable`."""

    async def save(self, analysis: StoredAnalysis) -> None:
        """Save an analysis; when this returns, it is stored. It replaces an earlier one of the same id."""

    async def get(self, owner: Owner, analysis_id: str) -> StoredAnalysis:
        """Return one of the owner's analyses."""

    async def list_analyses(
        self, owner: Owner, filters: AnalysisFilter, *, before: str | None, limit: int
    ) -> list[StoredAnalysis]:
        """List the owner's analyses that match every filter, newest first, from the one after `before` (an id) on."""

    async def delete(self, owner: Owner, analysis_id: str) -> None:
        """Delete an analysis and its feedback."""

    async def add_feedback(self, feedback: Feedback) -> None:
        """Add a reader's feedback; raises `AnalysisNotFound`."""

    def feedback(self, owner: Owner | None) -> AsyncIterator[tuple[Feedback, StoredAnalysis]]:
        """Iterate over the feedback, oldest first, each with its analysis; of every owner if None is given."""

    async def delete_older_than(self, moment: datetime) -> int:
        """Delete older analyses, and return their number."""
