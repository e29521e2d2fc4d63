from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.axis import Axis, Pole
from subtext.engines.local.claims import Claim
from subtext.engines.local.evidence_selection import (
    DECIDING_MAX,
    OTHERS_MAX,
    Baseline,
    excess_over_baseline,
    select,
    strength_for,
)

AXIS = Axis("a", 1, "A", Pole("low", "Low", "low"), Pole("high", "High", "high"), (), "0" * 64)
BACKGROUND = Baseline(negative=1.0, positive=2.0, positive_weight=0.5, least=0.5, attributed=0.5)


def claim(at: int, pole: str, weight: float = 4.0, speaker: str | None = None) -> Claim:
    return Claim(at * 10, at * 10 + 5, speaker, pole, weight, "asserts", None)


@dataclass(frozen=True)
class Case:
    """Claims in a text of 200 words: how far they exceed the background, the label, and which are proposed."""

    id: str
    claims: tuple[Claim, ...]
    excess: tuple[float, float]
    label: str
    proposed: tuple[int, ...]


CASES = (
    Case("nothing", (), (0, 0), "neither", ()),
    Case("ordinary reporting", (claim(0, "low", 2.0), claim(1, "high")), (0, 0), "neither", ()),
    Case("hardly more", (claim(0, "low", 2.5),), (0, 0), "neither", ()),
    Case("one pole", (claim(0, "low"), claim(1, "low"), claim(2, "high")), (3, 0), "low", (0, 1)),
    Case("words of power count less", (claim(0, "high"), claim(1, "high")), (0, 1), "high", (0, 1)),
    Case("both", (claim(0, "low"), claim(1, "high"), claim(2, "high")), (1, 1), "mixed", (0, 1)),
    Case("speakers count less", tuple(claim(n, "low", 4.0, "x") for n in range(3)), (2, 0), "low", (0, 1, 2)),
    Case("author first", (claim(0, "low"), claim(1, "low"), claim(2, "high", 4.0, "x")), (3, 0), "low", (0, 1, 2)),
    Case("overlaps count once", (claim(0, "low"), claim(0, "low", 3.0)), (2.5, 0), "low", (0,)),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_exceeds_the_background_is_proposed_in_proportion(case: Case) -> None:
    found = excess_over_baseline(case.claims, 200, AXIS, BACKGROUND)
    assert (found.negative, found.positive) == case.excess
    assert found.label(AXIS) == case.label
    assert tuple(c.start // 10 for c in select(case.claims, found, AXIS)) == case.proposed


@pytest.mark.parametrize(("weight", "word"), [(0.3, "weak"), (1.5, "moderate"), (2.9, "moderate"), (3.0, "strong")])
def test_weights_become_words(weight: float, word: str) -> None:
    assert strength_for(weight) == word


@given(
    st.lists(
        st.tuples(st.sampled_from(["low", "high"]), st.floats(0.1, 4), st.sampled_from([None, "x", ""])), max_size=60
    )
)
def test_never_more_is_proposed_than_a_reader_can_check(drawn: list[tuple[str, float, str | None]]) -> None:
    claims = [claim(at, pole, weight, speaker) for at, (pole, weight, speaker) in enumerate(drawn)]
    chosen = select(claims, excess_over_baseline(claims, 10, AXIS, BACKGROUND), AXIS)
    assert len(chosen) <= DECIDING_MAX + OTHERS_MAX
    assert list(chosen) == sorted(chosen, key=lambda c: c.start)
    assert set(chosen) <= set(claims)
