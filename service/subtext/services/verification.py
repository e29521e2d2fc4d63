"""Verify stored v1 objects: check every claim against the text again, without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from subtext.analysis.verification import FailedClaim, StoredClaims, StoredFraming, verify
from subtext.domain.analysis import Summary, SummarySentence, VoiceFraming
from subtext.domain.evidence import Evidence, Match, Span, Voice
from subtext.domain.framing import FramingScore, IndicatorCount
from subtext.domain.text.unicode import require_encodable
from subtext.errors import RequestInvalid
from subtext.schemas.verification import CheckedView, FailureView, VerificationView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.domain.analysis import Support
    from subtext.domain.axis import Axis
    from subtext.domain.evidence import MatchKind, Polarity, Role, Segment, Strength, VoiceKind
    from subtext.domain.framing import Divergence, LabelSource
    from subtext.schemas.analysis import AnalysisView, SummaryView
    from subtext.schemas.framing import EvidenceView, LeanView, VoiceView

# An article of 1,000,000 characters has a hundred pieces of evidence, each at a few places.
EVIDENCE_MAX = 1_000
PLACES_MAX = 100_000
# A summary has ten sentences of some hundred characters.
SENTENCES_MAX = 100
SUMMARY_CHARS_MAX = 50_000


def require_text(view: AnalysisView, text: str | None) -> str:
    """Return the text to check against: the given one, else the stored one; raises `RequestInvalid` without any."""
    text = text if text is not None else view.document.text
    if text is None:
        raise RequestInvalid("there is no text to check against: send `text`, or an analysis that includes its text")
    require_encodable(text)
    return text


def verify_claims(view: AnalysisView, text: str, axis: Axis | None) -> VerificationView:
    """Verify every claim of a stored analysis against its text; `axis` is the one it names, if it has a verdict.

    Raises `RequestInvalid` if the check would take more work than any analysis of an article needs.
    """
    _require_bounded(view, text)
    evidence, failures = _parse_evidence(view)
    references = dict(_iter_references(view))
    verdict = _to_framing(view, axis)
    stored = StoredClaims(
        view.document.sha256,
        evidence,
        frozenset(voice.id for voice in view.voices),
        references,
        verdict,
        language=view.document.language.code,
        names=tuple(_iter_names(view)),
        summary=None if view.summary is None else _to_summary(view.summary),
        summary_text=None if view.summary is None else view.summary.text,
    )
    failures += () if failures else verify(stored, text)
    return VerificationView(
        valid=not failures,
        checked=CheckedView(
            quotes=len(evidence), references=sum(map(len, references.values())), verdict=verdict is not None
        ),
        failures=[FailureView.model_validate(failure) for failure in failures],
    )


def _iter_names(view: AnalysisView) -> Iterator[str]:
    if view.target is not None:
        yield view.target.name
    yield from (voice.name for voice in view.voices if voice.name)


def _require_bounded(view: AnalysisView, text: str) -> None:
    """Reject analyses that would exhaust the CPU: the work grows with the places at which quotes occur."""
    if len(view.evidence) > EVIDENCE_MAX:
        raise RequestInvalid(f"the analysis has over {EVIDENCE_MAX:,} pieces of evidence: send it as it was answered")
    if view.summary is not None:
        _require_short(view.summary)
    places = 0
    for item in view.evidence:
        quote = item.quote.strip()
        # In a repetitive text, a quote of many words can occur at each of them.
        places += text.count(quote) * len(quote.split())
        if places > PLACES_MAX:
            raise RequestInvalid("its quotes stand in the text too often to be counted: send an analysis of an article")


def _require_short(summary: SummaryView) -> None:
    chars = len(summary.headline) + sum(len(sentence.text) for sentence in summary.sentences)
    if len(summary.sentences) > SENTENCES_MAX or chars > SUMMARY_CHARS_MAX:
        raise RequestInvalid(
            f"the summary has over {SENTENCES_MAX} sentences or {SUMMARY_CHARS_MAX:,} characters: "
            "send it as it was answered"
        )


def _parse_evidence(view: AnalysisView) -> tuple[list[Evidence], tuple[FailedClaim, ...]]:
    evidence: list[Evidence] = []
    failures: list[FailedClaim] = []
    for index, item in enumerate(view.evidence):
        try:
            evidence.append(_to_evidence(item))
        except ValueError as error:
            failures.append(FailedClaim(f"/evidence/{index}", "malformed", str(error)))
    return evidence, tuple(failures)


def _to_evidence(item: EvidenceView) -> Evidence:
    match = Match(
        Span(item.start, item.end),
        Span(item.utf16.start, item.utf16.end),
        item.quote,
        item.occurrence,
        item.occurrences,
        cast("MatchKind", item.match),
    )
    return Evidence(
        id=item.id,
        match=match,
        segment=cast("Segment", item.segment),
        role=cast("Role", item.role),
        voice_id=item.voice_id,
        pole=item.pole,
        indicator=item.indicator,
        strength=cast("Strength | None", item.strength),
        polarity=cast("Polarity | None", item.polarity),
    )


def _iter_references(view: AnalysisView) -> Iterator[tuple[str, list[str]]]:
    for index, voice in enumerate(view.voices):
        yield f"/voices/{index}/evidence_ids", voice.evidence_ids
    if view.summary is not None:
        for index, sentence in enumerate(view.summary.sentences):
            yield f"/summary/sentences/{index}/evidence_ids", sentence.evidence_ids
    if view.framing is not None:
        for index, indicator in enumerate(view.framing.indicators):
            yield f"/framing/indicators/{index}/evidence_ids", indicator.evidence_ids


def _to_summary(view: SummaryView) -> Summary:
    sentences = (
        SummarySentence(sentence.text, tuple(sentence.evidence_ids), cast("Support", sentence.support))
        for sentence in view.sentences
    )
    return Summary(view.headline, tuple(sentences))


def _to_framing(view: AnalysisView, axis: Axis | None) -> StoredFraming | None:
    framing = view.framing
    if framing is None or axis is None:
        return None
    divergence = cast("Divergence", framing.divergence)
    author, attributed = framing.by_voice.author, framing.by_voice.attributed
    return StoredFraming(
        axis,
        _to_score(framing),
        _to_score(author),
        _to_score(attributed),
        divergence,
        headline=_to_score(framing.headline),
        indicators=[
            IndicatorCount(indicator.code, indicator.pole, indicator.count, tuple(indicator.evidence_ids))
            for indicator in framing.indicators
        ],
        voices=[_to_voice_framing(voice) for voice in view.voices],
        label_source=cast("LabelSource", framing.label_source),
    )


def _to_voice_framing(view: VoiceView) -> VoiceFraming:
    voice = Voice(view.id, cast("VoiceKind", view.kind), view.name)
    return VoiceFraming(voice, _to_score(view), tuple(view.evidence_ids))


def _to_score(view: LeanView) -> FramingScore:
    return FramingScore(view.label, view.scores, view.score, view.intensity)
