from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.scoring import supports_label
from subtext.domain.axis import MIXED, NEITHER
from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.attribution import attribute
from subtext.engines.local.claims import Claim
from subtext.engines.local.evidence_selection import strength_for
from subtext.engines.local.trained.evidence_selection import (
    MODERATE,
    STRONG,
    WEAK,
    Candidate,
    StatementFinder,
    Thresholds,
    candidates,
    select,
)
from subtext.engines.local.trained.tokenization import EncodedSentence
from tests.support.builders import AXIS, build_evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMITS = Thresholds()
LABELS = (*AXIS.poles, MIXED, NEITHER)
LOW, HIGH = AXIS.poles


def candidate(number: int, pole: str, probability: float, speaker: str | None = None) -> Candidate:
    weight = STRONG if probability >= LIMITS.strong else MODERATE if probability >= LIMITS.moderate else WEAK
    return Candidate(Claim(10 * number, 10 * number + 5, speaker, pole, weight, "asserts", None), probability)


def supports(label: str, claims: Sequence[Claim]) -> bool:
    evidence = [
        build_evidence(claim.pole, strength_for(claim.weight), voice="author" if claim.speaker is None else "v1")
        for claim in claims
    ]
    return supports_label(label, evidence, AXIS)


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
def test_what_is_shown_supports_the_label_and_is_never_more_than_eight(found: list[Candidate], label: str) -> None:
    chosen = select(label, found, AXIS, LIMITS)
    assert not chosen or supports(label, chosen)
    assert len(chosen) <= 8


@pytest.mark.parametrize("pole", AXIS.poles)
def test_a_pole_is_borne_by_three_likely_statements_and_by_further_ones_that_are_surer(pole: str) -> None:
    likely = [candidate(number, pole, 0.2) for number in range(6)]
    sure = [candidate(number, pole, 0.6) for number in range(10, 15)]
    assert len(select(pole, likely, AXIS, LIMITS)) == 3
    assert len(select(pole, [*sure, *likely], AXIS, LIMITS)) == 5
    assert select(pole, [candidate(1, pole, 0.05)], AXIS, LIMITS) == []


def test_what_speaks_against_a_label_is_shown_if_it_is_strong() -> None:
    found = [candidate(number, LOW, 0.9) for number in range(3)]
    assert {claim.pole for claim in select(LOW, [*found, candidate(4, HIGH, 0.5)], AXIS, LIMITS)} == {LOW, HIGH}
    assert {claim.pole for claim in select(LOW, [*found, candidate(4, HIGH, 0.3)], AXIS, LIMITS)} == {LOW}


def test_a_doubtful_statement_only_fills_up_the_fewest() -> None:
    sure = [candidate(number, LOW, 0.9) for number in range(2)]
    doubtful = [replace(candidate(number, LOW, 0.5), doubtful=True) for number in (5, 6)]
    assert [claim.start for claim in select(LOW, [*sure, *doubtful], AXIS, LIMITS)] == [0, 10, 50]


def test_one_sentence_does_not_stand_for_both_poles() -> None:
    both = [candidate(1, LOW, 0.9), candidate(1, HIGH, 0.7)]
    assert select(MIXED, both, AXIS, LIMITS) == []


def test_mixed_needs_both_poles() -> None:
    both = [candidate(1, LOW, 0.9), candidate(2, HIGH, 0.7)]
    assert {claim.pole for claim in select(MIXED, both, AXIS, LIMITS)} == set(AXIS.poles)
    assert select(MIXED, both[:1], AXIS, LIMITS) == []


def test_neither_needs_no_evidence() -> None:
    assert select(NEITHER, [candidate(1, LOW, 0.9)], AXIS, LIMITS) == []


def test_a_short_text_needs_fewer_statements() -> None:
    assert [LIMITS.required(sentences) for sentences in (0, 2, 5, 8, 9, 40)] == [1, 1, 1, 2, 3, 3]


def found_in(text: str) -> list[str]:
    """The statements of a text in which every token is as likely to carry a pole as the next."""
    sentences = split_sentences(text)
    pieces = [
        EncodedSentence(one, False, (1,) * 3, tuple((one.start + at, one.start + at + 1) for at in range(3)))
        for one in sentences
    ]
    rows = [(piece, np.array([0.8, 0.1]), np.full((3, 2), 0.5)) for piece in pieces]
    found = candidates(rows, (), AXIS, StatementFinder(text, attribute(text, sentences), LIMITS))
    return [text[one.claim.start : one.claim.end] for one in found if not one.doubtful]


@pytest.mark.parametrize(
    "text",
    [
        "Alright, folks, let's cut through the noise, shall we.",
        "Read more about how the regime has lost its friends.",
        "This is what the ministers had agreed to do:",
        "Nobody was spared.",
        "Another very bad morning for the whole coalition.",
    ],
)
def test_greetings_teasers_introductions_and_fragments_are_no_evidence(text: str) -> None:
    assert found_in(text) == []


def test_a_statement_is_never_cut_out_of_the_sentence_that_gives_it_its_sense() -> None:
    text = "What Orvane signed on Monday was no triumph."
    assert found_in(text) == [text]


def test_a_question_counts_less_than_a_statement() -> None:
    asked, told = "Has the regime lost all of its friends?", "The regime has lost all of its friends."
    assert found_in(f"{asked} {told}") == [told, asked]


def test_a_statement_with_words_of_the_other_pole_alone_is_doubtful() -> None:
    text = "The regime dictates terms that others must accept."
    sentence = split_sentences(text)[0]
    piece = EncodedSentence(sentence, False, (1, 1), ((0, 3), (4, 10)))
    rows = [(piece, np.array([0.8, 0.1]), np.full((2, 2), 0.5))]
    against = Claim(11, 26, None, HIGH, MODERATE, "asserts", None)
    found = candidates(rows, (against,), AXIS, StatementFinder(text, attribute(text, [sentence]), LIMITS))
    assert [one.doubtful for one in found if one.claim.pole == LOW] == [True]
