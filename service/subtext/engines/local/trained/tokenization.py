"""Windows: the sentences of an article as token ids, packed so that the encoder reads each token once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from subtext.engines.local.trained.entity_masking import EntityMasker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenizers import Tokenizer

    from subtext.domain.text.sentences import Sentence
    from subtext.engines.local.target import TargetMatcher

# Tokens: of a window with its two marks, of a sentence, of an article (a long one is read from its start and its end).
WINDOW_MAX, SENTENCE_MAX, ARTICLE_MAX = 160, 96, 850
_ENDING_MAX = ARTICLE_MAX // 8
# English prose has 4 to 5 characters a token; twice that is on the safe side.
_TOKEN_CHARS = 10
_LEARNT_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class EncodedSentence:
    """A sentence: its token ids, and for each token its range; `in_title` where the headline holds it."""

    sentence: Sentence
    in_title: bool
    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


def encode_sentences(
    sentences: Sequence[Sentence], headline_end: int, target: TargetMatcher | None, tokenizer: Tokenizer
) -> list[EncodedSentence]:
    """The sentences that the encoder reads, in order; those up to `headline_end` are the headline's."""
    names = EntityMasker((sentence.text for sentence in _learnt_from(sentences) if not sentence.heading), target)
    sentences = _within_reach(sentences)
    titles = [sentence.end <= headline_end for sentence in sentences]
    masked = [
        names.masked(sentence.text, heading=sentence.heading or title)
        for sentence, title in zip(sentences, titles, strict=True)
    ]
    # One by one: a batch would take every core of the machine.
    encoded = [tokenizer.encode(one.text, add_special_tokens=False) for one in masked]
    found = []
    for sentence, title, hidden, tokens in zip(sentences, titles, masked, encoded, strict=True):
        ids = tuple(tokens.ids[:SENTENCE_MAX])
        ranges = (hidden.to_original(*offsets) for offsets in tokens.offsets[:SENTENCE_MAX])
        spans = tuple((sentence.start + low, sentence.start + high) for low, high in ranges)
        if ids:
            found.append(EncodedSentence(sentence, title, ids, spans))
    return _within_budget(found)


def pack_windows(sizes: Sequence[int]) -> list[list[int]]:
    """The numbers of consecutive sentences that share a window."""
    windows: list[list[int]] = []
    room = 0
    for number, size in enumerate(sizes):
        if not windows or size > room:
            windows.append([])
            room = WINDOW_MAX - 2
        windows[-1].append(number)
        room -= size
    return windows


def _learnt_from(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences of the first 100,000 characters: names that matter are known by then."""
    first = sentences[0].start if sentences else 0
    return takewhile(lambda sentence: sentence.start - first < _LEARNT_CHARS, sentences)


def _within_reach(sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """Of a long text the sentences that can be within the budget, so that the others cost nothing."""
    begin, end = (sentences[0].start, sentences[-1].end) if sentences else (0, 0)
    if end - begin <= (ARTICLE_MAX + _ENDING_MAX) * _TOKEN_CHARS:
        return sentences
    first, last = begin + ARTICLE_MAX * _TOKEN_CHARS, end - _ENDING_MAX * _TOKEN_CHARS
    return [sentence for sentence in sentences if sentence.start < first or sentence.start >= last]


def _within_budget(found: list[EncodedSentence]) -> list[EncodedSentence]:
    """All pieces, or of a long text the beginning and the last few."""
    sizes = [len(piece.ids) for piece in found]
    if sum(sizes) <= ARTICLE_MAX:
        return found
    tail = _fitting(sizes[::-1], _ENDING_MAX)
    head = _fitting(sizes, ARTICLE_MAX - sum(sizes[len(sizes) - tail :]))
    return found[:head] + found[len(found) - tail :]


def _fitting(sizes: Sequence[int], room: int) -> int:
    """How many of the first sizes fit into the room."""
    for number, size in enumerate(sizes):
        room -= size
        if room < 0:
            return number
    return len(sizes)
