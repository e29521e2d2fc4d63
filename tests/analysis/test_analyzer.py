from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.ports import EngineInfo
from subtext.analysis.request import AUTO, AnalysisRequest
from subtext.domain.article import AnalysisWarning, Article, Source
from subtext.domain.draft import Draft
from subtext.domain.evidence import Span
from subtext.errors import EngineNotFound
from tests.support.builders import AXIS, BODY, TITLE, article, claim, framing, summary
from tests.support.fakes import START, FakeClock, ScriptedEngine

if TYPE_CHECKING:
    from subtext.analysis.ports import AnalysisPart, EngineRequest, EngineResult
    from subtext.domain.analysis import Analysis
    from subtext.domain.draft import DraftFraming

GOOD = framing(
    claim("cap in hand"),
    claim("We dictate the terms", "domination", "moderate", speaker="Ivo Brandt"),
    claim("the last lifeline that the company has left", indicator="lifeline"),
)
SUMMARY = summary(("Orlan Freight went back to its creditors, cap in hand.", ("cap in hand",)), ("It won.", ()))
DRAFT = Draft("Orlan Freight", SUMMARY, GOOD)


async def analysed(
    draft: Draft = DRAFT, question: AnalysisRequest | None = None, text: Article | None = None
) -> Analysis:
    analyzer = Analyzer({"scripted": ScriptedEngine(draft)}, FakeClock())
    return await analyzer.analyze(text or article(), question or AnalysisRequest(AXIS))


def codes(analysis: Analysis) -> list[str]:
    return [warning.code for warning in analysis.warnings]


async def test_a_draft_becomes_a_proven_analysis() -> None:
    found = await analysed()

    assert found.status == "complete"
    assert found.framing is not None
    assert found.framing.overall.label == "desperation"
    assert [item.match.quote for item in found.evidence if item.role == "framing"] == [
        "cap in hand",
        "We dictate the terms",
        "the last lifeline that the company has left",
    ]
    assert [(heard.voice.name, heard.score.label) for heard in found.voices] == [
        (None, "desperation"),
        ("Ivo Brandt", "domination"),
    ]
    assert found.coverage.ranges_read == (Span(0, len(found.article.text)),)
    assert found.created_at == "2026-03-01T12:00:00.000Z"
    assert (found.grounding.proposed, found.grounding.kept, found.grounding.rejected) == (4, 4, 0)


async def test_a_speaker_who_is_quoted_is_a_voice_without_evidence() -> None:
    found = await analysed(replace(DRAFT, framing=replace(framing(claim("cap in hand")), speakers=("Ivo Brandt",))))

    assert [(heard.voice.name, heard.score.label, heard.evidence_ids) for heard in found.voices] == [
        (None, "desperation", ("e1",)),
        ("Ivo Brandt", "neither", ()),
    ]


async def test_neither_stands_although_a_voice_has_words_of_its_own() -> None:
    own = claim("We dictate the terms", "domination", speaker="Ivo Brandt", role="voice")

    found = await analysed(replace(DRAFT, framing=framing(own, label="neither")))

    assert found.framing is not None
    assert (found.status, found.framing.overall.label) == ("complete", "neither")
    assert [heard.score.label for heard in found.voices] == ["neither", "domination"]


async def test_the_label_follows_from_what_survives() -> None:
    lies = framing(
        claim("cap in hand"),
        *[claim(f"a triumph that nobody saw, number {n}", "domination") for n in range(5)],
        label="domination",
    )

    found = await analysed(replace(DRAFT, framing=lies))

    assert found.framing is not None
    assert found.framing.overall.label == "desperation"
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
    assert found.framing.overall.label is None
    assert found.framing.confidence.value == 0.0
    assert "evidence_rejected" in codes(found)


@dataclass(frozen=True)
class Judged:
    id: str
    draft: DraftFraming
    label: str | None
    source: str
    warning: str | None


WEAK_FOR_BOTH = (
    claim("cap in hand", strength="strong"),
    claim("We dictate the terms", "domination", "moderate", speaker="Ivo Brandt"),
)


@pytest.mark.parametrize(
    "case",
    [
        Judged("both agree", framing(*WEAK_FOR_BOTH), "desperation", "engine", None),
        Judged("it knows better", framing(*WEAK_FOR_BOTH, label="mixed"), "mixed", "engine", "label_beyond_scores"),
        Judged("hints", framing(claim("cap in hand", strength="weak")), "desperation", "engine", "label_beyond_scores"),
        Judged(
            "no quote of its pole",
            framing(claim("cap in hand"), claim("a triumph", "domination"), label="domination"),
            "desperation",
            "evidence",
            "label_replaced",
        ),
        Judged(
            "a moderate claim is no hint",
            framing(claim("cap in hand", strength="moderate"), label="neither"),
            "desperation",
            "evidence",
            "label_replaced",
        ),
    ],
    ids=lambda case: case.id,
)
async def test_the_engine_s_label_stands_where_the_evidence_bears_it_out(case: Judged) -> None:
    found = await analysed(replace(DRAFT, framing=case.draft))

    assert found.framing is not None
    assert (found.framing.overall.label, found.framing.label_source) == (case.label, case.source)
    assert [code for code in codes(found) if code.startswith("label_")] == ([case.warning] if case.warning else [])


