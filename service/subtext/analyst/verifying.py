"""Verifying: a stored analysis held against its text again, without a model.

An answer can be kept for years and pass through many hands; whoever holds the text can have every claim checked anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.analyst.adequacy import Adequacy
from subtext.analyst.content_words import ContentWords
from subtext.analyst.weighing import MASS, lean_by_voice, weigh
from subtext.analyst.wording import Wording
from subtext.domain.evidence import Match
from subtext.domain.folding import FoldedText
from subtext.domain.grounding import ground

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from subtext.domain.analysis import VoiceLean
    from subtext.domain.axis import Axis
    from subtext.domain.evidence import Evidence
    from subtext.domain.framing import Divergence, Framing, IndicatorCount, LabelSource, Lean

# Stored figures have four digits.
_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Failure:
    """A claim that does not hold: where (a JSON pointer), a stable code, and a sentence."""

    pointer: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """The verdict as stored; `label` is None where it was withheld. What is None or empty at its end is not checked."""

    axis: Axis
    lean: Lean
    author: Lean
    attributed: Lean
    divergence: Divergence
    headline: Lean | None = None
    indicators: Sequence[IndicatorCount] | None = None
    voices: Sequence[VoiceLean] = ()
    label_source: LabelSource = "evidence"


@dataclass(frozen=True, slots=True)
class Stored:
    """What a stored analysis claims. `references` are evidence ids by the pointer of the field that names them.

    `language` is the text's code, `names` are the names that the analysis gives: its target and its speakers.
    """

    sha256: str
    evidence: Sequence[Evidence]
    voice_ids: frozenset[str]
    references: Mapping[str, Sequence[str]]
    verdict: StoredVerdict | None
    language: str = "und"
    names: tuple[str, ...] = ()


def verify(stored: Stored, text: str) -> tuple[Failure, ...]:
    """Every claim that does not hold against the text; empty: all of them hold."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    if digest != stored.sha256.lower():
        message = "the text is not the one that was analysed: its SHA-256 differs"
        return (Failure("/document/sha256", "digest_differs", message),)
    return (*_quotes(stored, text), *_references(stored), *_verdict(stored, text))


def _quotes(stored: Stored, text: str) -> Iterator[Failure]:
    folded = FoldedText(text)
    content = ContentWords(Wording(text), stored.language, stored.names)
    for index, item in enumerate(stored.evidence):
        span, pointer = item.match.span, f"/evidence/{index}"
        if text[span.start : span.end] != item.match.quote:
            message = f"the text from {span.start} to {span.end} is not the quote"
            yield Failure(f"{pointer}/quote", "quote_differs", message)
        elif folded.utf16(span) != item.match.utf16:
            yield Failure(f"{pointer}/utf16", "utf16_differs", "the UTF-16 offsets are not those of the quote")
        elif (counted := _counted(item.match, folded)) != (item.match.occurrence, item.match.occurrences):
            message = f"the quote is number {counted[0]} of {counted[1]} in the text"
            yield Failure(f"{pointer}/occurrence", "occurrence_differs", message)
        elif item.role == "framing" and not content.are_in(item.match.quote):
            message = "the quote has only function words, numbers or names: it is evidence for nothing"
            yield Failure(f"{pointer}/quote", "no_content_words", message)


def _counted(match: Match, folded: FoldedText) -> tuple[int, int]:
    """Which of its occurrences a quote is, counted anew; as claimed where the words as proposed are not known."""
    again = ground(match.quote, folded, near=match.span.start)
    if match.kind == "exact" and isinstance(again, Match) and again.span == match.span:
        return again.occurrence, again.occurrences
    return max(match.occurrence, 1), max(match.occurrences, match.occurrence, 1)


def _references(stored: Stored) -> Iterator[Failure]:
    known: set[str] = set()
    for index, item in enumerate(stored.evidence):
        if item.id in known:
            yield Failure(f"/evidence/{index}/id", "id_repeated", f"there is another evidence {item.id}")
        known.add(item.id)
    for pointer, ids in stored.references.items():
        if missing := [item for item in ids if item not in known]:
            yield Failure(pointer, "evidence_missing", f"there is no evidence {', '.join(missing)}")
    for index, item in enumerate(stored.evidence):
        if item.voice_id is not None and item.voice_id not in stored.voice_ids:
            yield Failure(f"/evidence/{index}/voice_id", "voice_missing", f"there is no voice {item.voice_id}")


