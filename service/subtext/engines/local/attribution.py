"""Attribution: which stretches of the text are somebody else's words or claims, and whose."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from subtext.engines.local.quotations import quotation_at, quotations
from subtext.engines.local.speakers import (
    NameResolver,
    find_reporting_verbs,
    first_full_name,
    is_pronoun,
    leading_name,
    speaker_after,
    speaker_before,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from subtext.domain.text.sentences import Sentence
    from subtext.engines.local.quotations import Quotation

UNKNOWN_SPEAKER = ""
_AFTER_REACH = 160
# A verb of saying this near the end of its sentence stands behind the claim, not before it.
_TRAILING_MAX = 45
_OPENING_MAX = 22
_CLAIM_FOLLOWS = re.compile(r"\s(?:that|it|he|she|they|there|we|his|her|its|their)\s")
# Nobody is named further before the verb than this, and no claim hangs on a later verb than the fourth.
_SUBJECT_REACH, _VERBS_MAX = 200, 4
_SPEECH_ENDS = ",.?!…—"
_COLON_FORM = re.compile(r"\s*([A-Z][^:“\"]{1,60}):\s*[“\"'‘]?\s*\Z")
_ACCORDING = re.compile(r"\b[Aa]ccording to ((?:[^,;:.“\"]|(?<=[A-Z])\.){2,80})")
# Behind these the author speaks again: "X said it was winning, but ..."
_AUTHOR_AGAIN = re.compile(
    r",?\s(?:but|though|although|even as|even though|despite|hours after|days after|weeks after|while)\s", re.IGNORECASE
)
_NOT_A_SUBJECT = re.compile(
    r"(?:\b(?:the|an?|his|her|its|their|our|to|of|such|any|no|these|those|by|as)|[’'])\s*\Z", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class AttributedSpan:
    """A stretch that another voice answers for; `speaker` is empty where nobody can be told."""

    start: int
    end: int
    speaker: str
    quoted: bool


class Attributions:
    """Who speaks at any offset of the text."""

    def __init__(self, quoted: Iterable[AttributedSpan], reported: Iterable[AttributedSpan]) -> None:
        self.quoted = sorted(quoted, key=lambda passage: passage.start)
        self.reported = sorted(reported, key=lambda passage: passage.start)

    def quoted_between(self, start: int, end: int) -> list[AttributedSpan]:
        """Return the quotations that begin in a range, in order."""
        return self.quoted[_first_from(self.quoted, start) : _first_from(self.quoted, end)]

    def at(self, at: int) -> AttributedSpan | None:
        """Find the quotation at an offset, else the reported claim, else None: the author."""
        return _holding(self.quoted, at) or _holding(self.reported, at)


def attribute(text: str, sentences: Sequence[Sentence]) -> Attributions:
    """Attribute every quotation and every reported claim to its speaker, in one pass over the paragraphs."""
    groups = [list(group) for _, group in groupby(sentences, key=lambda s: s.paragraph)]
    paragraphs = [(group[0].start, text[group[0].start : group[-1].end]) for group in groups]
    reader = _Attributor(text)
    quoted: list[AttributedSpan] = []
    reported: list[AttributedSpan] = []
    for group, found in zip(groups, quotations(paragraphs), strict=True):
        quoted += reader.quoted_in(group, found)
        reported += reader.reported_in(group, found)
    names = NameResolver(text)
    return Attributions(
        *([replace(p, speaker=names.full_name(p.speaker)) for p in passages] for passages in (quoted, reported))
    )


class _Attributor:
    """Goes through the paragraphs and remembers who spoke last, for pronouns and quotations that go on."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._named = UNKNOWN_SPEAKER
        self._continuing: str | None = None

    def quoted_in(self, sentences: Sequence[Sentence], found: Sequence[Quotation]) -> Iterator[AttributedSpan]:
        begin, end = sentences[0].start, sentences[-1].end
        spoken = self._continuing or (self._named if quotation_at(found, begin + 1) else None)
        for number, quote in enumerate(found):
            low = found[number - 1].end + 1 if number else begin
            high = found[number + 1].start - 1 if number + 1 < len(found) else end
            opening = max(low, _sentence_start(sentences, quote.start))
            named = self._speaker_of(quote, opening, high, spoken)
            spoken = self._resolved(named, _sentence_before(sentences, quote.start))
            yield AttributedSpan(quote.start, quote.end, spoken, quoted=True)
        self._continuing = spoken if found and found[-1].continues else None

    def reported_in(self, sentences: Sequence[Sentence], found: Sequence[Quotation]) -> Iterator[AttributedSpan]:
        for sentence in sentences:
            if sentence.heading or quotation_at(found, sentence.start):
                continue
            passage = self._according_to(sentence) or self._reported_speech(sentence, found)
            if passage is not None:
                yield passage

    def _speaker_of(self, quote: Quotation, opening: int, high: int, spoken: str | None) -> str:
        """Whom the words round the quotation name, else who spoke just before it, else a name at their beginning."""
        before = self._text[opening : quote.start - 1]
        named = self._named_behind(quote, high) or _named_before(before)
        if named is None and not before.strip():
            named = spoken
        return named if named is not None else first_full_name(before) or UNKNOWN_SPEAKER

    def _named_behind(self, quote: Quotation, high: int) -> str | None:
        after = self._text[quote.end + 1 : min(high, quote.end + 1 + _AFTER_REACH)]
        ends_speech = self._text[quote.end - 1] in _SPEECH_ENDS or after.startswith(",")
        return speaker_after(after) if ends_speech and (after[:1].isspace() or after.startswith(",")) else None

    def _according_to(self, sentence: Sentence) -> AttributedSpan | None:
        source = _ACCORDING.search(self._text, sentence.start, sentence.end)
        if source is None:
            return None
        named = self._resolved(speaker_before(source[1]) or UNKNOWN_SPEAKER)
        if source.start() - sentence.start < _OPENING_MAX:
            return self._passage(source.end(), sentence.end, named)
        return self._passage(sentence.start, source.start(), named)

    def _reported_speech(self, sentence: Sentence, found: Sequence[Quotation]) -> AttributedSpan | None:
        verbs = find_reporting_verbs(self._text, sentence.start, sentence.end)[:_VERBS_MAX]
        for verb in verbs:
            if quotation_at(found, verb.start()) or self._has_object(sentence, found, verb.start()):
                continue
            named = self._subject_of(sentence, verb.start())
            if named is None:
                continue
            speaker = self._resolved(named)
            comma = self._text.rfind(",", sentence.start, verb.start())
            goes_on = _CLAIM_FOLLOWS.match(self._text, verb.end(), sentence.end)
            if sentence.end - verb.end() <= _TRAILING_MAX and comma > sentence.start and not goes_on:
                return self._passage(sentence.start, comma, speaker)
            return self._passage(verb.end(), sentence.end, speaker)
        return None

    def _has_object(self, sentence: Sentence, found: Sequence[Quotation], verb: int) -> bool:
        """Tell whether the verb is about a quotation before it in the sentence: what follows is the author's then."""
        before = bisect_left(found, verb, key=lambda quote: quote.start) - 1
        return before >= 0 and found[before].end > sentence.start and self._text[found[before].end - 1] in _SPEECH_ENDS

    def _subject_of(self, sentence: Sentence, verb: int) -> str | None:
        return _subject_in(self._text[max(sentence.start, verb - _SUBJECT_REACH) : verb])

    def _passage(self, start: int, end: int, speaker: str) -> AttributedSpan | None:
        again = _AUTHOR_AGAIN.search(self._text, start, end)
        stop = again.start() if again else end
        return AttributedSpan(start, stop, speaker, quoted=False) if start < stop else None

    def _resolved(self, name: str, before: Sentence | None = None) -> str:
        """Resolve a pronoun to whom the sentence before begins with, or who spoke last; a name stays."""
        if is_pronoun(name):
            self._named = (leading_name(before.text) if before else None) or self._named
            return self._named
        if name:
            self._named = name
        return name


