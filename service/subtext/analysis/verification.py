"""Verification: check a stored analysis against its text again, without a model.

An answer can be kept for years and pass through many hands; whoever holds the text can have every claim checked anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.analysis.adequacy import Adequacy
from subtext.analysis.content_words import ContentWords
from subtext.analysis.faithfulness.checker import FaithfulnessChecker
from subtext.analysis.generated_text import truncate
from subtext.analysis.injection.detector import detect_injection
from subtext.analysis.scoring import STRENGTH_WEIGHTS, score_framing, score_voices
from subtext.domain.evidence import Match
from subtext.domain.grounding import ground
from subtext.domain.text.prepared import PreparedText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from subtext.domain.analysis import Summary, SummarySentence, Support, VoiceFraming
    from subtext.domain.axis import Axis
    from subtext.domain.evidence import Evidence
    from subtext.domain.framing import Divergence, Framing, FramingScore, IndicatorCount, LabelSource
    from subtext.domain.text.normalization import NormalizedText

# Stored figures have four digits.
_TOLERANCE = 1e-4
# From the most that a sentence can claim of the text to the least.
_SUPPORT: tuple[Support, ...] = ("supported", "partly", "unsupported")


@dataclass(frozen=True, slots=True)
class FailedClaim:
    """A claim that does not hold: where (a JSON pointer), a stable code, and a sentence."""

    pointer: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class StoredFraming:
    """The verdict as stored; `label` is None where it was withheld. What is None or empty at its end is not checked."""

    axis: Axis
    overall: FramingScore
    author: FramingScore
    attributed: FramingScore
    divergence: Divergence
    headline: FramingScore | None = None
    indicators: Sequence[IndicatorCount] | None = None
    voices: Sequence[VoiceFraming] = ()
    label_source: LabelSource = "evidence"


@dataclass(frozen=True, slots=True)
class StoredClaims:
    """What a stored analysis claims. `references` are evidence ids by the pointer of the field that names them.

    `language` is the text's code, `names` are the names that the analysis gives: its target and its speakers.
    `summary_text` is the paragraph that is stored beside the sentences of the summary; None: there is none to compare.
    """

    sha256: str
    evidence: Sequence[Evidence]
    voice_ids: frozenset[str]
    references: Mapping[str, Sequence[str]]
    framing: StoredFraming | None
    language: str = "und"
    names: tuple[str, ...] = ()
    summary: Summary | None = None
    summary_text: str | None = None


def verify(stored: StoredClaims, text: str) -> tuple[FailedClaim, ...]:
    """Verify a stored analysis, and return every claim that does not hold; empty: all of them do."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    if digest != stored.sha256.lower():
        message = "the text is not the one that was analysed: its SHA-256 differs"
        return (FailedClaim("/document/sha256", "digest_differs", message),)
    prepared = PreparedText(text)
    checker = FaithfulnessChecker(prepared, prepared.derive(detect_injection).excluded_spans)
    return (
        *_quotes(stored, prepared, checker),
        *_references(stored),
        *_summary(stored, prepared, checker),
        *_verdict(stored, prepared),
    )


def _quotes(stored: StoredClaims, text: PreparedText, checker: FaithfulnessChecker) -> Iterator[FailedClaim]:
    folded = text.normalized
    content = ContentWords(checker.article, stored.language, stored.names)
    for index, item in enumerate(stored.evidence):
        span, pointer = item.match.span, f"/evidence/{index}"
        if not _is_verbatim(item.match, text):
            message = f"the text from {span.start} to {span.end} is not the quote"
            yield FailedClaim(f"{pointer}/quote", "quote_differs", message)
        elif folded.utf16(span) != item.match.utf16:
            yield FailedClaim(f"{pointer}/utf16", "utf16_differs", "the UTF-16 offsets are not those of the quote")
        elif (counted := _counted(item.match, folded)) != (item.match.occurrence, item.match.occurrences):
            message = f"the quote is number {counted[0]} of {counted[1]} in the text"
            yield FailedClaim(f"{pointer}/occurrence", "occurrence_differs", message)
        elif item.role != "support" and not content.are_in(item.match.quote):
            message = "the quote has only function words, numbers or names: it is evidence for nothing"
            yield FailedClaim(f"{pointer}/quote", "no_content_words", message)


def _counted(match: Match, folded: NormalizedText) -> tuple[int, int]:
    """Count again which of its occurrences a quote is; as claimed if the words as proposed are not known."""
    again = ground(match.quote, folded, near_offset=match.span.start)
    if match.kind == "exact" and isinstance(again, Match) and again.span == match.span:
        return again.occurrence, again.occurrences
    return max(match.occurrence, 1), max(match.occurrences, match.occurrence, 1)


def _references(stored: StoredClaims) -> Iterator[FailedClaim]:
    known: set[str] = set()
    for index, item in enumerate(stored.evidence):
        if item.id in known:
            yield FailedClaim(f"/evidence/{index}/id", "id_repeated", f"there is another evidence {item.id}")
        known.add(item.id)
    for pointer, ids in stored.references.items():
        if missing := [item for item in ids if item not in known]:
            yield FailedClaim(pointer, "evidence_missing", f"there is no evidence {', '.join(missing)}")
    for index, item in enumerate(stored.evidence):
        if item.voice_id is not None and item.voice_id not in stored.voice_ids:
            yield FailedClaim(f"/evidence/{index}/voice_id", "voice_missing", f"there is no voice {item.voice_id}")


