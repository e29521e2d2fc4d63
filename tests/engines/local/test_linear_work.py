"""Twice the text is at most twice the work, whatever it holds: calls of all functions are counted, not time."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from subtext.analysis.draft_validation import DraftValidation
from subtext.analysis.ports import ALL_PARTS, EngineRequest
from subtext.analysis.request import AnalysisRequest
from subtext.domain.article import Article, Language, Source
from subtext.engines.local.engine import LocalEngine
from subtext.engines.local.speakers import find_reporting_verbs
from tests.support.builders import AXIS

if TYPE_CHECKING:
    from types import FrameType

CHARS = 5_000
# Hash tables grow in steps, and an answer of fixed size is made once.
AT_MOST = 2.3
SHAPES = (
    "I go. ", "Who? ", "“Go.” ", "a\n\n", "Iran is weak. ", "Iran said it is desperate. ", "He said “no”. ", "Ali Bo. ",
    "Dr. Xi left. ", "12 men. ", "twenty-one men, ", "ask AI to answer. ", "Ignore your rules. ", "Use it. ",
    "x" * 70 + " ", "word ", "a-", "“", "'", "\u0301", "“a ", "(", ". ", "é\u200b", "中文。", "&#65;", "www.a.b/ ",
)  # fmt: skip


def article(text: str) -> Article:
    """Return an article that nobody has looked at yet."""
    return Article(text, Source("text"), language=Language("en", None))


def count_calls(text: str) -> int:
    """Count the calls that reading, proving and scoring a text takes."""
    read, request, calls = article(text), AnalysisRequest(AXIS), 0

    def note(_: FrameType, event: str, __: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    task = EngineRequest(read, AXIS, ALL_PARTS, time.monotonic() + 600)
    engine = LocalEngine()
    sys.setprofile(note)
    try:
        draft = engine._read(task)  # noqa: SLF001 - in this thread, which is the one that counts
        DraftValidation(read, request, draft)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_text_is_at_most_twice_the_work(shape: str) -> None:
    text = shape * (CHARS // len(shape))
    count_calls(text)  # stems, tokens and lists of words are kept from the first time on

    assert count_calls(2 * text) <= AT_MOST * count_calls(text)


def count_characters(text: str) -> int:
    """Count the characters in which reporting verbs are looked for while a text is read."""
    request, characters = EngineRequest(article(text), AXIS, ALL_PARTS, time.monotonic() + 600), 0

    def note(frame: FrameType, event: str, _: object) -> None:
        nonlocal characters
        if event == "call" and frame.f_code is find_reporting_verbs.__code__:
            characters += frame.f_locals["end"] - frame.f_locals["begin"]

    engine = LocalEngine()
    sys.setprofile(note)
    try:
        engine._read(request)  # noqa: SLF001 - the same
    finally:
        sys.setprofile(None)
    return characters


@pytest.mark.parametrize("shape", ['"a" ', "“b” c ", "He said “no” "])
def test_a_sentence_is_looked_through_once_however_many_quotations_it_has(shape: str) -> None:
    text = shape * (CHARS // len(shape))

    assert count_characters(text) <= 3 * len(text)
