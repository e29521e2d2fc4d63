"""From a recorded answer of a model to a proven analysis: what the model says is held against the article."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.request import AnalysisRequest
from subtext.domain.article import Article, Source, prepend_title
from subtext.domain.evidence import AUTHOR_ID
from tests.support.engines import article, completion, engine, evidence, good_draft, prompts

if TYPE_CHECKING:
    import respx

    from subtext.domain.analysis import Analysis, VoiceFraming
    from tests.support.fakes import FakeClock

AXIS = "desperation-domination"


async def analysed(
    server: respx.Route, clock: FakeClock, read: Article, draft: dict[str, Any], *, axis: str = AXIS, **asked: Any
) -> Analysis:
    """The analysis of an article for which the model's server gives this draft."""
    server.mock(return_value=httpx.Response(200, json=completion(draft)))
    async with engine(clock) as llm:
        return await Analyzer({"llm": llm}, clock).analyze(read, AnalysisRequest(prompts().axis(axis).axis, **asked))


def voices(analysis: Analysis) -> dict[str | None, VoiceFraming]:
    return {lean.voice.name or lean.voice.id: lean for lean in analysis.voices}


def require_offsets(analysis: Analysis) -> None:
    for item in analysis.evidence:
        span = item.match.span
        assert analysis.article.text[span.start : span.end] == item.match.quote


async def test_a_good_answer_is_proven(server: respx.Route, clock: FakeClock) -> None:
    analysis = await analysed(server, clock, article(), good_draft())

    require_offsets(analysis)
    assert analysis.status == "complete"
    assert analysis.framing is not None
    assert analysis.framing.overall.label == "desperation"
    assert voices(analysis)[AUTHOR_ID].score.label == "desperation"
    assert voices(analysis)["Lena Brandt"].score.label == "domination"
    assert analysis.framing.divergence == "author_vs_quotes"
    assert analysis.grounding.rejected == 0
    assert analysis.summary is not None
    assert {sentence.support for sentence in analysis.summary.sentences} == {"supported"}
    assert analysis.provenance.engine.kind == "llm"
    assert analysis.provenance.usage.calls == 1


async def test_invented_and_altered_quotes_are_shown_and_the_label_is_weighed_anew(
    server: respx.Route, clock: FakeClock
) -> None:
    draft = good_draft(
        label="domination",
        evidence=[
            evidence("No rival dares to move without the firm", "domination", strength="strong"),
            evidence("the banks have never stopped returning its calls", "domination", strength="strong"),
            evidence("two of its five piers … the banks", "domination", strength="strong"),
            evidence("The firm is running out of time", "desperation", strength="strong"),
        ],
        sentences=[{"text": "The firm has bought out its rivals.", "quotes": ["bought out its rivals"]}],
    )

    analysis = await analysed(server, clock, article(), draft)

    assert analysis.framing is not None
    assert analysis.framing.overall.label == "desperation"
    assert analysis.framing.overall.scores["domination"] == 0
    assert [item.quote for item in analysis.grounding.rejected_items] == [
        "No rival dares to move without the firm",
        "the banks have never stopped returning its calls",
        "two of its five piers … the banks",
        "bought out its rivals",
    ]
    assert analysis.summary is not None
    assert analysis.summary.sentences[0].support == "unsupported"


async def test_where_nothing_survives_no_label_is_given(server: respx.Route, clock: FakeClock) -> None:
    draft = good_draft(label="domination", evidence=[evidence("It rules the waves", "domination")])

    analysis = await analysed(server, clock, article(), draft)

    assert analysis.status == "abstained"
    assert analysis.framing is not None
    assert analysis.framing.overall.label is None


async def test_a_second_axis_is_weighed_like_the_first(server: respx.Route, clock: FakeClock) -> None:
    draft = good_draft(label="victim", evidence=[evidence("the banks have stopped returning its calls", "victim")])

    analysis = await analysed(server, clock, article(), draft, axis="victim-villain")

    assert analysis.framing is not None
    assert (analysis.framing.axis_id, analysis.framing.overall.label) == ("victim-villain", "victim")


async def test_the_seed_article_is_proven(server: respx.Route, clock: FakeClock, seed_article: str) -> None:
    text, headline, done = prepend_title(None, seed_article)
    draft = seed_draft(text)

    analysis = await analysed(server, clock, Article(text, Source("text"), headline, normalisation=done), draft)

    require_offsets(analysis)
    assert analysis.framing is not None
    assert analysis.framing.overall.label == "desperation"
    assert voices(analysis)[AUTHOR_ID].score.label == "desperation"
    assert voices(analysis)["Pyongyang"].score.label == "domination"
    assert len([item for item in analysis.evidence if item.role == "framing"]) >= 3
    assert analysis.grounding.rejected == 0
    assert analysis.summary is not None
    assert 3 <= len(analysis.summary.sentences) <= 5
    assert all(sentence.support == "supported" for sentence in analysis.summary.sentences)


def seed_draft(text: str) -> dict[str, Any]:
    """A good answer about an article whose words may not stand here: cut from it, by single words that it holds."""
    signs = [found[0] for word in ("desperat", "weak", "isolat", "pinch") for found in _round(word, text)[:1]]
    claims = [found[0] for found in _round("invincible", text)[:1]]
    sentences = [found for found in re.findall(r"[A-Z][^.!?“”\"\n]{60,250}\.", text) if "’" not in found][:3]
    return {
        "target": "Kim Jong Un",
        "headline": "A leader's alliance, read as a sign of need",
        "sentences": [{"text": sentence, "quotes": [sentence]} for sentence in sentences],
        "evidence": [
            *(evidence(quote, "desperation", strength="strong") for quote in signs),
            *(evidence(quote, "domination", "Pyongyang") for quote in claims),
        ],
        "rationale": "The author reads the claims of strength as need.",
        "label": "desperation",
        "confidence": 90,
    }


def _round(word: str, text: str) -> list[re.Match[str]]:
    """The word with up to two words to either side, on one line."""
    return list(re.finditer(rf"(?:\w+ ){{0,2}}\w*{word}\w*(?: \w+){{0,2}}", text, re.IGNORECASE))


@dataclass(frozen=True)
class Example:
    """A worked example of the codebook, as the axis carries it."""

    number: int
    text: str
    target: str
    evidence: list[dict[str, Any]]
    label: str


def examples() -> list[Example]:
    return [
        Example(number, item.text, item.target, [entry.model_dump() for entry in item.evidence], item.label)
        for number, item in enumerate(prompts().axis(AXIS).examples, 1)
    ]


@pytest.mark.parametrize("case", examples(), ids=lambda case: f"{case.number} {case.label}")
async def test_a_worked_example_is_decided_as_the_codebook_has_it(
    case: Example, server: respx.Route, clock: FakeClock
) -> None:
    """The example stands in an article long enough to be judged, whose other sentences frame nothing."""
    filler = " ".join(["The session opened at nine, and the minutes of the last one were read and adopted."] * 3)
    text = f"{case.text} {filler}"
    draft = good_draft(
        target=case.target,
        sentences=[{"text": case.text, "quotes": [case.text]}],
        evidence=[{"indicator": None, **entry} for entry in case.evidence],
        label=case.label,
    )

    analysis = await analysed(server, clock, article(text), draft, target=case.target)

    require_offsets(analysis)
    assert analysis.grounding.rejected == 0
    assert analysis.framing is not None
    assert analysis.framing.overall.label == case.label


def test_all_worked_examples_of_the_codebook_are_there() -> None:
    assert len(examples()) >= 7
    assert {case.label for case in examples()} == {"desperation", "domination", "mixed", "neither"}