def _verdict(stored: Stored, text: str) -> Iterator[Failure]:
    if stored.verdict is None:
        return
    if strange := list(_not_on(stored.verdict.axis, stored.evidence)):
        yield from strange
        return
    claimed = stored.verdict.lean.label if stored.verdict.label_source == "engine" else None
    again = weigh(stored.evidence, stored.verdict.axis, claimed=claimed)
    withheld = not _has_framing(stored) or Adequacy.of(text).may_withhold
    yield from _lean("/framing", stored.verdict.lean, again.lean, withheld=withheld)
    yield from _lean("/framing/by_voice/author", stored.verdict.author, again.author)
    yield from _lean("/framing/by_voice/attributed", stored.verdict.attributed, again.attributed)
    yield from _divergence(stored.verdict, again)
    if stored.verdict.headline is not None:
        yield from _lean("/framing/headline", stored.verdict.headline, again.headline)
    yield from _indicators(stored.verdict, again)
    yield from _voices(stored.verdict, stored.evidence)


def _not_on(axis: Axis, evidence: Sequence[Evidence]) -> Iterator[Failure]:
    """Evidence that cannot be weighed: there is no verdict to compare then."""
    for index, item in enumerate(evidence):
        if item.pole is not None and item.pole not in axis.poles:
            yield Failure(
                f"/evidence/{index}/pole", "malformed", f"the axis has no such pole: {' or '.join(axis.poles)}"
            )
        if item.strength is not None and item.strength not in MASS:
            yield Failure(f"/evidence/{index}/strength", "malformed", f"a strength is one of {', '.join(MASS)}")


def _divergence(verdict: StoredVerdict, again: Framing) -> Iterator[Failure]:
    if verdict.divergence != again.divergence:
        message = f"the evidence gives {again.divergence}, not {verdict.divergence}"
        yield Failure("/framing/divergence", "divergence_differs", message)


def _indicators(verdict: StoredVerdict, again: Framing) -> Iterator[Failure]:
    if verdict.indicators is not None and set(verdict.indicators) != set(again.indicators):
        found = ", ".join(f"{item.code} {item.count}" for item in again.indicators) or "none"
        yield Failure("/framing/indicators", "indicators_differ", f"the evidence gives {found}")


def _voices(verdict: StoredVerdict, evidence: Sequence[Evidence]) -> Iterator[Failure]:
    """A voice's label and figures, and the evidence that it is said to stand on, from the evidence itself."""
    again = lean_by_voice((heard.voice for heard in verdict.voices), evidence, verdict.axis)
    for index, (claimed, found) in enumerate(zip(verdict.voices, again, strict=True)):
        yield from _lean(f"/voices/{index}", claimed.lean, found.lean)
        if set(claimed.evidence_ids) != set(found.evidence_ids):
            message = f"the evidence of this voice is {', '.join(found.evidence_ids) or 'none'}"
            yield Failure(f"/voices/{index}/evidence_ids", "voice_differs", message)


def _has_framing(stored: Stored) -> bool:
    return any(item.role == "framing" for item in stored.evidence)


def _lean(pointer: str, claimed: Lean, again: Lean, *, withheld: bool = False) -> Iterator[Failure]:
    """A label may be withheld if there is no evidence or too little text; it may never differ from the evidence's."""
    if claimed.label != again.label and not (withheld and claimed.label is None):
        message = f"the evidence gives {again.label}, not {claimed.label}"
        yield Failure(f"{pointer}/label", "label_differs", message)
    figures = (("score", claimed.score, again.score), ("intensity", claimed.intensity, again.intensity))
    poles = ((f"scores/{pole}", claimed.scores.get(pole, -1.0), again.scores[pole]) for pole in again.scores)
    for name, stated, found in (*figures, *poles):
        if abs(stated - found) > _TOLERANCE:
            yield Failure(f"{pointer}/{name}", "score_differs", f"the evidence gives {found}, not {stated}")
