"""Merge drafts: of the passages of a long article, or of several samples of one, into one draft.

Pure. Evidence of all drafts counts, once each; a label is only claimed, the analyzer scores the evidence itself. The
summary of a long article is asked for once more, over the sentences that the passages' summaries rest on: they are the
article's own, so that what it quotes is still verbatim, and their number grows far slower than the text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from subtext.analysis.chunking import estimate_tokens, sentence_spans
from subtext.analysis.scoring import STRENGTH_WEIGHTS
from subtext.domain.axis import NEITHER
from subtext.domain.draft import DraftFraming, DraftSummary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from subtext.domain.draft import Draft, DraftEvidence
    from subtext.domain.evidence import Span
    from subtext.domain.text.prepared import PreparedText


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """Hold the draft of one passage (`span` of the article), as one of several samples (from 0)."""

    span: Span
    draft: Draft
    sample: int = 0


def with_offsets(draft: Draft, span: Span, text: str) -> Draft:
    """Return a passage's draft with the offsets of its framing quotes in the whole text, if they are verbatim there."""
    if draft.framing is None:
        return draft
    evidence = tuple(replace(item, at=_at(item.quote, span, text)) for item in draft.framing.evidence)
    return replace(draft, framing=replace(draft.framing, evidence=evidence))


def merge_target(drafts: Iterable[ChunkDraft]) -> str | None:
    """Return the target that most drafts name; of those named as often, the first."""
    names = Counter(chunk.draft.target for chunk in drafts if chunk.draft.target)
    return names.most_common(1)[0][0] if names else None


def merge_framing(drafts: Sequence[ChunkDraft]) -> DraftFraming | None:
    """Merge the framings: the evidence of all drafts, and the label that most samples come to.

    With more than one sample `agreement` is the share of them that come to it.
    """
    by_sample: dict[int, list[DraftFraming]] = {}
    for chunk in drafts:
        if chunk.draft.framing is not None:
            by_sample.setdefault(chunk.sample, []).append(chunk.draft.framing)
    if not by_sample:
        return None
    whole = [_merge_chunks(framings) for framings in by_sample.values()]
    label, votes = Counter(framing.label for framing in whole).most_common(1)[0]
    chosen = next(framing for framing in whole if framing.label == label)
    evidence = _deduplicate(item for framing in whole for item in framing.evidence)
    agreement = votes / len(whole) if len(whole) > 1 else None
    return replace(chosen, evidence=evidence, agreement=agreement)


def _merge_chunks(framings: Sequence[DraftFraming]) -> DraftFraming:
    """Merge the framings of an article's passages: the label with most evidence behind it is claimed."""
    if len(framings) == 1:
        return framings[0]
    mass: Counter[str | None] = Counter()
    for framing in framings:
        # What frames nothing says little beside what does.
        mass[framing.label] += (
            0 if framing.label == NEITHER else 1 + sum(STRENGTH_WEIGHTS[item.strength] for item in framing.evidence)
        )
    label = mass.most_common(1)[0][0]
    same = [framing for framing in framings if framing.label == label]
    longest = max(same, key=lambda framing: len(framing.evidence))
    stated = [framing.confidence for framing in same if framing.confidence is not None]
    confidence = round(sum(stated) / len(stated), 2) if stated else None
    evidence = _deduplicate(item for framing in framings for item in framing.evidence)
    return DraftFraming(label, confidence, longest.rationale, evidence)


def _deduplicate(items: Iterable[DraftEvidence]) -> tuple[DraftEvidence, ...]:
    """Drop repeated quotes of one place, voice and pole: neighbouring passages share a little, samples much."""
    unique = {(item.quote, item.at, item.speaker, item.pole): item for item in items}
    return tuple(unique.values())


def _at(quote: str, span: Span, text: str) -> int | None:
    offset = text.find(quote, span.start, span.end) if quote else -1
    return offset if offset >= 0 else None


# Sentences of a summary that is only put together.
_SENTENCES_MAX = 8


def select_key_sentences(article: PreparedText, drafts: Sequence[ChunkDraft], tokens: float) -> str:
    """Return the sentences that the summaries quote, in order, a paragraph each; of too many, the first of each."""
    units, text = list(sentence_spans(article)), article.text
    starts = [unit.start for unit in units]
    chosen: dict[int, Span] = {}
    left = tokens
    for start in _quote_offsets(text, drafts):
        unit = units[bisect_right(starts, start) - 1]
        size = estimate_tokens(text[unit.start : unit.end]) + 1
        if unit.start not in chosen and size <= left:
            chosen[unit.start] = unit
            left -= size
    return "\n\n".join(text[unit.start : unit.end].strip() for _, unit in sorted(chosen.items()))


def concatenate_summaries(drafts: Sequence[ChunkDraft]) -> DraftSummary | None:
    """Build a summary of the first sentences of passages spread over the article, if none can be asked for."""
    summaries = [chunk.draft.summary for chunk in drafts if chunk.draft.summary and chunk.draft.summary.sentences]
    if not summaries:
        return None
    step = max(1, -(-len(summaries) // _SENTENCES_MAX))
    return DraftSummary(summaries[0].headline, tuple(summary.sentences[0] for summary in summaries[::step]))


def _quote_offsets(text: str, drafts: Sequence[ChunkDraft]) -> Iterator[int]:
    """Yield the offsets of the summaries' quotes: those of the first sentence of each, then of the second."""
    lists = [(chunk.span, chunk.draft.summary.sentences) for chunk in drafts if chunk.draft.summary is not None]
    for rank in range(max((len(sentences) for _, sentences in lists), default=0)):
        for span, sentences in lists:
            for quote in sentences[rank].quotes if rank < len(sentences) else ():
                start = text.find(quote, span.start, span.end) if quote else -1
                if start >= 0:
                    yield start
