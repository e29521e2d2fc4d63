"""Deferred classifier: its weights are loaded when they are first needed, not when the service starts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.engines.local.classifier import FramingClassifier, FramingContext, FramingResult


class DeferredClassifier:
    """Load a classifier once, on first use, while others who need it wait; it works in threads, as the engine does.

    `model` is the name that the classifier will have.
    """

    def __init__(self, model: str, load: Callable[[], FramingClassifier]) -> None:
        self._model, self._load = model, load
        self._lock = threading.Lock()
        self._classifier: FramingClassifier | None = None

    @property
    def model(self) -> str:
        """Return the name by which an answer tells what judged it."""
        return self._model if self._classifier is None else self._classifier.model

    def framing(self, scene: FramingContext) -> FramingResult:
        """Classify the framing, once the weights are there."""
        return self.load().framing(scene)

    def load(self) -> FramingClassifier:
        """Return the classifier; the first caller loads it."""
        with self._lock:
            if self._classifier is None:
                self._classifier = self._load()
            return self._classifier
