"""The deferred classifier: nothing is loaded before it is needed, and then once, however many need it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from subtext.engines.local.classifier import LexiconClassifier
from subtext.engines.local.deferred_classifier import DeferredClassifier

CALLERS = 8


def test_weights_are_loaded_once_for_all_who_wait() -> None:
    loads: list[int] = []
    together = threading.Barrier(CALLERS)

    def load() -> LexiconClassifier:
        loads.append(1)
        return LexiconClassifier()

    def use(_: int) -> object:
        together.wait()
        return classifier.load()

    classifier = DeferredClassifier("a-name", load)
    before = (classifier.model, len(loads))
    with ThreadPoolExecutor(CALLERS) as pool:
        classifiers = set(map(id, pool.map(use, range(CALLERS))))

    assert before == ("a-name", 0)
    assert (len(loads), len(classifiers)) == (1, 1)
    assert classifier.model == LexiconClassifier().model
