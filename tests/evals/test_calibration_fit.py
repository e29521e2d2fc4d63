from __future__ import annotations

import random
from itertools import pairwise

import pytest

from subtext.errors import RequestInvalid
from subtext.evals.calibration_fit import ANSWERS_MIN, fit_calibration
from subtext.evals.label_metrics import expected_calibration_error, reliability

Answers = list[tuple[float, bool]]


def sampled(count: int, shift: float, seed: int = 1) -> Answers:
    """Answers of an engine that is right `shift` more often than it says."""
    draw = random.Random(seed)  # noqa: S311 - a sample, no secret
    return [
        (confidence, draw.random() < min(0.98, confidence + shift))
        for confidence in (draw.uniform(0.4, 0.8) for _ in range(count))
    ]


@pytest.mark.parametrize("shift", [0.2, -0.3], ids=["too modest", "too sure"])
def test_a_map_takes_away_most_of_what_confidence_is_off_by(shift: float) -> None:
    fit = fit_calibration(sampled(400, shift))

    others = sampled(2_000, shift, seed=2)
    values = dict(fit.points)
    mapped = [(values[round(confidence, 2)], right) for confidence, right in others]
    assert fit.ece_before > 0.15
    assert fit.ece < 0.08
    assert expected_calibration_error(reliability(mapped)) < 0.08


@pytest.mark.parametrize("seed", range(5))
def test_a_map_never_falls(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - a sample, no secret
    noise = [(draw.random(), draw.random() < 0.5) for _ in range(60)]

    points = fit_calibration(noise).points

    assert all(x1 < x2 and y1 <= y2 for (x1, y1), (x2, y2) in pairwise(points))
    assert all(0 < y < 1 for _, y in points)


def test_an_engine_that_is_right_when_it_is_unsure_gets_no_falling_map() -> None:
    backwards = [(0.9 - 0.8 * (number % 2), bool(number % 2)) for number in range(60)]

    points = fit_calibration(backwards).points

    assert {round(y, 2) for _, y in points} == {0.5}


def test_fitting_twice_gives_the_same_map() -> None:
    answers = sampled(100, 0.1)

    assert fit_calibration(answers) == fit_calibration(list(answers))


@pytest.mark.parametrize(
    "answers",
    [sampled(ANSWERS_MIN - 1, 0.1), [(0.8, True)] * 60, [(0.8, False)] * 60, []],
    ids=["too few", "all right", "all wrong", "none"],
)
def test_too_little_to_fit_is_said(answers: Answers) -> None:
    with pytest.raises(RequestInvalid, match=f"a calibration needs at least {ANSWERS_MIN} answers with a label"):
        fit_calibration(answers)


def test_one_wrong_answer_alone_says_nothing() -> None:
    with pytest.raises(RequestInvalid, match="at least two right and two wrong answers"):
        fit_calibration([(0.8, True)] * 59 + [(0.8, False)])
