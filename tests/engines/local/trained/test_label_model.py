from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from subtext.engines.local.trained.encoder import ModelOutputs
from subtext.engines.local.trained.label_model import LABELS, LabelModel, features

if TYPE_CHECKING:
    from pathlib import Path

SENTENCES = np.array([[0.1, 0.8, 0.1], [0.7, 0.2, 0.1], [0.2, 0.1, 0.7]], np.float32)
OUTPUTS = ModelOutputs(SENTENCES, (), np.array([1.0, 0.5, -1.0, -0.5, 0.2, 0.6], np.float32))
OTHERS, TITLES, SAID = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0]), np.array([0.5, 2.0])
VALUES = features(OUTPUTS, OTHERS, TITLES, SAID)


def posterior(bias: list[float], counts: list[float], temperature: float = 1.0) -> LabelModel:
    size = len(VALUES)
    return LabelModel(
        np.zeros(size), np.ones(size), np.zeros((4, size)), np.array(bias), np.array(counts), temperature=temperature
    )


def test_the_likeliest_label_is_given_with_how_likely_it_is() -> None:
    label, sure = posterior([2.0, 0.0, 0.0, 0.0], [1.0] * 4).rank(VALUES)[0]
    assert (label, round(sure, 3)) == ("desperation", round(float(np.exp(2) / (np.exp(2) + 3)), 3))


def test_a_label_that_counts_more_is_given_sooner_and_is_no_likelier_for_it() -> None:
    label, sure = posterior([1.0, 0.0, 0.5, 0.0], [1.0, 1.0, 3.0, 1.0]).rank(VALUES)[0]
    plain = posterior([1.0, 0.0, 0.5, 0.0], [1.0] * 4)
    assert label == "mixed"
    assert sure < plain.rank(VALUES)[0][1]


def test_every_label_is_ranked_and_their_chances_sum_to_one() -> None:
    ranked = posterior([0.0, 3.0, 1.0, 2.0], [1.0] * 4).rank(VALUES)
    assert [label for label, _ in ranked] == ["domination", "neither", "mixed", "desperation"]
    assert sum(chance for _, chance in ranked) == pytest.approx(1)


def test_heat_takes_from_the_certainty() -> None:
    cold, hot = (posterior([2.0, 0, 0, 0], [1.0] * 4, heat).rank(VALUES)[0][1] for heat in (1.0, 3.0))
    assert cold > hot > 1 / len(LABELS)


def test_the_lead_that_a_pole_has_for_all_others_too_is_no_lead() -> None:
    model = LabelModel(
        np.zeros(2), np.ones(2), np.array([[1.0, 0], [0, 1.0], [0, 0], [0, 0]]), np.zeros(4), np.ones(4), 1
    )
    same, turned = (dict(model.rank(np.array([2.0, 0.0]), np.array(others))) for others in ([2.0, 0.0], [0.0, 2.0]))
    assert same["desperation"] == pytest.approx(same["domination"])
    assert turned["desperation"] == pytest.approx(dict(model.rank(np.array([3.0, -1.0])))["desperation"])


def test_what_others_say_counts_apart_from_the_author() -> None:
    attributed = features(OUTPUTS, 1 - OTHERS, TITLES, SAID)
    assert attributed.shape == VALUES.shape
    assert not np.allclose(attributed, VALUES)


def test_what_the_lexicon_finds_counts_too() -> None:
    assert list(VALUES[-2:]) == [0.5, 2.0]


def test_it_is_read_from_its_file(tmp_path: Path) -> None:
    size = len(VALUES)
    stored = {"mean": [0.0] * size, "scale": [1.0] * size, "weights": [[0.0] * size] * 4, "bias": [0.0, 3.0, 0.0, 0.0]}
    (tmp_path / "p.json").write_text(json.dumps({**stored, "counts": [1.0] * 4, "temperature": 1}), encoding="utf-8")
    assert LabelModel.load(tmp_path / "p.json").rank(VALUES)[0][0] == "domination"
