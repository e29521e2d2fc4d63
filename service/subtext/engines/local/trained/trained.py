"""The trained scorer as the engine uses it: an article in, its evidence, label and confidence out."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

from subtext.domain.evidence import Span
from subtext.engines.local.trained.choosing import Thresholds, candidates, choose
from subtext.engines.local.trained.network import Network
from subtext.engines.local.trained.posterior import Posterior, features
from subtext.engines.local.trained.ranking import Ranking, ranked
from subtext.engines.local.trained.spoken import spoken
from subtext.engines.local.trained.windows import pieces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from subtext.engines.local.attribution import Voices
    from subtext.engines.local.claims import Claim
    from subtext.engines.local.framers import Scene
    from subtext.engines.local.trained.windows import Piece

    Floats = NDArray[np.float64]

_STEPS = 8
_GAP_CHARS = 200


@dataclass(frozen=True, slots=True)
class Judgement:
    """The label, how often such an answer is right, and the claims that bear it when they are weighed.

    `unread` is the middle of a text that is too long to be read whole, None where it was.
    """

    label: str
    confidence: float
    claims: tuple[Claim, ...]
    unread: Span | None = None


@dataclass(frozen=True, slots=True)
class TrainedScorer:
    """Judges articles with a network, a posterior and a ranking; `model` is the name by which an answer tells so."""

    network: Network
    posterior: Posterior
    ranking: Ranking
    model: str = "subtext-encoder-1"
    limits: Thresholds = field(default_factory=Thresholds)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The scorer of a folder of weights."""
        ranking = Ranking.load(folder / "ranking.json")
        return cls(Network.load(folder), Posterior.load(folder / "posterior.json"), ranking)

    def judge(self, scene: Scene, said: Sequence[Claim]) -> Judgement | None:
        """What the article says of the target, or None where it has no words; `said` is what the lexicon finds."""
        read = pieces(scene.sentences, scene.headline_end, scene.target, self.network.tokenizer)
        if not read:
            return None
        outputs = self.network.read(read)
        others, titles = places(read, scene.voices)
        values = features(outputs, others, titles, spoken(said, scene.words, scene.headline_end, scene.axis))
        label, confidence = self.posterior.verdict(values)
        chances = self.ranking.chances(ranked(read, outputs, said, scene.axis))
        carried = list(zip(read, chances, outputs.tokens, strict=True))
        found = candidates(carried, said, scene.voices, scene.axis, self.limits)
        chosen = tuple(choose(label, found, scene.axis, self.limits))
        return Judgement(label, confidence, chosen, _unread(read))


def places(read: Sequence[Piece], voices: Voices) -> tuple[Floats, Floats]:
    """For each sentence the share of it that others say, and whether it is the title's."""
    return np.array([_share_of_others(piece, voices) for piece in read]), np.array([float(p.in_title) for p in read])


def _unread(read: Sequence[Piece]) -> Span | None:
    """The widest gap between what was read, where it is wider than what may lie between two sentences."""
    gaps = [(last.sentence.end, following.sentence.start) for last, following in pairwise(read)]
    start, end = max(gaps, key=lambda gap: gap[1] - gap[0], default=(0, 0))
    return Span(start, end) if end - start > _GAP_CHARS else None


def _share_of_others(piece: Piece, voices: Voices) -> float:
    """How much of a sentence is not the author's, from a few places in it."""
    if piece.in_title:
        return 0.0
    begin, end = piece.sentence.start, piece.sentence.end
    places = range(begin, end, max(1, (end - begin) // _STEPS))
    return sum(voices.passage_at(at) is not None for at in places) / len(places)
