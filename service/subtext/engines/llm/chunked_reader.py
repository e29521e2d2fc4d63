"""Chunked reading: send an article whole or in passages, once or for several samples, and merge the answers.

The size of a passage is estimated in tokens, and corrected by the tokens that the server counts.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.analysis.chunking import coverage, estimate_tokens, split_into_chunks
from subtext.domain.article import AnalysisWarning
from subtext.domain.draft import Draft
from subtext.domain.evidence import Span
from subtext.domain.text.invisible import strip_invisible
from subtext.domain.text.prepared import PreparedText
from subtext.engines.llm.failures import AttemptFailed
from subtext.engines.llm.merge import (
    ChunkDraft,
    concatenate_summaries,
    merge_framing,
    merge_target,
    select_key_sentences,
    with_offsets,
)
from subtext.engines.llm.repairs import describe_repairs, sum_repairs
from subtext.errors import EngineMisconfigured, EngineQuotaExhausted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from subtext.analysis.ports import AnalysisPart, EngineRequest
    from subtext.clock import Clock
    from subtext.domain.analysis import Coverage, Repair
    from subtext.domain.draft import DraftSummary
    from subtext.engines.llm.conversation import ModelReply, ParsedDraft
    from subtext.engines.llm.progress_tracker import ProgressTracker

    AskModel = Callable[[str, frozenset[AnalysisPart], float], Awaitable[ModelReply]]
    from subtext.prompts.spec import Message

# How much one report moves the estimate, and how far it may go from the script's own.
_WEIGHT = 0.3

_RATIO_MIN, _RATIO_MAX = 0.5, 6.0

# Smaller pieces than this say nothing of an article.
TOKENS_MIN = 200.0


class ChunkSizer:
    """Split texts into passages of at most so many of the server's own tokens."""

    def __init__(self, tokens: int) -> None:
        self._tokens, self._ratio = float(tokens), 1.0

    @property
    def tokens(self) -> float:
        """Return the estimated tokens that a passage may have."""
        return max(TOKENS_MIN, self._tokens / self._ratio)

    def split(self, text: PreparedText) -> tuple[Span, ...]:
        """Split a text into passages; one if it fits."""
        return split_into_chunks(text, self.tokens)

    def split_smaller(self, text: str) -> tuple[Span, ...]:
        """Split a text that turned out too long into smaller passages."""
        return split_into_chunks(PreparedText(text), max(TOKENS_MIN, min(self.tokens, estimate_tokens(text)) / 2))

    def calibrate(self, messages: Iterable[Message], counted: int | None) -> None:
        """Correct the estimate by how many tokens the server counted in a request."""
        estimated = sum(estimate_tokens(message.content) for message in messages)
        if counted and estimated:
            ratio = min(_RATIO_MAX, max(_RATIO_MIN, counted / estimated))
            self._ratio += _WEIGHT * (ratio - self._ratio)


# What is left of the time for the summary of the whole, once the passages are read.
_FOR_SUMMARY = 0.25

_SUMMARY: frozenset[AnalysisPart] = frozenset({"summary"})

# After these no other passage fares better.
_FATAL_ERRORS = (EngineMisconfigured, EngineQuotaExhausted)


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """Hold one passage of one sample: the answer, or how that failed."""

    span: Span
    sample: int
    reply: ModelReply | None = None
    failed: AttemptFailed | None = None

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """Return what was put right in the form of the answers."""
        return () if self.reply is None else self.reply.parsed.repairs


@dataclass(frozen=True, slots=True)
class MergedResult:
    """Hold the one draft of an article, what of it was read, the chunks that it comes from, and the warnings."""

    draft: Draft
    coverage: Coverage
    results: tuple[ChunkResult, ...]
    warnings: tuple[AnalysisWarning, ...]
    repairs: tuple[Repair, ...] = ()

    @property
    def answers(self) -> list[ModelReply]:
        """Return the answers, in order, without the chunks that failed."""
        return [result.reply for result in self.results if result.reply is not None]

    @property
    def samples(self) -> int:
        """Return how many samples have an answer."""
        return len({result.sample for result in self.results if result.reply is not None})

    @property
    def partial(self) -> bool:
        """Return whether an answer was cut short."""
        return any(reply.parsed.partial for reply in self.answers)


