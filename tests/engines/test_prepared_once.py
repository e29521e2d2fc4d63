"""During one analysis each way to look at the whole text is gone once, whatever engine reads it, and streaming too."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.draft_validation import prepare_validation, validate_draft
from subtext.analysis.injection.detector import detect_injection
from subtext.analysis.ports import ALL_PARTS, EngineRequest
from subtext.analysis.request import AnalysisRequest
from subtext.domain.article import Source
from subtext.domain.prose import classify_prose
from subtext.domain.text.normalization import NormalizedText, normalize_quote
from subtext.domain.text.prepared import PreparedText
from subtext.domain.text.sentences import split_sentences
from subtext.domain.text.words import WordTable
from subtext.engines.llm.model_endpoint import RequestLimits
from subtext.engines.local.engine import LocalEngine
from subtext.engines.local.tokens import tokenize_sentences
from subtext.intake.text import build_article
from tests.support.engines import completion, engine, evidence, good_draft, prompts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from functools import cached_property
    from types import FrameType

    import respx

    from subtext.analysis.ports import Engine
    from tests.support.fakes import FakeClock

TEXT = "Harbour firm begs\n\n" + "".join(
    f"On day {day} the firm begged creditor {day} for time. “Pier {day} is idle,” Ms Brandt said in the rain.\n\n"
    for day in range(80)
)
SMALL = RequestLimits(passage_tokens=600, max_attempts=1)
# Where the work is done, once it is asked for.
FOLD = cast("cached_property[Any]", vars(NormalizedText)["_fold"])
ONCE = {
    split_sentences.__code__: "split",
    WordTable.__init__.__code__: "tokenize",
    tokenize_sentences.__code__: "tokenize for the lexicon",
    FOLD.func.__code__: "normalize",
    detect_injection.__code__: "scan",
    classify_prose.__code__: "classify",
}
SHARED = {"split", "tokenize", "normalize", "scan", "classify"}


@contextmanager
def passes_over(text: str) -> Iterator[Counter[str]]:
    """Count how often each function is entered with this text, in any thread that is started meanwhile."""
    passes: Counter[str] = Counter()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event != "call" or (name := ONCE.get(frame.f_code)) is None:
            return
        value = frame.f_locals.get("text") or frame.f_locals.get("self")
        read = value if isinstance(value, str) else getattr(value, "text", None) or getattr(value, "original", None)
        passes[name] += read == text

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield passes
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def answer(request: httpx.Request) -> httpx.Response:
    """A model that quotes the first sentence of what it is given, with other marks than the text's."""
    asked = json.loads(request.content)
    quote = re.findall(r"“Pier \d+ is idle", asked["messages"][1]["content"])[0].replace("“", '"')
    names = asked["response_format"]["json_schema"]["schema"]["properties"]
    draft = good_draft(
        target="the firm",
        headline="The firm begs",
        sentences=[{"text": "The firm has idle piers.", "quotes": [quote]}],
        evidence=[evidence(quote, "desperation")],
    )
    return httpx.Response(200, json=completion({name: draft[name] for name in draft if name in names}))


async def analyze(reader: Engine, clock: FakeClock, *, streams: bool) -> tuple[Counter[str], list[int]]:
    """Take in and analyze the article; how often its text was gone over, and how many quotes each part had."""
    quotes: list[int] = []
    with passes_over(TEXT) as passes:
        article = build_article(TEXT, Source("text"), title=None, language="en", max_chars=100_000)
        request = AnalysisRequest(prompts().axis("desperation-domination").axis, target="the firm")
        note = (lambda part: quotes.append(len(part))) if streams else None
        analysis = await Analyzer({"x": reader}, clock).analyze(article, request, note)
    assert analysis.article.word_count > 0
    assert "prepared" not in vars(analysis.article)
    return passes, quotes


async def test_the_embedded_engine_and_its_proof_share_one_prepared_text(clock: FakeClock) -> None:
    passes, _ = await analyze(LocalEngine(monotonic=clock.monotonic), clock, streams=False)

    # Its quotes are the article's own words, so that nothing has to be normalized.
    assert passes == dict.fromkeys(SHARED - {"normalize"} | {"tokenize for the lexicon"}, 1)


@pytest.mark.parametrize("streams", [False, True], ids=["at once", "in parts"])
async def test_a_model_in_passages_and_its_proof_share_one_prepared_text(
    server: respx.Route, clock: FakeClock, *, streams: bool
) -> None:
    server.mock(side_effect=answer)

    async with engine(clock, patience=SMALL) as llm:
        passes, quotes = await analyze(llm, clock, streams=streams)

    assert server.call_count > 3
    assert quotes == ([1] * server.call_count if streams else [])
    assert passes == dict.fromkeys(SHARED, 1)


async def test_validation_finds_what_was_prepared_while_the_model_worked(clock: FakeClock) -> None:
    article = build_article(TEXT, Source("text"), title=None, language="en", max_chars=100_000)
    question = AnalysisRequest(prompts().axis("desperation-domination").axis, target="the firm")
    request = EngineRequest(article, question.axis, ALL_PARTS, clock.monotonic() + 60)
    with passes_over(TEXT) as passes:
        await prepare_validation(article)
    # Intake has classified it.
    assert passes == dict.fromkeys(SHARED - {"normalize", "classify"}, 1)

    reading = await LocalEngine(monotonic=clock.monotonic).read(request)
    with passes_over(TEXT) as passes:
        validation = await validate_draft(article, question, reading, ())

    assert validation.evidence
    assert passes.total() == 0


def test_what_is_derived_of_a_text_is_computed_once() -> None:
    text, calls = PreparedText("The fleet left."), Counter[str]()

    def count(prepared: PreparedText) -> int:
        calls[prepared.text] += 1
        return len(prepared.words.written)

    assert (text.derive(count), text.derive(count)) == (3, 3)
    assert calls == {"The fleet left.": 1}


def test_a_quote_is_normalized_without_its_article() -> None:
    with passes_over("“a”") as passes:
        normalize_quote("“a”")
        assert NormalizedText("“a”").normalized == "'a'"

    assert passes == {"normalize": 1}
