"""The voice model, fitted on coded speakers of articles that the net which judged them had not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from subtext.engines.local.trained.label_model import LABELS
from subtext.engines.local.trained.voice_evidence import VoiceReader
from subtext.engines.local.trained.voice_model import SpeakerSentences
from subtext.evals.voice_metrics import is_same_speaker
from training.calibration import fit_logistic, write_logistic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from subtext.engines.local.trained.encoder import ModelOutputs
    from training.labeled_articles import Sample

    Floats = NDArray[np.float64]

_STRENGTH = 0.1


def fit_voices(
    samples: Sequence[Sample],
    found: Sequence[ModelOutputs],
    evidence: Sequence[Floats],
    labels: Floats,
    path: Path,
) -> None:
    """Write the voice model; `evidence` and `labels` are the ranker's and the label model's held-out probabilities."""
    rows = [
        row
        for sample, outputs, ranks, row_labels in zip(samples, found, evidence, labels, strict=True)
        for row in _rows(sample, outputs, ranks, dict(zip(LABELS, map(float, row_labels), strict=True)))
    ]
    values, supports = np.array([row for row, _ in rows]), np.array([is_supported for _, is_supported in rows])
    write_logistic(fit_logistic(values, supports, _STRENGTH), path)


def _rows(
    sample: Sample, outputs: ModelOutputs, evidence: Floats, labels: dict[str, float]
) -> Iterator[tuple[Floats, bool]]:
    """Yield for each coded speaker, and either pole, the features and whether the speaker supports it."""
    axis = sample.scene.axis
    speakers = SpeakerSentences.find(sample.pieces, sample.scene.voices)
    reader = VoiceReader(sample.pieces, outputs, evidence, sample.said, speakers, axis)
    for coded in sample.row["voices"]:
        speaker = next((name for name in speakers.by_name if is_same_speaker(coded["speaker"], name)), None)
        if speaker is not None:
            features = reader.features(speaker, labels)
            yield from ((features[column], coded["label"] in (pole, "mixed")) for column, pole in enumerate(axis.poles))
