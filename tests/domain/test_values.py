"""Values of the domain refuse what they cannot mean."""

from __future__ import annotations

import dataclasses

import pytest

from subtext.domain.analysis import Attempt, Grounding, RejectedQuote, Summary, SummarySentence, Usage
from subtext.domain.axis import Axis, Indicator, Pole
from subtext.domain.evidence import Evidence, Span
from tests.support.builders import AXIS, build_evidence

NEGATIVE, POSITIVE = AXIS.negative, AXIS.positive


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 2)])
def test_a_span_is_never_empty_or_before_the_text(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="a span needs"):
        Span(start, end)


@pytest.mark.parametrize(
    ("other", "expected"),
    [(Span(0, 3), False), (Span(0, 4), True), (Span(4, 5), True), (Span(5, 9), True), (Span(6, 9), False)],
)
def test_spans_overlap_where_they_share_a_character(other: Span, expected: bool) -> None:
    assert Span(3, 6).overlaps(other) is expected
    assert other.overlaps(Span(3, 6)) is expected


def test_framing_evidence_and_only_that_has_a_voice_and_a_pole() -> None:
    support, framing = build_evidence(None), build_evidence("desperation")

    with pytest.raises(ValueError, match="evidence of framing or of a voice"):
        dataclasses.replace(support, role="framing")
    with pytest.raises(ValueError, match="evidence of framing or of a voice"):
        dataclasses.replace(framing, role="support")
    with pytest.raises(ValueError, match="evidence of framing or of a voice"):
        Evidence("e1", framing.match, "body", pole="desperation")


@pytest.mark.parametrize("positive", [NEGATIVE, Pole("mixed", "M", "m"), Pole("neither", "N", "n")])
def test_an_axis_needs_two_different_poles(positive: Pole) -> None:
    with pytest.raises(ValueError, match="two different poles"):
        Axis("a", 1, "A", NEGATIVE, positive, (), "")


def test_an_indicator_belongs_to_a_pole_of_its_axis() -> None:
    with pytest.raises(ValueError, match="stray"):
        Axis("a", 1, "A", NEGATIVE, POSITIVE, (Indicator("stray", "warm", "…"),), "")


def test_an_axis_knows_its_labels_and_opposites() -> None:
    assert AXIS.labels == ("desperation", "domination", "mixed", "neither")
    assert AXIS.opposite_pole("desperation") == "domination"
    assert AXIS.opposite_pole("domination") == "desperation"
    with pytest.raises(ValueError, match="no pole"):
        AXIS.opposite_pole("mixed")


def test_counts_are_derived_from_what_is_there() -> None:
    rejected = (RejectedQuote("a", "not_in_text"), RejectedQuote("b", "empty"))
    sentences = tuple(SummarySentence(text, (), "partly") for text in ("One.", "Two."))

    assert Grounding(5, 3, 1, rejected).rejected == 2
    assert Usage(attempts=(Attempt("ok", 200, 0.0, 5),)).calls == 1
    assert Summary("Headline", sentences).text == "One. Two."