def _named_before(before: str) -> str | None:
    """Find the speaker named before a quotation: "X: ...", "according to X ..." or the nearest "X said"."""
    colon = _COLON_FORM.match(before)
    if colon and not find_reporting_verbs(colon[1], 0, len(colon[1])):
        return speaker_before(colon[1])
    source = None if colon else _ACCORDING.search(before)
    if source:
        return speaker_before(source[1])
    for verb in reversed(find_reporting_verbs(before, 0, len(before))[-_VERBS_MAX:]):
        if named := _subject_in(before[max(0, verb.start() - _SUBJECT_REACH) : verb.start()]):
            return named
    return None


def _subject_in(chunk: str) -> str | None:
    """Find the speaker before a reporting verb, or None if it is no verb there ("the claim", "to say")."""
    return None if _NOT_A_SUBJECT.search(chunk) else speaker_before(chunk)


def _sentence_start(sentences: Sequence[Sentence], at: int) -> int:
    return sentences[max(0, bisect_right(sentences, at, key=lambda s: s.start) - 1)].start


def _sentence_before(sentences: Sequence[Sentence], at: int) -> Sentence | None:
    index = bisect_right(sentences, at, key=lambda s: s.start) - 2
    return sentences[index] if index >= 0 else None


def _first_from(passages: Sequence[AttributedSpan], at: int) -> int:
    return bisect_left(passages, at, key=lambda passage: passage.start)


def _holding(passages: Sequence[AttributedSpan], at: int) -> AttributedSpan | None:
    index = bisect_right(passages, at, key=lambda passage: passage.start) - 1
    return passages[index] if index >= 0 and at < passages[index].end else None
