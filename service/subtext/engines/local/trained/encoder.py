"""The network at run time: an encoder in ONNX Runtime, and its three small heads in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from subtext.engines.local.trained.tokenization import WINDOW_MAX, pack_windows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from subtext.engines.local.trained.tokenization import EncodedSentence

    Floats = NDArray[np.float32]
    Ids = NDArray[np.int64]

# Windows encoded at once. Activations are quantised per call, so a window's states depend on what is read with it.
_BATCH = 1
_CLS, _SEP = 101, 102
_TOP = 3


@dataclass(frozen=True, slots=True)
class ModelOutputs:
    """What the network says: of each sentence none, desperation, domination; of its tokens the poles; of the article.

    `article` holds four logits (desperation, domination, mixed, neither), a score and an intensity.
    """

    sentences: Floats
    tokens: tuple[Floats, ...]
    article: Floats


class EncoderModel:
    """Reads the pieces of an article. One thread: a service runs many articles side by side."""

    def __init__(self, session: onnxruntime.InferenceSession, heads: dict[str, Floats], tokenizer: Tokenizer) -> None:
        self._session, self._heads, self.tokenizer = session, heads, tokenizer

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The network of a folder: `encoder.onnx`, `heads.npz`, `tokenizer.json`."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(folder / "encoder.onnx", options, providers=["CPUExecutionProvider"])
        with np.load(folder / "heads.npz", allow_pickle=False) as stored:
            heads = {name: stored[name] for name in stored.files}
        return cls(session, heads, Tokenizer.from_file(str(folder / "tokenizer.json")))

    def predict(self, pieces: Sequence[EncodedSentence]) -> ModelOutputs:
        """What the network says of an article; it must have a piece."""
        hidden = self._encoded(pieces)
        vectors = np.stack([tokens.mean(axis=0) for tokens in hidden])
        sentences = _softmax(self._linear("sentence", vectors))
        tokens = tuple(_sigmoid(self._linear("token", states)) for states in hidden)
        return ModelOutputs(sentences, tokens, self._article(pieces, vectors, sentences))

    def _encoded(self, pieces: Sequence[EncodedSentence]) -> list[Floats]:
        """For each piece the states of its tokens, in the context of its window."""
        windows = pack_windows([len(piece.ids) for piece in pieces])
        found: list[Floats] = []
        for first in range(0, len(windows), _BATCH):
            some = windows[first : first + _BATCH]
            states = self._states([[token for number in window for token in pieces[number].ids] for window in some])
            for window, of_window in zip(some, states, strict=True):
                ends = np.cumsum([1, *(len(pieces[number].ids) for number in window)])
                found += [of_window[low:high] for low, high in pairwise(ends)]
        return found

    def _states(self, windows: Sequence[Sequence[int]]) -> Floats:
        width = min(WINDOW_MAX, max(map(len, windows)) + 2)
        ids = np.zeros((len(windows), width), np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(windows):
            ids[row, : len(tokens) + 2] = [_CLS, *tokens, _SEP]
            mask[row, : len(tokens) + 2] = 1
        states: Floats = self._session.run(None, {"ids": ids, "mask": mask})[0]
        return states

    def _article(self, pieces: Sequence[EncodedSentence], vectors: Floats, sentences: Floats) -> Floats:
        last = max(1, len(pieces) - 1)
        places = np.array(
            [[piece.in_title, number / last, piece.sentence.heading] for number, piece in enumerate(pieces)], np.float32
        )
        attention = np.tanh(self._linear("attend.0", np.hstack([vectors, places])))
        weights = _softmax(self._linear("attend.2", attention).T)
        top = np.sort(sentences, axis=0)[::-1][:_TOP].mean(axis=0)
        gist = _product("ij,jk->ik", weights, vectors).ravel()
        focus = _product("ij,jk->ik", weights[:1], sentences)[0]
        numbers = np.concatenate([gist, top, sentences.mean(axis=0), focus])
        article: Floats = self._linear("article", numbers)[0]
        return article

    def _linear(self, name: str, values: Floats) -> Floats:
        rows = np.atleast_2d(values)
        product: Floats = _product("ij,kj->ik", rows, self._heads[f"{name}.weight"]) + self._heads[f"{name}.bias"]
        return product


def _product(how: str, one: Floats, other: Floats) -> Floats:
    """A product of two small matrices, in this thread alone: numpy's own would wake a thread on every core."""
    product: Floats = np.einsum(how, one, other)
    return product


def _softmax(values: Floats) -> Floats:
    raised = np.exp(values - values.max(axis=-1, keepdims=True))
    normed: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return normed


def _sigmoid(values: Floats) -> Floats:
    mapped: Floats = np.float32(1) / (np.float32(1) + np.exp(-values))
    return mapped
