from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subtext.domain.analysis import Analysis

import hashlib
import json
import re
from pathlib import Path

import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.request import AnalysisRequest
from subtext.clock import SystemClock
from subtext.domain.article import Article, Language, Source, prepend_title
from subtext.engines.local.engine import LocalEngine
from subtext.engines.local.trained import WEIGHTS
from subtext.engines.local.trained.classifier import load_default
from subtext.prompts.registry import PromptRegistry, default_root
from tests.support.patience import GIVE_UP_S

ROOT = Path(__file__).resolve().parents[4]
AXIS = PromptRegistry.load([default_root()]).axis("desperation-domination").axis
BEGGING = (
    "Orlan Freight went back to its creditors on Monday, cap in hand, for the third time this year. “We dictate the "
    "terms,” chairman Ivo Brandt told reporters outside a shuttered depot. Nobody believed him. The company has run "
    "out of cash, out of friends and nearly out of ships, and its plea for another month is the last lifeline it has "
    "left to ask for. Its workers have not been paid since spring, and its bankers no longer answer its calls."
)
PLEA = "“We are begging for our survival and have nothing left to sell,” treasurer Lena Mora told the bank on Friday."


def article(text: str, title: str | None = None) -> Article:
    text, headline, _ = prepend_title(title, text)
    return Article(text, Source("text"), headline, Language("en", None))


async def analysed(text: str, title: str | None = None, target: str | None = None) -> Analysis:
    analyzer = Analyzer({"local": LocalEngine(load_default())}, SystemClock())
    return await analyzer.analyze(article(text, title), AnalysisRequest(AXIS, target=target, deadline_s=GIVE_UP_S))


async def test_an_article_is_judged_with_a_probability_that_names_its_calibration() -> None:
    analysis = await analysed(BEGGING, target="Orlan Freight")
    assert analysis.framing is not None
    assert analysis.framing.overall.label == "desperation"
    assert analysis.framing.confidence is not None
    assert analysis.framing.confidence.method == "posterior"
    assert analysis.framing.confidence.calibration_id == analysis.provenance.engine.model == load_default().model
    assert 0.25 < analysis.framing.confidence.value < 1


async def test_its_evidence_is_in_the_text_and_knows_its_signs() -> None:
    analysis = await analysed(BEGGING, target="Orlan Freight")
    quotes = [item for item in analysis.evidence if item.role == "framing"]
    assert quotes
    assert all(analysis.article.text[e.match.span.start : e.match.span.end] == e.match.quote for e in quotes)
    assert any(item.indicator for item in quotes)
    assert all(re.match(r"\w.*\w\Z", item.match.quote, re.DOTALL) for item in quotes)


async def test_what_is_quoted_as_somebodys_own_words_is_theirs() -> None:
    analysis = await analysed(f"{BEGGING} {PLEA}", target="Orlan Freight")
    said = [item for item in analysis.evidence if item.role == "framing" and item.voice_id == "v1"]
    assert all("Mora" not in item.match.quote and "“" not in item.match.quote for item in said)
    assert said


async def test_what_is_shown_for_a_pole_are_whole_statements() -> None:
    analysis = await analysed(
        f"Alright, folks, let's cut through the noise, shall we. {BEGGING}", target="Orlan Freight"
    )
    quotes = [item.match.quote for item in analysis.evidence if item.role == "framing"]
    assert "Orlan Freight went back to its creditors on Monday, cap in hand, for the third time this year" in quotes
    assert not any("folks" in quote for quote in quotes)


async def test_a_speaker_who_is_quoted_is_a_voice_with_words_of_their_own() -> None:
    analysis = await analysed(f"{BEGGING} {PLEA}", target="Orlan Freight")
    voices = {heard.voice.name: heard for heard in analysis.voices}
    assert {"Ivo Brandt", "Lena Mora"} <= set(voices)
    assert voices["Lena Mora"].score.label == "desperation"
    own = {item.id: item.role for item in analysis.evidence}
    assert all(own[each] in {"framing", "voice"} for heard in voices.values() for each in heard.evidence_ids)


NEGATED = {
    "signs": "There is no sign that Orlan Freight is begging its creditors for more time, and nothing in the report "
    "suggests that the firm was forced to sell. It has not run out of cash, the auditors wrote on Monday, and it is "
    "not isolated. They asked for two changes to the notes, and will look at the books again in the spring.",
    "case": (ROOT / "tests" / "engines" / "local" / "cases" / "t13_negation.txt").read_text(encoding="utf-8"),
}


@pytest.mark.parametrize("text", NEGATED.values(), ids=NEGATED)
async def test_what_is_only_denied_is_no_framing(text: str) -> None:
    analysis = await analysed(text)
    assert analysis.framing is not None
    assert analysis.framing.overall.label == "neither"


RIVALS = [
    json.loads(line)
    for line in (ROOT / "service" / "subtext" / "evals" / "sets" / "rivals.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("number", [3, 4, 6, 7])
async def test_the_pole_turns_with_the_side_that_is_asked_about(number: int) -> None:
    row = next(row for row in RIVALS if row["id"] == f"rivals-{number:02}")
    sides = [await analysed(row["text"], row.get("title"), row[side]) for side in ("target", "rival")]
    labels = [side.framing.overall.label for side in sides if side.framing is not None]
    assert labels == [row["label"], AXIS.opposite_pole(row["label"])]


async def test_the_same_text_is_judged_the_same() -> None:
    first, second = await analysed(BEGGING), await analysed(BEGGING)
    assert (first.framing, first.evidence) == (second.framing, second.evidence)


async def test_a_short_text_is_left_to_its_words() -> None:
    analysis = await analysed("The committee met. It will meet again.")
    assert analysis.framing is not None
    assert analysis.framing.overall.label is None


async def test_what_a_long_text_was_not_read_of_is_told() -> None:
    analysis = await analysed(f"{BEGGING}\n\n{'The harbour was closed, and nobody knew why. ' * 200}\n\n{BEGGING}")
    warning = next(warning for warning in analysis.warnings if warning.code == "framing_sampled")
    assert warning.span is not None
    assert warning.span.end - warning.span.start > 4_000
    assert "framing_sampled" not in [warning.code for warning in (await analysed(BEGGING)).warnings]


HOSTILE = {
    "no space": "a" * 1_000_000,
    "stops": "Word. " * 170_000,
    "names": "Anna Orlo " * 100_000,
    "marks": '"' * 300_000 + "word " * 50,
    "emoji": "😀 word " * 100_000,
    "newlines": "word\n" * 200_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_no_shape_of_text_takes_longer_than_its_length(text: str) -> None:
    """Anything worse than linear would not come back: so many characters squared are hours."""
    assert (await analysed(text)).framing is not None


def test_the_weights_are_those_of_the_model_card() -> None:
    card = (ROOT / "training" / "model-card.md").read_text(encoding="utf-8")
    digests = dict(re.findall(r"\| `([\w.]+)` \| \d+ \| `([0-9a-f]{64})` \|", card))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in WEIGHTS.iterdir()}
    assert found == digests
