"""Deferred classifier: load the weights when they are first needed, not when the service starts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.engines.local.classifier import FramingClassifier, FramingContext, FramingResult


class DeferredClassifier:
    """Lazy framing classifier: the first call loads it, and other threads wait for that.

    `model` is the name that the classifier will have.
    """

    def __init__(self, model: str, load: Callable[[], FramingClassifier]) -> None:
        self._model, self._load = model, load
        self._lock = threading.Lock()
        self._classifier: FramingClassifier | None = None

    @property
    def model(self) -> str:
        """Return the name of the model, as answers give it."""
        return self._model if self._classifier is None else self._classifier.model

    def classify(self, context: FramingContext) -> FramingResult:
        """Load the classifier if necessary, and classify the framing."""
        return self.load().classify(context)

    def load(self) -> FramingClassifier:
        """Return the classifier; the first caller loads it."""
        with self._lock:
            if self._classifier is None:
                self._classifier = self._load()
            return self._classifier
