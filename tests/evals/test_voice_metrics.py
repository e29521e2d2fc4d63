from __future__ import annotations

import pytest

from subtext.evals.dataset import CodedVoice
from subtext.evals.voice_metrics import VoiceTally, is_same_speaker, score_voices, sum_voice_tallies


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ivo Brandt", "Brandt", True),
        ("Chairman Ivo Brandt", "Ivo Brandt", True),
        ("the ministry", "The Ministry", True),
        ("the Arvan foreign ministry", "foreign ministry", True),
        ("Ivo Brandt", "Ivo Kessel", False),
        ("the ministry", "the minister's office", False),
        ("the", "a", False),
    ],
)
def test_names_of_one_speaker(one: str, other: str, *, same: bool) -> None:
    assert is_same_speaker(one, other) is same
    assert is_same_speaker(other, one) is same


def test_a_voice_must_be_heard_and_labelled_right() -> None:
    coded = [
        CodedVoice(speaker="Ivo Brandt", label="domination"),
        CodedVoice(speaker="the bank", label="desperation"),
        CodedVoice(speaker="Ms Oduya", label="domination"),
    ]

    assert score_voices(coded, {"Brandt": "domination", "bank": "mixed"}) == VoiceTally(coded=3, heard=2, right=1)


def test_a_voice_that_frames_nothing_need_not_be_heard() -> None:
    assert score_voices([CodedVoice(speaker="the clerk", label="neither")], {}) == VoiceTally(coded=1, heard=0, right=1)


def test_total_is_the_sum() -> None:
    assert sum_voice_tallies([VoiceTally(3, 2, 1), VoiceTally(1, 0, 1)]) == VoiceTally(4, 2, 2)