def _summary(stored: StoredClaims, text: PreparedText, checker: FaithfulnessChecker) -> Iterator[FailedClaim]:
    """Check the summary: no sentence may claim more support than its quotes give it, and the headline needs some."""
    if stored.summary is None:
        return
    matches = {item.id: item.match for item in stored.evidence if _is_verbatim(item.match, text)}
    for index, sentence in enumerate(stored.summary.sentences):
        again = checker.check(sentence.text, [matches[name] for name in sentence.evidence_ids if name in matches])
        yield from _support(f"/summary/sentences/{index}/support", sentence, again)
    if not _is_headline(stored.summary, checker):
        message = "the text does not bear out the headline"
        yield FailedClaim("/summary/headline", "headline_unsupported", message)
    if stored.summary_text is not None and stored.summary_text != stored.summary.text:
        message = "the paragraph is not the sentences of the summary"
        yield FailedClaim("/summary/text", "summary_text_differs", message)


def _is_verbatim(match: Match, text: PreparedText) -> bool:
    return text.text[match.span.start : match.span.end] == match.quote


def _support(pointer: str, sentence: SummarySentence, again: Support) -> Iterator[FailedClaim]:
    if sentence.support not in _SUPPORT:
        yield FailedClaim(pointer, "malformed", f"a support is one of {', '.join(_SUPPORT)}")
    elif _SUPPORT.index(sentence.support) < _SUPPORT.index(again):
        yield FailedClaim(pointer, "support_differs", f"the text gives the sentence {again}, not {sentence.support}")


def _is_headline(summary: Summary, checker: FaithfulnessChecker) -> bool:
    """Return whether the text has or supports the headline, or it is a sentence of the summary or the text's first."""
    first = next((sentence.text for sentence in checker.article.sentences), "")
    lines = (first, *(sentence.text for sentence in summary.sentences))
    line = summary.headline
    return line in map(truncate, lines) or checker.contains_verbatim(line) or checker.supports(line)


def _verdict(stored: StoredClaims, text: PreparedText) -> Iterator[FailedClaim]:
    if stored.framing is None:
        return
    if strange := list(_off_axis(stored.framing.axis, stored.evidence)):
        yield from strange
        return
    claimed = stored.framing.overall.label if stored.framing.label_source == "engine" else None
    again = score_framing(stored.evidence, stored.framing.axis, claimed=claimed)
    withheld = not _has_framing(stored) or Adequacy.of(text).may_withhold
    yield from _lean("/framing", stored.framing.overall, again.overall, withheld=withheld)
    yield from _lean("/framing/by_voice/author", stored.framing.author, again.author)
    yield from _lean("/framing/by_voice/attributed", stored.framing.attributed, again.attributed)
    yield from _divergence(stored.framing, again)
    if stored.framing.headline is not None:
        yield from _lean("/framing/headline", stored.framing.headline, again.headline)
    yield from _indicators(stored.framing, again)
    yield from _voices(stored.framing, stored.evidence)


def _off_axis(axis: Axis, evidence: Sequence[Evidence]) -> Iterator[FailedClaim]:
    """Yield a failure for each item that cannot be weighed: its pole or strength is not of the axis."""
    for index, item in enumerate(evidence):
        if item.pole is not None and item.pole not in axis.poles:
            yield FailedClaim(
                f"/evidence/{index}/pole", "malformed", f"the axis has no such pole: {' or '.join(axis.poles)}"
            )
        if item.strength is not None and item.strength not in STRENGTH_WEIGHTS:
            yield FailedClaim(
                f"/evidence/{index}/strength", "malformed", f"a strength is one of {', '.join(STRENGTH_WEIGHTS)}"
            )


def _divergence(verdict: StoredFraming, again: Framing) -> Iterator[FailedClaim]:
    if verdict.divergence != again.divergence:
        message = f"the evidence gives {again.divergence}, not {verdict.divergence}"
        yield FailedClaim("/framing/divergence", "divergence_differs", message)


def _indicators(verdict: StoredFraming, again: Framing) -> Iterator[FailedClaim]:
    if verdict.indicators is not None and set(verdict.indicators) != set(again.indicators):
        counts = ", ".join(f"{item.code} {item.count}" for item in again.indicators) or "none"
        yield FailedClaim("/framing/indicators", "indicators_differ", f"the evidence gives {counts}")


def _voices(verdict: StoredFraming, evidence: Sequence[Evidence]) -> Iterator[FailedClaim]:
    """Check a voice's label, figures and evidence ids against its evidence."""
    again = score_voices((heard.voice for heard in verdict.voices), evidence, verdict.axis)
    for index, (claimed, found) in enumerate(zip(verdict.voices, again, strict=True)):
        yield from _lean(f"/voices/{index}", claimed.score, found.score)
        if set(claimed.evidence_ids) != set(found.evidence_ids):
            message = f"the evidence of this voice is {', '.join(found.evidence_ids) or 'none'}"
            yield FailedClaim(f"/voices/{index}/evidence_ids", "voice_differs", message)


def _has_framing(stored: StoredClaims) -> bool:
    return any(item.role == "framing" for item in stored.evidence)


def _lean(pointer: str, claimed: FramingScore, again: FramingScore, *, withheld: bool = False) -> Iterator[FailedClaim]:
    """Check a label: it may be withheld for want of evidence or text, and never differ from the evidence's."""
    if claimed.label != again.label and not (withheld and claimed.label is None):
        message = f"the evidence gives {again.label}, not {claimed.label}"
        yield FailedClaim(f"{pointer}/label", "label_differs", message)
    figures = (("score", claimed.score, again.score), ("intensity", claimed.intensity, again.intensity))
    poles = ((f"scores/{pole}", claimed.scores.get(pole, -1.0), again.scores[pole]) for pole in again.scores)
    for name, stated, found in (*figures, *poles):
        if abs(stated - found) > _TOLERANCE:
            yield FailedClaim(f"{pointer}/{name}", "score_differs", f"the evidence gives {found}, not {stated}")
