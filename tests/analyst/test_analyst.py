from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from fakes import START, ScriptedEngine, StillClock
from making import AXIS, BODY, TITLE, article, claim, framing, summary
from subtext.analyst.analyst import AUTO, Analyst, Question
from subtext.analyst.ports import EngineCard
from subtext.domain.article import Article, Notice, Source
from subtext.domain.draft import Draft
from subtext.domain.errors import EngineUnknown
from subtext.domain.evidence import Span

if TYPE_CHECKING:
    from subtext.analyst.ports import Part
    from subtext.domain.analysis import Analysis
    from subtext.domain.draft import DraftFraming

GOOD = framing(
    claim("cap in hand"),
    claim("We dictate the terms", "domination", "moderate", speaker="Ivo Brandt"),
    claim("the last lifeline that the company has left", indicator="lifeline"),
)
SUMMARY = summary(("Orlan Freight went back to its creditors, cap in hand.", ("cap in hand",)), ("It won.", ()))
DRAFT = Draft("Orlan Freight", SUMMARY, GOOD)


async def analysed(draft: Draft = DRAFT, question: Question | None = None, text: Article | None = None) -> Analysis:
    analyst = Analyst({"scripted": ScriptedEngine(draft)}, StillClock())
    return await analyst.analyse(text or article(), question or Question(AXIS))


def codes(analysis: Analysis) -> list[str]:
    return [notice.code for notice in analysis.notices]


async def test_a_draft_becomes_a_proven_analysis() -> None:
    found = await analysed()

    assert found.status == "complete"
    assert found.framing is not None
    assert found.framing.lean.label == "desperation"
    assert [item.match.quote for item in found.evidence if item.role == "framing"] == [
        "cap in hand",
        "We dictate the terms",
        "the last lifeline that the company has left",
    ]
    assert [(heard.voice.name, heard.lean.label) for heard in found.voices] == [
        (None, "desperation"),
        ("Ivo Brandt", "domination"),
    ]
    assert found.coverage.ranges_read == (Span(0, len(found.article.text)),)
    assert found.created_at == "2026-03-01T12:00:00.000Z"
    assert (found.grounding.proposed, found.grounding.kept, found.grounding.rejected) == (4, 4, 0)


async def test_the_label_follows_from_what_survives() -> None:
    lies = framing(
        claim("cap in hand"),
        *[claim(f"a triumph that nobody saw, number {n}", "domination") for n in range(5)],
        label="domination",
    )

    found = await analysed(replace(DRAFT, framing=lies))

    assert found.framing is not None
    assert found.framing.lean.label == "desperation"
    assert found.framing.confidence.value < 0.6
    assert [item.reason for item in found.grounding.rejected_items] == ["not_in_text"] * 5


@pytest.mark.parametrize(
    "draft",
    [
        framing(claim("invented", "domination"), label="domination"),
        framing(label="domination"),
        framing(claim("no"), label="neither"),
    ],
    ids=["nothing survives", "a pole without evidence", "neither on invented evidence"],
)
async def test_where_nothing_survives_no_label_is_given(draft: DraftFraming) -> None:
    found = await analysed(replace(DRAFT, framing=draft))

    assert found.status == "abstained"
    assert found.framing is not None
    assert found.framing.lean.label is None
    assert found.framing.confidence.value == 0.0
    assert "evidence_rejected" in codes(found)


async def test_nothing_claimed_is_neither() -> None:
    found = await analysed(replace(DRAFT, framing=framing(label="neither")))

    assert found.status == "complete"
    assert found.framing is not None
    assert found.framing.lean.label == "neither"


@dataclass(frozen=True)
class Short:
    id: str
    text: str
    draft: DraftFraming
    label: str | None


@pytest.mark.parametrize(
    "case",
    [
        Short("evidence decides", "The firm begs its creditors.", framing(claim("begs")), "desperation"),
        Short(
            "a statement without a frame",
            "The ministers will meet on Tuesday to sign the grain accord.",
            framing(label="neither"),
            "neither",
        ),
        Short("no statement at all", "Hello there.", framing(label="neither"), None),
    ],
    ids=lambda case: case.id,
)
async def test_too_little_text_is_said_and_never_sure(case: Short) -> None:
    found = await analysed(replace(DRAFT, framing=case.draft), text=Article(case.text, Source("text")))

    assert found.framing is not None
    assert found.framing.lean.label == case.label
    assert found.framing.confidence.value <= 0.5
    assert "text_too_short" in codes(found)


async def test_parts_that_were_not_asked_for_are_named() -> None:
    found = await analysed(question=Question(AXIS, frozenset({"framing"})))

    assert found.summary is None
    assert [(notice.code, notice.pointer) for notice in found.notices] == [("not_requested", "/summary")]

    found = await analysed(question=Question(AXIS, frozenset({"summary"})))

    assert found.framing is None
    assert found.status == "complete"
    assert [(notice.code, notice.pointer) for notice in found.notices] == [("not_requested", "/framing")]


