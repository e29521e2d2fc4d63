"""The seam where framing is judged: an article's sentences and voices in, the framing part of the draft out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from subtext.engines.local.claims import claims
from subtext.engines.local.scorer import Context, LexicalScorer
from subtext.engines.local.selection import Background, balance, select
from subtext.engines.local.verdict import framing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.domain.article import Notice
    from subtext.domain.axis import Axis
    from subtext.domain.draft import DraftFraming
    from subtext.engines.local.attribution import Voices
    from subtext.engines.local.scorer import Hit, Scorer
    from subtext.engines.local.sentences import Sentence
    from subtext.engines.local.target import Target


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known of an article when its framing is judged; `target` is None where the text does not name it."""

    text: str
    words: int
    headline_end: int
    sentences: Sequence[Sentence]
    voices: Voices
    target: Target | None
    axis: Axis


@dataclass(frozen=True, slots=True)
class Framed:
    """The framing part of a draft, and what a reader must know of how it was judged."""

    draft: DraftFraming
    notices: tuple[Notice, ...] = ()


class Framer(Protocol):
    """Judges framing. Replaceable: sentences, voices, target and summary do not know how it does it."""

    @property
    def model(self) -> str:
        """The name and version by which an answer tells what judged it."""

    def framing(self, scene: Scene) -> Framed:
        """The label, how sure it is, and the quotes that bear it."""


def hits_of(scene: Scene, scorer: Scorer) -> list[list[Hit]]:
    """For each sentence the phrases in it that frame the target."""
    before: Sequence[Sentence | None] = [None, *scene.sentences[:-1]]
    return scorer.hits(
        [Context(sentence, last, scene.target) for sentence, last in zip(scene.sentences, before, strict=True)]
    )


@dataclass(frozen=True, slots=True)
class WordFramer:
    """Counts words of need and of power against a background of ordinary reporting."""

    scorer: Scorer = field(default_factory=LexicalScorer)
    background: Background = field(default_factory=Background)

    @property
    def model(self) -> str:
        """The lexicon's name."""
        return self.scorer.model

    def framing(self, scene: Scene) -> Framed:
        """The label that the excess of each pole stands for, and the strongest claims in that proportion."""
        found = claims(scene.text, scene.sentences, hits_of(scene, self.scorer), scene.voices, scene.axis)
        excess = balance(found, scene.words, scene.axis, self.background)
        return Framed(framing(scene.text, select(found, excess, scene.axis), excess, scene.axis))
