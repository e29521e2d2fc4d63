"""What reads a long text leaves the event loop; a short one is read where it is."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.injection.detector import detect_injection
from subtext.analysis.request import AnalysisRequest
from subtext.analysis.threads import INLINE_MAX_CHARS, call_for
from subtext.domain.article import Article, Source
from subtext.domain.draft import Draft
from tests.support.builders import AXIS
from tests.support.fakes import FakeClock, ScriptedEngine

if TYPE_CHECKING:
    from types import FrameType

SENTENCE = "The firm begged its creditors for time. "


def text_of(chars: int) -> Article:
    return Article((SENTENCE * (chars // len(SENTENCE) + 1))[:chars], Source("text"))


@pytest.mark.parametrize(("chars", "stays"), [(INLINE_MAX_CHARS, True), (INLINE_MAX_CHARS + 1, False)])
async def test_only_a_long_text_is_worked_on_in_a_thread(chars: int, stays: bool) -> None:
    thread = await call_for(text_of(chars), threading.get_ident)

    assert (thread == threading.get_ident()) is stays


@pytest.mark.parametrize(
    ("mark", "marks", "stays"), [("a. ", 1_000, True), ("a. ", 1_001, False), ("a\n", 1_001, False)]
)
async def test_a_text_of_many_sentences_is_long_too(mark: str, marks: int, *, stays: bool) -> None:
    thread = await call_for(Article(mark * marks, Source("text")), threading.get_ident)

    assert (thread == threading.get_ident()) is stays


@pytest.mark.parametrize(("chars", "scans_on_the_loop"), [(1_000, 1), (60_000, 0)])
async def test_a_streamed_analysis_scans_no_long_text_on_the_loop(chars: int, scans_on_the_loop: int) -> None:
    scans = 0

    def note(frame: FrameType, event: str, _: object) -> None:
        nonlocal scans
        scans += event == "call" and frame.f_code is detect_injection.__code__

    analyzer = Analyzer({"scripted": ScriptedEngine(Draft(None, None, None))}, FakeClock())
    sys.setprofile(note)
    try:
        await analyzer.analyze(text_of(chars), AnalysisRequest(AXIS), on_partial=lambda _: None)
    finally:
        sys.setprofile(None)

    assert scans == scans_on_the_loop
