"""Injection: passages of an article that speak to a machine, found without a model.

What stands only on such a passage carries no label and supports no summary. An order in a form that only a machine is
given (see `instructions`) is one wherever it stands; any other order or request is one where the article has nothing to
do with it: news and opinion address their readers too, but about their own subject. Sentences beside such a passage
that have nothing to do with the article either belong to it. Text outside is never touched.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Literal

from subtext.analysis.faithfulness.stemming import stem
from subtext.analysis.faithfulness.tokens import is_content_word
from subtext.analysis.injection.patterns import PatternMatcher, machine_words, required_topic_overlap
from subtext.domain.analysis import InjectionFinding
from subtext.domain.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from subtext.analysis.injection.patterns import InjectionKind

ExclusionReason = Literal["injection", "unrelated_request"]

_EXCLUDED = "excluded"
_SENTENCE_MAX = 1000
# Begins with one class of characters, which the regex engine looks for fast. The look-behind and the possessive
# quantifiers read a long run of stops once, not once from each of them.
_EDGE = re.compile(
    r"[\r\n.!?](?:(?<=[\r\n])[\r\n]*+"
    r"|(?<=[.!?])(?<![.!?][.!?])[.!?]*+[\"”’')\]]*+(?=\s++[^\sa-z]|\s*+\Z))"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# Runs that show nothing and are no part of a flag, an emoji or a script's spelling.
_HIDDEN = re.compile(
    "(?<!\U0001f3f4)[\U000e0020-\U000e007f]{2,}+|[\u200b\u2060-\u2064]{4,}+|[\u202a-\u202e\u2066-\u2069]"
)
# How much of a sentence's words must stand elsewhere in the article for it to belong there.
_FOREIGN_NEIGHBOUR = 0.3
_RELATED = 0.45
_NEIGHBOURS_MAX = 8
_GAP_MAX = 2
# What goes on over several lines, whatever stands in them.
_FORMS_OF_LINES = frozenset(["code", "forged_turn"])
_QUOTATION = re.compile(r"“[^“”\n]{3,}”|\"[^\"\n]{3,}\"")
# Words round a quoted order that make its sentence one of the article, which only tells of it.
_TELLING_WORDS_MIN = 5
_FOREIGN_GAP = 0.75
_WORDS_MIN = 2
# A shorter text says too little of what it is about to tell what has nothing to do with it.
_SUBJECT_WORDS_MIN = 60
_MOSTLY = 0.5
_MACHINE_WORDS_MIN = 2
_OPENING = (' "', "“", " '", "‘", ":")
_LINE_STARTS = frozenset(["", "\r", "\n"])
_PARAGRAPH_START = re.compile(r"(?:\n|\r\n?)[ \t]*(?:\n|\r\n?)\s*\Z")
_GAP_CHARS = 8


@dataclass(frozen=True)
class _Sentence:
    source: str
    text: str
    span: Span

    @cached_property
    def lower(self) -> frozenset[str]:
        return frozenset(_WORD.findall(self.text.lower()))

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset([stem(word) for word in self.lower if is_content_word(word)])

    @property
    def opens_line(self) -> bool:
        start = self.span.start
        return self.source[max(start - 1, 0) : start] in _LINE_STARTS

    @property
    def opens_paragraph(self) -> bool:
        start = self.span.start
        return _PARAGRAPH_START.search(self.source, max(start - _GAP_CHARS, 0), start) is not None


class _Topic:
    """What an article is about: in how many of its sentences each word stands, counted when it is asked for."""

    def __init__(self, sentences: Sequence[_Sentence]) -> None:
        self._sentences = sentences

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(chain.from_iterable([sentence.words for sentence in self._sentences]))

    @property
    def has_enough_words(self) -> bool:
        """Whether there are words enough to tell what has nothing to do with them."""
        return len(self.counts) >= _SUBJECT_WORDS_MIN

    def overlap(self, group: Sequence[_Sentence]) -> float:
        """Which part of a group's words stands in the article elsewhere too, 0-1; 1 where that cannot be told."""
        own = Counter(chain.from_iterable([sentence.words for sentence in group]))
        if not own or not self.has_enough_words:
            return 1.0
        return sum(self.counts[word] > own[word] for word in own) / len(own)


@dataclass(frozen=True, slots=True)
class InjectionScan:
    """What of a text is not to be stood on.

    `findings` read like instructions to a machine. `off_topic` are orders, requests and questions that share next to
    nothing with the rest of the article: harmless to readers and no ground for suspicion, but no evidence either.
    """

    findings: tuple[InjectionFinding, ...]
    off_topic: tuple[Span, ...]

    @property
    def excluded_spans(self) -> tuple[Span, ...]:
        """All ranges that carry no label and no summary."""
        return (*(finding.span for finding in self.findings), *self.off_topic)

    def exclusion_reason(self, span: Span) -> ExclusionReason | None:
        """Why a span does not count: at least half of it lies in such ranges; None where it counts."""
        if _lies_in(span, [finding.span for finding in self.findings]):
            return "injection"
        return "unrelated_request" if _lies_in(span, self.excluded_spans) else None


def detect_injection(text: str) -> InjectionScan:
    """What of a text is not to be stood on, with where it stands; linear in the text."""
    sentences = list(_sentences(text))
    suspicions = PatternMatcher(text)
    kinds = {number: kind for number, item in enumerate(sentences) if (kind := suspicions.classify(item))}
    subject = _Topic([item for number, item in enumerate(sentences) if number not in kinds])
    for number, item in enumerate(sentences):
        if number not in kinds and suspicions.mentions_models and _is_about_machines(item, subject):
            kinds[number] = "addressed_to_model"
    if kinds:
        _extend_forged_turns(kinds, sentences)
        _expand_to_neighbours(kinds, sentences, subject)
        _close_gaps(kinds, sentences, subject)
    unrelated = [
        item.span for number, item in enumerate(sentences) if number not in kinds and _find_off_topic(item, subject)
    ]
    findings = sorted(
        (*_merge_adjacent(kinds, sentences, suspicions), *_hidden(text)), key=lambda finding: finding.span
    )
    return InjectionScan(tuple(findings), tuple(unrelated))


