from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.chunking import OVERLAP, coverage, estimate_tokens, sentence_spans, split_into_chunks
from subtext.domain.evidence import Span
from subtext.domain.text.prepared import PreparedText

PARAGRAPH = "The harbour lay still. Nobody spoke of the debt! Was it ever to be paid? “Never,” said Brandt.\n\n"


@dataclass(frozen=True)
class Script:
    id: str
    text: str
    tokens: int


@pytest.mark.parametrize(
    "case",
    [
        Script("English", "a" * 40, 10),
        Script("Greek", "α" * 40, 20),
        Script("Chinese", "字" * 40, 40),
        Script("emoji", "😀" * 40, 80),
        Script("mixed", "aaaa字", 2),
        Script("nothing", "", 0),
    ],
    ids=lambda case: case.id,
)
def test_tokens_are_estimated_by_script(case: Script) -> None:
    assert estimate_tokens(case.text) == case.tokens


TEXTS = st.text(st.sampled_from("ab .!?\n\r“”。字é😀"), min_size=1, max_size=400)


@given(TEXTS)
def test_sentences_are_the_text_without_gaps(text: str) -> None:
    assert "".join(text[span.start : span.end] for span in sentence_spans(PreparedText(text))) == text


@given(TEXTS, st.integers(1, 60))
def test_passages_cover_the_text_in_order(text: str, tokens: int) -> None:
    found = split_into_chunks(PreparedText(text), tokens)

    assert found[0].start == 0
    assert found[-1].end == len(text)
    for before, after in itertools.pairwise(found):
        assert before.start < after.start <= before.end < after.end


def test_a_text_that_fits_is_one_passage() -> None:
    assert split_into_chunks(PreparedText(PARAGRAPH), 1_000) == (Span(0, len(PARAGRAPH)),)


def test_a_passage_ends_with_a_sentence_and_the_next_one_repeats_a_little() -> None:
    text = PARAGRAPH.replace("\n\n", " ") * 100
    found = split_into_chunks(PreparedText(text), 400)

    for before, after in itertools.pairwise(found):
        assert text[: before.end].rstrip()[-1] in ".!?”"
        assert text[: after.start].rstrip()[-1] in ".!?”"
        assert 0 < before.end - after.start <= 400 * OVERLAP * 4
        assert estimate_tokens(text[before.start : before.end]) <= 400


def test_a_passage_ends_with_a_paragraph_where_one_ends_nearby() -> None:
    text = PARAGRAPH * 100

    assert all(text[: span.end].endswith("\n\n") for span in split_into_chunks(PreparedText(text), 400))


def test_a_text_without_a_break_is_cut_all_the_same() -> None:
    assert len(split_into_chunks(PreparedText("x" * 100_000), 1_000)) >= 25


def test_the_work_grows_with_the_length() -> None:
    spans = split_into_chunks(PreparedText(PARAGRAPH * 10_000), 6_000)

    assert sum(span.end - span.start for span in spans) <= len(PARAGRAPH) * 10_000 * (1 + 2 * OVERLAP)


@pytest.mark.parametrize(
    ("read", "ranges", "gaps", "fraction"),
    [
        ([Span(0, 10)], [Span(0, 10)], [], 1.0),
        ([Span(4, 10), Span(0, 5)], [Span(0, 10)], [], 1.0),
        ([Span(0, 6), Span(1, 3)], [Span(0, 6)], [Span(6, 10)], 0.6),
        ([Span(2, 4), Span(6, 8)], [Span(2, 4), Span(6, 8)], [Span(0, 2), Span(4, 6), Span(8, 10)], 0.4),
    ],
)
def test_coverage_says_what_was_read(read: list[Span], ranges: list[Span], gaps: list[Span], fraction: float) -> None:
    found = coverage(10, read)

    assert list(found.ranges_read) == ranges
    assert list(found.ranges_failed) == gaps
    assert found.complete == (not gaps)
    assert found.fraction == fraction
