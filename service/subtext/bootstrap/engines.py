"""Build the engines that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.engines.local.classifier import LexiconClassifier
from subtext.engines.local.engine import LocalEngine
from subtext.errors import SettingsInvalid

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from subtext.analysis.ports import Engine
    from subtext.clock import Clock
    from subtext.engines.local.classifier import FramingClassifier
    from subtext.prompts.registry import PromptRegistry
    from subtext.settings import Settings


async def build_engines(
    settings: Settings, prompts: PromptRegistry, clock: Clock, stack: AsyncExitStack
) -> dict[str, Engine]:
    """Build the engines by name, the preferred one first; what they open is closed with `stack`."""
    local = LocalEngine(_build_classifier(settings.local.scorer))
    if not settings.llm.is_configured:
        return {"local": local}
    # A late import: the SDK is half of what there is to load, and the embedded engine needs none of it.
    from subtext.bootstrap.language_models import build_llm_engine  # noqa: PLC0415

    return {"llm": await build_llm_engine(settings, prompts, clock, local, stack), "local": local}


def _build_classifier(scorer: str) -> FramingClassifier:
    """Build the classifier of the embedded engine; raises `SettingsInvalid` if the encoder is not installed."""
    if scorer == "words":
        return LexiconClassifier()
    try:
        from subtext.engines.local.trained.classifier import load_default  # noqa: PLC0415 - an extra, and slow to import

        return load_default()
    except (ImportError, OSError) as error:
        if scorer == "encoder":
            raise SettingsInvalid(
                "SUBTEXT_LOCAL_SCORER=encoder needs what the extra has: pip install 'subtext[encoder]', or set `words`"
            ) from error
        return LexiconClassifier()
