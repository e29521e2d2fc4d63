from __future__ import annotations

import pytest

from subtext.engines.local.finite_verbs import has_finite_verb


@pytest.mark.parametrize(
    "sentence",
    [
        "Orvane signed the accord.",
        "The report recommends a range of measures.",
        "Orlo, trotting out his daughter, won again.",
        "They need shells.",
        "That's the truth.",
        "Nobody in Halden knew.",
        "The mayor’s not amused.",
    ],
)
def test_a_sentence_has_a_finite_verb(sentence: str) -> None:
    assert has_finite_verb(sentence)


@pytest.mark.parametrize(
    "fragment",
    [
        "Orlo, trotting out his daughter, Ju, at shindigs, then banging on about an alliance with Orvane.",
        "A depiction of the town by Henric Vane.",
        "Happy to give autographs and to talk with the huge crowds.",
        "No cash, no friends, and nowhere to turn.",
    ],
)
def test_a_fragment_has_none(fragment: str) -> None:
    assert not has_finite_verb(fragment)
