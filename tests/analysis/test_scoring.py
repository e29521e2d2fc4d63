from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.scoring import (
    STRENGTH_WEIGHTS,
    abstain,
    confidence,
    decisive_score,
    margin_confidence,
    score,
    score_framing,
    score_voices,
)
from subtext.domain.draft import DraftFraming
from subtext.domain.evidence import Voice
from subtext.domain.framing import Confidence, FramingScore
from tests.support.builders import AXIS, build_evidence

if TYPE_CHECKING:
    from subtext.domain.evidence import Evidence, Strength

WEAK: Strength = "weak"
MODERATE: Strength = "moderate"
STRONG: Strength = "strong"
DESPERATION, DOMINATION = AXIS.poles


@dataclass(frozen=True)
class Weighed:
    id: str
    evidence: tuple[Evidence, ...]
    label: str
    score: float
    intensity: float


@pytest.mark.parametrize(
    "case",
    [
        Weighed("nothing", (), "neither", 0.0, 0.0),
        Weighed("a lone weak sign", (build_evidence(DESPERATION, WEAK),), "neither", -0.2, 0.2),
        Weighed("a lone moderate sign", (build_evidence(DOMINATION, MODERATE),), "domination", 0.3333, 0.3333),
        Weighed("two weak signs", (build_evidence(DESPERATION, WEAK),) * 2, "desperation", -0.3333, 0.3333),
        Weighed("one against one", (build_evidence(DESPERATION), build_evidence(DOMINATION)), "mixed", 0.0, 0.6667),
        Weighed(
            "weak against weak",
            (build_evidence(DESPERATION, WEAK), build_evidence(DOMINATION, WEAK)),
            "neither",
            0.0,
            0.3333,
        ),
        Weighed(
            "the border is the pole’s",
            (build_evidence(DESPERATION),) * 2 + (build_evidence(DOMINATION),),
            "desperation",
            -0.25,
            0.75,
        ),
        Weighed("support does not count", (build_evidence(None), build_evidence(DOMINATION)), "domination", 0.5, 0.5),
    ],
    ids=lambda case: case.id,
)
def test_a_lean_can_be_redone_by_hand(case: Weighed) -> None:
    found = score(case.evidence, AXIS)

    assert found.label == case.label
    assert (found.score, found.intensity) == (case.score, case.intensity)


def test_mixed_needs_about_a_third_of_the_evidence_on_the_weaker_side() -> None:
    much = [build_evidence(DESPERATION, STRONG)] * 6
    assert score([*much, *[build_evidence(DOMINATION, STRONG)] * 4], AXIS).label == "mixed"
    assert score([*much, *[build_evidence(DOMINATION, STRONG)] * 2], AXIS).label == DESPERATION


def test_scores_of_the_poles_are_independent() -> None:
    found = score([build_evidence(DESPERATION), build_evidence(DOMINATION, WEAK)], AXIS)

    assert found.scores == {DESPERATION: 0.5, DOMINATION: 0.2}


def test_the_author_decides_where_the_author_frames_at_all() -> None:
    evidence = [build_evidence(DESPERATION, MODERATE), *[build_evidence(DOMINATION, voice="v1")] * 3]

    framing = score_framing(evidence, AXIS)

    assert framing.overall == framing.author == score(evidence[:1], AXIS)
    assert framing.attributed == score(evidence[1:], AXIS)
    assert framing.divergence == "author_vs_quotes"


def test_attributed_voices_decide_where_the_author_only_reports() -> None:
    evidence = [build_evidence(DESPERATION, voice="v1"), build_evidence(DESPERATION, MODERATE, polarity="reports")]

    framing = score_framing(evidence, AXIS)

    assert framing.author.label == "neither"
    assert framing.overall == framing.attributed == score(evidence, AXIS)
    assert framing.divergence == "none"


def test_a_headline_against_its_body_is_told() -> None:
    evidence = [build_evidence(DOMINATION, segment="headline"), *[build_evidence(DESPERATION)] * 3]

    framing = score_framing(evidence, AXIS)

    assert framing.headline.label == DOMINATION
    assert framing.overall.label == DESPERATION
    assert framing.divergence == "headline_vs_body"


