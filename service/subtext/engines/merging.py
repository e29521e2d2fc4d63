"""Merging: one draft from several, of the passages of a long article or of several samples of one.

Pure. Evidence of all drafts counts, once each; a label is only claimed, the analyst weighs the evidence itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from subtext.analyst.weighing import MASS
from subtext.domain.axis import NEITHER
from subtext.domain.draft import DraftFraming

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.domain.draft import Draft, DraftEvidence
    from subtext.domain.evidence import Span


@dataclass(frozen=True, slots=True)
class Piece:
    """A draft of one passage (`span` of the article), drawn as one of several samples (from 0)."""

    span: Span
    draft: Draft
    sample: int = 0


def placed(draft: Draft, span: Span, text: str) -> Draft:
    """The draft of a passage with where its framing quotes stand in the whole text, as far as they do literally."""
    if draft.framing is None:
        return draft
    found = tuple(replace(item, at=_at(item.quote, span, text)) for item in draft.framing.evidence)
    return replace(draft, framing=replace(draft.framing, evidence=found))


def merged_target(pieces: Iterable[Piece]) -> str | None:
    """The target that most drafts name; the first of those named as often."""
    names = Counter(piece.draft.target for piece in pieces if piece.draft.target)
    return names.most_common(1)[0][0] if names else None


def merged_framing(pieces: Sequence[Piece]) -> DraftFraming | None:
    """The framing with the evidence of all pieces, and the label that most samples come to.

    With more than one sample `agreement` is the share of them that come to it.
    """
    by_sample: dict[int, list[DraftFraming]] = {}
    for piece in pieces:
        if piece.draft.framing is not None:
            by_sample.setdefault(piece.sample, []).append(piece.draft.framing)
    if not by_sample:
        return None
    whole = [_joined(framings) for framings in by_sample.values()]
    label, votes = Counter(framing.label for framing in whole).most_common(1)[0]
    chosen = next(framing for framing in whole if framing.label == label)
    evidence = _distinct(item for framing in whole for item in framing.evidence)
    agreement = votes / len(whole) if len(whole) > 1 else None
    return replace(chosen, evidence=evidence, agreement=agreement)


def _joined(framings: Sequence[DraftFraming]) -> DraftFraming:
    """The framings of an article's passages as one: the label with most evidence behind it is claimed."""
    if len(framings) == 1:
        return framings[0]
    mass: Counter[str | None] = Counter()
    for framing in framings:
        # What frames nothing says little beside what does.
        mass[framing.label] += (
            0 if framing.label == NEITHER else 1 + sum(MASS[item.strength] for item in framing.evidence)
        )
    label = mass.most_common(1)[0][0]
    same = [framing for framing in framings if framing.label == label]
    longest = max(same, key=lambda framing: len(framing.evidence))
    stated = [framing.confidence for framing in same if framing.confidence is not None]
    confidence = round(sum(stated) / len(stated), 2) if stated else None
    evidence = _distinct(item for framing in framings for item in framing.evidence)
    return DraftFraming(label, confidence, longest.rationale, evidence)


def _distinct(items: Iterable[DraftEvidence]) -> tuple[DraftEvidence, ...]:
    """Each quote once a place, voice and pole: neighbouring passages share a little, samples much."""
    found = {(item.quote, item.at, item.speaker, item.pole): item for item in items}
    return tuple(found.values())


def _at(quote: str, span: Span, text: str) -> int | None:
    found = text.find(quote, span.start, span.end) if quote else -1
    return found if found >= 0 else None
