"""What normalization must hold for any value; the shapes that it knows stand in `shape_rows`, each on a real socket."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from subtext.analysis.ports import ALL_PARTS
from subtext.engines.llm.output_schema import OutputSchema, output_schema_for
from tests.support.engines import evidence, good_draft, prompts

AXIS = prompts().axis("desperation-domination").axis
FORM = output_schema_for(ALL_PARTS, AXIS)
FRAMING = output_schema_for(frozenset({"framing"}), AXIS)
SUMMARY = output_schema_for(frozenset({"summary"}), AXIS)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["desperation", " Domination", "strong", "85 %", "none", "bluff", "Last resort"])
)
NAMES = st.sampled_from([*good_draft(), *good_draft()["evidence"][0], "text", "quotes", "framing", "Label"]) | st.text(
    max_size=5
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(st.sampled_from(list(good_draft())), VALUES).map(lambda changes: good_draft(**changes)) | VALUES)
def test_any_value_ends_in_a_value_and_a_second_time_changes_nothing(value: Any) -> None:
    try:
        once = FORM.normalizer.normalize(value)
        FORM.draft(once.value)
    except ValueError:
        return
    again = FORM.normalizer.normalize(once.value)
    assert (again.value, {repair.kind for repair in again.repairs} - {"field_defaulted"}) == (once.value, set())


@given(
    st.sampled_from(["desperation", "domination", "mixed", "neither"]),
    st.integers(0, 100),
    st.lists(st.text(min_size=1, max_size=40), max_size=5),
    st.sampled_from([None, "bluff", "need"]),
)
def test_an_answer_as_the_schema_has_it_is_left_alone(
    label: str, confidence: int, quotes: list[str], indicator: str | None
) -> None:
    sentences = [{"text": "It is so.", "quotes": [quote for quote in quotes if quote.strip()]}]
    claims = [evidence(quote, "desperation", indicator=indicator) for quote in quotes]
    answer = good_draft(label=label, confidence=confidence, sentences=sentences, evidence=claims)

    normalized = FORM.normalizer.normalize(answer)

    assert normalized.value == answer
    assert normalized.repairs == ()


@pytest.mark.parametrize(("form", "too_many"), [(FRAMING, 2), (SUMMARY, 4)], ids=["framing", "summary"])
def test_a_part_that_was_not_asked_for_is_a_field_too_many(form: OutputSchema, too_many: int) -> None:
    normalized = form.normalizer.normalize(good_draft())

    assert [(repair.kind, repair.count) for repair in normalized.repairs] == [("field_dropped", too_many)]
    form.draft(normalized.value)


def test_nothing_is_filled_into_an_answer_that_was_cut() -> None:
    normalized = FORM.normalizer.normalize({"target": "Norwick Docks"}, whole=False)

    assert normalized.value == {"target": "Norwick Docks"}
    assert normalized.repairs == ()


def test_a_part_beside_a_whole_answer_changes_nothing_of_it() -> None:
    normalized = FORM.normalizer.normalize(good_draft(framing={"label": "domination", "confidence": 99}))

    assert normalized.value == good_draft()
    assert [(repair.kind, repair.count) for repair in normalized.repairs] == [("field_dropped", 1)]


def test_of_two_wrapped_answers_neither_is_chosen() -> None:
    normalized = FORM.normalizer.normalize({"one": good_draft(), "two": good_draft(label="domination")})

    with pytest.raises(ValidationError):
        FORM.draft(normalized.value)


def test_the_names_of_an_object_are_known_by_their_own_spelling_first() -> None:
    normalized = FORM.normalizer.normalize(good_draft(LABEL="domination"))

    assert normalized.value["label"] == "desperation"
    assert [(repair.kind, repair.count) for repair in normalized.repairs] == [("field_dropped", 1)]


def test_endless_lists_are_looked_at_in_part() -> None:
    """The work is bounded by a count, not by a clock: each entry that is looked at would be refused."""
    normalized = FORM.normalizer.normalize(good_draft(evidence=[*[{}] * 1_000, evidence("q", "domination")]))

    with pytest.raises(ValidationError):
        FORM.draft(normalized.value)
