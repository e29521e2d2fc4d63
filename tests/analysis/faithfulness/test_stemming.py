from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.faithfulness.stemming import stem, stem_all


@pytest.mark.parametrize(
    "forms",
    ["demand demands demanded demanding", "party parties party's party’s", "stop stopped stopping", "kill killed kills",
     "accuse accused accuses", "quick quickly", "threat threats"],
)  # fmt: skip
def test_inflections_of_a_word_have_one_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(("one", "other"), [("press", "pres"), ("ally", "all"), ("no", "nos")])
def test_different_words_keep_different_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@given(st.text(st.characters(categories=["Ll"]), min_size=1, max_size=12))
def test_no_word_loses_all_its_letters(word: str) -> None:
    assert stem(word)
    assert len(stem(word)) <= len(word) + 1


@given(st.text("abeiynst", max_size=8), st.sampled_from(["", "ies", "ations", "ers", "es", "ings", "ly", "'s", "nn"]))
def test_a_word_begins_with_its_stem_but_for_the_last_letter(beginning: str, ending: str) -> None:
    assert (beginning + ending).startswith(stem(beginning + ending)[:-1])


def test_stems_are_forgotten_when_there_are_too_many() -> None:
    before = stem("begging")
    stem_all(f"word{number}" for number in range(70_000))

    assert stem("begging") == before