def test_indicators_are_counted_by_pole_the_most_frequent_first() -> None:
    evidence = [
        build_evidence(DESPERATION, indicator="lifeline", number=1),
        build_evidence(DOMINATION, indicator="control", number=2),
        build_evidence(DESPERATION, indicator="lifeline", number=3),
        build_evidence(DESPERATION, number=4),
    ]

    found = score_framing(evidence, AXIS).indicators

    assert [(item.code, item.pole, item.count, item.evidence_ids) for item in found] == [
        ("lifeline", DESPERATION, 2, ("e1", "e3")),
        ("control", DOMINATION, 1, ("e2",)),
    ]


def test_each_voice_stands_on_its_own_evidence() -> None:
    voices = [Voice("author", "author"), Voice("v1", "attributed", "Ivo Brandt")]
    evidence = [
        build_evidence(DESPERATION, number=1),
        build_evidence(DOMINATION, voice="v1", number=2),
        build_evidence(None, number=3),
    ]

    author, other = score_voices(voices, evidence, AXIS)

    assert (author.score.label, author.evidence_ids) == (DESPERATION, ("e1",))
    assert (other.score.label, other.evidence_ids) == (DOMINATION, ("e2",))


def test_a_quote_for_its_voice_only_labels_the_voice_and_not_the_article() -> None:
    voices = [Voice("author", "author"), Voice("v1", "attributed", "Ivo Brandt")]
    own = replace(build_evidence(DOMINATION, voice="v1", number=2), role="voice")

    _, other = score_voices(voices, [own], AXIS)
    framing = score_framing([own], AXIS, claimed=DOMINATION)

    assert (other.score.label, other.evidence_ids) == (DOMINATION, ("e2",))
    assert (framing.overall.label, framing.attributed.label, framing.indicators) == ("neither", "neither", ())


def test_without_a_label_the_figures_stay() -> None:
    framing = score_framing([build_evidence(DESPERATION)], AXIS)

    withheld = abstain(framing)

    assert withheld.overall == replace(framing.overall, label=None)
    assert (withheld.confidence.value, withheld.confidence.method) == (0.0, "abstained")


def _lean(label: str, score: float, intensity: float) -> FramingScore:
    return FramingScore(label, {}, score, intensity)


@dataclass(frozen=True)
class Sure:
    id: str
    verdict: FramingScore
    claimed: str
    stated: float
    expected: float


@pytest.mark.parametrize(
    "case",
    [
        Sure("at a pole's border", _lean(DESPERATION, -0.25, 0.5), DESPERATION, 0.5, 0.5),
        Sure("far inside a pole", _lean(DOMINATION, 0.8, 0.9), DOMINATION, 0.9, 0.99),
        Sure("the middle of mixed", _lean("mixed", 0.0, 0.8), "mixed", 0.8, 0.97),
        Sure("a label that the sums do not give", _lean("mixed", 0.4, 0.8), "mixed", 0.65, 0.65),
        Sure("an engine without a doubt", _lean(DOMINATION, 0.8, 0.9), DOMINATION, 1.0, 0.99),
        Sure("an engine without a doubt, at a border", _lean(DOMINATION, 0.25, 0.9), DOMINATION, 1.0, 0.99),
        Sure("an engine that gives its label no chance", _lean(DOMINATION, 0.8, 0.9), DOMINATION, 0.0, 0.0),
        Sure("nothing at all", _lean("neither", 0.0, 0.0), "neither", 0.5, 0.9),
        Sure("at the border of neither", _lean("neither", 0.0, 0.5), "neither", 0.5, 0.5),
        Sure("the engine says otherwise", _lean(DOMINATION, 0.8, 0.9), DESPERATION, 0.8, 0.56),
    ],
    ids=lambda case: case.id,
)
def test_engine_and_evidence_are_two_opinions_that_are_combined(case: Sure) -> None:
    found = margin_confidence(case.verdict, AXIS, claimed=case.claimed, stated=case.stated)

    assert found.value == case.expected
    assert found.method == "evidence_margin"
    assert found.calibration_id is None


