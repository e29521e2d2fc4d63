from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.calibration import CalibrationMap, calibrate
from subtext.analysis.request import AnalysisRequest
from subtext.domain.analysis import EngineUsed, PromptUsed, Provenance, Usage
from subtext.domain.draft import Draft
from subtext.domain.framing import Confidence
from tests.support.builders import AXIS, article, claim, framing
from tests.support.fakes import FakeClock, ScriptedEngine

SHA = "cd" * 32
MAP = CalibrationMap(
    "cal-1", "llm", "reader-1", "reader-1-0301", AXIS.sha256, SHA, ((0.2, 0.1), (0.6, 0.5), (1.0, 0.9))
)
PROVENANCE = Provenance(EngineUsed("llm", "reader-1", "reader-1-0301"), PromptUsed("analysis", 2, SHA), Usage())


@pytest.mark.parametrize(
    ("confidence", "probability"),
    [(0.0, 0.1), (0.2, 0.1), (0.4, 0.3), (0.6, 0.5), (0.7, 0.6), (1.0, 0.9)],
)
def test_between_points_the_map_is_a_straight_line_and_outside_it_is_level(
    confidence: float, probability: float
) -> None:
    assert MAP.probability(confidence) == pytest.approx(probability)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_confidence_never_gives_a_lower_probability(first: float, second: float) -> None:
    low, high = sorted((first, second))

    assert MAP.probability(low) <= MAP.probability(high)


def test_a_calibrated_confidence_names_its_map() -> None:
    found = calibrate(Confidence(0.7, "evidence_margin"), (MAP,), PROVENANCE, AXIS)

    assert found == Confidence(0.6, "calibrated", "cal-1")


@dataclass(frozen=True)
class Other:
    id: str
    provenance: Provenance = PROVENANCE
    axis_sha256: str = AXIS.sha256
    method: str = "evidence_margin"


@pytest.mark.parametrize(
    "case",
    [
        Other("another model", replace(PROVENANCE, engine=EngineUsed("llm", "reader-2", "reader-1-0301"))),
        Other("another release behind the name", replace(PROVENANCE, engine=EngineUsed("llm", "reader-1", "r-0401"))),
        Other("the embedded engine", replace(PROVENANCE, engine=EngineUsed("local", "reader-1", "reader-1-0301"))),
        Other("another prompt", replace(PROVENANCE, prompt=PromptUsed("analysis", 3, "ef" * 32))),
        Other("no prompt", replace(PROVENANCE, prompt=None)),
        Other("another axis", axis_sha256="00" * 32),
        Other("the agreement of samples", method="agreement"),
    ],
    ids=lambda case: case.id,
)
def test_a_map_is_applied_to_nothing_but_what_it_was_fitted_on(case: Other) -> None:
    confidence = Confidence(0.7, case.method)

    assert calibrate(confidence, (MAP,), case.provenance, replace(AXIS, sha256=case.axis_sha256)) == confidence


async def test_an_analysis_gets_the_calibrated_confidence() -> None:
    engine = ScriptedEngine(Draft("Orlan Freight", None, framing(claim("cap in hand"))))
    plain = (await Analyzer({"a": engine}, FakeClock()).analyze(article(), AnalysisRequest(AXIS))).framing
    used = engine.info
    fitted = replace(MAP, engine=used.kind, model=used.model, model_reported=None, prompt_sha256=None)
    assert plain is not None

    found = (await Analyzer({"a": engine}, FakeClock(), (fitted,)).analyze(article(), AnalysisRequest(AXIS))).framing

    assert found is not None
    assert found.confidence == Confidence(round(MAP.probability(plain.confidence.value), 2), "calibrated", "cal-1")
    assert found.overall == plain.overall
