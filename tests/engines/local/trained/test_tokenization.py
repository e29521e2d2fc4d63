from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.target import target_from_name
from subtext.engines.local.trained.classifier import load_default
from subtext.engines.local.trained.tokenization import (
    ARTICLE_MAX,
    SENTENCE_MAX,
    WINDOW_MAX,
    encode_sentences,
    pack_windows,
)

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

TOKENIZER = load_default().scorer.encoder.tokenizer
LONG = "The harbour was closed again and nobody knew why it had been. " * 400


class _CountingTokenizer:
    """Tokenizer that counts the tokens which it has made."""

    tokens = 0

    def encode(self, text: str, *, add_special_tokens: bool) -> Encoding:
        encoding = TOKENIZER.encode(text, add_special_tokens=add_special_tokens)
        self.tokens += len(encoding.ids)
        return encoding


@given(st.lists(st.integers(1, SENTENCE_MAX), max_size=60))
def test_windows_hold_every_sentence_once_and_no_more_than_they_may(sizes: list[int]) -> None:
    windows = pack_windows(sizes)
    assert [number for window in windows for number in window] == list(range(len(sizes)))
    assert all(sum(sizes[number] for number in window) + 2 <= WINDOW_MAX for window in windows)


def test_every_token_leads_back_to_its_words() -> None:
    text = "Orvane sells its harbour\n\nOrvane asked for “one more month” — again. 😀 Nobody came."
    found = encode_sentences(split_sentences(text), 24, target_from_name("Orvane"), TOKENIZER)
    assert [piece.in_title for piece in found] == [True, False, False]
    words = [text[low:high].lower() for piece in found for low, high in piece.spans]
    assert words[:4] == ["orvane", "sells", "its", "harbour"]
    assert {"month", "nobody"} <= set(words)


def test_of_a_long_text_the_beginning_and_the_end_are_read() -> None:
    sentences = split_sentences(LONG)
    found = encode_sentences(sentences, 0, None, TOKENIZER)
    assert sum(len(piece.ids) for piece in found) <= ARTICLE_MAX
    assert found[0].sentence == sentences[0]
    assert found[-1].sentence == sentences[-1]
    assert len(found) < len(sentences)


def test_of_a_long_text_little_more_is_tokenized_than_is_read() -> None:
    tokenizer = _CountingTokenizer()
    found = encode_sentences(split_sentences(LONG), 0, None, cast("Tokenizer", tokenizer))
    longest = max(len(piece.ids) for piece in found)
    assert tokenizer.tokens <= ARTICLE_MAX + ARTICLE_MAX // 8 + 2 * longest


def test_a_text_just_over_the_budget_keeps_its_beginning_and_its_ending() -> None:
    sentences = split_sentences("The harbour was closed. " * (ARTICLE_MAX // 5 + 1))
    found = [piece.sentence for piece in encode_sentences(sentences, 0, None, TOKENIZER)]
    ending = ARTICLE_MAX // 8 // 5
    assert len(found) == len(sentences) - 1
    assert found == [*sentences[: len(found) - ending], *sentences[len(sentences) - ending :]]


def test_a_text_without_sentences_has_no_pieces() -> None:
    assert encode_sentences([], 0, None, TOKENIZER) == []
