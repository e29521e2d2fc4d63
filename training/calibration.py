"""Calibrating: the posterior, fitted on articles that the net which judged them had not seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from subtext.engines.local.trained.classifier import voice_shares
from subtext.engines.local.trained.evidence_ranker import ranking_features
from subtext.engines.local.trained.label_model import LABELS, features, lexicon_features

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from subtext.engines.local.trained.encoder import ModelOutputs
    from training.labeled_articles import Sample

    Floats = NDArray[np.float64]

# Articles without framing are half of the training set and fewer where the product is asked: they count less.
_LABEL_WEIGHTS = {"desperation": 1.0, "domination": 1.0, "mixed": 1.3, "neither": 0.55}
_STRENGTH, _RANKING_STRENGTH, _REPEATS, _FOLDS = 0.03, 0.1, 5, 5


def article_features(sample: Sample, found: ModelOutputs) -> Floats:
    """Return the posterior's features of an article."""
    scene = sample.scene
    others, titles = voice_shares(sample.pieces, scene.voices)
    return features(found, others, titles, lexicon_features(sample.said, scene.words, scene.headline_end, scene.axis))


def calibrate(samples: Sequence[Sample], found: Sequence[ModelOutputs], counts: Sequence[float], path: Path) -> None:
    """Write the regression, and the temperature at which held-out probabilities are the likeliest."""
    values = np.array([article_features(sample, one) for sample, one in zip(samples, found, strict=True)])
    labels = np.array([sample.row["label"] for sample in samples])
    weights = np.array([_LABEL_WEIGHTS[label] for label in labels])
    logits = np.zeros((len(labels), len(LABELS)))
    for seed in range(_REPEATS):
        folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(values, labels)
        for seen, unseen in folds:
            model = _fit_regression(values[seen], labels[seen], weights[seen])
            logits[unseen] += _sort_columns(np.log(model.predict_proba(values[unseen])), model) / _REPEATS
    right = np.array([LABELS.index(label) for label in labels])
    model = _fit_regression(values, labels, weights)
    scaler, regression = model.steps[0][1], model.steps[1][1]
    order = [list(regression.classes_).index(label) for label in LABELS]
    stored = {
        "labels": LABELS,
        "mean": scaler.mean_.round(6).tolist(),
        "scale": scaler.scale_.round(6).tolist(),
        "weights": regression.coef_[order].round(6).tolist(),
        "bias": regression.intercept_[order].round(6).tolist(),
        "counts": list(counts),
        "temperature": round(_temperature(logits, right, weights), 4),
    }
    path.write_text(json.dumps(stored) + "\n", encoding="utf-8")


def rank(samples: Sequence[Sample], found: Sequence[ModelOutputs], path: Path) -> None:
    """Write the ranking: the regression from a sentence's features to whether a coder marked it."""
    values, marked = [], []
    for sample, one in zip(samples, found, strict=True):
        values.append(ranking_features(sample.pieces, one, sample.said, sample.scene.axis))
        marked.append([mark.soft[1:] > 0 for mark in sample.marks])
    rows, labels = np.concatenate(values).reshape(-1, values[0].shape[-1]), np.concatenate(marked).ravel()
    model = make_pipeline(StandardScaler(), LogisticRegression(C=_RANKING_STRENGTH, max_iter=2000)).fit(rows, labels)
    scaler, regression = model.steps[0][1], model.steps[1][1]
    stored = {
        "mean": scaler.mean_.round(6).tolist(),
        "scale": scaler.scale_.round(6).tolist(),
        "weights": regression.coef_[0].round(6).tolist(),
        "bias": round(float(regression.intercept_[0]), 6),
    }
    path.write_text(json.dumps(stored) + "\n", encoding="utf-8")


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
