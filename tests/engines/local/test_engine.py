"""The embedded engine at its port, and what the analyzer makes of its drafts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.ports import ALL_PARTS, EngineRequest
from subtext.analysis.request import AnalysisRequest
from subtext.analysis.scoring import decisive_score
from subtext.domain.article import Article, Language, Source, prepend_title
from subtext.domain.axis import Axis, Pole
from subtext.domain.prose import classify_prose
from subtext.engines.local.classifier import LexiconClassifier
from subtext.engines.local.engine import LocalEngine
from subtext.errors import EngineTimedOut, UnsupportedAxis, UnsupportedLanguage
from subtext.prompts.registry import PromptRegistry, default_root
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.analysis.ports import AnalysisPart
    from subtext.domain.analysis import Analysis
    from subtext.engines.local.scorer import Hit, SentenceContext

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
AXIS = PromptRegistry.load([default_root()]).axis("desperation-domination").axis
OTHER_AXIS = Axis("warm-cold", 1, "Warm or cold", Pole("warm", "Warm", "w"), Pole("cold", "Cold", "c"), (), "0" * 64)


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def article(text: str, language: str = "en") -> Article:
    text, headline, _ = prepend_title(None, text)
    return Article(text, Source("text"), headline, Language(language, None))


def task(
    text: str, *, axis: Axis = AXIS, language: str = "en", parts: frozenset[AnalysisPart] = ALL_PARTS, left: float = 60
) -> EngineRequest:
    return EngineRequest(article(text, language), axis, parts, time.monotonic() + left)


async def analysed(text: str, target: str | None = None) -> Analysis:
    analyzer = Analyzer({"local": LocalEngine()}, WallClock())
    return await analyzer.analyze(article(text), AnalysisRequest(AXIS, target=target))


def label(analysis: Analysis) -> str | None:
    assert analysis.framing is not None
    return analysis.framing.overall.label


@dataclass(frozen=True)
class Worked:
    """One of the codebook's worked examples: its evidence decides, though a text as short gets no label."""

    id: str
    text: str
    target: str
    label: str | None


WORKED = (
    Worked(
        "overcompensation",
        "You don't declare an 'invincible alliance' unless you are feeling the pinch.",
        "the speaker's regime",
        "desperation",
    ),
    Worked(
        "dependence",
        "With the strait closed at its word, the navy now decides who trades and who waits.",
        "the navy",
        "domination",
    ),
    Worked(
        "both",
        "The raids show how far its reach extends, even as deserters strip its garrisons.",
        "the militia",
        "mixed",
    ),
    Worked(
        "attributed",
        "The ministry called the sanctions 'the flailing of a dying hegemon'.",
        "the hegemon",
        "desperation",
    ),
    Worked(
        "undercut",
        "'We are stronger than ever,' the chairman told a half-empty hall, hours after the third default.",
        "the chairman's firm",
        "desperation",
    ),
    Worked(
        "negated",
        "This was no cry for help: it was an ultimatum, and everyone at the table knew who would blink.",
        "the sender",
        "domination",
    ),
)


@pytest.mark.parametrize("case", WORKED, ids=lambda case: case.id)
async def test_the_codebooks_worked_examples_are_decided_right(case: Worked) -> None:
    analysis = await analysed(case.text, case.target)

    assert decisive_score(analysis.evidence, AXIS).label == case.label
    assert (analysis.status, label(analysis)) == ("abstained", None)


@pytest.mark.parametrize(
    "text",
    [
        "let y = a + b;\nif (y == el) { se = y; }\nfor (const el of la) { y += el; }\n" * 10,
        "SELECT customer_id, SUM(amount) AS total\nFROM orders\nWHERE status = 'paid'\nGROUP BY customer_id;\n" * 5,
        " ".join(str(n * 37 % 1000) for n in range(200)),
        "rank,team,points\n1,Rovers,48\n2,United,44\n3,City,42\n" * 12,
        "2026-03-04 06:00:01 ERROR The server could not reach the database and was forced to give up.\n" * 12,
    ],
    ids=["JavaScript", "SQL", "numbers", "CSV", "log of sentences"],
)
async def test_what_is_no_prose_is_answered_without_a_label(text: str) -> None:
    analyzer = Analyzer({"local": LocalEngine()}, WallClock())

    analysis = await analyzer.analyze(article(text, language="und"), AnalysisRequest(AXIS))

    assert (analysis.status, label(analysis)) == ("abstained", None)
    assert analysis.framing is not None
    assert analysis.framing.confidence.value == 0.0
    assert analysis.summary is not None
    assert analysis.summary.sentences == ()
    assert {"summary_empty", "not_prose"} <= {warning.code for warning in analysis.warnings}


