"""Calibrating: the posterior, fitted on articles that the net which judged them had not seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from subtext.engines.local.trained.classifier import voice_shares
from subtext.engines.local.trained.contrast import has_other_side
from subtext.engines.local.trained.denials import discount_denials
from subtext.engines.local.trained.evidence_ranker import ranking_features
from subtext.engines.local.trained.label_model import LABELS, features, lexicon_features

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline
    from tokenizers import Tokenizer

    from subtext.engines.local.trained.encoder import ModelOutputs
    from training.labeled_articles import Sample

    Floats = NDArray[np.float64]

# Articles without framing are half of the training set and fewer where the product is asked: they count less.
_LABEL_WEIGHTS = {"desperation": 1.0, "domination": 1.0, "mixed": 1.3, "neither": 0.55}
_STRENGTH, _RANKING_STRENGTH, _REPEATS, _FOLDS = 0.03, 0.1, 5, 5


def article_features(sample: Sample, found: ModelOutputs) -> Floats:
    """Return the posterior's features of an article."""
    scene = sample.scene
    found = discount_denials(found, sample.pieces, sample.said, scene.axis)
    others, titles = voice_shares(sample.pieces, scene.voices)
    return features(found, others, titles, lexicon_features(sample.said, scene.words, scene.headline_end, scene.axis))


def calibrate(samples: Sequence[Sample], found: Sequence[ModelOutputs], counts: Sequence[float], path: Path) -> Floats:
    """Write the regression, and the temperature at which held-out probabilities are the likeliest; return these."""
    values = np.array([article_features(sample, one) for sample, one in zip(samples, found, strict=True)])
    return _calibrate(samples, values, None, counts, path)


def calibrate_short(
    passages: Sequence[Sample],
    found: Sequence[ModelOutputs],
    exchanged: Sequence[ModelOutputs],
    tokenizer: Tokenizer,
    path: Path,
) -> None:
    """Write the regression for short texts; `exchanged` are the outputs with all other names in the target's place."""
    values, others = (
        np.array([article_features(sample, one) for sample, one in zip(passages, outputs, strict=True)])
        for outputs in (found, exchanged)
    )
    others[[not has_other_side(passage.pieces, tokenizer) for passage in passages]] = np.nan
    _calibrate(passages, values, others, (1.0,) * len(LABELS), path)


def _calibrate(
    samples: Sequence[Sample], values: Floats, others: Floats | None, counts: Sequence[float], path: Path
) -> Floats:
    labels = np.array([sample.row["label"] for sample in samples])
    weights = np.array([_LABEL_WEIGHTS[label] for label in labels])
    logits = np.zeros((len(labels), len(LABELS)))
    for seed in range(_REPEATS):
        folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
        for seen, unseen in folds.split(values, labels, [sample.id for sample in samples]):
            model = _fit_regression(values[seen], labels[seen], weights[seen])
            logits[unseen] += _predict(model, values[unseen], None if others is None else others[unseen]) / _REPEATS
    right = np.array([LABELS.index(label) for label in labels])
    model = _fit_regression(values, labels, weights)
    scaler, regression = model.steps[0][1], model.steps[1][1]
    order = [list(regression.classes_).index(label) for label in LABELS]
    temperature = _temperature(logits, right, weights)
    stored = {
        "labels": LABELS,
        "mean": scaler.mean_.round(6).tolist(),
        "scale": scaler.scale_.round(6).tolist(),
        "weights": regression.coef_[order].round(6).tolist(),
        "bias": regression.intercept_[order].round(6).tolist(),
        "counts": list(counts),
        "temperature": round(temperature, 4),
    }
    path.write_text(json.dumps(stored) + "\n", encoding="utf-8")
    scaled = np.exp(logits / temperature)
    probabilities: Floats = scaled / scaled.sum(axis=1, keepdims=True)
    return probabilities


def rank(samples: Sequence[Sample], found: Sequence[ModelOutputs], path: Path) -> list[Floats]:
    """Write the regression from a sentence's features to whether a coder marked it; return held-out probabilities."""
    values = [
        ranking_features(sample.pieces, one, sample.said, sample.scene.axis)
        for sample, one in zip(samples, found, strict=True)
    ]
    marked = [np.array([mark.soft[1:] > 0 for mark in sample.marks]) for sample in samples]
    write_logistic(_fit_ranking(values, marked), path)
    halves = [_fit_ranking(values[half::2], marked[half::2]) for half in (0, 1)]
    return [
        halves[1 - number % 2].predict_proba(row.reshape(-1, row.shape[-1]))[:, 1].reshape(-1, 2)
        for number, row in enumerate(values)
    ]


def fit_logistic(values: NDArray[np.floating], labels: NDArray[np.bool_], strength: float) -> Pipeline:
    """Fit a logistic regression on standardized features."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000)).fit(values, labels)


def write_logistic(model: Pipeline, path: Path) -> None:
    """Write a logistic regression as `engines.local.trained.logistic_model` reads it."""
    scaler, regression = model.steps[0][1], model.steps[1][1]
    stored = {
        "mean": scaler.mean_.round(6).tolist(),
        "scale": scaler.scale_.round(6).tolist(),
        "weights": regression.coef_[0].round(6).tolist(),
        "bias": round(float(regression.intercept_[0]), 6),
    }
    path.write_text(json.dumps(stored) + "\n", encoding="utf-8")


def _fit_ranking(values: Sequence[NDArray[np.floating]], marked: Sequence[NDArray[np.bool_]]) -> Pipeline:
    rows = np.concatenate(values).reshape(-1, values[0].shape[-1])
    return fit_logistic(rows, np.concatenate(marked).ravel(), _RANKING_STRENGTH)


def _predict(model: Pipeline, values: Floats, others: Floats | None) -> Floats:
    """Predict log-probabilities, less the lead of a pole for all others where there are such features."""
    logits = _sort_columns(np.log(model.predict_proba(values)), model)
    if others is not None:
        known = ~np.isnan(others).any(axis=1)
        lead = _sort_columns(np.log(model.predict_proba(others[known])), model)
        half = (lead[:, 1] - lead[:, 0]) / 2
        logits[known, 0] += half
        logits[known, 1] -= half
    return logits


def _fit_regression(values: Floats, labels: NDArray[np.str_], weights: Floats) -> Pipeline:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=2000))
    return model.fit(values, labels, logisticregression__sample_weight=weights)


def _sort_columns(values: Floats, model: Pipeline) -> Floats:
    ordered: Floats = values[:, [list(model.classes_).index(label) for label in LABELS]]
    return ordered


def _temperature(logits: Floats, right: NDArray[np.int_], weights: Floats) -> float:
    def loss(temperature: float) -> float:
        scaled = logits / temperature
        chances = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return float(-(weights * chances[np.arange(len(right)), right]).sum())

    return float(minimize_scalar(loss, bounds=(0.3, 3.0), method="bounded").x)
