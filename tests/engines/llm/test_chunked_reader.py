"""Long articles, several samples, and texts with hidden characters, through the engine as it is wired."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from subtext import errors
from subtext.analysis.analyzer import Analyzer
from subtext.analysis.request import AnalysisRequest
from subtext.engines.llm.model_endpoint import RequestLimits
from tests.support.engines import TEXT, article, completion, engine, evidence, good_draft, prompts, task

if TYPE_CHECKING:
    import respx

    from subtext.analysis.ports import AnalysisPart
    from subtext.domain.analysis import Analysis
    from tests.support.fakes import FakeClock

AXIS = "desperation-domination"
SMALL = RequestLimits(passage_tokens=600, max_attempts=1)


def paragraph(number: int) -> str:
    return f"On day {number} the firm begged creditor {number} for time. Pier {number} stood idle in the rain.\n\n"


LONG = "".join(map(paragraph, range(200)))


@dataclass
class Model:
    """A model that quotes the first sentence of what it is given; `broken` says what it answers to some texts."""

    broken: dict[str, httpx.Response] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    kinds: list[frozenset[str]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        text = re.split(r"===== \w+\n?", asked["messages"][1]["content"])[1]
        self.texts.append(text)
        names = frozenset(asked["response_format"]["json_schema"]["schema"]["properties"])
        self.kinds.append(names)
        for mark, response in self.broken.items():
            if mark in text:
                return httpx.Response(response.status_code, content=response.content)
        quote = re.findall(r"On day \d+ the firm begged creditor \d+ for time", text)[0]
        draft = good_draft(
            target="the firm",
            headline="The firm begs",
            sentences=[{"text": f"{quote}.", "quotes": [quote]}],
            evidence=[evidence(quote, "desperation")],
        )
        return httpx.Response(200, json=completion({name: draft[name] for name in draft if name in names}))


async def analysed(clock: FakeClock, text: str = LONG, patience: RequestLimits = SMALL, **asked: Any) -> Analysis:
    async with engine(clock, patience=patience) as llm:
        question = AnalysisRequest(prompts().axis(AXIS).axis, **asked)
        return await Analyzer({"llm": llm}, clock).analyze(article(text), question)


def codes(analysis: Analysis) -> set[str]:
    return {warning.code for warning in analysis.warnings} - {"price_unknown"}


async def test_a_long_article_is_read_in_passages_and_summarised_once(server: respx.Route, clock: FakeClock) -> None:
    model = Model()
    server.mock(side_effect=model)

    analysis = await analysed(clock)

    assert analysis.status == "complete"
    assert analysis.coverage.complete
    passages = model.texts[:-1]
    assert len(passages) > 5
    framing = [item for item in analysis.evidence if item.role == "framing"]
    assert len(framing) == len(passages)
    assert framing[-1].match.span.start > len(LONG) * 0.8
    assert model.kinds[-1] == {"target", "headline", "sentences"}
    assert len(model.texts[-1]) < len(LONG) / 5
    assert analysis.summary is not None
    assert [sentence.support for sentence in analysis.summary.sentences] == ["supported"]
    assert analysis.provenance.usage.calls == len(passages) + 1
    assert codes(analysis) == set()


@pytest.mark.parametrize(("part", "calls_more"), [("framing", 0), ("summary", 1)])
async def test_a_part_of_a_long_article_is_asked_for_alone(
    part: AnalysisPart, calls_more: int, server: respx.Route, clock: FakeClock
) -> None:
    model = Model()
    server.mock(side_effect=model)

    analysis = await analysed(clock, parts=frozenset({part}))

    passages = [text for text in model.texts if text.strip() in LONG]
    assert server.call_count == len(passages) + calls_more
    assert (analysis.summary is None, analysis.framing is None) == (part == "framing", part == "summary")


async def test_a_passage_that_fails_makes_the_analysis_partial(server: respx.Route, clock: FakeClock) -> None:
    server.mock(side_effect=Model({"creditor 100 for": httpx.Response(500)}))

    analysis = await analysed(clock)

    assert analysis.status == "partial"
    assert not analysis.coverage.complete
    assert 0.5 < analysis.coverage.fraction < 1
    (gap,) = analysis.coverage.ranges_failed
    assert gap.start <= LONG.index("creditor 100 for") < gap.end
    assert "passage_failed" in codes(analysis)
    assert "server_error" in {attempt.outcome for attempt in analysis.provenance.usage.attempts}


async def test_where_every_passage_fails_there_is_no_analysis(server: respx.Route, clock: FakeClock) -> None:
    server.mock(return_value=httpx.Response(500))

    with pytest.raises(errors.EngineServerError) as caught:
        await analysed(clock)

    assert len(caught.value.attempts) == server.call_count > 5


async def test_what_no_passage_survives_is_not_tried_with_all(server: respx.Route, clock: FakeClock) -> None:
    server.mock(return_value=httpx.Response(401))

    with pytest.raises(errors.EngineMisconfigured):
        await analysed(clock, patience=RequestLimits(passage_tokens=600, parallel=2))

    assert server.call_count <= 2


async def test_a_summary_that_cannot_be_had_is_put_together(server: respx.Route, clock: FakeClock) -> None:
    model = Model()

    def serve(request: httpx.Request) -> httpx.Response:
        answer = model(request)
        return answer if "evidence" in model.kinds[-1] else httpx.Response(500)

    server.mock(side_effect=serve)

    analysis = await analysed(clock)

    assert codes(analysis) == {"summary_put_together"}
    assert analysis.summary is not None
    assert 3 <= len(analysis.summary.sentences) <= 8
    assert {sentence.support for sentence in analysis.summary.sentences} == {"supported"}


async def test_a_text_over_the_context_is_tried_once_in_smaller_passages(server: respx.Route, clock: FakeClock) -> None:
    model = Model()

    def serve(request: httpx.Request) -> httpx.Response:
        article = json.loads(request.content)["messages"][-1]["content"]
        return httpx.Response(413) if len(article) > 12_000 else model(request)

    server.mock(side_effect=serve)

    analysis = await analysed(clock, LONG[:16_000], RequestLimits(max_attempts=1))

    assert analysis.coverage.complete
    outcomes = [attempt.outcome for attempt in analysis.provenance.usage.attempts]
    assert outcomes[0] == "input_too_long"
    assert set(outcomes[1:]) == {"ok"}


async def test_a_hundred_thousand_words_end_in_order(server: respx.Route, clock: FakeClock) -> None:
    model = Model()
    server.mock(side_effect=model)
    text = "".join(map(paragraph, range(6_000)))

    analysis = await analysed(clock, text, RequestLimits())

    assert len(text.split()) > 100_000
    assert analysis.status == "complete"
    assert sum(map(len, model.texts[:-1])) < len(text) * 1.15
    starts = [item.match.span.start for item in analysis.evidence if item.role == "framing"]
    assert starts == sorted(starts)


async def test_samples_agree_or_not(server: respx.Route, clock: FakeClock) -> None:
    labels = ["desperation", "mixed", "desperation"]
    server.mock(side_effect=[httpx.Response(200, json=completion(good_draft(label=label))) for label in labels])

    analysis = await analysed(clock, TEXT, samples=3)

    assert analysis.framing is not None
    assert analysis.framing.confidence.method == "agreement"
    assert analysis.provenance.engine.samples == 3
    assert {json.loads(call.request.content)["temperature"] for call in server.calls} == {0.7}
    assert analysis.grounding.rejected == 0


async def test_agreement_is_the_share_of_samples_that_come_to_the_label(server: respx.Route, clock: FakeClock) -> None:
    labels = ["mixed", "desperation", "desperation", "desperation"]
    server.mock(side_effect=[httpx.Response(200, json=completion(good_draft(label=label))) for label in labels])
    asked = task()
    several = type(asked)(asked.article, asked.axis, asked.parts, asked.deadline, samples=4)

    async with engine(clock) as llm:
        framing = (await llm.read(several)).draft.framing

    assert framing is not None
    assert (framing.label, framing.agreement) == ("desperation", 0.75)


async def test_a_sample_that_fails_is_told(server: respx.Route, clock: FakeClock) -> None:
    server.mock(side_effect=[httpx.Response(200, json=completion(good_draft())), httpx.Response(500)])

    analysis = await analysed(clock, TEXT, samples=2)

    assert analysis.provenance.engine.samples == 1
    assert codes(analysis) == {"sample_failed"}


async def test_what_no_reader_sees_is_not_shown_to_the_model(server: respx.Route, clock: FakeClock) -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all")
    text = TEXT.replace("running out", f"run\u200bning{hidden} \u202eout\u202c\x07")
    server.mock(return_value=httpx.Response(200, json=completion(good_draft())))

    analysis = await analysed(clock, text)

    sent = json.loads(server.calls.last.request.content)["messages"][1]["content"]
    assert "The firm is running out of time" in sent
    assert not set(sent) & {"\u200b", "\u202e", "\x07", "\U000e0069"}
    assert any(
        text[e.match.span.start : e.match.span.end].startswith("The firm is run\u200bning") for e in analysis.evidence
    )
