"""Define the settings of a process and the sources they are read from."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from subtext.analysis.ports import DEADLINE_MAX_S
from subtext.errors import SettingsInvalid, describe_os_error
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
    SettingsGroup,
    SlackSettings,
    StoreSettings,
    WatchSettings,
    WebhookSettings,
)
from subtext.settings.lists import HostNames, Networks
from subtext.settings.telemetry import LogSettings, MetricsSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "SUBTEXT_"
SECRETS_DIR = Path("/run/secrets")
_PUBLIC_URL = re.compile(r"https?://[^/?#]+(/[^?#]*)?")


def _public_url(value: str) -> str:
    if _PUBLIC_URL.fullmatch(value) is None:
        raise ValueError("must be http:// or https:// with a host, and without a query")
    return value


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    host: str = Field("127.0.0.1", description="Address to listen on; any but loopback needs authentication.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on.")
    workers: int = Field(
        1,
        ge=1,
        le=64,
        description="Processes of `subtext serve` that answer on the port, one for each core at most; each has its own "
        "cache and its own limits of load, and keys then need `SUBTEXT_KEYS_REDIS_URL`.",
    )
    auth: Literal["auto", "keys", "off"] = Field(
        "auto",
        description="`auto`: API keys are required unless the address is loopback; `keys`: always; `off`: never.",
    )
    public_url: Annotated[str, AfterValidator(_public_url)] | None = Field(
        None,
        description="Public URL of the service: for links to its pages, for the `Host` and `Origin` that it answers "
        "to, and for `Secure` cookies.",
    )
    allowed_hosts: HostNames = Field(
        (),
        description="More host names by which the service is reached, comma-separated; others are refused if it needs "
        "no key, or if its names are set.",
    )
    trusted_proxies: Networks = Field(
        (),
        description="Addresses or networks of reverse proxies, comma-separated, whose `X-Forwarded-For`, `-Proto`, "
        "`-Host` and `-Prefix` are believed.",
    )
    engine: Literal["auto", "llm", "local"] = Field(
        "auto",
        description="Engine for requests that name none; `auto`: the language model if set, else the embedded engine.",
    )
    axis: str = Field("desperation-domination", description="Axis for requests that name none.")
    prompts_dir: Path | None = Field(
        None, description="Folder with more axes and prompts, in addition to the shipped ones."
    )
    calibration_file: Path | None = Field(
        None,
        description="Calibration of the confidence, from `subtext eval --calibrate`; a stale one prevents the start.",
    )
    deadline_s: float = Field(
        30.0, gt=0, le=DEADLINE_MAX_S, description="Time limit of one request (s); a local model may need minutes."
    )
    drain_s: float = Field(
        0.0,
        ge=0,
        le=300,
        description="After SIGTERM, how long /readyz reports draining before new requests are refused (s).",
    )
    grace_s: int = Field(
        25,
        ge=1,
        le=600,
        description="After that, time limit for requests in flight (s); orchestrators usually kill after 30.",
    )
    max_body_bytes: int = Field(6_000_000, ge=10_000, description="Largest request body (bytes).")
    body_deadline_s: float = Field(20.0, gt=0, le=600, description="Time limit for receiving a request body (s).")
    max_text_chars: int = Field(1_000_000, ge=1_000, description="Longest article text (characters).")
    fallback: Literal["auto", "never"] = Field(
        "auto",
        description="`auto`: if an engine fails, the next one is used, the embedded one last; `never`: 5xx.",
    )
    llm: LLMSettings = Field(default_factory=LLMSettings, description="Language model.")
    llm2: SecondLLMSettings = Field(default_factory=SecondLLMSettings, description="Second language model.")
    local: LocalSettings = Field(default_factory=LocalSettings, description="Embedded engine.")
    guard: ResilienceSettings = Field(
        default_factory=ResilienceSettings, description="Resilience: bulkhead, circuit breaker and retries."
    )
    load: LoadSettings = Field(default_factory=LoadSettings, description="Load limits.")
    cache: CacheSettings = Field(default_factory=CacheSettings, description="Cache.")
    fetch: FetchSettings = Field(default_factory=FetchSettings, description="Fetching.")
    extract: ExtractSettings = Field(default_factory=ExtractSettings, description="Extraction.")
    keys: KeySettings = Field(default_factory=KeySettings, description="API keys.")
    store: StoreSettings = Field(default_factory=StoreSettings, description="Store.")
    idempotency: IdempotencySettings = Field(default_factory=IdempotencySettings, description="Idempotency.")
    batches: BatchSettings = Field(default_factory=BatchSettings, description="Batches.")
    watch: WatchSettings = Field(default_factory=WatchSettings, description="Feeds.")
    webhooks: WebhookSettings = Field(default_factory=WebhookSettings, description="Webhooks.")
    mcp: McpSettings = Field(default_factory=McpSettings, description="Model Context Protocol over HTTP.")
    slack: SlackSettings = Field(default_factory=SlackSettings, description="Slack app.")
    log: LogSettings = Field(default_factory=LogSettings, description="Logging.")
    metrics: MetricsSettings = Field(default_factory=MetricsSettings, description="Metrics.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, highest precedence first."""
        folder = getattr(file_secret_settings, "secrets_dir", None)
        files, secrets = ValueFiles(settings_cls), SecretFiles(settings_cls, folder)
        return init_settings, env_settings, files, dotenv_settings, secrets


class ValueFiles(EnvSettingsSource):
    """Settings source for files named in the environment: `SUBTEXT_X_FILE=/path` sets `SUBTEXT_X`.

    A setting whose own name ends like that, such as `SUBTEXT_LLM_CA_FILE`, is the path itself.
    """

    def _load_env_vars(self) -> Mapping[str, str | None]:
        suffix, own_names = "_file", frozenset(_env_names(self.settings_cls))
        file_paths = {name: path for name, path in super()._load_env_vars().items() if name.lower().endswith(suffix)}
        return {
            name[: -len(suffix)]: _read_value(Path(path), name.upper())
            for name, path in file_paths.items()
            if path and name.lower().startswith(PREFIX.lower()) and name.lower() not in own_names
        }


class SecretFiles(EnvSettingsSource):
    """Settings source for a secrets folder: its file `subtext_llm_api_key`, in either case, sets that variable.

    The library's own source of secrets does not read groups such as `llm`.
    """

    def __init__(self, settings_cls: type[BaseSettings], folder: Path | None) -> None:
        self._folder = folder
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        # A folder that this user may not list counts as empty.
        if self._folder is None or not (self._folder.is_dir() and os.access(self._folder, os.R_OK | os.X_OK)):
            return {}
        return {
            path.name.lower(): _read_value(path, path.name.upper())
            for path in sorted(self._folder.iterdir())
            if path.is_file() and path.name.lower().startswith(PREFIX.lower())
        }


def _env_names(model: type[BaseModel], prefix: str = PREFIX) -> Iterator[str]:
    """Yield the variables of a model's settings, in lower case."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, SettingsGroup):
            yield from _env_names(kind, f"{prefix}{name}_")
        else:
            yield f"{prefix}{name}".lower()


def _read_value(path: Path, variable: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise SettingsInvalid(f"{variable}: {path} is not UTF-8 text: name a file that holds the value") from error
    except OSError as error:
        raise SettingsInvalid(
            f"{variable}: {path} cannot be read: {describe_os_error(error)}: name a file that holds the value"
        ) from error