CIDER = "The chairman fled to Brazil with nine barrels of cider."
BORNE_OUT = ("Orlan Freight went back to its creditors, cap in hand.", ("cap in hand",))


@pytest.mark.parametrize(
    "parts", [frozenset({"summary"}), frozenset({"summary", "framing"})], ids=["alone", "with framing"]
)
@pytest.mark.parametrize("quotes", [("cap in hand",), ("invented",), ()], ids=["unrelated", "not in the text", "none"])
async def test_a_summary_of_which_nothing_is_borne_out_makes_the_answer_partial(
    quotes: tuple[str, ...], parts: frozenset[Part]
) -> None:
    found = await analysed(replace(DRAFT, summary=summary((CIDER, quotes))), Question(AXIS, parts))

    assert found.summary is not None
    assert [sentence.support for sentence in found.summary.sentences] == ["unsupported"]
    assert found.status == "partial"
    assert [notice.pointer for notice in found.notices if notice.code == "summary_unsupported"] == [
        "/summary/sentences"
    ]


@pytest.mark.parametrize(
    "sentences", [(BORNE_OUT, (CIDER, ("cap in hand",))), ()], ids=["one is borne out", "no sentence"]
)
async def test_a_summary_that_has_something_or_is_empty_is_not_called_unsupported(
    sentences: tuple[tuple[str, tuple[str, ...]], ...],
) -> None:
    found = await analysed(replace(DRAFT, summary=summary(*sentences)))

    assert found.status == "complete"
    assert "summary_unsupported" not in codes(found)


async def test_an_answer_without_a_label_stays_abstained_whatever_its_summary() -> None:
    lies = framing(claim("invented", "domination"), label="domination")

    found = await analysed(Draft(None, summary((CIDER, ())), lies))

    assert found.status == "abstained"
    assert "summary_unsupported" in codes(found)


@dataclass(frozen=True)
class Named:
    id: str
    asked: str | None
    inferred: str | None
    expected: tuple[str, str, int] | None


@pytest.mark.parametrize(
    "case",
    [
        Named("by the caller", "Ivo Brandt", "Orlan Freight", ("Ivo Brandt", "caller", 1)),
        Named("by the engine", None, "Orlan Freight", ("Orlan Freight", "inferred", 2)),
        Named("not in the text", "Someone Else", None, ("Someone Else", "caller", 0)),
        Named("by nobody", None, None, None),
    ],
    ids=lambda case: case.id,
)
async def test_the_target_is_the_caller_s_or_the_engine_s(case: Named) -> None:
    found = await analysed(replace(DRAFT, target=case.inferred), Question(AXIS, target=case.asked))

    target = found.target
    assert (None if target is None else (target.name, target.given_by, target.mentions)) == case.expected
    assert ("target_unknown" in codes(found)) is (case.expected is None)


async def test_notices_of_article_engine_and_proof_stay_in_order() -> None:
    engine = ScriptedEngine(DRAFT, notices=(Notice("from_engine", "…"),))
    text = article(notices=(Notice("from_article", "…"),))

    found = await Analyst({"scripted": engine}, StillClock()).analyse(text, Question(AXIS, frozenset({"framing"})))

    assert codes(found) == ["from_article", "from_engine", "not_requested"]


@dataclass
class SlowEngine(ScriptedEngine):
    """A scripted engine that takes its time."""

    clock: StillClock = field(default_factory=StillClock)

    async def read(self, task):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - the port's own signature
        await self.clock.sleep(1.5)
        return await super().read(task)


async def test_the_deadline_is_handed_down_and_the_time_taken_told() -> None:
    clock = StillClock(elapsed=100.0)
    engine = SlowEngine(DRAFT, clock=clock)

    found = await Analyst({"scripted": engine}, clock).analyse(article(), Question(AXIS, deadline_s=7.0))

    assert engine.tasks[0].deadline == 107.0
    assert found.duration_ms == 1500


async def test_engines_are_asked_for_by_name_and_auto_takes_the_first() -> None:
    first, second = ScriptedEngine(DRAFT), ScriptedEngine(DRAFT, card=EngineCard("other", "local", "m"))
    analyst = Analyst({"first": first, "second": second}, StillClock())

    await analyst.analyse(article(), Question(AXIS, engine=AUTO))
    await analyst.analyse(article(), Question(AXIS, engine="second"))

    assert (len(first.tasks), len(second.tasks)) == (1, 1)
    assert [card.name for card in analyst.engines] == ["scripted", "other"]
    with pytest.raises(EngineUnknown, match="auto, first, second"):
        await analyst.analyse(article(), Question(AXIS, engine="third"))


async def test_ids_sort_by_time() -> None:
    found = await analysed()

    assert found.id[:8] == f"{int(START.timestamp() * 1000) >> 16:08x}"
    assert found.article.text == f"{TITLE}\n\n{BODY}"
