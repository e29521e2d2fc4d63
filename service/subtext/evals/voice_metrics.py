"""Measure voices: whether each coded speaker was detected, with the right label."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.domain.axis import NEITHER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from subtext.evals.dataset import CodedVoice

_WORD = re.compile(r"\w+")
_TITLES = frozenset(
    ("the", "a", "an", "of", "for", "and", "mr", "mrs", "ms", "dr", "sir", "president", "minister", "senator", "judge")
)


@dataclass(frozen=True, slots=True)
class VoiceTally:
    """Counts of the `coded` voices of an article, those detected (`heard`), and those with the `right` label."""

    coded: int = 0
    heard: int = 0
    right: int = 0


def score_voices(coded: Sequence[CodedVoice], labels_by_speaker: Mapping[str, str | None]) -> VoiceTally:
    """Count one article; a voice that is coded `neither` need not be detected."""
    labels = [_find_label(voice.speaker, labels_by_speaker) for voice in coded]
    return VoiceTally(
        coded=len(coded),
        heard=sum(label is not None for label in labels),
        right=sum((label or NEITHER) == voice.label for voice, label in zip(coded, labels, strict=True)),
    )


def is_same_speaker(one: str, other: str) -> bool:
    """Return whether two names are one speaker's: one's words are all in the other, or the last words are equal."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return False
    return set(first) <= set(second) or set(second) <= set(first) or first[-1] == second[-1]


def sum_voice_tallies(tallies: Iterable[VoiceTally]) -> VoiceTally:
    """Sum the counts of several articles."""
    counts = list(tallies)
    return VoiceTally(sum(t.coded for t in counts), sum(t.heard for t in counts), sum(t.right for t in counts))


def _find_label(speaker: str, labels_by_speaker: Mapping[str, str | None]) -> str | None:
    return next(
        (label for name, label in labels_by_speaker.items() if label is not None and is_same_speaker(speaker, name)),
        None,
    )


def _words(name: str) -> list[str]:
    words = [word.lower().removesuffix("’s").removesuffix("'s") for word in _WORD.findall(name)]
    return [word for word in words if word not in _TITLES]
