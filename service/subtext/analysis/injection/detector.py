"""Prompt injection detector: find passages of an article that speak to a machine, without a model.

What rests only on such a passage carries no label and supports no summary. An order in a form that only a machine is
given (see `patterns`) is one wherever it stands; any other order or request is one where the article has nothing to
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
from subtext.analysis.injection.fragments import Fragments
from subtext.analysis.injection.pattern_matcher import PatternMatcher, may_direct
from subtext.analysis.injection.requests import REQUEST_OPENERS, TASK_VERBS, required_topic_overlap
from subtext.analysis.injection.word_masks import combine_masks, machine_words
from subtext.domain.analysis import InjectionFinding
from subtext.domain.evidence import Span
from subtext.domain.text.words import WordTable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from subtext.analysis.injection.fragments import Fragment
    from subtext.analysis.injection.patterns import InjectionKind
    from subtext.domain.text.prepared import PreparedText

ExclusionReason = Literal["injection", "unrelated_request"]

_EXCLUDED = "excluded"
# Runs that show nothing and are no part of a flag, an emoji or a script's spelling.
_HIDDEN = re.compile(
    "(?<!\U0001f3f4)[\U000e0020-\U000e007f]{2,}+|[\u200b\u2060-\u2064]{4,}+|[\u202a-\u202e\u2066-\u2069]"
)
# What one of these runs has, as one class of characters, which the regex engine looks for fast.
_UNSEEN = re.compile("[\u200b\u202a-\u202e\u2060-\u2069\U000e0020-\U000e007f]")
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


class _Topic:
    """What an article is about: in how many fragments a word stands, but for the excluded ones."""

    def __init__(self, fragments: Fragments, excluded: Collection[int]) -> None:
        self._fragments, self._excluded = fragments, frozenset(excluded)
        self._counts: dict[str, int] = {}

    @cached_property
    def has_enough_words(self) -> bool:
        """Return whether there are words enough to tell what has nothing to do with them."""
        return self._fragments.has_words(self._excluded, _SUBJECT_WORDS_MIN)

    def fragments_with(self, word: str) -> set[int]:
        """Return the fragments in which a stem stands."""
        fragments = self._fragments.with_stem(word)
        return fragments - self._excluded if self._excluded else fragments

    def count(self, word: str) -> int:
        """Count the fragments in which a stem stands."""
        if word not in self._counts:
            self._counts[word] = len(self.fragments_with(word))
        return self._counts[word]

    def overlap(self, group: Sequence[Fragment]) -> float:
        """Return the share of a group's words that stand in the article elsewhere too; 1 if that cannot be told."""
        words = [fragment.words for fragment in group]
        own = dict.fromkeys(words[0], 1) if len(group) == 1 else Counter(chain.from_iterable(words))
        if not own or not self.has_enough_words:
            return 1.0
        if len(group) == 1 and not self._excluded:
            return sum(map(self._fragments.is_spread, own)) / len(own)
        return sum([self.count(word) > times for word, times in own.items()]) / len(own)


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
        """Return all ranges that carry no label and no summary."""
        return (*(finding.span for finding in self.findings), *self.off_topic)

    def exclusion_reason(self, span: Span) -> ExclusionReason | None:
        """Return why a span is no evidence: at least half of it lies in such ranges; None if it is."""
        if _lies_in(span, [finding.span for finding in self.findings]):
            return "injection"
        return "unrelated_request" if _lies_in(span, self.excluded_spans) else None


def detect_injection(text: PreparedText) -> InjectionScan:
    """Detect what of a text is not to be relied on, with where it stands; linear in the text."""
    fragments, matcher = Fragments(text), PatternMatcher(text)
    kinds = _match_patterns(fragments, matcher)
    subject = _Topic(fragments, kinds)
    for number in _mention_machines(fragments, subject, matcher) if matcher.mentions_models else ():
        if number not in kinds and _is_about_machines(fragments[number], subject, matcher):
            kinds[number] = "addressed_to_model"
    if kinds:
        _extend_forged_turns(kinds, fragments)
        _expand_to_neighbours(kinds, fragments, subject)
        _close_gaps(kinds, fragments, subject)
    off_topic = fragments.with_openings(REQUEST_OPENERS, TASK_VERBS) if subject.has_enough_words else []
    unrelated = [fragments[at].span for at in off_topic if at not in kinds and _is_off_topic(fragments[at], subject)]
    findings = sorted((*_merge_adjacent(kinds, fragments, matcher), *_hidden(text)), key=lambda finding: finding.span)
    return InjectionScan(tuple(findings), tuple(unrelated))


def _match_patterns(fragments: Fragments, matcher: PatternMatcher) -> dict[int, InjectionKind]:
    """Classify the fragments in which a pattern may match at all."""
    numbers = range(len(fragments)) if matcher.is_encoded else sorted(_candidates(fragments, matcher))
    masks = {number: matcher.combine(fragments.lower(number)) for number in numbers}
    candidates = [(number, mask) for number, mask in masks.items() if matcher.may_match(mask)]
    return {number: kind for number, mask in candidates if (kind := matcher.classify(fragments[number].text, mask))}


