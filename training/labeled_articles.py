"""Labelled articles as the network learns from them: the pieces that the scorer reads, and what coders marked there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from subtext.domain.article import Article, Source, prepend_title
from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.attribution import attribute
from subtext.engines.local.claims import Claim, claims
from subtext.engines.local.classifier import FramingContext, find_hits
from subtext.engines.local.scorer import LexicalScorer
from subtext.engines.local.target import target_from_name
from subtext.engines.local.trained.tokenization import EncodedSentence, encode_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from subtext.domain.axis import Axis

    Floats = NDArray[np.float32]

POLES = ("desperation", "domination")
# How sure a coded strength makes a sentence's pole, and how much of a quote must lie in a sentence to mark it.
SURE = {"weak": 0.55, "moderate": 0.8, "strong": 1.0}
OVERLAP_MIN = 0.3


@dataclass(frozen=True, slots=True)
class Mark:
    """What coders say of a piece: none, desperation, domination (sums to 1), and which tokens carry each pole."""

    soft: Floats
    tags: Floats


@dataclass(frozen=True, slots=True)
class Sample:
    """An article: the row of the data, what the network reads of it and should say, and what else the scorer knows."""

    row: dict[str, Any]
    scene: FramingContext
    pieces: list[EncodedSentence]
    marks: list[Mark]
    said: list[Claim]

    @property
    def id(self) -> str:
        """The article's name in the data."""
        return str(self.row["id"])


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read the articles of a JSONL file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def build_sample(row: dict[str, Any], tokenizer: Tokenizer, axis: Axis) -> Sample:
    """Return an article of the data, read as the scorer reads it."""
    text, headline, _ = prepend_title(row["title"], row["text"])
    article, sentences = Article(text, Source("text"), headline), split_sentences(text)
    target, headline_end = target_from_name(row["target"]) if row["target"] else None, headline.end if headline else 0
    voices = attribute(text, sentences)
    scene = FramingContext(article.prepared, article.word_count, headline_end, sentences, voices, target, axis)
    read = encode_sentences(sentences, headline_end, target, tokenizer)
    quotes = list(_place_quotes(row, text))
    said = claims(text, sentences, find_hits(scene, LexicalScorer()), voices, axis)
    return Sample(row, scene, read, [_mark(piece, quotes) for piece in read], said)


def _place_quotes(row: dict[str, Any], text: str) -> Iterator[tuple[int, int, str, float]]:
    """Each coded quote that the text has: its range, pole and sureness."""
    for quote in row["evidence"]:
        at = text.find(quote["quote"])
        if at >= 0:
            yield at, at + len(quote["quote"]), quote["pole"], SURE[quote["strength"]]


def _mark(piece: EncodedSentence, quotes: list[tuple[int, int, str, float]]) -> Mark:
    sure = np.zeros(2, np.float32)
    tags = np.zeros((len(piece.ids), 2), np.float32)
    begin, end = piece.sentence.start, piece.sentence.end
    for start, stop, pole, strength in quotes:
        shared = min(stop, end) - max(start, begin)
        if shared <= OVERLAP_MIN * min(stop - start, end - begin):
            continue
        column = POLES.index(pole)
        sure[column] = max(sure[column], strength)
        tags[:, column] += [low < stop and high > start for low, high in piece.spans]
    none = max(0.0, 1 - float(sure.max()))
    soft = np.array([none, *(sure / max(1.0, float(sure.sum())))], np.float32)
    return Mark(soft / soft.sum(), np.minimum(tags, 1))
