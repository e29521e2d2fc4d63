"""Batches: a few whole articles as tensors, and what the network is to say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from subtext.engines.local.trained.label_model import LABELS
from subtext.engines.local.trained.tokenization import pack_windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.labeled_articles import Sample

_CLS, _SEP = 101, 102
# A sentence with a coded quote counts more, for there are ten without. One without counts less in an article with so
# many quotes that the coder may have stopped: it may well frame, too.
_MARKED, _UNMARKED_IN_FULL, _FULL = 4.0, 0.5, 6


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of token ids, where sentences lie in them, whose they are, and the goals."""

    ids: Tensor
    mask: Tensor
    pool: Tensor
    places: Tensor
    owners: Tensor
    soft: Tensor
    weight: Tensor
    tags: Tensor
    inside: Tensor
    spots: list[tuple[int, int, int]]
    labels: Tensor
    numbers: Tensor


def build_batch(samples: Sequence[Sample]) -> Batch:
    """Return the articles as one batch."""
    windows, spots = _lay_out(samples)
    width = max(map(len, windows))
    ids = torch.tensor([window + [0] * (width - len(window)) for window in windows])
    mask = torch.tensor([[1] * len(window) + [0] * (width - len(window)) for window in windows])
    pool = torch.zeros(len(spots), ids.numel())
    tags, inside = torch.zeros(*ids.shape, 2), torch.zeros(ids.shape)
    marks = [mark for sample in samples for mark in sample.marks]
    for number, ((row, low, high), mark) in enumerate(zip(spots, marks, strict=True)):
        pool[number, row * width + low : row * width + high] = 1 / (high - low)
        tags[row, low:high] = torch.from_numpy(mark.tags)
        inside[row, low:high] = 1
    return Batch(
        ids,
        mask,
        pool,
        _places(samples),
        torch.tensor([number for number, sample in enumerate(samples) for _ in sample.pieces]),
        torch.from_numpy(np.stack([mark.soft for mark in marks])),
        _weights(samples),
        tags,
        inside,
        spots,
        torch.tensor([LABELS.index(sample.row["label"]) for sample in samples]),
        torch.tensor([[sample.row["score"], sample.row["intensity"]] for sample in samples]),
    )


def _lay_out(samples: Sequence[Sample]) -> tuple[list[list[int]], list[tuple[int, int, int]]]:
    """Return the windows of all articles, and for each sentence its window and where it lies there."""
    windows: list[list[int]] = []
    spots: list[tuple[int, int, int]] = []
    for sample in samples:
        for numbers in pack_windows([len(piece.ids) for piece in sample.pieces]):
            window = [_CLS]
            for number in numbers:
                ids = sample.pieces[number].ids
                spots.append((len(windows), len(window), len(window) + len(ids)))
                window += ids
            windows.append([*window, _SEP])
    return windows, spots


def _places(samples: Sequence[Sample]) -> Tensor:
    return torch.tensor(
        [
            [float(piece.in_title), number / max(1, len(sample.pieces) - 1), float(piece.sentence.heading)]
            for sample in samples
            for number, piece in enumerate(sample.pieces)
        ]
    )


def _weights(samples: Sequence[Sample]) -> Tensor:
    weights = []
    for sample in samples:
        unmarked = _UNMARKED_IN_FULL if len(sample.row["evidence"]) >= _FULL else 1.0
        weights += [_MARKED * (1 - mark.soft[0]) + unmarked * mark.soft[0] for mark in sample.marks]
    return torch.tensor(np.array(weights, np.float32))