class ChunkedReader:
    """Read one article with a model; at most `parallel` requests at a time."""

    def __init__(
        self,
        request: EngineRequest,
        ask: AskModel,
        sizer: ChunkSizer,
        clock: Clock,
        parallel: int,
        tracker: ProgressTracker,
    ) -> None:
        self._request, self._ask, self._sizer, self._clock = request, ask, sizer, clock
        self._tracker = tracker
        self._text = request.article.text
        self._slots = asyncio.Semaphore(parallel)
        self._fatal: AttemptFailed | None = None

    async def run(self) -> MergedResult:
        """Return the one draft; raises the `AttemptFailed` of the first chunk if none was answered."""
        spans = self._sizer.split(self._request.article.prepared)
        results = await self._read_chunks(spans, self._deadline(spans))
        drafts = [self._to_chunk_draft(result, result.reply) for result in results if result.reply is not None]
        if not drafts:
            raise next(result.failed for result in results if result.failed is not None)
        covered = coverage(len(self._text), (draft_of_chunk.span for draft_of_chunk in drafts))
        summary, warnings, summary_repairs = await self._summary(drafts)
        draft = Draft(merge_target(drafts), summary, merge_framing(drafts))
        repairs = sum_repairs((*(result.repairs for result in results), summary_repairs))
        all_warnings = *_repair_warnings(repairs), *_warnings(results, covered), *warnings
        return MergedResult(draft, covered, results, all_warnings, repairs)

    def _deadline(self, spans: tuple[Span, ...]) -> float:
        """Return when the passages have to be read: if there are several, in time for the summary of the whole."""
        if len(spans) == 1 or "summary" not in self._request.parts:
            return self._request.deadline
        left = self._request.deadline - self._clock.monotonic()
        return self._request.deadline - max(0.0, left) * _FOR_SUMMARY

    async def _read_chunks(self, spans: tuple[Span, ...], deadline: float) -> tuple[ChunkResult, ...]:
        samples = range(self._request.samples)
        self._tracker.add_passages(len(spans) * len(samples))
        if len(spans) == len(samples) == 1:
            return tuple(await self._read_chunk(spans[0], 0, deadline))
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(self._read_chunk(span, n, deadline)) for span in spans for n in samples]
        return tuple(result for request in running for result in request.result())

    async def _read_chunk(self, span: Span, sample: int, deadline: float, *, again: bool = True) -> list[ChunkResult]:
        """Read a passage, in smaller ones if it turns out too long."""
        text = self._text[span.start : span.end]
        async with self._slots:
            try:
                if self._fatal is not None:
                    raise self._fatal
                visible = strip_invisible(text, self._request.article.prepared.unusual)
                reply = await self._ask(visible, self._request.parts, deadline)
                self._tracker.finish_passage()
                self._emit_partial(span, reply)
                return [ChunkResult(span, sample, reply)]
            except AttemptFailed as failed:
                if issubclass(failed.rule.error, _FATAL_ERRORS):
                    self._fatal = failed
                smaller = self._sizer.split_smaller(text) if again and failed.outcome == "input_too_long" else ()
                if len(smaller) < 2:  # noqa: PLR2004 - one piece is no smaller
                    return [ChunkResult(span, sample, failed=failed)]
        self._tracker.add_passages(len(smaller) - 1)
        shifted = [Span(span.start + part.start, span.start + part.end) for part in smaller]
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(self._read_chunk(part, sample, deadline, again=False)) for part in shifted]
        return [result for request in running for result in request.result()]

    def _emit_partial(self, span: Span, reply: ModelReply) -> None:
        """Call `on_partial` with the draft of a passage, unless it is the whole already."""
        if self._request.on_partial is not None and span != Span(0, len(self._text)):
            self._request.on_partial(with_offsets(reply.parsed.draft, span, self._text))

    def _to_chunk_draft(self, result: ChunkResult, reply: ModelReply) -> ChunkDraft:
        draft = reply.parsed.draft
        if result.span != Span(0, len(self._text)):
            draft = with_offsets(draft, result.span, self._text)
        return ChunkDraft(result.span, draft, result.sample)

    async def _summary(
        self, drafts: list[ChunkDraft]
    ) -> tuple[DraftSummary | None, tuple[AnalysisWarning, ...], tuple[Repair, ...]]:
        """Return the summary of the whole: the only one, one asked for over the key sentences, or one put together."""
        first = list({draft_of_chunk.span: draft_of_chunk for draft_of_chunk in reversed(drafts)}.values())[::-1]
        if len(first) == 1 or "summary" not in self._request.parts:
            return first[0].draft.summary, (), ()
        text = select_key_sentences(self._request.article.prepared, first, self._sizer.tokens)
        try:
            if text:
                reply = await self._ask(strip_invisible(text), _SUMMARY, self._request.deadline)
                parsed = reply.parsed
                return parsed.draft.summary, tuple(_leak_warnings([parsed])), parsed.repairs
        except AttemptFailed:
            # Degraded on purpose, and said so: the passages have been read, and their sentences stand.
            pass
        message = "the summary of the whole could not be had: it is put together from those of its passages"
        return concatenate_summaries(first), (AnalysisWarning("summary_put_together", message, "/summary"),), ()


def _warnings(results: tuple[ChunkResult, ...], coverage: Coverage) -> Iterator[AnalysisWarning]:
    """Build the warnings about how the reading went."""
    parsed = [result.reply.parsed for result in results if result.reply is not None]
    if any(item.partial for item in parsed):
        message = "the model's answer was cut short: what was whole in it is here, the rest is missing"
        yield AnalysisWarning("output_cut", message)
    yield from _leak_warnings(parsed)
    for gap in coverage.ranges_failed:
        yield AnalysisWarning(
            "passage_failed", "this part of the text could not be read", "/coverage/ranges_failed", gap
        )
    if len(parsed) < len(results) and coverage.complete:
        yield AnalysisWarning("sample_failed", "not every sample that was asked for was answered", "/engine/samples")


def _repair_warnings(repairs: tuple[Repair, ...]) -> Iterator[AnalysisWarning]:
    if repairs:
        yield AnalysisWarning("output_repaired", describe_repairs(repairs), "/grounding/repairs")


def _leak_warnings(parsed: Iterable[ParsedDraft]) -> Iterator[AnalysisWarning]:
    if any(item.withheld for item in parsed):
        yield AnalysisWarning("prompt_leak", "the model repeated what it had been told to do: those words are withheld")
