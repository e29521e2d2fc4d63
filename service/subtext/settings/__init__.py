"""Settings of the service, from the environment, `.env` and secret files; nothing else reads the environment.

The order of precedence is: argument, `SUBTEXT_*` variable, `SUBTEXT_*_FILE` (a file that holds the value), `.env`,
a file in `/run/secrets`, default. `docs/settings.md` lists them all.
"""

from subtext.settings.environment import (
    Origin,
    env_name,
    load_settings,
    origins,
    require_safe_bind,
    require_shared_state,
    requires_keys,
    unknown_variables,
)
from subtext.settings.groups import (
    BatchSettings,
    CacheSettings,
    ExtractSettings,
    FetchSettings,
    IdempotencySettings,
    KeySettings,
    LLMSettings,
    LoadSettings,
    LocalSettings,
    McpSettings,
    ResilienceSettings,
    SecondLLMSettings,
    SlackSettings,
    StoreSettings,
    WatchSettings,
    WebhookSettings,
)
from subtext.settings.model import PREFIX, Settings
from subtext.settings.telemetry import LogSettings, MetricsSettings

__all__ = [
    "PREFIX",
    "BatchSettings",
    "CacheSettings",
    "ExtractSettings",
    "FetchSettings",
    "IdempotencySettings",
    "KeySettings",
    "LLMSettings",
    "LoadSettings",
    "LocalSettings",
    "LogSettings",
    "McpSettings",
    "MetricsSettings",
    "Origin",
    "ResilienceSettings",
    "SecondLLMSettings",
    "Settings",
    "SlackSettings",
    "StoreSettings",
    "WatchSettings",
    "WebhookSettings",
    "env_name",
    "load_settings",
    "origins",
    "require_safe_bind",
    "require_shared_state",
    "requires_keys",
    "unknown_variables",
]
