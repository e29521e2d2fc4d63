"""Denials: sentences that name a pole only to deny it, which the encoder takes for assertions.

"The firm is not desperate" is written with the words of desperation, and too few training articles have such sentences
for the encoder to learn the turn. The lexicon sees the negator. Of the coded articles' sentences with denied words
only, coders marked as many for the other pole as for the one that the words name.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.domain.axis import Axis
    from subtext.engines.local.claims import Claim
    from subtext.engines.local.trained.encoder import ModelOutputs
    from subtext.engines.local.trained.tokenization import EncodedSentence

# What remains of the probability of a pole that a sentence only denies.
_REMAINS = 0.2


def discount_denials(
    outputs: ModelOutputs, sentences: Sequence[EncodedSentence], lexicon_claims: Sequence[Claim], axis: Axis
) -> ModelOutputs:
    """Return the outputs with the poles that a sentence only denies made improbable there."""
    denied = _find_denied(sentences, lexicon_claims, axis)
    if not denied:
        return outputs
    probabilities, tokens = outputs.sentences.copy(), list(outputs.tokens)
    for number, column in denied:
        probabilities[number, 0] += (1 - _REMAINS) * probabilities[number, column + 1]
        probabilities[number, column + 1] *= _REMAINS
        tokens[number] = tokens[number].copy()
        tokens[number][:, column] *= _REMAINS
    return replace(outputs, sentences=probabilities, tokens=tuple(tokens))


def _find_denied(
    sentences: Sequence[EncodedSentence], lexicon_claims: Sequence[Claim], axis: Axis
) -> list[tuple[int, int]]:
    """Find the sentences that deny a pole and nowhere assert it, each with the pole's number."""
    starts = [encoded.sentence.start for encoded in sentences]
    denied, asserted = set(), set()
    for claim in lexicon_claims:
        number = bisect_right(starts, claim.start) - 1
        pole = axis.poles.index(claim.pole)
        if number >= 0 and claim.start < sentences[number].sentence.end:
            if claim.polarity == "denies":
                denied.add((number, 1 - pole))
            else:
                asserted.add((number, pole))
    return sorted(denied - asserted)
