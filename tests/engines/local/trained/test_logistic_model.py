from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from subtext.engines.local.trained.logistic_model import LogisticModel

if TYPE_CHECKING:
    from pathlib import Path


def test_the_better_a_sentence_looks_the_likelier_it_is_evidence() -> None:
    ranking = LogisticModel(np.zeros(2), np.ones(2), np.array([2.0, 0.0]), -1.0)
    low, high = ranking.predict_proba(np.array([[0.0, 5.0], [1.0, 5.0]]))
    assert 0 < low < high < 1


def test_it_is_read_from_its_file(tmp_path: Path) -> None:
    stored = {"mean": [0.0], "scale": [1.0], "weights": [1.0], "bias": 0.0}
    (tmp_path / "r.json").write_text(json.dumps(stored), encoding="utf-8")
    assert LogisticModel.load(tmp_path / "r.json").predict_proba(np.array([0.0])) == 0.5
