from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from subtext.cli.terminal import console
from subtext.cli.text_report import print_analysis
from subtext.domain.article import AnalysisWarning
from subtext.domain.draft import DraftEvidence, DraftSentence, DraftSummary
from subtext.domain.framing import Confidence
from subtext.schemas.analysis import AnalysisView
from tests.support.analyses import EVIDENCE, SUMMARY, build_analysis, build_article
from tests.support.builders import BODY, TITLE

if TYPE_CHECKING:
    from subtext.analysis.ports import AnalysisPart
    from subtext.domain.analysis import Analysis

ATTACKS = ("\x1b[2J\x1b[H", "\x9b31m", "\x1b]0;pwned\x07", "\rsubtext: fine", "\x08\x08", "\u202eevil")


def shown(analysis: Analysis) -> str:
    out = console()
    out.file = io.StringIO()
    print_analysis(AnalysisView.of(analysis), out)
    return out.file.getvalue()


def test_a_person_sees_the_verdict_and_its_reasons() -> None:
    analysis = build_analysis()

    text = shown(analysis)

    for part in (
        TITLE,
        "DESPERATION  confidence",
        "target: Orlan Freight (inferred)",
        "▼ desperation",
        "domination ▲",
        "quotes ▼ 2 by the author, 0 by others",
        "       ▲ 0 by the author, 1 by others",
        "! the author and the voices that are quoted frame it differently",
        "“cap in hand”",
        "Ivo Brandt",
        "supported: s1",
        "unsupported: no evidence",
        "“words that nobody wrote”",
        "engine llm (scripted)",
        "prompt analysis@1",
        analysis.article.sha256,
    ):
        assert part in text, part
    place = analysis.evidence[0].match.span
    assert f"{place.start}–{place.end} · the author · strong" in text


def test_the_headline_of_the_summary_is_shown_if_it_is_not_the_title() -> None:
    own, same = (DraftSummary(headline, SUMMARY.sentences) for headline in ("Orlan asks again", TITLE))

    assert "Orlan asks again" in shown(build_analysis(summary=own))
    assert shown(build_analysis(evidence=(), summary=same, label="neither")).count(TITLE) == 1


@pytest.mark.parametrize(
    ("calibration", "words"), [(None, "(uncalibrated estimate)"), ("our-own-1", "(calibrated probability)")]
)
def test_the_confidence_says_what_it_is(calibration: str | None, words: str) -> None:
    analysis = build_analysis()
    assert analysis.framing is not None
    confidence = Confidence(0.8, "posterior", calibration)

    text = shown(replace(analysis, framing=replace(analysis.framing, confidence=confidence)))

    assert f"confidence 0.80 {words}" in text


def test_warnings_are_shown() -> None:
    assert "! paywall_suspected  only the start" in shown(
        build_analysis(warnings=(AnalysisWarning("paywall_suspected", "only the start"),))
    )


def test_no_label_is_said_aloud() -> None:
    text = shown(build_analysis(evidence=(DraftEvidence("nobody wrote this", None, "domination", "strong"),)))

    assert "NO LABEL" in text
    assert "◆" not in text


@pytest.mark.parametrize("part", ["summary", "framing"])
def test_a_part_alone_is_shown_alone(part: AnalysisPart) -> None:
    text = shown(build_analysis(parts=frozenset({part})))

    assert ("Summary" in text) == (part == "summary")
    assert ("Voices" in text) == (part == "framing")


def test_mixed_does_not_look_like_neither() -> None:
    mixed = (
        DraftEvidence("cap in hand", None, "desperation", "strong"),
        DraftEvidence("everybody at the table knew it", None, "domination", "strong"),
    )

    assert shown(build_analysis(evidence=mixed, label="mixed")).count("█") > 0
    assert shown(build_analysis(evidence=(), label="neither")).count("█") == 0


def test_a_quote_for_its_voice_only_stands_behind_the_others_and_says_so() -> None:
    own = DraftEvidence("cap in hand", "Ivo Brandt", "desperation", "strong", role="voice")
    text = shown(
        build_analysis(
            evidence=(own, DraftEvidence("everybody at the table knew it", None, "domination", "strong")),
            label="domination",
        )
    )

    assert 0 < text.index("everybody at the table") < text.index("“cap in hand”") < text.index("for this voice only")
    assert "▼ 0 by the author, 0 by others, 1 for its voice only" in text


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_nothing_from_outside_reaches_the_terminal_as_a_command(attack: str) -> None:
    word = f"bad{attack}word"
    article = build_article(
        f"{BODY} “{word}” said {word}.", f"{TITLE} {word}", byline=word, site=word, published_at=word
    )
    evidence = (
        *EVIDENCE,
        DraftEvidence(word, word, "domination", "strong", indicator=word),
        DraftEvidence(f"no {word}", None, "domination", "weak"),
    )
    summary = DraftSummary(word, (*SUMMARY.sentences, DraftSentence(word, ())))

    text = shown(
        build_analysis(
            article,
            evidence,
            rationale=word,
            summary=summary,
            target=word,
            warnings=(AnalysisWarning(word, word),),
            model=word,
        )
    )

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert not [line for line in text.splitlines() if line.startswith("subtext:")]


@dataclass(frozen=True)
class Colours:
    id: str
    environment: dict[str, str]
    styled: bool
    coloured: bool


@pytest.mark.parametrize(
    "case",
    [
        Colours("not a terminal", {}, styled=False, coloured=False),
        Colours("forced", {"FORCE_COLOR": "1"}, styled=True, coloured=True),
        Colours("forced, but none wanted", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, styled=True, coloured=False),
        Colours("forced on a dumb terminal", {"FORCE_COLOR": "1", "TERM": "dumb"}, styled=False, coloured=False),
    ],
    ids=lambda case: case.id,
)
def test_colours_are_there_only_where_they_are_wanted(case: Colours, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)

    text = shown(build_analysis())

    assert ("\x1b[" in text) == case.styled
    assert bool(re.search(r"\x1b\[(?:\d+;)*3[0-7]", text)) == case.coloured