def test_an_engine_that_was_cut_off_before_its_label_leaves_the_evidence_alone_to_judge() -> None:
    verdict = score([build_evidence(DESPERATION, "strong")], AXIS)

    assert margin_confidence(verdict, AXIS, claimed=None, stated=0.0).value == 0.49


def test_an_engine_that_gives_no_figure_leaves_the_evidence_alone_to_judge() -> None:
    verdict = score([build_evidence(DESPERATION, "strong")], AXIS)

    assert margin_confidence(verdict, AXIS, claimed=DESPERATION, stated=None) == Confidence(0.49, "evidence_margin")
    assert margin_confidence(verdict, AXIS, claimed=DESPERATION, stated=None, agreement=0.8).value == 0.9


def test_the_agreement_of_samples_stands_for_what_an_engine_says_of_itself() -> None:
    verdict = score([build_evidence(DESPERATION, "strong")], AXIS)

    found = margin_confidence(verdict, AXIS, claimed=DESPERATION, stated=0.1, agreement=0.8)

    assert found.value == 0.9
    assert found.method == "agreement"


@dataclass(frozen=True)
class Claimed:
    id: str
    label: str
    evidence: tuple[Evidence, ...]
    stands: bool


def masses(desperation: int, domination: int, voice: str = "author") -> tuple[Evidence, ...]:
    """Evidence of these masses, made of moderate claims (2) and hints (1)."""
    return tuple(
        build_evidence(pole, strength, voice=voice)
        for pole, mass in ((DESPERATION, desperation), (DOMINATION, domination))
        for strength in [MODERATE] * (mass // 2) + [WEAK] * (mass % 2)
    )


@pytest.mark.parametrize(
    "case",
    [
        Claimed("a pole without a quote of its own", DOMINATION, masses(2, 0), stands=False),
        Claimed("a pole without any quote", DOMINATION, (), stands=False),
        Claimed("a pole on a lone hint", DOMINATION, masses(0, 1), stands=True),
        Claimed("a pole with half of the other's mass", DOMINATION, masses(6, 3), stands=True),
        Claimed("a pole with less than half of it", DOMINATION, masses(7, 3), stands=False),
        Claimed(
            "a pole of quoted voices beside an author's hints", DESPERATION, masses(0, 2) + masses(4, 0, "v1"), True
        ),
        Claimed("the author's pole under quoted voices", DESPERATION, masses(2, 0) + masses(0, 12, "v1"), stands=True),
        Claimed("mixed with a quarter on the weaker side", "mixed", masses(6, 2), stands=True),
        Claimed("mixed with less than a quarter", "mixed", masses(7, 2), stands=False),
        Claimed("mixed with one pole alone", "mixed", masses(4, 0), stands=False),
        Claimed("mixed without evidence", "mixed", (), stands=False),
        Claimed("neither without evidence", "neither", (), stands=True),
        Claimed("neither with hints", "neither", masses(1, 1), stands=True),
        Claimed("neither with hints of one pole", "neither", (build_evidence(DOMINATION, WEAK),) * 2, stands=True),
        Claimed("neither with a moderate claim", "neither", masses(2, 0), stands=False),
        Claimed("a label that the axis does not have", "victory", masses(2, 2), stands=False),
    ],
    ids=lambda case: case.id,
)
def test_the_engine_s_label_stands_if_the_evidence_supports_it(case: Claimed) -> None:
    framing = score_framing(case.evidence, AXIS, claimed=case.label)

    summed = decisive_score(case.evidence, AXIS)
    assert framing.label_source == ("engine" if case.stands else "evidence")
    assert framing.overall == replace(summed, label=case.label if case.stands else summed.label)


PIECES = st.lists(
    st.builds(
        build_evidence,
        st.sampled_from([DESPERATION, DOMINATION]),
        st.sampled_from(sorted(STRENGTH_WEIGHTS)),
        voice=st.sampled_from(["author", "v1"]),
        segment=st.sampled_from(["headline", "body"]),
        polarity=st.sampled_from(["asserts", "denies", "reports"]),
    ),
    max_size=12,
)


def _turned(item: Evidence) -> Evidence:
    return replace(item, pole=AXIS.opposite_pole(item.pole or ""))


@given(PIECES)
def test_turning_every_pole_turns_the_verdict(evidence: list[Evidence]) -> None:
    found, turned = score_framing(evidence, AXIS), score_framing([_turned(item) for item in evidence], AXIS)

    opposite = {DESPERATION: DOMINATION, DOMINATION: DESPERATION}
    assert turned.overall.score == -found.overall.score
    assert turned.overall.label == opposite.get(found.overall.label or "", found.overall.label)
    assert turned.divergence == found.divergence


@given(PIECES, st.sampled_from(AXIS.poles))
def test_no_pole_stands_without_a_quote_of_its_own(evidence: list[Evidence], claimed: str) -> None:
    framing = score_framing(evidence, AXIS, claimed=claimed)

    if framing.overall.label in AXIS.poles:
        assert any(item.pole == framing.overall.label for item in evidence)


@given(PIECES, st.sampled_from(sorted(STRENGTH_WEIGHTS)))
def test_more_evidence_for_a_pole_never_moves_away_from_it(evidence: list[Evidence], strength: Strength) -> None:
    before = score(evidence, AXIS)
    after = score([*evidence, build_evidence(DOMINATION, strength)], AXIS)

    assert after.score >= before.score
    assert after.intensity > before.intensity
    assert after.scores[DOMINATION] > before.scores[DOMINATION]


@given(PIECES)
def test_figures_stay_in_their_ranges(evidence: list[Evidence]) -> None:
    found = decisive_score(evidence, AXIS)

    assert -1 < found.score < 1
    assert 0 <= found.intensity < 1
    assert abs(found.score) <= found.intensity
    assert found.label in AXIS.labels


@dataclass(frozen=True)
class Worked:
    """A worked example of the codebook, with what a right draft says of it."""

    id: str
    evidence: tuple[Evidence, ...]
    label: str


@pytest.mark.parametrize(
    "case",
    [
        Worked("claimed strength rejected", (build_evidence(DESPERATION, polarity="denies"),), DESPERATION),
        Worked("others depend on its will", (build_evidence(DOMINATION),), DOMINATION),
        Worked(
            "both poles from the author",
            (build_evidence(DOMINATION, MODERATE), build_evidence(DESPERATION, MODERATE)),
            "mixed",
        ),
        Worked("procedure", (), "neither"),
        Worked("an attributed voice alone", (build_evidence(DESPERATION, voice="v1"),), DESPERATION),
        Worked(
            "a quoted claim undercut",
            (build_evidence(DOMINATION, voice="v1"), build_evidence(DESPERATION)),
            DESPERATION,
        ),
        Worked(
            "negated, then control",
            (build_evidence(DOMINATION, polarity="denies"), build_evidence(DOMINATION)),
            DOMINATION,
        ),
    ],
    ids=lambda case: case.id,
)
def test_the_worked_examples_are_decided_right(case: Worked) -> None:
    assert score_framing(case.evidence, AXIS).overall.label == case.label


@dataclass(frozen=True)
class Stated:
    name: str
    draft: DraftFraming
    expected: Confidence


def drafted(label: str, calibration: str | None) -> DraftFraming:
    return DraftFraming(label, 0.81, "", (), calibration=calibration)


SURE = Confidence(0.81, "posterior", "net-1")
STATED = (
    Stated("a probability for the label that the evidence bears", drafted(DESPERATION, "net-1"), SURE),
    Stated("for another label", drafted(DOMINATION, "net-1"), Confidence(0.4, "evidence_margin")),
    Stated("a figure that is no probability", drafted(DESPERATION, None), Confidence(0.85, "evidence_margin")),
)


@pytest.mark.parametrize("case", STATED, ids=lambda case: case.name)
def test_a_probability_counts_for_its_own_label_only(case: Stated) -> None:
    verdict = score([build_evidence(DESPERATION, "moderate")], AXIS)
    assert confidence(verdict, AXIS, case.draft) == case.expected
