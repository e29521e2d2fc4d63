"""All settings of one process, and the sources that they are read from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from subtext.settings.groups import (
    CacheSettings,
    ExtractSettings,
    FetchSettings,
    GuardSettings,
    LLMSettings,
    LogSettings,
    SecondLLMSettings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "SUBTEXT_"
_SECRETS_DIR = "/run/secrets"


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
        secrets_dir=_SECRETS_DIR if Path(_SECRETS_DIR).is_dir() else None,
    )

    host: str = Field("127.0.0.1", description="Address to serve on; anything but loopback needs authentication.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to serve on.")
    auth: Literal["auto", "off"] = Field(
        "auto",
        description="`off` serves openly on any address; `auto` serves openly on loopback alone.",
    )
    engine: Literal["auto", "llm", "local"] = Field(
        "auto",
        description="Engine for requests that name none; `auto` is the model if one is set.",
    )
    axis: str = Field("desperation-domination", description="Axis for requests that name none.")
    prompts_dir: Path | None = Field(None, description="Folder with further axes and prompts, beside the shipped ones.")
    deadline_s: float = Field(30.0, gt=0, le=600, description="Longest time for one request (s).")
    max_body_bytes: int = Field(6_000_000, ge=10_000, description="Largest request body (bytes).")
    body_deadline_s: float = Field(20.0, gt=0, le=600, description="Longest time for a request body to arrive (s).")
    max_text_chars: int = Field(1_000_000, ge=1_000, description="Longest article text (characters).")
    fallback: Literal["auto", "never"] = Field(
        "auto", description="`auto`: the next engine answers where one fails, the embedded one last; `never`: a 5xx."
    )
    llm: LLMSettings = Field(default_factory=LLMSettings, description="The model.")
    llm2: SecondLLMSettings = Field(default_factory=SecondLLMSettings, description="The second model.")
    guard: GuardSettings = Field(default_factory=GuardSettings, description="Sparing of servers.")
    cache: CacheSettings = Field(default_factory=CacheSettings, description="Kept answers.")
    fetch: FetchSettings = Field(default_factory=FetchSettings, description="Fetching.")
    extract: ExtractSettings = Field(default_factory=ExtractSettings, description="Extraction.")
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
        files = ValueFiles(settings_cls)
        return init_settings, env_settings, files, dotenv_settings, file_secret_settings


class ValueFiles(EnvSettingsSource):
    """`SUBTEXT_LLM_API_KEY_FILE=/path` gives the content of that file as `SUBTEXT_LLM_API_KEY`."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        suffix = "_file"
        named = {name: path for name, path in super()._load_env_vars().items() if name.lower().endswith(suffix)}
        return {
            name[: -len(suffix)]: Path(path).read_text(encoding="utf-8").strip()
            for name, path in named.items()
            if path and name.lower().startswith(PREFIX.lower())
        }
