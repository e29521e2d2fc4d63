"""Reading one article with a model: whole or in passages, once or several times, and one draft out of all of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.analyst.passages import coverage_of
from subtext.domain.article import Notice
from subtext.domain.draft import Draft
from subtext.domain.errors import EngineMisconfigured, EngineQuotaExhausted
from subtext.domain.evidence import Span
from subtext.domain.visible import visible
from subtext.engines.condensing import condensed, put_together
from subtext.engines.faults import AttemptFailed
from subtext.engines.merging import Piece, merged_framing, merged_target, placed
from subtext.engines.repairs import describe_repairs, sum_repairs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from subtext.analyst.ports import Clock, Part, Task
    from subtext.domain.analysis import Coverage, Repair
    from subtext.domain.draft import DraftSummary
    from subtext.engines.asking import Answered
    from subtext.engines.exchange import Drafted
    from subtext.engines.progress import ProgressTracker
    from subtext.engines.sizes import PassageSizes

    # Asks for these parts of a text until a time (monotonic s); raises `AttemptFailed`.
    Ask = Callable[[str, frozenset[Part], float], Awaitable[Answered]]

# What is left of the time for the summary of the whole, once the passages are read.
_FOR_SUMMARY = 0.25
_SUMMARY: frozenset[Part] = frozenset({"summary"})
# After these no other passage fares better.
_HOPELESS = (EngineMisconfigured, EngineQuotaExhausted)


@dataclass(frozen=True, slots=True)
class Take:
    """One passage as one sample reads it: what was answered, or how that failed."""

    span: Span
    sample: int
    answered: Answered | None = None
    failed: AttemptFailed | None = None

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What was put right in the form of the answer."""
        return () if self.answered is None else self.answered.drafted.repairs


@dataclass(frozen=True, slots=True)
class WholeReading:
    """One draft of an article, what of it was read, the takes that it comes from, and what must be known of it."""

    draft: Draft
    coverage: Coverage
    takes: tuple[Take, ...]
    notices: tuple[Notice, ...]
    repairs: tuple[Repair, ...] = ()

    @property
    def answers(self) -> list[Answered]:
        """The answers that there were, in order."""
        return [take.answered for take in self.takes if take.answered is not None]

    @property
    def samples(self) -> int:
        """How many samples there were an answer of."""
        return len({take.sample for take in self.takes if take.answered is not None})

    @property
    def partial(self) -> bool:
        """Whether an answer was cut short."""
        return any(answered.drafted.partial for answered in self.answers)