def _hidden(text: str) -> Iterator[InjectionFinding]:
    for found in () if text.isascii() else _HIDDEN.finditer(text):
        yield InjectionFinding("hidden_characters", Span(*found.span()), _EXCLUDED)


def _is_about_machines(sentence: _Sentence, subject: _Topic) -> bool:
    """Whether an order or a rule is about reading texts by machine, in an article that is not."""
    told = {stem(word) for word in machine_words(sentence.text, sentence.lower)}
    if len(told) < _MACHINE_WORDS_MIN or not subject.has_enough_words:
        return False
    foreign = sum(subject.counts[word] <= 1 for word in told)
    return foreign >= _MACHINE_WORDS_MIN and subject.overlap([sentence]) < _RELATED


def _find_off_topic(sentence: _Sentence, subject: _Topic) -> bool:
    needed = required_topic_overlap(sentence.text)
    return needed > 0 and len(sentence.words) >= _WORDS_MIN and subject.overlap([sentence]) < needed


def _lies_in(span: Span, ranges: Sequence[Span]) -> bool:
    inside = sum(max(0, min(span.end, other.end) - max(span.start, other.start)) for other in ranges)
    return inside >= _MOSTLY * (span.end - span.start)


def _sentences(text: str) -> Iterator[_Sentence]:
    begin = 0
    for end in (*[found.end() for found in _EDGE.finditer(text)], len(text)):
        for at in range(begin, end, _SENTENCE_MAX):
            piece = text[at : min(at + _SENTENCE_MAX, end)]
            if stripped := piece.strip():
                start = at + piece.index(stripped[0])
                yield _Sentence(text, stripped, Span(start, start + len(stripped)))
        begin = end


def _extend_forged_turns(kinds: dict[int, InjectionKind], sentences: list[_Sentence]) -> None:
    """Let a forged turn take in the rest of its line, and a sentence that ends in an opening quote the next one."""
    for number in range(1, len(sentences)):
        before, own = sentences[number - 1], sentences[number]
        kind = kinds.get(number - 1)
        if kind is None or number in kinds:
            continue
        is_in_turn = kind == "forged_turn" and before.opens_line and not own.opens_line
        if is_in_turn or before.text.endswith(_OPENING):
            kinds[number] = kind


def _expand_to_neighbours(kinds: dict[int, InjectionKind], sentences: list[_Sentence], subject: _Topic) -> None:
    """Let findings take in neighbours of their paragraph, at most 8, that have nothing to do with the article."""
    for number, kind in sorted(kinds.items()):
        for step in (1, -1):
            group: list[_Sentence] = []
            reach = 0
            for distance in range(1, _NEIGHBOURS_MAX + 1):
                other = number + step * distance
                if other in kinds or not 0 <= other < len(sentences):
                    break
                if sentences[max(other, other - step)].opens_paragraph:
                    break
                group.append(sentences[other])
                share = subject.overlap(group) if sentences[other].words else 0.0
                if share >= _RELATED:
                    break
                reach = distance if share < _FOREIGN_NEIGHBOUR else reach
            for distance in range(1, reach + 1):
                kinds[number + step * distance] = kind


def _close_gaps(kinds: dict[int, InjectionKind], sentences: list[_Sentence], subject: _Topic) -> None:
    """Let findings take in the one or two sentences between them."""
    numbers = sorted(kinds)
    for left, right in pairwise(numbers):
        gap = sentences[left + 1 : right]
        is_narrow = 0 < len(gap) <= _GAP_MAX
        is_form = kinds[left] == kinds[right] and kinds[left] in _FORMS_OF_LINES
        if is_narrow and (is_form or subject.overlap(gap) < _FOREIGN_GAP or not any(item.words for item in gap)):
            kinds.update(dict.fromkeys(range(left + 1, right), kinds[left]))


def _merge_adjacent(
    kinds: dict[int, InjectionKind], sentences: list[_Sentence], suspicions: PatternMatcher
) -> Iterator[InjectionFinding]:
    """Findings, neighbouring ones as one under the kind of the first."""
    numbers = sorted(kinds)
    for first in numbers:
        if first - 1 in kinds:
            continue
        last = first
        while last + 1 in kinds:
            last += 1
        spans = [Span(sentences[first].span.start, sentences[last].span.end)]
        if first == last:
            spans = _quoted_in(sentences[first], suspicions) or spans
        for span in spans:
            yield InjectionFinding(kinds[first], span, _EXCLUDED)


def _quoted_in(sentence: _Sentence, suspicions: PatternMatcher) -> list[Span]:
    """Where a sentence only tells of an order that it quotes, the quotations that hold it; else nothing."""
    found = list(_QUOTATION.finditer(sentence.text))
    told = _subsentence(sentence, _QUOTATION.sub(" … ", sentence.text), 0)
    if not found or len(told.lower) < _TELLING_WORDS_MIN or suspicions.classify(told):
        return []
    parts = [_subsentence(sentence, quotation[0][1:-1], quotation.start() + 1) for quotation in found]
    return [part.span for part in parts if suspicions.classify(part)]


def _subsentence(sentence: _Sentence, text: str, at: int) -> _Sentence:
    start = sentence.span.start + at
    return _Sentence(sentence.source, text, Span(start, start + len(text)))
