"""The draft: what an engine says about an article, before anything of it has been checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subtext.domain.evidence import Polarity, Role, Strength


@dataclass(frozen=True, slots=True)
class DraftEvidence:
    """A quote that is claimed to frame the target.

    `speaker` is None for the author's own voice, the empty string where nobody can be told, else the speaker as named.
    `pole` is the pole that the quote counts toward for that voice. `at` is a hint in code points to which occurrence is
    meant (engines that know their offsets give it; models do not). `role` is `voice` if the quote counts for the label
    of its speaker only.
    """

    quote: str
    speaker: str | None
    pole: str
    strength: Strength
    polarity: Polarity = "asserts"
    indicator: str | None = None
    at: int | None = None
    role: Role = "framing"


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence of the summary and the verbatim quotes that it is said to rest on."""

    text: str
    quotes: tuple[str, ...]
    at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftSummary:
    """A headline of at most 140 characters and the sentences below it."""

    headline: str
    sentences: tuple[DraftSentence, ...]


@dataclass(frozen=True, slots=True)
class DraftFraming:
    """What the engine claims: its own label and confidence (0-1) are only compared with what the evidence bears.

    `label` is None where the engine was cut off before it came to one, `confidence` None if it gave none: no figure is
    made up for it. `agreement` is the share of several samples that
    come to the label (0-1), None where there was one. `calibration` names what made the confidence a probability, None
    where it is not one. `speakers` are quoted in the article whether they frame the target or not.
    """

    label: str | None
    confidence: float | None
    rationale: str
    evidence: tuple[DraftEvidence, ...]
    agreement: float | None = None
    calibration: str | None = None
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """An engine's whole answer; a part that was not asked for is None."""

    target: str | None
    summary: DraftSummary | None
    framing: DraftFraming | None
