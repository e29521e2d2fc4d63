"""A model that recites what it was told: what is left of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.request import AnalysisRequest
from subtext.engines.llm.model_endpoint import RequestLimits
from subtext.engines.llm.prompt_leaks import NGRAM, PromptLeakFilter
from subtext.prompts.spec import Message
from tests.support.builders import article
from tests.support.engines import NONCE, TEXT, completion, engine, evidence, good_draft, prompts, task

if TYPE_CHECKING:
    import respx

    from tests.support.fakes import FakeClock

RECITED = "You read one article and answer with one JSON object: a summary of the article, and how it frames"
SPELT = "-".join(NONCE)


def recites(place: str, words: str) -> dict[str, Any]:
    """A good draft with words in one place of it."""
    good = good_draft()
    match place:
        case "sentence":
            return good | {"sentences": [*good["sentences"], {"text": words, "quotes": []}]}
        case "quote of a sentence":
            return good | {"sentences": [*good["sentences"], {"text": "It stands.", "quotes": [words]}]}
        case "quote":
            return good | {"evidence": [*good["evidence"], evidence(words, "desperation")]}
        case "speaker":
            return good | {"evidence": [*good["evidence"], evidence("two of its five piers", "desperation", words)]}
        case _:
            return good | {place: words}


@pytest.mark.parametrize("words", [RECITED, f"It begins: {RECITED.upper()}!", f"The code is {NONCE}.", f"So: {SPELT}"])
@pytest.mark.parametrize(
    "place", ["sentence", "quote of a sentence", "headline", "rationale", "target", "quote", "speaker"]
)
async def test_what_repeats_the_prompt_is_in_no_part_of_an_answer(
    place: str, words: str, server: respx.Route, clock: FakeClock
) -> None:
    server.mock(return_value=httpx.Response(200, json=completion(recites(place, words))))

    async with engine(clock) as llm:
        analyzer = Analyzer({"llm": llm}, clock)
        analysis = await analyzer.analyze(
            task().article, AnalysisRequest(prompts().axis("desperation-domination").axis)
        )

    assert "prompt_leak" in [warning.code for warning in analysis.warnings]
    assert words not in repr(analysis)
    assert RECITED not in repr(analysis)
    assert NONCE not in repr(analysis)
    assert analysis.framing is not None
    assert analysis.framing.overall.label == "desperation"
    assert analysis.summary is not None
    honest = [sentence["text"] for sentence in good_draft()["sentences"]]
    assert [sentence.text for sentence in analysis.summary.sentences][:3] == honest
    assert analysis.summary.headline


async def test_an_honest_answer_stays_as_it_is(server: respx.Route, clock: FakeClock) -> None:
    server.mock(return_value=httpx.Response(200, json=completion(good_draft())))

    async with engine(clock) as llm:
        reading = await llm.read(task())

    assert "prompt_leak" not in [warning.code for warning in reading.warnings]
    assert reading.draft.summary is not None
    assert reading.draft.summary.headline == good_draft()["headline"]


async def test_an_article_may_be_quoted_where_it_has_the_prompt_s_own_words(
    server: respx.Route, clock: FakeClock
) -> None:
    text = f"{TEXT} A leaked prompt reads: {RECITED}."
    server.mock(return_value=httpx.Response(200, json=completion(recites("sentence", f"A prompt reads: {RECITED}."))))

    async with engine(clock) as llm:
        reading = await llm.read(task(text))

    assert reading.draft.summary is not None
    assert RECITED in reading.draft.summary.sentences[-1].text


async def test_a_long_text_of_whose_summaries_nothing_is_left_is_still_answered(
    server: respx.Route, clock: FakeClock
) -> None:
    told = {"sentences": [{"text": RECITED, "quotes": []}]}
    server.mock(return_value=httpx.Response(200, json=completion(good_draft(**told))))

    async with engine(clock, patience=RequestLimits(passage_tokens=400)) as llm:
        reading = await llm.read(task("\n\n".join([TEXT] * 12)))

    assert "prompt_leak" in [warning.code for warning in reading.warnings]
    assert RECITED not in repr(reading.draft)


@dataclass(frozen=True)
class Words:
    id: str
    words: str
    repeats: bool


PROMPT = "alpha bravo charlie delta echo foxtrot golf hotel india juliett"


@pytest.mark.parametrize(
    "case",
    [
        Words("one word short of a run", " ".join(PROMPT.split()[: NGRAM - 1]), repeats=False),
        Words("a run", " ".join(PROMPT.split()[1 : NGRAM + 1]), repeats=True),
        Words("other marks and case", "**Alpha**, BRAVO; charlie/delta “echo” foxtrot golf… hotel", repeats=True),
        Words("another word within", "alpha bravo charlie delta then echo foxtrot golf hotel", repeats=False),
        Words("beside letters beyond ASCII", f"Été: {PROMPT}", repeats=True),
        Words("letters beyond ASCII within", PROMPT.replace("echo", "écho"), repeats=False),
        Words("the code", f"[{NONCE}]", repeats=True),
        Words("the code in pieces", "—".join(NONCE), repeats=True),
        Words("nothing", "", repeats=False),
    ],
    ids=lambda case: case.id,
)
def test_eight_words_in_a_row_are_no_chance(case: Words) -> None:
    guard = PromptLeakFilter([Message("system", PROMPT), Message("user", "kilo " * 9)], NONCE, article().text)

    assert guard.leaks(case.words) is case.repeats
