"""Tokenization and windowing: sentences as token ids, packed into windows so that each token is encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING, overload

from subtext.engines.local.trained.entity_masking import EntityMasker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenizers import Tokenizer

    from subtext.domain.text.sentences import Sentence
    from subtext.engines.local.target import TargetMatcher
    from subtext.engines.local.trained.entity_masking import MaskedText

# Tokens at most: of a window with [CLS] and [SEP], of a sentence, of an article (of a longer one the start and end).
WINDOW_MAX, SENTENCE_MAX, ARTICLE_MAX = 160, 96, 850
_ENDING_MAX = ARTICLE_MAX // 8
# Upper bound of characters per token: English prose has 4 to 5.
_TOKEN_CHARS = 10
_NAMES_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class EncodedSentence:
    """Tokenized sentence: token ids, each token's range in the article, and whether the headline holds the sentence."""

    sentence: Sentence
    in_title: bool
    ids: tuple[int, ...]
    spans: Sequence[tuple[int, int]]


class TokenSpans(Sequence[tuple[int, int]]):
    """Ranges of a sentence's tokens in the article, each mapped back when it is read: few of them ever are."""

    def __init__(self, start: int, masked: MaskedText, offsets: Sequence[tuple[int, int]]) -> None:
        self._start, self._masked, self._offsets = start, masked, offsets

    def __len__(self) -> int:
        return len(self._offsets)

    @overload
    def __getitem__(self, number: int) -> tuple[int, int]: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[tuple[int, int]]: ...
    def __getitem__(self, number: int | slice) -> tuple[int, int] | Sequence[tuple[int, int]]:
        if isinstance(number, slice):
            return TokenSpans(self._start, self._masked, self._offsets[number])
        low, high = self._masked.to_original(*self._offsets[number])
        return self._start + low, self._start + high


def encode_sentences(
    sentences: Sequence[Sentence], headline_end: int, target: TargetMatcher | None, tokenizer: Tokenizer
) -> list[EncodedSentence]:
    """Mask and tokenize the sentences that the encoder reads, in order; the headline ends at `headline_end`."""
    masker = EntityMasker((sentence.text for sentence in _take_first(sentences) if not sentence.heading), target)
    encoder = _SentenceEncoder(masker, headline_end, tokenizer)
    likely = _drop_middle(sentences)
    beginning = encoder.encode_up_to(ARTICLE_MAX, likely)
    if _count_tokens(beginning) <= ARTICLE_MAX:
        return beginning
    ending = _fit(encoder.encode_up_to(_ENDING_MAX, reversed(likely)), _ENDING_MAX)[::-1]
    return _fit(beginning, ARTICLE_MAX - _count_tokens(ending)) + ending


@dataclass(frozen=True, slots=True)
class _SentenceEncoder:
    """Masks and tokenizes single sentences; the headline ends at `headline_end`."""

    masker: EntityMasker
    headline_end: int
    tokenizer: Tokenizer

    def encode_up_to(self, budget: int, sentences: Iterable[Sentence]) -> list[EncodedSentence]:
        """Encode sentences until they have more tokens than the budget; those without tokens are left out."""
        encoded: list[EncodedSentence] = []
        room = budget
        for sentence in sentences:
            one = self._encode(sentence)
            if one.ids:
                encoded.append(one)
                room -= len(one.ids)
            if room < 0:
                break
        return encoded

    def _encode(self, sentence: Sentence) -> EncodedSentence:
        in_title = sentence.end <= self.headline_end
        masked = self.masker.mask(sentence.text, heading=sentence.heading or in_title)
        # One sentence a call: `encode_batch` would use every core of the machine.
        tokens = self.tokenizer.encode(masked.text, add_special_tokens=False)
        spans = TokenSpans(sentence.start, masked, tokens.offsets[:SENTENCE_MAX])
        return EncodedSentence(sentence, in_title, tuple(tokens.ids[:SENTENCE_MAX]), spans)


def pack_windows(sizes: Sequence[int]) -> list[list[int]]:
    """Pack sentences of these sizes (in tokens) into windows, and return the sentence indices of each window."""
    windows: list[list[int]] = []
    room = 0
    for number, size in enumerate(sizes):
        if not windows or size > room:
            windows.append([])
            room = WINDOW_MAX - 2
        windows[-1].append(number)
        room -= size
    return windows


def _take_first(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """Yield the sentences of the first 100,000 characters: enough to collect the names that matter."""
    first = sentences[0].start if sentences else 0
    return takewhile(lambda sentence: sentence.start - first < _NAMES_CHARS, sentences)


def _drop_middle(sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """Drop the middle of a long text, which is surely over the token budget, before it is tokenized."""
    begin, end = (sentences[0].start, sentences[-1].end) if sentences else (0, 0)
    if end - begin <= (ARTICLE_MAX + _ENDING_MAX) * _TOKEN_CHARS:
        return sentences
    first, last = begin + ARTICLE_MAX * _TOKEN_CHARS, end - _ENDING_MAX * _TOKEN_CHARS
    return [sentence for sentence in sentences if sentence.start < first or sentence.start >= last]


def _count_tokens(encoded: Sequence[EncodedSentence]) -> int:
    return sum(len(sentence.ids) for sentence in encoded)


def _fit(encoded: list[EncodedSentence], budget: int) -> list[EncodedSentence]:
    """Return the first sentences, as many as their tokens fit into the budget."""
    ends = accumulate(len(sentence.ids) for sentence in encoded)
    return encoded[: sum(end <= budget for end in ends)]
