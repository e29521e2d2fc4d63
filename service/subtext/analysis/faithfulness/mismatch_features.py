"""Mismatch features: what tells a statement from what an article says, as counts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import add, attrgetter


@dataclass(frozen=True, slots=True)
class MismatchFeatures:
    """How a statement differs from the article's nearest sentences; 0 everywhere: it says nothing else.

    Counts of numbers, names and quoted words that the article does not have; of numbers that count something else there
    (`units`); of names side by side that never are there (`name_pairs`); of negations added or dropped; of words whose
    opposite or negated form stands there instead. Each of them speaks against the statement, and things that no word of
    the article has to do with (`unknown`) do too. Other words than the article's say nothing: paraphrase has as many of
    them as error.
    """

    numbers: float = 0.0
    units: float = 0.0
    names: float = 0.0
    name_pairs: float = 0.0
    quoted: float = 0.0
    negation_added: float = 0.0
    negation_dropped: float = 0.0
    opposites: float = 0.0
    swapped: float = 0.0
    hedge_dropped: float = 0.0
    unknown: float = 0.0

    @property
    def total(self) -> float:
        """Count how many signs there are."""
        return sum(to_vector(self))

    def __add__(self, other: MismatchFeatures) -> MismatchFeatures:
        """Add the features one by one."""
        return MismatchFeatures(*map(add, to_vector(self), to_vector(other)))


FEATURE_NAMES = tuple(field.name for field in fields(MismatchFeatures))
_VALUES = attrgetter(*FEATURE_NAMES)


def to_vector(signs: MismatchFeatures) -> tuple[float, ...]:
    """Return the features as numbers, in the order of `FEATURE_NAMES`."""
    values: tuple[float, ...] = _VALUES(signs)
    return values
