"""All settings of one process, and the sources that they are read from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from subtext.analysis.ports import DEADLINE_MAX_S
from subtext.errors import SettingsInvalid
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
    LogSettings,
    ResilienceSettings,
    SecondLLMSettings,
    SettingsGroup,
    SlackSettings,
    StoreSettings,
    WebhookSettings,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "SUBTEXT_"
SECRETS_DIR = Path("/run/secrets")


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

    host: str = Field("127.0.0.1", description="Address to serve on; anything but loopback needs authentication.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to serve on.")
    auth: Literal["auto", "keys", "off"] = Field(
        "auto",
        description="`auto` asks for keys on any address but loopback, `keys` there too, `off` on none.",
    )
    public_url: str | None = Field(
        None, pattern=r"^https?://[^/?#]+(/[^?#]*)?$", description="Where people reach the pages, for links to them."
    )
    engine: Literal["auto", "llm", "local"] = Field(
        "auto",
        description="Engine for requests that name none; `auto` is the model if one is set.",
    )
    axis: str = Field("desperation-domination", description="Axis for requests that name none.")
    prompts_dir: Path | None = Field(None, description="Folder with further axes and prompts, beside the shipped ones.")
    calibration_file: Path | None = Field(
        None,
        description="Calibration of the confidence, from `subtext eval --calibrate`; a stale one stops the start.",
    )
    deadline_s: float = Field(
        30.0, gt=0, le=DEADLINE_MAX_S, description="Longest time for one request (s); a local model may need minutes."
    )
    drain_s: float = Field(
        0.0, ge=0, le=300, description="After a signal to end, how long /readyz says so before no more is taken (s)."
    )
    grace_s: int = Field(
        25, ge=1, le=600, description="Then, how long requests in flight may take to end (s); orchestrators kill at 30."
    )
    max_body_bytes: int = Field(6_000_000, ge=10_000, description="Largest request body (bytes).")
    body_deadline_s: float = Field(20.0, gt=0, le=600, description="Longest time for a request body to arrive (s).")
    max_text_chars: int = Field(1_000_000, ge=1_000, description="Longest article text (characters).")
    fallback: Literal["auto", "never"] = Field(
        "auto", description="`auto`: the next engine answers where one fails, the embedded one last; `never`: a 5xx."
    )
    llm: LLMSettings = Field(default_factory=LLMSettings, description="The model.")
    llm2: SecondLLMSettings = Field(default_factory=SecondLLMSettings, description="The second model.")
    local: LocalSettings = Field(default_factory=LocalSettings, description="The embedded engine.")
    guard: ResilienceSettings = Field(default_factory=ResilienceSettings, description="Sparing of servers.")
    load: LoadSettings = Field(default_factory=LoadSettings, description="Load.")
    cache: CacheSettings = Field(default_factory=CacheSettings, description="Kept answers.")
    fetch: FetchSettings = Field(default_factory=FetchSettings, description="Fetching.")
    extract: ExtractSettings = Field(default_factory=ExtractSettings, description="Extraction.")
    keys: KeySettings = Field(default_factory=KeySettings, description="Keys.")
    store: StoreSettings = Field(default_factory=StoreSettings, description="What is kept.")
    idempotency: IdempotencySettings = Field(default_factory=IdempotencySettings, description="Idempotency.")
    batches: BatchSettings = Field(default_factory=BatchSettings, description="Batches.")
    webhooks: WebhookSettings = Field(default_factory=WebhookSettings, description="Webhooks.")
    slack: SlackSettings = Field(default_factory=SlackSettings, description="The Slack app.")
    log: LogSettings = Field(default_factory=LogSettings, description="Logging.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The sources, strongest first."""
        folder = getattr(file_secret_settings, "secrets_dir", None)
        files, secrets = ValueFiles(settings_cls), SecretFiles(settings_cls, folder)
        return init_settings, env_settings, files, dotenv_settings, secrets


class ValueFiles(EnvSettingsSource):
    """`SUBTEXT_LLM_API_KEY_FILE=/path` gives the content of that file as `SUBTEXT_LLM_API_KEY`.

    A setting whose own name ends like that, such as `SUBTEXT_LLM_CA_FILE`, is the path itself.
    """

    def _load_env_vars(self) -> Mapping[str, str | None]:
        suffix, own = "_file", frozenset(_variables(self.settings_cls))
        named = {name: path for name, path in super()._load_env_vars().items() if name.lower().endswith(suffix)}
        return {
            name[: -len(suffix)]: _content(Path(path))
            for name, path in named.items()
            if path and name.lower().startswith(PREFIX.lower()) and name.lower() not in own
        }


class SecretFiles(EnvSettingsSource):
    """A file `subtext_llm_api_key` in a folder, its name in either case, gives its content as `SUBTEXT_LLM_API_KEY`.

    The library's own source of secrets does not read groups such as `llm`.
    """

    def __init__(self, settings_cls: type[BaseSettings], folder: Path | None) -> None:
        self._folder = folder
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        # A folder that this user may not list holds nothing for this process.
        if self._folder is None or not (self._folder.is_dir() and os.access(self._folder, os.R_OK | os.X_OK)):
            return {}
        return {
            path.name.lower(): _content(path)
            for path in sorted(self._folder.iterdir())
            if path.is_file() and path.name.lower().startswith(PREFIX.lower())
        }


def _variables(model: type[BaseModel], prefix: str = PREFIX) -> Iterator[str]:
    """The variables of a model's settings, in lower case."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, SettingsGroup):
            yield from _variables(kind, f"{prefix}{name}_")
        else:
            yield f"{prefix}{name}".lower()


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "cannot be read"
        raise SettingsInvalid(f"a setting is to come from the file {path}, which {reason}") from error