async def test_a_label_that_the_evidence_replaces_is_less_sure_than_the_one_that_was_claimed() -> None:
    lies = framing(claim("cap in hand"), claim("a triumph", "domination"), label="domination", confidence=0.9)
    honest = framing(claim("cap in hand"), label="desperation", confidence=0.9)

    replaced, kept = await analysed(replace(DRAFT, framing=lies)), await analysed(replace(DRAFT, framing=honest))

    assert replaced.framing is not None
    assert kept.framing is not None
    assert replaced.framing.confidence.value < 0.6 < kept.framing.confidence.value


@pytest.mark.parametrize("quote", ["the", "Orlan Freight", "Ivo Brandt", "of the", "Orlan Freight’s"])
async def test_a_quote_that_says_nothing_of_its_own_is_evidence_for_nothing(quote: str) -> None:
    text = BODY.replace("the company has", "the company of the Orlan Freight’s kind has")
    found = await analysed(
        replace(DRAFT, framing=framing(claim(quote, "domination"), label="domination", confidence=1.0)),
        text=article(text),
    )

    assert found.framing is not None
    assert (found.status, found.framing.overall.label) == ("abstained", None)
    assert [item.reason for item in found.grounding.rejected_items] == ["no_content_words"]


async def test_nothing_claimed_is_neither() -> None:
    found = await analysed(replace(DRAFT, framing=framing(label="neither")))

    assert found.status == "complete"
    assert found.framing is not None
    assert found.framing.overall.label == "neither"


@dataclass(frozen=True)
class Short:
    id: str
    text: str
    draft: DraftFraming
    label: str | None


WEAK = claim("begs", strength="weak")
RIVALS = (claim("begs"), claim("dictates", "domination"))


@pytest.mark.parametrize(
    "case",
    [
        Short("a pole", "The firm begs its creditors.", framing(claim("begs")), None),
        Short("mixed", "The firm begs and dictates all the same.", framing(*RIVALS, label="mixed"), None),
        Short("a pole on weak evidence", "The firm begs its creditors for a month again.", framing(WEAK), None),
        Short(
            "a statement without a frame",
            "The ministers will meet on Tuesday to sign the grain accord.",
            framing(label="neither"),
            "neither",
        ),
        Short("no statement at all", "Hello there.", framing(label="neither"), None),
        Short(
            "one word short of enough",
            "The firm asks for its money. " * 6 + "It begs now",
            framing(claim("begs")),
            None,
        ),
        Short("characters for words", "部长乞求" * 19, framing(claim("部长乞求")), None),
    ],
    ids=lambda case: case.id,
)
async def test_too_little_text_has_no_pole_and_is_never_sure(case: Short) -> None:
    draft = Draft("Orlan Freight", None, case.draft)
    found = await analysed(draft, text=Article(case.text, Source("text")))

    assert found.framing is not None
    assert found.framing.overall.label == case.label
    assert found.framing.confidence.value < 0.3
    assert found.status == ("complete" if case.label else "abstained")
    assert "text_too_short" in codes(found)


async def test_evidence_in_a_short_text_is_still_shown() -> None:
    short = Article("The firm begs its creditors.", Source("text"))

    found = await analysed(replace(DRAFT, framing=framing(claim("begs"))), text=short)

    assert [item.match.quote for item in found.evidence if item.role == "framing"] == ["begs"]


@pytest.mark.parametrize(
    ("text", "quote"),
    [("The firm begs its creditors. " * 8, "begs"), ("部长星期一乞求贷款人。" * 8, "乞求")],
    ids=["40 words", "80 characters"],
)
async def test_forty_words_are_enough(text: str, quote: str) -> None:
    draft = Draft("Orlan Freight", None, framing(claim(quote)))
    found = await analysed(draft, text=Article(text, Source("text")))

    assert found.framing is not None
    assert (found.status, found.framing.overall.label) == ("complete", "desperation")
    assert "text_too_short" not in codes(found)


