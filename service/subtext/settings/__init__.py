"""Every setting, from the environment, `.env` and secret files: the only reader of the environment.

The order of precedence is: argument, `SUBTEXT_*` variable, `SUBTEXT_*_FILE` (a file that holds the value), `.env`,
a file in `/run/secrets`, default. `docs/settings.md` lists them all; a test keeps it complete.
"""

from subtext.settings.groups import (
    BatchSettings,
    CacheSettings,
    ExtractSettings,
    FetchSettings,
    GuardSettings,
    IdempotencySettings,
    KeySettings,
    LLMSettings,
    LoadSettings,
    LocalSettings,
    LogSettings,
    SecondLLMSettings,
    SlackSettings,
    StoreSettings,
    WebhookSettings,
)
from subtext.settings.model import PREFIX, Settings
from subtext.settings.reading import (
    Origin,
    load_settings,
    origins,
    require_safe_bind,
    requires_keys,
    unknown_variables,
    variable,
)

__all__ = [
    "PREFIX",
    "BatchSettings",
    "CacheSettings",
    "ExtractSettings",
    "FetchSettings",
    "GuardSettings",
    "IdempotencySettings",
    "KeySettings",
    "LLMSettings",
    "LoadSettings",
    "LocalSettings",
    "LogSettings",
    "Origin",
    "SecondLLMSettings",
    "Settings",
    "SlackSettings",
    "StoreSettings",
    "WebhookSettings",
    "load_settings",
    "origins",
    "require_safe_bind",
    "requires_keys",
    "unknown_variables",
    "variable",
]
