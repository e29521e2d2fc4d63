"""The trained framer: what the network and the posterior say of an article, as the framing part of a draft."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from subtext.analyst.adequacy import ENOUGH_WORDS
from subtext.domain.article import Notice
from subtext.engines.local.claims import claims
from subtext.engines.local.clauses import tidied
from subtext.engines.local.framers import Framed, WordFramer, hits_of
from subtext.engines.local.trained.choosing import MODERATE
from subtext.engines.local.trained.trained import TrainedScorer
from subtext.engines.local.verdict import stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from subtext.engines.local.claims import Claim
    from subtext.engines.local.framers import Scene
    from subtext.engines.local.scorer import Hit

WEIGHTS = Path(__file__).parent / "weights"
_SAMPLED = (
    "framing_sampled",
    "the text is long: this part was searched for words alone, and the trained scorer read what is around it",
    "/framing",
)


@dataclass(frozen=True, slots=True)
class TrainedFramer:
    """Judges with a trained scorer; the lexicon tells which signs its phrases are.

    A text that is too short for a sure label is left to the lexicon: the network was trained on whole articles.
    """

    scorer: TrainedScorer
    words: WordFramer

    @property
    def model(self) -> str:
        """The scorer's name."""
        return self.scorer.model

    def framing(self, scene: Scene) -> Framed:
        """The posterior's label and its probability, and the phrases that bear it."""
        if scene.words < ENOUGH_WORDS:
            return self.words.framing(scene)
        hits = hits_of(scene, self.words.scorer)
        said = claims(scene.text, scene.sentences, hits, scene.voices, scene.axis)
        judged = self.scorer.judge(scene, said)
        if judged is None:
            return self.words.framing(scene)
        found = [*judged.claims, *_named_voices(said, judged.claims, self.scorer.limits.others)]
        chosen = tuple(_with_signs(_quotable(found, scene.text), list(chain.from_iterable(hits))))
        draft = stated(scene.text, chosen, judged.label, judged.confidence, scene.axis, calibration=self.scorer.model)
        return Framed(draft, () if judged.unread is None else (Notice(*_SAMPLED, judged.unread),))


@lru_cache(maxsize=1)
def shipped() -> TrainedFramer:
    """The framer with the weights of this package, read once; raises `OSError` where they are not there."""
    return TrainedFramer(TrainedScorer.load(WEIGHTS), WordFramer())


def _named_voices(said: Sequence[Claim], chosen: Sequence[Claim], most: int) -> list[Claim]:
    """What the lexicon hears from speakers with a name, strongest first, where the author decides the label.

    The network reads what is said and not who says it; who frames is half of the answer.
    """
    if all(claim.speaker is not None for claim in chosen):
        return []
    room = most - sum(bool(claim.speaker) for claim in chosen)
    named = [claim for claim in said if _is_named(claim) and not any(_overlap(claim, other) for other in chosen)]
    return sorted(named, key=lambda claim: (-claim.weight, claim.start))[: max(0, room)]


def _is_named(claim: Claim) -> bool:
    return claim.speaker is not None and claim.speaker != claim.speaker.lower() and claim.weight >= MODERATE


def _overlap(one: Claim, other: Claim) -> bool:
    return one.speaker == other.speaker and one.start < other.end and other.start < one.end


def _quotable(found: Sequence[Claim], text: str) -> Iterator[Claim]:
    """The claims on whole words, without the punctuation at their ends."""
    for claim in found:
        if span := tidied(text, claim.start, claim.end):
            yield replace(claim, start=span[0], end=span[1])


def _with_signs(found: Iterable[Claim], hits: Sequence[Hit]) -> Iterator[Claim]:
    """The claims, each with the coded sign that the lexicon knows in it."""
    for claim in found:
        inside = (hit for hit in hits if hit.pole == claim.pole and claim.start <= hit.start and hit.end <= claim.end)
        best = max(inside, key=lambda hit: hit.weight, default=None)
        yield claim if best is None else replace(claim, indicator=best.indicator, polarity=best.polarity)
