"""The trained scorer as the engine uses it: an article in, its evidence, label and confidence out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

from subtext.engines.local.trained.choosing import Thresholds, candidates, choose
from subtext.engines.local.trained.network import Network
from subtext.engines.local.trained.posterior import Posterior
from subtext.engines.local.trained.windows import pieces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from subtext.domain.axis import Axis
    from subtext.engines.local.attribution import Voices
    from subtext.engines.local.claims import Claim
    from subtext.engines.local.sentences import Sentence
    from subtext.engines.local.target import Target
    from subtext.engines.local.trained.windows import Piece

_STEPS = 8


@dataclass(frozen=True, slots=True)
class Judgement:
    """The label, how often such an answer is right, and the claims that bear it when they are weighed."""

    label: str
    confidence: float
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class TrainedScorer:
    """Judges articles with a network and a posterior; `model` is the name by which an answer tells what scored it."""

    network: Network
    posterior: Posterior
    model: str = "subtext-encoder-1"
    limits: Thresholds = field(default_factory=Thresholds)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The scorer of a folder of weights."""
        return cls(Network.load(folder), Posterior.load(folder / "posterior.json"))

    def judge(
        self, sentences: Sequence[Sentence], headline_end: int, target: Target | None, voices: Voices, axis: Axis
    ) -> Judgement | None:
        """What the article says of the target, or None where it has no words."""
        read = pieces(sentences, headline_end, target, self.network.tokenizer)
        if not read:
            return None
        outputs = self.network.read(read)
        others = np.array([share_of_others(piece, voices) for piece in read])
        titles = np.array([piece.in_title for piece in read])
        label, confidence = self.posterior.verdict(outputs, others, titles)
        found = candidates(read, outputs, voices, axis, self.limits)
        return Judgement(label, confidence, tuple(choose(label, found, axis, self.limits)))


def share_of_others(piece: Piece, voices: Voices) -> float:
    """How much of a sentence is not the author's, from a few places in it."""
    if piece.in_title:
        return 0.0
    begin, end = piece.sentence.start, piece.sentence.end
    places = range(begin, end, max(1, (end - begin) // _STEPS))
    return sum(voices.passage_at(at) is not None for at in places) / len(places)
