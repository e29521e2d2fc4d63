"""Fit a calibration: a monotone map from confidence to probability, chosen by cross-validation.

Two maps are tried: Platt's sigmoid over the log-odds of the confidence (Platt 1999), and isotonic regression (Zadrozny
and Elkan 2002, doi 10.1145/775047.775151). The one with the lower held-out log loss is fitted on all answers. Both come
from scikit-learn (the extra `eval`); applying a map needs no library.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from subtext.analysis.calibration import interpolate
from subtext.engines.calibration_file import CalibrationEntry
from subtext.errors import RequestInvalid
from subtext.evals import label_metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from subtext.analysis.calibration import Points
    from subtext.domain.analysis import EngineKind
    from subtext.evals.label_metrics import ScoredAnswer
    from subtext.evals.report import Report

    # Fits a map to training answers.
    Fitter = Callable[[Sequence[ScoredAnswer]], Points]

Method = Literal["platt", "isotonic"]
# With fewer answers the map would mostly fit noise.
ANSWERS_MIN = 30
FOLDS, REPEATS = 5, 10
# Log-odds need probabilities strictly between 0 and 1.
_EDGE = 0.01
_GRID = tuple(step / 100 for step in range(101))
_EXTRA_MISSING = "a calibration needs the extra `eval`: pip install 'subtext[eval]'"


@dataclass(frozen=True, slots=True)
class CalibrationFit:
    """Fitted map; `ece_before` and `ece` (cross-validated) are expected calibration errors over ten bins."""

    method: Method
    points: Points
    ece_before: float
    ece: float


def fit_calibration(answers: Sequence[ScoredAnswer]) -> CalibrationFit:
    """Fit a map; raises `RequestInvalid` if there are too few answers, or only right or only wrong ones."""
    right = sum(is_right for _, is_right in answers)
    if len(answers) < ANSWERS_MIN or min(right, len(answers) - right) == 0:
        raise RequestInvalid(
            f"a calibration needs at least {ANSWERS_MIN} answers with a label, both right and wrong ones: there are "
            f"{len(answers)}, {right} of them right: measure on a larger set"
        )
    fitters: dict[Method, Fitter] = {"platt": _fit_platt, "isotonic": _fit_isotonic}
    predictions = {method: _cross_validate(answers, fitter) for method, fitter in fitters.items()}
    method = min(predictions, key=lambda candidate: _log_loss(predictions[candidate]))
    return CalibrationFit(
        method,
        fitters[method](answers),
        ece_before=_ece(answers),
        ece=sum(map(_ece, predictions[method])) / REPEATS,
    )


def build_entry(report: Report) -> CalibrationEntry:
    """Build the calibration file's entry for a report; raises `RequestInvalid` as `fit_calibration` does."""
    answers = [(answer.confidence, answer.is_right) for answer in report.answers if answer.predicted is not None]
    fit = fit_calibration(answers)
    subject = report.subject
    if subject is None:
        raise RequestInvalid("no article was answered, so there is nothing to calibrate")
    return CalibrationEntry(
        engine=cast("EngineKind", subject.engine),
        model=subject.model_asked or subject.model,
        model_reported=subject.model_reported,
        axis=subject.axis,
        axis_sha256=subject.axis_sha256,
        prompt=subject.prompt,
        prompt_sha256=subject.prompt_sha256,
        method=fit.method,
        answers=len(answers),
        right=sum(is_right for _, is_right in answers),
        ece_before=round(fit.ece_before, 4),
        ece=round(fit.ece, 4),
        fitted_at=report.made_at,
        points=tuple((x, round(y, 4)) for x, y in fit.points),
    )


def _cross_validate(answers: Sequence[ScoredAnswer], fitter: Fitter) -> list[list[ScoredAnswer]]:
    """Return, for each repeat, every answer with the probability of a map fitted without it."""
    try:
        from sklearn.model_selection import StratifiedKFold  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise RequestInvalid(_EXTRA_MISSING) from error
    rights = [is_right for _, is_right in answers]
    folds = min(FOLDS, sum(rights), len(rights) - sum(rights))
    if folds < 2:  # noqa: PLR2004 - one fold to fit on and one to test on
        raise RequestInvalid("a calibration needs at least two right and two wrong answers: measure on a larger set")
    repeats: list[list[ScoredAnswer]] = []
    for seed in range(REPEATS):
        parts = StratifiedKFold(folds, shuffle=True, random_state=seed).split(rights, rights)
        repeats.append(
            [
                pair
                for train_indices, test_indices in parts
                for pair in _predict_held_out(answers, fitter, train_indices, test_indices)
            ]
        )
    return repeats


def _predict_held_out(
    answers: Sequence[ScoredAnswer], fitter: Fitter, train_indices: Sequence[int], test_indices: Sequence[int]
) -> list[ScoredAnswer]:
    points = fitter([answers[number] for number in train_indices])
    return [(interpolate(points, answers[number][0]), answers[number][1]) for number in test_indices]


def _fit_platt(answers: Sequence[ScoredAnswer]) -> Points:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - an extra

    model = LogisticRegression().fit([[_log_odds(value)] for value, _ in answers], [right for _, right in answers])
    # A falling map would mean that lower confidence is right more often: then the confidence is uninformative.
    slope = max(float(model.coef_[0][0]), 0.0)
    intercept = float(model.intercept_[0]) if slope else _log_odds(sum(right for _, right in answers) / len(answers))
    return tuple((value, _clip(1 / (1 + math.exp(-(intercept + slope * _log_odds(value)))))) for value in _GRID)


def _fit_isotonic(answers: Sequence[ScoredAnswer]) -> Points:
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 - an extra

    model = IsotonicRegression(y_min=_EDGE, y_max=1 - _EDGE, out_of_bounds="clip")
    model.fit([value for value, _ in answers], [float(right) for _, right in answers])
    return tuple(zip(_GRID, map(float, model.predict(_GRID)), strict=True))


def _log_loss(repeats: Sequence[Sequence[ScoredAnswer]]) -> float:
    return -sum(math.log(_clip(p if right else 1 - p)) for answers in repeats for p, right in answers)


def _ece(answers: Sequence[ScoredAnswer]) -> float:
    return label_metrics.expected_calibration_error(label_metrics.reliability(answers))


def _log_odds(value: float) -> float:
    value = _clip(value)
    return math.log(value / (1 - value))


def _clip(value: float) -> float:
    return min(max(value, _EDGE), 1 - _EDGE)
