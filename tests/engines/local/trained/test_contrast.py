from __future__ import annotations

import numpy as np
import pytest

from subtext.domain.text.sentences import Sentence
from subtext.engines.local.trained.classifier import load_default
from subtext.engines.local.trained.contrast import SHORT_MAX, contrast, exchange_names, is_short
from subtext.engines.local.trained.encoder import ModelOutputs
from subtext.engines.local.trained.entity_masking import NAME, TARGET
from subtext.engines.local.trained.tokenization import EncodedSentence

TOKENIZER = load_default().scorer.encoder.tokenizer
ONE = ModelOutputs(
    np.array([[0.2, 0.7, 0.1], [0.8, 0.1, 0.1]], np.float32),
    (np.array([[0.9, 0.2]], np.float32), np.array([[0.1, 0.1]], np.float32)),
    np.array([1.0, -1.0, 0.5, 0.2, -0.6, 0.4], np.float32),
)


def turned(outputs: ModelOutputs) -> ModelOutputs:
    article = outputs.article[[1, 0, 2, 3, 4, 5]] * np.array([1, 1, 1, 1, -1, 1], np.float32)
    return ModelOutputs(outputs.sentences[:, [0, 2, 1]], tuple(tags[:, ::-1] for tags in outputs.tokens), article)


def test_what_is_said_the_other_way_round_of_all_others_stays() -> None:
    both = contrast(ONE, turned(ONE))

    assert both.sentences == pytest.approx(ONE.sentences, abs=1e-3)
    assert both.tokens[0] == pytest.approx(ONE.tokens[0], abs=1e-3)
    assert both.article == pytest.approx(ONE.article)


def test_what_is_said_of_everybody_favours_no_pole() -> None:
    both = contrast(ONE, ONE)

    assert both.sentences[:, 1] == pytest.approx(both.sentences[:, 2])
    assert both.sentences.sum(axis=1) == pytest.approx([1, 1])
    assert both.tokens[0][:, 0] == pytest.approx(both.tokens[0][:, 1])
    assert both.article[:2] == pytest.approx([0, 0])
    assert both.article[4] == pytest.approx(0)


def test_the_poles_change_places_if_the_target_and_the_others_do() -> None:
    other = ModelOutputs(ONE.sentences[::-1], ONE.tokens[::-1], ONE.article + 1)

    one_way, other_way = contrast(ONE, other), turned(contrast(other, ONE))

    assert one_way.sentences == pytest.approx(other_way.sentences)
    assert one_way.article == pytest.approx(other_way.article)


def test_names_change_places_and_words_stay() -> None:
    (target,), (name,) = (TOKENIZER.encode(word, add_special_tokens=False).ids for word in (TARGET, NAME))
    sentence = EncodedSentence(Sentence("Orlo crushed Brandt.", 0, 0), False, (target, 99, name), ((0, 4),) * 3)

    (exchanged,) = exchange_names([sentence], TOKENIZER)

    assert exchanged.ids == (name, 99, target)
    assert exchange_names([exchanged], TOKENIZER) == [sentence]


@pytest.mark.parametrize(("tokens", "short"), [(SHORT_MAX, True), (SHORT_MAX + 1, False)])
def test_only_a_short_text_is_read_twice(tokens: int, short: bool) -> None:
    sentence = EncodedSentence(Sentence("x", 0, 0), False, (1,) * (tokens - 1), ((0, 1),) * (tokens - 1))
    last = EncodedSentence(Sentence("y", 2, 0), False, (1,), ((2, 3),))

    assert is_short([sentence, last]) is short