def _candidates(fragments: Fragments, matcher: PatternMatcher) -> set[int]:
    return fragments.with_words(matcher.trigger_words()) | fragments.at(matcher.mark_offsets())


def _mention_machines(fragments: Fragments, subject: _Topic, matcher: PatternMatcher) -> list[int]:
    """Return the fragments with two words about machines that the rest of the article lacks, or with a compound one."""
    rare = [where for word in matcher.machine_stems if len(where := subject.fragments_with(word)) == 1]
    counts = Counter(chain.from_iterable(rare))
    mentions = {number for number, count in counts.items() if count >= _MACHINE_WORDS_MIN}
    return sorted(mentions | fragments.with_words(matcher.machine_compounds))


def _hidden(text: PreparedText) -> Iterator[InjectionFinding]:
    for match in _HIDDEN.finditer(text.text) if _UNSEEN.search(text.unusual) else ():
        yield InjectionFinding("hidden_characters", Span(*match.span()), _EXCLUDED)


def _is_about_machines(sentence: Fragment, subject: _Topic, matcher: PatternMatcher) -> bool:
    """Tell whether an order or a rule is about reading texts by machine, in an article that is not."""
    if sentence.count(matcher.words_about_machines) < _MACHINE_WORDS_MIN:
        return False
    words = frozenset[str]().union(*map(machine_words, sentence.lower))
    stems = {stem(word) for word in words} if len(words) >= _MACHINE_WORDS_MIN else words
    if len(stems) < _MACHINE_WORDS_MIN or not subject.has_enough_words:
        return False
    foreign = sum([subject.count(word) <= 1 for word in stems])
    return foreign >= _MACHINE_WORDS_MIN and may_direct(sentence.text) and subject.overlap([sentence]) < _RELATED


def _is_off_topic(sentence: Fragment, subject: _Topic) -> bool:
    needed = required_topic_overlap(sentence.text)
    return needed > 0 and len(sentence.words) >= _WORDS_MIN and subject.overlap([sentence]) < needed


def _lies_in(span: Span, ranges: Sequence[Span]) -> bool:
    inside = [min(span.end, other.end) - max(span.start, other.start) for other in ranges if span.overlaps(other)]
    return sum(inside) >= _MOSTLY * (span.end - span.start)


def _extend_forged_turns(kinds: dict[int, InjectionKind], sentences: Fragments) -> None:
    """Let a forged turn take in the rest of its line, and a sentence that ends in an opening quote the next one."""
    for number in range(1, len(sentences)):
        before, own = sentences[number - 1], sentences[number]
        kind = kinds.get(number - 1)
        if kind is None or number in kinds:
            continue
        is_in_turn = kind == "forged_turn" and before.opens_line and not own.opens_line
        if is_in_turn or before.text.endswith(_OPENING):
            kinds[number] = kind


def _expand_to_neighbours(kinds: dict[int, InjectionKind], sentences: Fragments, subject: _Topic) -> None:
    """Let findings take in neighbours of their paragraph, at most 8, that have nothing to do with the article."""
    for number, kind in sorted(kinds.items()):
        for step in (1, -1):
            group: list[Fragment] = []
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


def _close_gaps(kinds: dict[int, InjectionKind], sentences: Fragments, subject: _Topic) -> None:
    """Let findings take in the one or two sentences between them."""
    numbers = sorted(kinds)
    for left, right in pairwise(numbers):
        gap = [sentences[number] for number in range(left + 1, min(right, left + _GAP_MAX + 2))]
        is_narrow = 0 < len(gap) <= _GAP_MAX
        is_form = kinds[left] == kinds[right] and kinds[left] in _FORMS_OF_LINES
        if is_narrow and (is_form or subject.overlap(gap) < _FOREIGN_GAP or not any(item.words for item in gap)):
            kinds.update(dict.fromkeys(range(left + 1, right), kinds[left]))


def _merge_adjacent(
    kinds: dict[int, InjectionKind], sentences: Fragments, suspicions: PatternMatcher
) -> Iterator[InjectionFinding]:
    """Merge neighbouring findings into one under the kind of the first."""
    numbers = sorted(kinds)
    for first in numbers:
        if first - 1 in kinds:
            continue
        last = first
        while last + 1 in kinds:
            last += 1
        spans = [Span(sentences[first].span.start, sentences[last].span.end)]
        if first == last:
            spans = _quoted_in(sentences[first], sentences, suspicions) or spans
        for span in spans:
            yield InjectionFinding(kinds[first], span, _EXCLUDED)


def _quoted_in(sentence: Fragment, sentences: Fragments, suspicions: PatternMatcher) -> list[Span]:
    """Find the quotations that hold an order of which their sentence only tells; none if it gives one itself."""
    quotations = list(_QUOTATION.finditer(sentence.text))
    if not quotations:
        return []
    frame = _QUOTATION.sub(" … ", sentence.text)
    words = WordTable(frame).vocabulary
    if len(words) < _TELLING_WORDS_MIN or suspicions.classify(frame, combine_masks(words)):
        return []
    parts = [
        sentences.quoted(sentence.start + match.start() + 1, sentence.start + match.end() - 1) for match in quotations
    ]
    return [part.span for part in parts if suspicions.classify(part.text, combine_masks(part.lower))]
