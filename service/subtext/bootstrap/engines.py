"""Build the engines that the settings name."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from subtext.bootstrap.preload import PausingLoader
from subtext.clock import SystemClock
from subtext.engines.local.classifier import LexiconClassifier
from subtext.engines.local.deferred_classifier import DeferredClassifier
from subtext.engines.local.engine import LocalEngine
from subtext.engines.local.trained import ENCODER_MODEL, WEIGHTS
from subtext.errors import NotReady, SettingsInvalid

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from subtext.analysis.fair_queue import FairQueue
    from subtext.analysis.ports import Engine
    from subtext.clock import Clock
    from subtext.engines.local.classifier import FramingClassifier
    from subtext.prompts.registry import PromptRegistry
    from subtext.settings import Settings


_ENCODER_MODULES = ("numpy", "onnxruntime", "tokenizers")


async def build_engines(
    settings: Settings, prompts: PromptRegistry, clock: Clock, turns: FairQueue, stack: AsyncExitStack
) -> dict[str, Engine]:
    """Build the engines by name, the preferred one first; what they open is closed with `stack`.

    They take their turns on the event loop in `turns`.
    """
    local = LocalEngine(_build_classifier(settings.local.scorer))
    if not settings.llm.is_configured:
        return {"local": local}
    # A late import: the embedded engine needs none of it.
    from subtext.bootstrap.language_models import build_llm_engine  # noqa: PLC0415

    return {"llm": await build_llm_engine(settings, prompts, clock, turns, local, stack), "local": local}


def preload_engines(settings: Settings) -> None:
    """Load what requests are likely to need: the SDK if a model is configured, the weights if they judge."""
    if settings.llm.is_configured:
        import_module("subtext.engines.llm.engine")
    if settings.local.scorer == "encoder" or (settings.local.scorer == "auto" and not settings.llm.is_configured):
        classifier = _build_classifier(settings.local.scorer)
        if isinstance(classifier, DeferredClassifier):
            classifier.load()


@lru_cache(maxsize=1)
def _build_classifier(scorer: str) -> FramingClassifier:
    """Build the classifier of the embedded engine; raises `SettingsInvalid` if the encoder is not installed.

    A process has one: the weights take eighty megabytes, which a service with a language model may never need.
    """
    if scorer != "words" and _has_encoder():
        load = _load_encoder if scorer == "encoder" else _load_encoder_or_words
        return DeferredClassifier(ENCODER_MODEL, PausingLoader(load, SystemClock()))
    if scorer == "encoder":
        raise _missing_encoder()
    return LexiconClassifier()


def _has_encoder() -> bool:
    """Return whether the extra and the weights are installed, without loading them."""
    return (WEIGHTS / "encoder.onnx.data").is_file() and all(map(find_spec, _ENCODER_MODULES))


def _load_encoder_or_words() -> FramingClassifier:
    try:
        return _load_encoder()
    except NotReady as error:
        if isinstance(error.__cause__, ImportError | OSError):
            return LexiconClassifier()
        raise


def _load_encoder() -> FramingClassifier:
    """Load the encoder; raises `NotReady` with what to do about it."""
    try:
        from subtext.engines.local.trained.classifier import load_default  # noqa: PLC0415 - an extra, slow to import

        return load_default()
    except Exception as error:  # each library has errors of its own for a file that it cannot read
        raise NotReady(
            f"the weights of the embedded engine, or what runs them, cannot be loaded ({type(error).__name__}): "
            "install Subtext with the extra `encoder` anew, or set SUBTEXT_LOCAL_SCORER=words"
        ) from error


def _missing_encoder() -> SettingsInvalid:
    return SettingsInvalid(
        "SUBTEXT_LOCAL_SCORER=encoder needs what the extra has: pip install 'subtext[encoder]', or set `words`"
    )