class ArticleReading:
    """One article on its way through a model; at most `parallel` requests at a time."""

    def __init__(
        self, task: Task, ask: Ask, sizes: PassageSizes, clock: Clock, parallel: int, tracker: ProgressTracker
    ) -> None:
        self._task, self._ask, self._sizes, self._clock = task, ask, sizes, clock
        self._tracker = tracker
        self._text = task.article.text
        self._places = asyncio.Semaphore(parallel)
        self._hopeless: AttemptFailed | None = None

    async def run(self) -> WholeReading:
        """The one draft; raises the `AttemptFailed` of the first take where none was answered."""
        spans = self._sizes.split(self._text)
        takes = await self._takes(spans, self._deadline(spans))
        pieces = [self._piece(take, take.answered) for take in takes if take.answered is not None]
        if not pieces:
            raise next(take.failed for take in takes if take.failed is not None)
        coverage = coverage_of(len(self._text), (piece.span for piece in pieces))
        summary, notices, of_summary = await self._summary(pieces)
        draft = Draft(merged_target(pieces), summary, merged_framing(pieces))
        repairs = sum_repairs((*(take.repairs for take in takes), of_summary))
        told = *_repair_notices(repairs), *_notices(takes, coverage), *notices
        return WholeReading(draft, coverage, takes, told, repairs)

    def _deadline(self, spans: tuple[Span, ...]) -> float:
        """When the passages have to be read: of several, before the summary of the whole."""
        if len(spans) == 1 or "summary" not in self._task.parts:
            return self._task.deadline
        left = self._task.deadline - self._clock.monotonic()
        return self._task.deadline - max(0.0, left) * _FOR_SUMMARY

    async def _takes(self, spans: tuple[Span, ...], deadline: float) -> tuple[Take, ...]:
        samples = range(self._task.samples)
        self._tracker.add_passages(len(spans) * len(samples))
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(self._take(span, n, deadline)) for span in spans for n in samples]
        return tuple(take for task in running for take in task.result())

    async def _take(self, span: Span, sample: int, deadline: float, *, again: bool = True) -> list[Take]:
        """A passage, in smaller ones where it turns out too long."""
        text = self._text[span.start : span.end]
        async with self._places:
            try:
                if self._hopeless is not None:
                    raise self._hopeless
                answered = await self._ask(visible(text), self._task.parts, deadline)
                self._tracker.finish_passage()
                self._tell(span, answered)
                return [Take(span, sample, answered)]
            except AttemptFailed as failed:
                if issubclass(failed.fault.error, _HOPELESS):
                    self._hopeless = failed
                smaller = self._sizes.halved(text) if again and failed.outcome == "input_too_long" else ()
                if len(smaller) < 2:  # noqa: PLR2004 - one piece is no smaller
                    return [Take(span, sample, failed=failed)]
        self._tracker.add_passages(len(smaller) - 1)
        shifted = [Span(span.start + part.start, span.start + part.end) for part in smaller]
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(self._take(part, sample, deadline, again=False)) for part in shifted]
        return [take for task in running for take in task.result()]

    def _tell(self, span: Span, answered: Answered) -> None:
        """Let the asker hear of a part, where it is not the whole already."""
        if self._task.heard is not None and span != Span(0, len(self._text)):
            self._task.heard(placed(answered.drafted.draft, span, self._text))

    def _piece(self, take: Take, answered: Answered) -> Piece:
        draft = answered.drafted.draft
        is_whole = take.span == Span(0, len(self._text))
        return Piece(take.span, draft if is_whole else placed(draft, take.span, self._text), take.sample)

    async def _summary(self, pieces: list[Piece]) -> tuple[DraftSummary | None, tuple[Notice, ...], tuple[Repair, ...]]:
        """The summary of the whole: the one there is, one of what the passages' summaries rest on, or one of them."""
        first = list({piece.span: piece for piece in reversed(pieces)}.values())[::-1]
        if len(first) == 1 or "summary" not in self._task.parts:
            return first[0].draft.summary, (), ()
        text = condensed(self._text, first, self._sizes.tokens)
        try:
            if text:
                answered = await self._ask(visible(text), _SUMMARY, self._task.deadline)
                drafted = answered.drafted
                return drafted.draft.summary, tuple(_leak_notices([drafted])), drafted.repairs
        except AttemptFailed:
            # Degraded on purpose, and said so: the passages have been read, and their sentences stand.
            pass
        message = "the summary of the whole could not be had: it is put together from those of its passages"
        return put_together(first), (Notice("summary_put_together", message, "/summary"),), ()


def _notices(takes: tuple[Take, ...], coverage: Coverage) -> Iterator[Notice]:
    """What the reader must know of how the reading went."""
    drafted = [take.answered.drafted for take in takes if take.answered is not None]
    if any(item.partial for item in drafted):
        message = "the model's answer was cut short: what was whole in it is here, the rest is missing"
        yield Notice("output_cut", message)
    yield from _leak_notices(drafted)
    for gap in coverage.ranges_failed:
        yield Notice("passage_failed", "this part of the text could not be read", "/coverage/ranges_failed", gap)
    if len(drafted) < len(takes) and coverage.complete:
        yield Notice("sample_failed", "not every sample that was asked for was answered", "/engine/samples")


def _repair_notices(repairs: tuple[Repair, ...]) -> Iterator[Notice]:
    if repairs:
        yield Notice("output_repaired", describe_repairs(repairs), "/grounding/repairs")


def _leak_notices(drafted: Iterable[Drafted]) -> Iterator[Notice]:
    if any(item.withheld for item in drafted):
        yield Notice("prompt_leak", "the model repeated what it had been told to do: those words are withheld")
