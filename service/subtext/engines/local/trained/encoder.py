"""Encoder at inference time: a transformer in ONNX Runtime, and its three small heads in numpy."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Self

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from subtext.engines.local.trained.tokenization import pack_windows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from subtext.engines.local.trained.tokenization import EncodedSentence

    Floats = NDArray[np.float32]

_CLS, _SEP = 101, 102
# The article head sees the mean of the highest sentence probabilities, of this many sentences.
_TOP = 3


@dataclass(frozen=True, slots=True)
class ModelOutputs:
    """Outputs of the encoder's heads for sentences, tokens and the article.

    `sentences` (n by 3) are the probabilities of none, desperation, domination; `tokens` holds for each sentence those
    of desperation and domination (tokens by 2); `article` (6) holds the logits of desperation, domination, mixed and
    neither, then a score and an intensity.
    """

    sentences: Floats
    tokens: tuple[Floats, ...]
    article: Floats


class EncoderModel:
    """Encoder of the sentences of an article; uses one thread, since a service runs many articles in parallel.

    No more windows are run at a time than there are cores: each takes megabytes, which the session keeps for the next.
    """

    def __init__(self, session: onnxruntime.InferenceSession, heads: dict[str, Floats], tokenizer: Tokenizer) -> None:
        self._session, self._heads, self.tokenizer = session, heads, tokenizer
        self._cores = threading.BoundedSemaphore(os.cpu_count() or 1)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load the model from a folder with `encoder.onnx` and its data, `heads.npz` and `tokenizer.json`.

        The session maps the data into memory: only what is read of it takes any, and processes share that.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # Patterns plan one block of memory for each length of a window: more of it is kept, and nothing is faster.
        options.enable_mem_pattern = False
        session = onnxruntime.InferenceSession(folder / "encoder.onnx", options, providers=["CPUExecutionProvider"])
        with np.load(folder / "heads.npz", allow_pickle=False) as stored:
            heads = {name: stored[name] for name in stored.files}
        return cls(session, heads, Tokenizer.from_file(str(folder / "tokenizer.json")))

    def predict(self, sentences: Sequence[EncodedSentence]) -> ModelOutputs:
        """Encode an article of at least one sentence, and apply the heads."""
        vectors: list[Floats] = []
        tokens: list[Floats] = []
        for window in pack_windows([len(encoded.ids) for encoded in sentences]):
            states = self._run([token for number in window for token in sentences[number].ids])
            probabilities = _sigmoid(self._linear("token", states))
            ends = accumulate((len(sentences[number].ids) for number in window), initial=0)
            for low, high in pairwise(ends):
                vectors.append(states[low:high].mean(axis=0))
                tokens.append(probabilities[low:high])
        means = np.stack(vectors)
        labels = _softmax(self._linear("sentence", means))
        return ModelOutputs(labels, tuple(tokens), self._predict_article(sentences, means, labels))

    def _run(self, tokens: Sequence[int]) -> Floats:
        """Return the hidden states of a window's tokens.

        One window a call: activations are quantized per call, so its states would depend on those beside it. The graph
        has neither padding nor mask.
        """
        ids = np.array([_CLS, *tokens, _SEP], np.int64)
        with self._cores:
            states: Floats = self._session.run(None, {"ids": ids})[0]
        return states[1:-1]

    def _predict_article(self, sentences: Sequence[EncodedSentence], vectors: Floats, probabilities: Floats) -> Floats:
        last = max(1, len(sentences) - 1)
        positions = np.array(
            [[encoded.in_title, number / last, encoded.sentence.heading] for number, encoded in enumerate(sentences)],
            np.float32,
        )
        attention = np.tanh(self._linear("attend.0", np.hstack([vectors, positions])))
        weights = _softmax(self._linear("attend.2", attention).T)
        top = np.sort(probabilities, axis=0)[::-1][:_TOP].mean(axis=0)
        pooled = _product("ij,jk->ik", weights, vectors).ravel()
        focus = _product("ij,jk->ik", weights[:1], probabilities)[0]
        values = np.concatenate([pooled, top, probabilities.mean(axis=0), focus])
        article: Floats = self._linear("article", values)[0]
        return article

    def _linear(self, name: str, values: Floats) -> Floats:
        rows = np.atleast_2d(values)
        product: Floats = _product("ij,kj->ik", rows, self._heads[f"{name}.weight"]) + self._heads[f"{name}.bias"]
        return product


def _product(subscripts: str, one: Floats, other: Floats) -> Floats:
    """Multiply two small matrices in this thread: `numpy.matmul` would start a thread on every core."""
    product: Floats = np.einsum(subscripts, one, other)
    return product


def _softmax(values: Floats) -> Floats:
    exponentials = np.exp(values - values.max(axis=-1, keepdims=True))
    probabilities: Floats = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return probabilities


def _sigmoid(values: Floats) -> Floats:
    probabilities: Floats = np.float32(1) / (np.float32(1) + np.exp(-values))
    return probabilities