@pytest.mark.parametrize(
    "draft", [framing(label="neither", confidence=0.97), framing(claim("begs"))], ids=["neither", "a pole"]
)
async def test_code_gets_no_label(draft: DraftFraming) -> None:
    code = Article("if (begs != total) { total += begs; }\n" * 20, Source("text"))

    found = await analysed(replace(DRAFT, framing=draft), text=code)

    assert found.framing is not None
    assert (found.status, found.framing.overall.label, found.framing.confidence.value) == ("abstained", None, 0.0)
    assert "not_prose" in codes(found)


async def test_half_an_article_in_code_is_not_sure() -> None:
    text = BODY + "\ntotal = sum(values)\nif total > limit:\n    raise_alarm(total)\n" * 9

    found = await analysed(text=Article(text, Source("text")))

    assert found.framing is not None
    assert (found.framing.overall.label, found.framing.confidence.value) == ("desperation", 0.45)


async def test_parts_that_were_not_asked_for_are_named() -> None:
    found = await analysed(question=AnalysisRequest(AXIS, frozenset({"framing"})))

    assert found.summary is None
    assert [(warning.code, warning.pointer) for warning in found.warnings] == [("not_requested", "/summary")]

    found = await analysed(question=AnalysisRequest(AXIS, frozenset({"summary"})))

    assert found.framing is None
    assert found.status == "complete"
    assert [(warning.code, warning.pointer) for warning in found.warnings] == [("not_requested", "/framing")]


CIDER = "The chairman fled to Brazil with nine barrels of cider."
BORNE_OUT = ("Orlan Freight went back to its creditors, cap in hand.", ("cap in hand",))


@pytest.mark.parametrize(
    "parts", [frozenset({"summary"}), frozenset({"summary", "framing"})], ids=["alone", "with framing"]
)
@pytest.mark.parametrize("quotes", [("cap in hand",), ("invented",), ()], ids=["unrelated", "not in the text", "none"])
async def test_a_summary_of_which_nothing_is_borne_out_makes_the_answer_partial(
    quotes: tuple[str, ...], parts: frozenset[AnalysisPart]
) -> None:
    found = await analysed(replace(DRAFT, summary=summary((CIDER, quotes))), AnalysisRequest(AXIS, parts))

    assert found.summary is not None
    assert [sentence.support for sentence in found.summary.sentences] == ["unsupported"]
    assert found.status == "partial"
    assert [warning.pointer for warning in found.warnings if warning.code == "summary_unsupported"] == [
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
    found = await analysed(replace(DRAFT, target=case.inferred), AnalysisRequest(AXIS, target=case.asked))

    target = found.target
    assert (None if target is None else (target.name, target.given_by, target.mentions)) == case.expected
    assert ("target_unknown" in codes(found)) is (case.expected is None)


async def test_notices_of_article_engine_and_proof_stay_in_order() -> None:
    engine = ScriptedEngine(DRAFT, warnings=(AnalysisWarning("from_engine", "…"),))
    text = article(warnings=(AnalysisWarning("from_article", "…"),))

    found = await Analyzer({"scripted": engine}, FakeClock()).analyze(
        text, AnalysisRequest(AXIS, frozenset({"framing"}))
    )

    assert codes(found) == ["from_article", "from_engine", "not_requested"]


@dataclass
class SlowEngine(ScriptedEngine):
    """A scripted engine that takes its time."""

    clock: FakeClock = field(default_factory=FakeClock)

    async def read(self, request: EngineRequest) -> EngineResult:
        await self.clock.sleep(1.5)
        return await super().read(request)


async def test_the_deadline_is_handed_down_and_the_time_taken_told() -> None:
    clock = FakeClock(elapsed=100.0)
    engine = SlowEngine(DRAFT, clock=clock)

    found = await Analyzer({"scripted": engine}, clock).analyze(article(), AnalysisRequest(AXIS, deadline_s=7.0))

    assert engine.tasks[0].deadline == 107.0
    assert found.duration_ms == 1500


async def test_engines_are_asked_for_by_name_and_auto_takes_the_first() -> None:
    first, second = ScriptedEngine(DRAFT), ScriptedEngine(DRAFT, info=EngineInfo("other", "local", "m"))
    analyzer = Analyzer({"first": first, "second": second}, FakeClock())

    await analyzer.analyze(article(), AnalysisRequest(AXIS, engine=AUTO))
    await analyzer.analyze(article(), AnalysisRequest(AXIS, engine="second"))

    assert (len(first.tasks), len(second.tasks)) == (1, 1)
    assert [card.name for card in analyzer.engines] == ["scripted", "other"]
    with pytest.raises(EngineNotFound, match="auto, first, second"):
        await analyzer.analyze(article(), AnalysisRequest(AXIS, engine="third"))


async def test_ids_sort_by_time() -> None:
    found = await analysed()

    assert found.id[:8] == f"{int(START.timestamp() * 1000) >> 16:08x}"
    assert found.article.text == f"{TITLE}\n\n{BODY}"
