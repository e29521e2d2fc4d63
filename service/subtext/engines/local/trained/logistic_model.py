"""Logistic regression at inference time, read from a JSON file: the evidence ranker and the voice model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """Logistic regression on standardized features: their means and scales, its weights and bias."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load the regression from a JSON file."""
        stored = json.loads(path.read_text(encoding="utf-8"))
        mean, scale, weights = (np.array(stored[name], np.float64) for name in ("mean", "scale", "weights"))
        return cls(mean, scale, weights, float(stored["bias"]))

    def predict_proba(self, values: Floats) -> Floats:
        """Predict the probability of each row of features (0-1)."""
        logits = ((values - self.mean) / self.scale) @ self.weights + self.bias
        probabilities: Floats = 1 / (1 + np.exp(-logits))
        return probabilities
