from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.trained import WEIGHTS
from subtext.engines.local.trained.classifier import load_default
from subtext.engines.local.trained.encoder import EncoderModel
from subtext.engines.local.trained.tokenization import encode_sentences

if TYPE_CHECKING:
    import onnxruntime

CORES = os.cpu_count() or 1
# For how long the first runs wait for one more (s): none comes, and nothing else depends on it.
OPPORTUNITY_S = 0.2
TOKENIZER = load_default().scorer.encoder.tokenizer
SENTENCES = encode_sentences(split_sentences("Nobody came to the harbour."), 0, None, TOKENIZER)


class CrowdedSession:
    """Session that waits for one run more than there are cores, and counts how many there are at a time."""

    def __init__(self) -> None:
        self._crowd, self._lock = threading.Barrier(CORES + 1), threading.Lock()
        self._running = self.most = 0

    def run(self, _: None, inputs: dict[str, Any]) -> list[Any]:
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)
        with suppress(threading.BrokenBarrierError):
            self._crowd.wait(OPPORTUNITY_S)
        with self._lock:
            self._running -= 1
        return [np.zeros((*inputs["ids"].shape, 384), np.float32)]


def test_no_more_windows_are_run_at_a_time_than_there_are_cores() -> None:
    session = CrowdedSession()
    with np.load(WEIGHTS / "heads.npz") as heads:
        encoder = EncoderModel(cast("onnxruntime.InferenceSession", session), dict(heads), TOKENIZER)

    with ThreadPoolExecutor(CORES + 2) as pool:
        outputs = list(pool.map(encoder.predict, [SENTENCES] * (CORES + 2)))

    assert 1 <= session.most <= CORES
    assert [output.sentences.shape for output in outputs] == [(1, 3)] * (CORES + 2)
