from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.scoring import decisive_score
from subtext.domain.axis import MIXED, NEITHER
from subtext.engines.local.claims import Claim
from subtext.engines.local.evidence_selection import strength_for
from subtext.engines.local.trained.evidence_selection import MODERATE, STRONG, WEAK, Candidate, Thresholds, select
from tests.support.builders import AXIS, build_evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMITS = Thresholds()
LABELS = (*AXIS.poles, MIXED, NEITHER)


def candidate(number: int, pole: str, probability: float, speaker: str | None = None) -> Candidate:
    weight = STRONG if probability >= LIMITS.strong else MODERATE if probability >= LIMITS.moderate else WEAK
    return Candidate(Claim(10 * number, 10 * number + 5, speaker, pole, weight, "asserts", None), probability)


def label_of(claims: Sequence[Claim]) -> str | None:
    evidence = [
        build_evidence(claim.pole, strength_for(claim.weight), voice="author" if claim.speaker is None else "v1")
        for claim in claims
    ]
    return decisive_score(evidence, AXIS).label


CANDIDATES = st.lists(
    st.builds(
        candidate,
        st.integers(0, 50),
        st.sampled_from(AXIS.poles),
        st.floats(0, 1),
        st.sampled_from([None, None, "Orlo"]),
    ),
    max_size=30,
).map(lambda found: sorted(found, key=lambda one: -one.probability))


@given(CANDIDATES, st.sampled_from(LABELS))
def test_what_is_chosen_weighs_the_label_or_nothing_is_chosen(found: list[Candidate], label: str) -> None:
    chosen = select(label, found, AXIS, LIMITS)
    assert not chosen or label_of(chosen) == label


@pytest.mark.parametrize("pole", AXIS.poles)
def test_a_pole_is_borne_by_its_surest_sentences(pole: str) -> None:
    other = AXIS.opposite_pole(pole)
    found = [candidate(1, pole, 0.9), candidate(2, pole, 0.6), candidate(3, other, 0.3), candidate(4, pole, 0.05)]
    chosen = select(pole, found, AXIS, LIMITS)
    assert [claim.start for claim in chosen if claim.pole == pole] == [10, 20]
    assert label_of(chosen) == pole


def test_mixed_needs_both_poles() -> None:
    both = [candidate(1, AXIS.poles[0], 0.9), candidate(2, AXIS.poles[1], 0.7)]
    assert {claim.pole for claim in select(MIXED, both, AXIS, LIMITS)} == set(AXIS.poles)
    assert select(MIXED, both[:1], AXIS, LIMITS) == []


def test_other_voices_stand_beside_the_author_and_decide_without_one() -> None:
    low, high = AXIS.poles
    own, theirs = candidate(1, low, 0.9), candidate(2, high, 0.9, "Orlo")
    assert {claim.speaker for claim in select(low, [own, theirs], AXIS, LIMITS)} == {None, "Orlo"}
    assert [claim.speaker for claim in select(high, [theirs], AXIS, LIMITS)] == ["Orlo"]
