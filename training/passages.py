"""Passages of training articles: texts as short as a note or a post, for the label model of short texts."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from subtext.engines.local.trained.contrast import exchange_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenizers import Tokenizer

    from training.labeled_articles import Mark, Sample

_SENTENCES = (5, 11)
_ARTICLE_MIN, _WORDS_MIN = 12, 60
_WITH_TITLE = 0.5
# Strength of the coded sentences (0-3 each) that a passage needs to be labelled by them.
_SENTENCE_STRENGTH, _POLE_MIN, _MIXED_MIN, _MIXED_SHARE = 3.0, 2.4, 1.6, 3.0


def cut_passages(samples: Sequence[Sample], seed: int) -> list[Sample]:
    """Cut a passage from each article without framing, and two from each other one; some cannot be labelled."""
    dice = random.Random(seed)  # noqa: S311 - a place in an article is no secret
    return [passage for sample in samples for passage in _cut(sample, dice)]


def exchange(passages: Sequence[Sample], tokenizer: Tokenizer) -> list[Sample]:
    """Return the passages with the target and all other names exchanged."""
    return [replace(passage, pieces=exchange_names(passage.pieces, tokenizer)) for passage in passages]


def _cut(sample: Sample, dice: random.Random) -> Iterator[Sample]:
    for _ in range(1 if sample.row["label"] == "neither" else 2):
        if len(sample.pieces) < _ARTICLE_MIN:
            return
        size = dice.randint(*_SENTENCES)
        first, with_title = dice.randint(0, len(sample.pieces) - size), dice.random() < _WITH_TITLE
        numbers = [
            number
            for number, piece in enumerate(sample.pieces)
            if (with_title if piece.in_title else first <= number < first + size)
        ]
        label = _label([sample.marks[number] for number in numbers], sample.row["label"])
        passage = _build(sample, numbers, label or "")
        if label is not None and passage.scene.words >= _WORDS_MIN:
            yield passage


def _label(marks: Sequence[Mark], article: str) -> str | None:
    """Label a passage by its coded sentences; None if they do not decide, as coders mark the best few only."""
    strengths = _SENTENCE_STRENGTH * sum((mark.soft[1:] for mark in marks), np.zeros(2))
    low, high = sorted(strengths)
    if not high:
        return "neither" if article == "neither" else None
    if low >= _MIXED_MIN and _MIXED_SHARE * low >= high:
        return "mixed"
    return ("desperation", "domination")[int(strengths.argmax())] if high >= _POLE_MIN else None


def _build(sample: Sample, numbers: Sequence[int], label: str) -> Sample:
    pieces = [sample.pieces[number] for number in numbers]
    words = sum(len(piece.sentence.text.split()) for piece in pieces)
    return replace(
        sample,
        row={**sample.row, "label": label},
        scene=replace(sample.scene, words=words),
        pieces=pieces,
        marks=[sample.marks[number] for number in numbers],
        said=[
            claim
            for claim in sample.said
            if any(piece.sentence.start <= claim.start < piece.sentence.end for piece in pieces)
        ],
    )