async def test_half_a_log_is_summarized_by_its_prose() -> None:
    log = "2026-03-04 06:00:01 ERROR The ministers could not reach the ports of Orvane and gave up on the grain.\n"
    story = (
        "The ministers of Orvane will send the grain to the ports of the union in the spring. "
        "They met in the capital and signed the accord on the grain with the ports. "
        "The first ships of the ministers are to leave the ports when the ice is gone.\n\n"
    )
    text = log * 2 + story + log * 2
    reading = await LocalEngine().read(task(text))

    assert classify_prose(text) == "mixed"
    assert reading.draft.summary is not None
    assert [sentence.text in story for sentence in reading.draft.summary.sentences] == [True] * 3


async def test_a_mixed_text_without_a_sentence_of_its_own_has_no_summary() -> None:
    log = "2026-03-04 06:00:01 ERROR The ministers could not reach the ports of Orvane and gave up on the grain.\n"
    note = "The ports of the union and of Orvane, where the grain of the ministers is to be sent by the spring\n"
    reading = await LocalEngine().read(task(log * 2 + note * 2))

    assert reading.draft.summary is not None
    assert not any("ERROR" in sentence.text for sentence in reading.draft.summary.sentences)


async def test_procedure_has_no_framing() -> None:
    reading = await LocalEngine().read(task("The ministers will meet on Tuesday to sign the grain accord."))
    assert reading.draft.framing is not None
    assert (reading.draft.framing.label, reading.draft.framing.evidence) == ("neither", ())


async def test_the_words_quote_whole_clauses() -> None:
    text = (
        "What Orvane begged for on Monday, desperate and broke, was no triumph: it was a lifeline for a failing state."
    )
    reading = await LocalEngine().read(task(text))
    assert reading.draft.framing is not None
    quotes = [item.quote for item in reading.draft.framing.evidence]
    assert quotes
    assert all(quote.startswith(("What Orvane begged for", "it was a lifeline")) for quote in quotes)


@pytest.mark.parametrize("name", ["desperation", "domination", "mixed"])
async def test_the_sample_articles_come_out_as_they_are_named(name: str) -> None:
    analysis = await analysed((EXAMPLES / f"{name}.txt").read_text(encoding="utf-8"))
    assert label(analysis) == name
    assert analysis.grounding.rejected == 0
    assert len({item.voice_id for item in analysis.evidence} - {None}) >= 2
    _assert_summary_stands(analysis)


async def test_the_seed_article_is_read_as_its_coders_read_it(seed_article: str) -> None:
    analysis = await analysed(seed_article)
    framing = analysis.framing
    assert framing is not None
    assert (framing.overall.label, framing.author.label, framing.divergence) == (
        "desperation",
        "desperation",
        "author_vs_quotes",
    )
    others = {item.voice.name: item.score.label for item in analysis.voices if item.voice.kind == "attributed"}
    assert others["Kim Jong Un"] == "domination"
    assert sum(item.role == "framing" for item in analysis.evidence) >= 3
    assert all(seed_article[e.match.span.start : e.match.span.end] == e.match.quote for e in analysis.evidence)
    _assert_summary_stands(analysis)


def _assert_summary_stands(analysis: Analysis) -> None:
    assert analysis.summary is not None
    assert 3 <= len(analysis.summary.sentences) <= 5
    assert {sentence.support for sentence in analysis.summary.sentences} == {"supported"}


async def test_only_the_parts_asked_for_are_drafted() -> None:
    text = (EXAMPLES / "mixed.txt").read_text(encoding="utf-8")
    summary = (await LocalEngine().read(task(text, parts=frozenset({"summary"})))).draft
    framing = (await LocalEngine().read(task(text, parts=frozenset({"framing"})))).draft
    assert (summary.framing, framing.summary) == (None, None)
    assert summary.summary is not None
    assert framing.framing is not None


async def test_the_same_text_gives_the_same_draft() -> None:
    text = (EXAMPLES / "desperation.txt").read_text(encoding="utf-8")
    assert await LocalEngine().read(task(text)) == await LocalEngine().read(task(text))


def test_its_card_says_what_it_reads() -> None:
    card = LocalEngine().info
    assert (card.name, card.kind, card.axes, card.languages) == ("local", "local", ("desperation-domination",), ("en",))


async def test_another_axis_is_refused() -> None:
    with pytest.raises(UnsupportedAxis, match="warm-cold"):
        await LocalEngine().read(task("The navy decides who waits.", axis=OTHER_AXIS))


@pytest.mark.parametrize("language", ["fr", "de-AT", "ZH"])
async def test_another_language_is_refused(language: str) -> None:
    with pytest.raises(UnsupportedLanguage, match=language[:2].lower()):
        await LocalEngine().read(task("La marine décide.", language=language))


