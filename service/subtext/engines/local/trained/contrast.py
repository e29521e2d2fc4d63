"""Contrast: what the encoder says of the target, against what it says of everybody else in the target's place.

The encoder hears the tone of a text better than who is above whom: "Orlo crushed Brandt" sounds much the same with
either as the target. So a short text about a target and another side is read twice, the second time with the target
and all other names exchanged: that the others submit is a sign that the target dominates. Where there are many names
they are many sides, and a long article would cost twice as much.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from subtext.engines.local.trained.encoder import ModelOutputs
from subtext.engines.local.trained.entity_masking import NAME, TARGET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from subtext.engines.local.trained.tokenization import EncodedSentence

    Floats = NDArray[np.float32]

# Tokens of a text that is short: articles of the training set are longer, so that it has a label model of its own.
SHORT_MAX = 330
# Mentions of other names in a short text that has another side. On 1,316 passages of training articles, judged by nets
# that had not seen them, two readings of those with so few names cost 0.03 of macro-F1; with more names, 0.1.
_NAMES_MIN, _NAMES_MAX = 2, 8
_EPSILON = np.float32(1e-4)
# The columns of the encoder's outputs with the poles exchanged, and the sign of its article head's numbers.
_SENTENCE_TURNED, _TOKEN_TURNED, _ARTICLE_TURNED = [0, 2, 1], [1, 0], [1, 0, 2, 3, 4, 5]
_ARTICLE_SIGNS = np.array([1, 1, 1, 1, -1, 1], np.float32)


def is_short(sentences: Sequence[EncodedSentence]) -> bool:
    """Tell whether a text is shorter than the articles of the training set."""
    return sum(len(encoded.ids) for encoded in sentences) <= SHORT_MAX


def has_other_side(sentences: Sequence[EncodedSentence], tokenizer: Tokenizer) -> bool:
    """Tell whether a text has a few mentions of names beside the target's."""
    name = tokenizer.token_to_id(NAME)
    return _NAMES_MIN <= sum(encoded.ids.count(name) for encoded in sentences) <= _NAMES_MAX


def exchange_names(sentences: Sequence[EncodedSentence], tokenizer: Tokenizer) -> list[EncodedSentence]:
    """Return the sentences with the tokens of the target and of all other names exchanged."""
    target, name = tokenizer.token_to_id(TARGET), tokenizer.token_to_id(NAME)
    if target is None or name is None:
        raise ValueError("the tokenizer has no tokens for the target and for other names")
    exchanged = {target: name, name: target}
    return [replace(encoded, ids=tuple(exchanged.get(token, token) for token in encoded.ids)) for encoded in sentences]


def contrast(outputs: ModelOutputs, others: ModelOutputs) -> ModelOutputs:
    """Return the geometric mean of the outputs and, with the poles exchanged, of those for all others."""
    logs = np.log(outputs.sentences + _EPSILON) + np.log(others.sentences[:, _SENTENCE_TURNED] + _EPSILON)
    products: Floats = np.exp(logs / np.float32(2))
    tokens = tuple(_mean(own, other) for own, other in zip(outputs.tokens, others.tokens, strict=True))
    turned: Floats = others.article[_ARTICLE_TURNED] * _ARTICLE_SIGNS
    article = (outputs.article + turned) / np.float32(2)
    return ModelOutputs(products / products.sum(axis=1, keepdims=True), tokens, article)


def _mean(own: Floats, other: Floats) -> Floats:
    """Return the probabilities whose logits are the mean of both."""
    logits = (_logits(own) + _logits(other[:, _TOKEN_TURNED])) / np.float32(2)
    probabilities: Floats = np.float32(1) / (np.float32(1) + np.exp(-logits))
    return probabilities


def _logits(probabilities: Floats) -> Floats:
    logits: Floats = np.log((probabilities + _EPSILON) / (np.float32(1) - probabilities + _EPSILON))
    return logits
