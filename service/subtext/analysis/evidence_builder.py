"""Evidence builder: ground a draft's quotes in the article, and record those that are rejected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from subtext.analysis.content_words import ContentWords
from subtext.analysis.faithfulness.checker import FaithfulnessChecker
from subtext.analysis.generated_text import GeneratedTextFilter
from subtext.analysis.injection.detector import detect_injection
from subtext.analysis.speakers import SpeakerResolver
from subtext.domain.analysis import Grounding, RejectedQuote, Summary, SummarySentence
from subtext.domain.article import AnalysisWarning
from subtext.domain.evidence import AUTHOR_ID, Evidence, Match, Stance, Voice
from subtext.domain.grounding import ground
from subtext.domain.mentions import count_mentions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from subtext.domain.article import Article
    from subtext.domain.draft import Draft, DraftEvidence, DraftSentence, DraftSummary
    from subtext.domain.evidence import Span

_UNCLEAR = Voice("unclear", "unclear")
_STRONGEST_FIRST = {"strong": 0, "moderate": 1, "weak": 2}


@dataclass
class EvidenceBuilder:
    """Keeps what is grounded and what is not, while the parts of one draft are gone through.

    `names` are known names of the article, such as the target's.
    """

    article: Article
    names: tuple[str, ...] = ()
    evidence: list[Evidence] = field(default_factory=list)
    voices: dict[str, Voice] = field(default_factory=lambda: {AUTHOR_ID: Voice(AUTHOR_ID, "author")})
    quoted: set[str] = field(default_factory=set)
    _proposed: int = 0
    _rejected: list[RejectedQuote] = field(default_factory=list)
    _renamed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        prepared = self.article.prepared
        self._text = prepared.normalized
        self.scan = prepared.derive(detect_injection)
        self._support_check = FaithfulnessChecker(prepared, self.scan.excluded_spans)
        self._content = ContentWords(self._support_check.article, self.article.language.code, self.names)
        self.speakers = SpeakerResolver(prepared)
        self.generated_text = GeneratedTextFilter(self.article, self.scan, self._support_check)

    def add_framing(self, items: Iterable[DraftEvidence]) -> None:
        """Ground framing quotes; of quotes of one voice and pole that overlap only the strongest counts."""
        accepted: list[tuple[Stance, DraftEvidence, Match]] = []
        for item in sorted(items, key=lambda item: (item.role != "framing", _STRONGEST_FIRST[item.strength])):
            match = self._ground(item.quote, item.at)
            if match is None:
                continue
            if not self._content.are_in(match.quote):
                self._rejected.append(RejectedQuote(item.quote, "no_content_words"))
                continue
            stance = Stance(self._voice_of(item.speaker).id, item.pole, match.span)
            if any(stance.duplicates(other) for other, _, _ in accepted):
                self._rejected.append(RejectedQuote(item.quote, "overlaps_stronger_evidence"))
            else:
                accepted.append((stance, item, match))
        accepted.sort(key=lambda entry: entry[0].span)
        for number, (stance, item, match) in enumerate(accepted, 1):
            self.evidence.append(self._build_framing_evidence(f"e{number}", item, match, stance))

    def add_speakers(self, names: Iterable[str]) -> None:
        """Add the voices of speakers who are quoted, whether they frame anything or not."""
        for name in names:
            self.quoted.add(self._voice_of(name).id)

    def check_summary(self, draft: DraftSummary) -> Summary:
        """Check each sentence of the summary against the article; its grounded quotes join the evidence as support."""
        sentences = tuple(self._sentence(sentence) for sentence in draft.sentences)
        return Summary(self.generated_text.headline(draft.headline, sentences), sentences)

    def grounding(self) -> Grounding:
        """Count the quotes that were proposed, accepted, accepted with other typography, and rejected."""
        accepted = len(self.evidence)
        folded = sum(item.match.kind == "folded" for item in self.evidence)
        return Grounding(self._proposed, accepted, folded, tuple(self._rejected))

    def speaker_warnings(self) -> Iterable[AnalysisWarning]:
        """Yield what was put right in the names of speakers."""
        unnamed = [written for written, name in self._renamed.items() if not name]
        renamed = [f"{written!r} is {name}" for written, name in self._renamed.items() if name]
        if unnamed:
            message = f"the article names no such speaker, so the voice is unclear: {', '.join(map(repr, unnamed))}"
            yield AnalysisWarning("speaker_not_in_text", message, "/voices")
        if renamed:
            message = f"speakers go by the fullest name that the article has: {'; '.join(renamed)}"
            yield AnalysisWarning("speaker_renamed", message, "/voices")

    def count_mentions(self, name: str) -> int:
        """Count how often a name stands in the article, in any of the forms that a mention has."""
        return count_mentions(name, self._text)

    def _sentence(self, draft: DraftSentence) -> SummarySentence:
        hints = (*draft.at, *[None] * len(draft.quotes))
        grounded = [self._ground(quote, near) for quote, near in zip(draft.quotes, hints, strict=False)]
        matches = [match for match in grounded if match is not None]
        ids = tuple(self._add_support(match) for match in matches)
        text = self.generated_text.strip_foreign_links(draft.text, "/summary/sentences")
        return SummarySentence(text, ids, self._support_check.check(draft.text, matches))

    def _add_support(self, match: Match) -> str:
        number = sum(item.role == "support" for item in self.evidence) + 1
        item = Evidence(f"s{number}", match, self.article.segment_of(match.span), "support")
        self.evidence.append(item)
        return item.id

    def _build_framing_evidence(self, number: str, item: DraftEvidence, match: Match, stance: Stance) -> Evidence:
        return Evidence(
            id=number,
            match=match,
            segment=self.article.segment_of(match.span),
            role=item.role,
            voice_id=stance.voice,
            pole=stance.pole,
            indicator=item.indicator,
            strength=item.strength,
            polarity=item.polarity,
        )

    def _ground(self, quote: str, near: int | None) -> Match | None:
        self._proposed += 1
        match = ground(quote, self._text, near_offset=near)
        reason = self.scan.exclusion_reason(match.span) if isinstance(match, Match) else match.reason
        if isinstance(match, Match) and reason is None:
            return match
        self._rejected.append(RejectedQuote(quote, str(reason)))
        return None

    def _voice_of(self, speaker: str | None) -> Voice:
        if speaker is None:
            return self.voices[AUTHOR_ID]
        written = " ".join(speaker.split())
        name = self.generated_text.safe_name(self.speakers.resolve(written)) if written else ""
        if name.casefold() != written.casefold():
            self._renamed[written] = name
        if not name:
            return self.voices.setdefault(_UNCLEAR.id, _UNCLEAR)
        for voice in self.voices.values():
            if voice.name is not None and voice.name.casefold() == name.casefold():
                return voice
        voice = Voice(f"v{sum(v.kind == 'attributed' for v in self.voices.values()) + 1}", "attributed", name)
        self.voices[voice.id] = voice
        return voice


class PartialEvidence:
    """What of an article's parts is certain before the whole has been read: quotes that are in the text."""

    def __init__(self, article: Article) -> None:
        self._text = article.prepared.normalized
        self._scan = article.prepared.derive(detect_injection)

    def quotes(self, draft: Draft) -> tuple[GroundedQuote, ...]:
        """Ground the framing quotes of a part; those that count whatever the rest says, in text order."""
        evidence = [item for item in draft.framing.evidence if item.role == "framing"] if draft.framing else ()
        results = ((ground(item.quote, self._text, near_offset=item.at), item.pole) for item in evidence)
        quotes = [GroundedQuote(match, pole) for match, pole in results if isinstance(match, Match)]
        return tuple(
            sorted((quote for quote in quotes if self._scan.exclusion_reason(quote.match.span) is None), key=_span)
        )


@dataclass(frozen=True, slots=True)
class GroundedQuote:
    """A quote that is in the text, and the pole that it counts toward for its voice."""

    match: Match
    pole: str


def _span(quoted: GroundedQuote) -> Span:
    return quoted.match.span
