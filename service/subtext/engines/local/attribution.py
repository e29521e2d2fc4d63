"""Attribution: which stretches of the text are somebody else's words or claims, and whose."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from subtext.domain.text.names import NameResolver
from subtext.engines.local.line_owners import find_owned_blocks
from subtext.engines.local.quotations import quotation_at, quotations
from subtext.engines.local.sentence_positions import sentence_before_in, sentence_index, sentence_start
from subtext.engines.local.speaker_memory import SpeakerMemory
from subtext.engines.local.speakers import (
    ACCORDING,
    SUBJECT_REACH,
    VERBS_MAX,
    SentenceVerbs,
    find_reporting_verbs,
    first_full_name,
    inverted_speaker,
    is_noun_phrase,
    is_pronoun,
    named_before,
    speaker_after,
    speaker_before,
    subject_in,
    subject_of_last_verb,
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
# "…, Orlo said in an interview on Monday": only when and where follows, however long.
_TAIL = re.compile(r"\s(?:in|on|at|during|after|before|to|late|early|this|last|yesterday|today|earlier|recently|of)\b")
_WHEN_FIRST = re.compile(r"(?:On|In|At|After|Before|During|Since|By|For|With|When|While|As|Last|This)\b")
_SPEECH_ENDS = ",.?!…—"
# Behind these the author speaks again: "X said it was winning, but ..."
_AUTHOR_AGAIN = re.compile(
    r",?\s(?:but|though|although|even as|even though|despite|hours after|days after|weeks after|while)\s", re.IGNORECASE
)
# "“We won,” said Orlo, adding that …": the same speaker goes on without marks.
_GOES_ON = re.compile(
    r"(?:,|\band)\s(?:also\s)?(?:add|not|warn|argu|say|claim|insist|suggest|predict|call|describ|accus|vow|complain|"
    r"explain)(?:ing|ed|s|d)\b"
)
# The line under a quotation: "— Tessa Mair, union leader".
_FOOTER = re.compile(r"\s*(?:[—–―]|--?(?=\s))\s*(?P<name>[^\n,;:(]{2,80})(?:[,;(][^\n]{0,120})?\s*\Z")
_OPENS_PARAGRAPH = re.compile(r"\s*(?:[\"“„«»‟]|``)")
_REST_WORDS_MIN = 3


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
    blocks = [AttributedSpan(span.start, span.end, owner, quoted=True) for span, owner in find_owned_blocks(text)]
    groups = [list(group) for _, group in groupby(sentences, key=lambda s: s.paragraph)]
    paragraphs = [(group[0].start, text[group[0].start : group[-1].end]) for group in groups]
    names = NameResolver(text)
    reader = _Attributor(text, groups, names)
    quoted: list[AttributedSpan] = list(blocks)
    reported: list[AttributedSpan] = []
    for number, found in enumerate(quotations(paragraphs)):
        free = [quote for quote in found if not _overlaps(blocks, quote)]
        quoted += reader.quoted_in(number, free)
        reported += (one for one in reader.reported_in(number, free) if _holding(blocks, one.start) is None)
    return Attributions(
        *([replace(p, speaker=names.full_name(p.speaker)) for p in passages] for passages in (quoted, reported))
    )


def _overlaps(blocks: Sequence[AttributedSpan], quote: Quotation) -> bool:
    index = bisect_left(blocks, quote.end, key=lambda block: block.start) - 1
    return index >= 0 and blocks[index].end > quote.start


class _Attributor:
    """Goes through the paragraphs and remembers who spoke last, for pronouns and quotations that go on."""

    def __init__(self, text: str, groups: Sequence[Sequence[Sentence]], names: NameResolver) -> None:
        self._text, self._groups = text, groups
        self._memory = SpeakerMemory(names)
        self._continuing: str | None = None
        # The last paragraph with somebody else's words in it.
        self._spoken_in = -1
        self._rest: list[AttributedSpan] = []
        self._last_end = -1
        self._verbs = SentenceVerbs(text)

    def quoted_in(self, number: int, found: Sequence[Quotation]) -> Iterator[AttributedSpan]:
        """Yield the quotations of a paragraph, each with its speaker."""
        sentences = self._groups[number]
        begin, end = sentences[0].start, sentences[-1].end
        spoken = self._continuing
        if spoken is None and quotation_at(found, begin + 1):
            spoken = self._named_round(number, found)
        for index, quote in enumerate(found):
            low = found[index - 1].end + 1 if index else begin
            high = found[index + 1].start - 1 if index + 1 < len(found) else end
            opening = max(low, sentence_start(sentences, quote.start))
            if not quote.closed:
                yield AttributedSpan(quote.start, quote.end, UNKNOWN_SPEAKER, quoted=True)
                continue
            named = self._speaker_of(quote, opening, high, spoken)
            spoken = self._memory.resolve(named, sentence_before_in(self._groups, quote.start))
            if not spoken and (around := self._attribution_round(quote, sentences, found)):
                spoken = around
            self._last_end = quote.end
            yield AttributedSpan(quote.start, quote.end, spoken, quoted=True)
            self._add_rest(quote, opening, high, spoken, sentences)
        self._continuing = spoken if found and found[-1].continues else None
        if found:
            self._spoken_in = number

    def reported_in(self, number: int, found: Sequence[Quotation]) -> Iterator[AttributedSpan]:
        """Yield the claims of a paragraph that are reported without marks."""
        rest, self._rest = self._rest, []
        yield from rest
        for sentence in self._groups[number]:
            if (
                sentence.heading
                or quotation_at(found, sentence.start + 1)
                or any(one.start < sentence.end and sentence.start < one.end for one in rest)
            ):
                continue
            passage = self._according_to(sentence) or self._reported_speech(sentence, found)
            if passage is not None:
                self._spoken_in = number
                yield passage

    def _attribution_round(
        self, quote: Quotation, sentences: Sequence[Sentence], found: Sequence[Quotation]
    ) -> str | None:
        """Name who answers for the whole sentence that a quotation stands in: "“…” in Halden, a strategist said"."""
        sentence = sentences[sentence_index(sentences, quote.start)]
        passage = self._according_to(sentence) or self._reported_speech(sentence, found)
        inside = passage is not None and passage.start <= quote.start < passage.end
        return passage.speaker if passage is not None and inside else None

    def _named_round(self, number: int, found: Sequence[Quotation]) -> str | None:
        """Name whom the line before or under a paragraph that is a quotation names, else who spoke just before."""
        alone = found[-1].end + 1 >= self._groups[number][-1].end
        before = self._paragraph(number - 1).rstrip()
        if alone and (footer := _FOOTER.fullmatch(self._footer_of(number))):
            return speaker_before(footer["name"])
        if before.endswith(":"):
            return named_before(before) or first_full_name(before) or UNKNOWN_SPEAKER
        return self._memory.last if self._spoken_in == number - 1 else None

    def _footer_of(self, number: int) -> str:
        """Return the first paragraph behind a run of paragraphs that open with a mark."""
        while _OPENS_PARAGRAPH.match(text := self._paragraph(number)):
            number += 1
        return text

    def _paragraph(self, number: int) -> str:
        if not 0 <= number < len(self._groups):
            return ""
        group = self._groups[number]
        return self._text[group[0].start : group[-1].end]

    def _add_rest(self, quote: Quotation, opening: int, high: int, speaker: str, sentences: Sequence[Sentence]) -> None:
        """Add what the speaker of a quotation says in the same sentence without marks, before and behind it."""
        words = self._text[opening : quote.start - 1].split()
        is_claim = len(words) > _REST_WORDS_MIN and not find_reporting_verbs(self._text, opening, quote.start - 1)
        if is_claim and self._named_behind(quote, high) is not None:
            self._rest.append(AttributedSpan(opening, quote.start - 1, speaker, quoted=False))
        stop = min(high, sentences[sentence_index(sentences, quote.end)].end)
        if more := _GOES_ON.search(self._text, quote.end + 1, stop):
            self._rest.append(AttributedSpan(more.end(), stop, speaker, quoted=False))

    def _speaker_of(self, quote: Quotation, opening: int, high: int, spoken: str | None) -> str:
        """Whom the words round the quotation name, else who spoke just before it, else a name at their beginning."""
        before = self._text[opening : quote.start - 1]
        named = self._named_behind(quote, high) or named_before(before)
        if named is None and (not before.strip(" \n\t`'—–-") or self._goes_on(opening, quote)):
            named = spoken
        if named is None:
            named = subject_of_last_verb(before)
        return named if named is not None else first_full_name(before) or UNKNOWN_SPEAKER

    def _goes_on(self, opening: int, quote: Quotation) -> bool:
        """Tell whether a quotation stands behind another one in its sentence."""
        return self._text[opening - 1 : opening] != "" and opening == self._last_end + 1 and quote.start > opening

    def _named_behind(self, quote: Quotation, high: int) -> str | None:
        after = self._text[quote.end + 1 : min(high, quote.end + 1 + _AFTER_REACH)].removeprefix("'")
        if dash := _FOOTER.match(after.split("\n")[0]) if after.lstrip()[:1] in "—–―-" else None:
            return speaker_before(dash["name"])
        ends_speech = self._text[quote.end - 1] in _SPEECH_ENDS or after.lstrip().startswith(",")
        return speaker_after(after) if ends_speech and (after[:1].isspace() or after.startswith(",")) else None

    def _according_to(self, sentence: Sentence) -> AttributedSpan | None:
        source = "ccording to" in sentence.text and ACCORDING.search(self._text, sentence.start, sentence.end)
        if not source:
            return None
        named = self._memory.resolve(speaker_before(source[1]) or UNKNOWN_SPEAKER)
        if source.start() - sentence.start < _OPENING_MAX:
            return self._passage(source.end(), sentence.end, named)
        goes_on = self._text.startswith(",", source.end())
        return self._passage(sentence.start, sentence.end if goes_on else source.start(), named)

    def _reported_speech(self, sentence: Sentence, found: Sequence[Quotation]) -> AttributedSpan | None:
        for verb in self._verbs.find(sentence.start, sentence.end)[:VERBS_MAX]:
            if quotation_at(found, verb.start()) or self._has_object(sentence, found, verb.start()):
                continue
            passage = self._inverted(sentence, verb) or self._reported_by(sentence, verb)
            if passage is not None:
                return passage
        return None

    def _inverted(self, sentence: Sentence, verb: re.Match[str]) -> AttributedSpan | None:
        """Find the claim before ", said X": what stands before the comma is a clause, and X a name or a role."""
        claim = self._text[sentence.start : verb.start()]
        if not claim.rstrip().endswith((",", "—", "–")) or is_noun_phrase(claim.split(",")[0]):
            return None
        named = inverted_speaker(self._text[verb.end() : min(sentence.end, verb.end() + _AFTER_REACH)])
        if named is None or is_pronoun(named):
            return None
        return self._passage(sentence.start, sentence.start + len(claim.rstrip()) - 1, self._memory.resolve(named))

    def _reported_by(self, sentence: Sentence, verb: re.Match[str]) -> AttributedSpan | None:
        """Find the claim of "X said …", "…, X said" or "…, X said, …"."""
        named = self._subject_of(sentence, verb.start())
        if named is None:
            return None
        speaker = self._memory.resolve(named, sentence_before_in(self._groups, verb.start()))
        comma = self._text.rfind(",", sentence.start, verb.start())
        if comma > sentence.start and is_noun_phrase(self._text[comma : verb.start()]):
            opening = self._text[sentence.start : comma]
            if self._text.startswith(",", verb.end()):
                return self._passage(sentence.start, sentence.end, speaker)
            if self._is_trailing(sentence, opening, verb):
                return self._passage(sentence.start, comma, speaker)
        return self._passage(verb.end(), sentence.end, speaker)

    def _is_trailing(self, sentence: Sentence, opening: str, verb: re.Match[str]) -> bool:
        """Tell whether a verb of saying stands behind its claim: little follows, or only when and where."""
        tail = self._text[verb.end() : sentence.end]
        if len(tail) <= _TRAILING_MAX and not _CLAIM_FOLLOWS.match(tail):
            return True
        return _TAIL.match(tail) is not None and " that " not in tail and not _WHEN_FIRST.match(opening)

    def _has_object(self, sentence: Sentence, found: Sequence[Quotation], verb: int) -> bool:
        """Tell whether the verb is about a quotation before it in the sentence: what follows is the author's then."""
        before = bisect_left(found, verb, key=lambda quote: quote.start) - 1
        return before >= 0 and found[before].end > sentence.start and self._text[found[before].end - 1] in _SPEECH_ENDS

    def _subject_of(self, sentence: Sentence, verb: int) -> str | None:
        return subject_in(self._text[max(sentence.start, verb - SUBJECT_REACH) : verb])

    def _passage(self, start: int, end: int, speaker: str) -> AttributedSpan | None:
        again = _AUTHOR_AGAIN.search(self._text, start, end)
        stop = again.start() if again else end
        return AttributedSpan(start, stop, speaker, quoted=False) if start < stop else None


def _first_from(passages: Sequence[AttributedSpan], at: int) -> int:
    return bisect_left(passages, at, key=lambda passage: passage.start)


def _holding(passages: Sequence[AttributedSpan], at: int) -> AttributedSpan | None:
    index = bisect_right(passages, at, key=lambda passage: passage.start) - 1
    return passages[index] if index >= 0 and at < passages[index].end else None
