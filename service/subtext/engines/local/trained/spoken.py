"""What the lexicon says of an article, as numbers for the posterior: it errs on other articles than the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from subtext.domain.axis import Axis
    from subtext.engines.local.claims import Claim

    Floats = NDArray[np.float64]


def spoken(claims: Sequence[Claim], words: int, headline_end: int, axis: Axis) -> Floats:
    """For each pole the mass of claims a hundred words and in all, by the author and by others, and in the headline.

    The last number is the length of the article, in hundreds of words (logarithm).
    """
    hundreds = max(1, words) / 100
    numbers: list[float] = []
    for pole in axis.poles:
        of_pole = [claim for claim in claims if claim.pole == pole]
        for own in (True, False):
            mass = sum(claim.weight for claim in of_pole if (claim.speaker is None) == own)
            numbers += [mass / hundreds, float(np.log1p(mass))]
        numbers.append(sum(claim.weight for claim in of_pole if claim.end <= headline_end))
    return np.array([*numbers, np.log(hundreds)])