@pytest.mark.parametrize("language", ["en", "en-GB", "EN_us", "und"])
async def test_english_is_read_under_each_of_its_tags(language: str) -> None:
    assert (await LocalEngine().read(task("The navy decides who waits.", language=language))).draft.framing is not None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Der Minister warnte, dass der Stadt das Wasser ausgeht, und die Bewohner flehten um Hilfe. " * 4, "de"),
        ("Le ministre a dit que la ville est à court d'eau et que les habitants demandent de l'aide. " * 4, "fr"),
        ("部长警告说，该镇的水快用完了。居民们在井干涸时恳求帮助。" * 4, "zh"),
    ],
)
async def test_a_text_that_is_sent_as_english_and_plainly_is_not_is_refused(text: str, code: str) -> None:
    with pytest.raises(UnsupportedLanguage, match=f"reads as {code}"):
        await LocalEngine().read(task(text, language="en"))


async def test_a_text_of_unknown_language_that_is_no_english_is_refused() -> None:
    with pytest.raises(UnsupportedLanguage, match="English"):
        await LocalEngine().read(task("مرحبا بالعالم", language="und"))


@pytest.mark.parametrize("left", [0, -5], ids=["now", "long past"])
async def test_a_deadline_that_is_over_ends_the_reading(left: float) -> None:
    with pytest.raises(EngineTimedOut):
        await LocalEngine().read(task("The navy decides who waits.", left=left))


async def test_the_work_stops_at_the_next_step_after_the_deadline() -> None:
    """The engine's clock runs out between two steps, while the event loop's own has not."""
    ticks = iter([0.0, 0.0, 0.0, 100.0])
    scorer = CountingScorer()
    engine = LocalEngine(LexiconClassifier(scorer), monotonic=lambda: next(ticks, 100.0))
    with pytest.raises(EngineTimedOut):
        await engine.read(EngineRequest(article("The navy decides who waits."), AXIS, ALL_PARTS, deadline=50.0))
    assert scorer.calls == 0


async def test_any_scorer_can_judge() -> None:
    scorer = CountingScorer()
    engine = LocalEngine(LexiconClassifier(scorer))
    reading = await engine.read(task("The navy decides who waits."))
    assert scorer.calls == 1
    assert engine.info.model == reading.provenance.engine.model == "counting"


async def test_a_target_that_the_text_never_names_is_noted() -> None:
    reading = await LocalEngine().read(
        EngineRequest(
            article("The navy decides who waits."), AXIS, ALL_PARTS, time.monotonic() + GIVE_UP_S, target="Orvane"
        )
    )
    assert [warning.code for warning in reading.warnings] == ["target_not_in_text"]


class CountingScorer:
    model = "counting"

    def __init__(self) -> None:
        self.calls = 0

    def hits(self, contexts: Sequence[SentenceContext]) -> list[list[Hit]]:
        self.calls += 1
        return [[] for _ in contexts]


PIECES = st.sampled_from([
    "desperate", "begging for help", "iron grip", "no act of desperation", "invincible", "seriously", "Orvane",
    "said Anna Orlo", "according to ", "Mr. ", "U.S.", "“", "”", '"', "'", "‘", "’", ".", "?", ", ", ": ", "(", ")",
    "\n\n", "\r\n", " ", "-", "—", "😀", "\u0301", "\u00ad", "\u200d", "مرحبا", "强", "x",
])  # fmt: skip


@example("“desperate”U.S.desperate")
@given(st.lists(PIECES, min_size=1, max_size=60).map("".join) | st.text(min_size=1).filter(str.strip))
async def test_any_text_is_read_and_every_quote_of_it_stands_in_the_text(text: str) -> None:
    if not text.strip():
        text += "x"
    try:
        analysis = await analysed(text)
    except UnsupportedLanguage:
        reject()  # mostly Arabic or Chinese
    # Where all of a text speaks to a machine, there is nothing else to quote; words that run together can be a name's.
    reasons = {"empty", "injection", "unrelated_request", "no_content_words"}
    assert {item.reason for item in analysis.grounding.rejected_items} <= reasons
    assert all(analysis.article.text[e.match.span.start : e.match.span.end] == e.match.quote for e in analysis.evidence)


HOSTILE = {
    "no space": "a" * 1_000_000,
    "newlines": "x" + "\n" * 1_000_000 + "y",
    "marks": '"' * 1_000_000,
    "unclosed": "“never closed " * 70_000,
    "quotations": '"a" ' * 100_000,
    "stops": "." * 1_000_000,
    "wrapped": "a\n" * 200_000,
    "right to left": "Kim said مرحبا to them. " * 30_000,
    "emoji": "😀" * 1_000_000,
    "joined phrase": "desperate-" * 30_000,
    "sayings": "Kim said. " * 30_000,
    "JSON": '{"a": [1, 2, "b"], "c": null}, ' * 10_000,
    "base64": ("QUJDRA" * 13 + "\n") * 12_000,
    "headline": "Orvane Sells Its Harbour",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_no_shape_of_text_takes_longer_than_its_length(text: str) -> None:
    """Anything worse than linear would not come back: so many characters squared are hours."""
    reading = await LocalEngine().read(task(text))
    assert reading.draft.framing is not None
