"""Every setting, from the environment, `.env` and secret files: the only reader of the environment.

The order of precedence is: argument, `SUBTEXT_*` variable, `SUBTEXT_*_FILE` (a file that holds the value), `.env`,
a file in `/run/secrets`, default. `docs/settings.md` lists them all; a test keeps it complete.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from subtext.domain.errors import SettingsInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

PREFIX = "SUBTEXT_"
_SECRETS_DIR = "/run/secrets"


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return value.rstrip("/")


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class LLMSettings(_Group):
    """The OpenAI-compatible server; without `base_url` and `model` there is only the embedded engine."""

    base_url: Annotated[str, AfterValidator(_http_url)] | None = Field(
        None, description="Base URL of an OpenAI-compatible API, such as https://llm.example/v1."
    )
    api_key: SecretStr | None = Field(None, description="Key for that API; better given as a file.")
    model: str | None = Field(None, min_length=1, description="Model to ask for.")
    attempt_timeout_s: float = Field(20.0, gt=0, le=600, description="Longest time for one attempt, in all (seconds).")
    max_attempts: int = Field(3, ge=1, le=10, description="Attempts for one request, the first included.")
    max_output_tokens: int = Field(2_000, ge=256, le=64_000, description="Room for the model's answer, in tokens.")
    max_response_bytes: int = Field(2_000_000, ge=10_000, description="Largest response body read from the model.")
    price_input: float | None = Field(
        None, ge=0, description="Price of a million tokens read; unknown: no cost is told."
    )
    price_output: float | None = Field(None, ge=0, description="Price of a million tokens written.")
    price_cached: float | None = Field(
        None, ge=0, description="Price of a million tokens read from the server's cache."
    )
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="Currency of these prices (ISO 4217).")

    @property
    def is_configured(self) -> bool:
        """Whether there is a server and a model to ask."""
        return self.base_url is not None and self.model is not None


class FetchSettings(_Group):
    """Fetching of articles by URL."""

    enabled: bool = Field(True, description="Whether URLs are fetched at all.")  # noqa: FBT003 - a default
    private_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (),
        description="Private hosts or networks that may be fetched, comma-separated (`host`, `host:port` or CIDR).",
    )
    deadline_s: float = Field(10.0, gt=0, le=60, description="Longest time to fetch one page, redirects included (s).")
    max_bytes: int = Field(5_000_000, ge=10_000, description="Largest page read from the wire (bytes).")


class ExtractSettings(_Group):
    """Extraction of the article from a page."""

    deadline_s: float = Field(3.0, gt=0, le=60, description="Longest time to extract one page (s); then it is stopped.")
    max_html_bytes: int = Field(2_000_000, ge=10_000, description="Largest HTML handed to the extractor (bytes).")
    memory_bytes: int = Field(512_000_000, ge=128_000_000, description="Memory that one extraction may take (bytes).")
    workers: int = Field(2, ge=1, le=32, description="Extractor processes kept warm.")


class LogSettings(_Group):
    """Logging, to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    format: Literal["json", "console"] = Field("json", description="One JSON object a line, or lines for people.")


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
    llm: LLMSettings = Field(default_factory=LLMSettings, description="The model.")
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
        files = _ValueFiles(settings_cls)
        return init_settings, env_settings, files, dotenv_settings, file_secret_settings


class _ValueFiles(EnvSettingsSource):
    """`SUBTEXT_LLM_API_KEY_FILE=/path` gives the content of that file as `SUBTEXT_LLM_API_KEY`."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        suffix = "_file"
        named = {name: path for name, path in super()._load_env_vars().items() if name.lower().endswith(suffix)}
        return {
            name[: -len(suffix)]: Path(path).read_text(encoding="utf-8").strip()
            for name, path in named.items()
            if path and name.lower().startswith(PREFIX.lower())
        }


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting as it stands: its path (`llm.model`), its variable, the value (secrets masked) and who set it."""

    path: str
    variable: str
    value: str
    source: str
    description: str


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process; raises `SettingsInvalid` naming each bad variable and what is wrong with it."""
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        raise SettingsInvalid(_explain(error)) from error
    except OSError as error:
        raise SettingsInvalid(f"a *_FILE setting names a file that cannot be read: {error.filename}") from error
    if (settings.llm.base_url is None) != (settings.llm.model is None):
        raise SettingsInvalid(f"{PREFIX}LLM_BASE_URL and {PREFIX}LLM_MODEL go together: set both, or neither")
    if (settings.llm.price_input is None) != (settings.llm.price_output is None):
        raise SettingsInvalid(f"{PREFIX}LLM_PRICE_INPUT and {PREFIX}LLM_PRICE_OUTPUT go together: set both, or neither")
    if settings.engine == "llm" and not settings.llm.is_configured:
        raise SettingsInvalid(f"{PREFIX}ENGINE=llm needs {PREFIX}LLM_BASE_URL and {PREFIX}LLM_MODEL")
    return settings


def require_safe_bind(settings: Settings) -> None:
    """Refuse to serve on anything but loopback while nobody has to show who they are."""
    if settings.auth == "off" or _is_loopback(settings.host):
        return
    raise SettingsInvalid(
        f"refusing to serve on {settings.host} without authentication: everybody who reaches it could use the service. "
        f"Serve on 127.0.0.1, or set {PREFIX}AUTH=off to say that this is meant (behind a proxy that checks who asks, "
        "or in a container whose port is published on loopback only)"
    )


def origins(settings: Settings, overrides: Mapping[str, Any] | None = None) -> Iterator[Origin]:
    """Each setting with where its value comes from, in the order of their definition."""
    found = _by_source(overrides or {})
    for path, field in _fields(Settings):
        value = _at(settings, path)
        source = next((name for name, values in found if _at(values, path) is not None), "default")
        yield Origin(path, variable(path), _shown(value), source, field.description or "")


def unknown_variables(environment: Mapping[str, str]) -> tuple[str, ...]:
    """`SUBTEXT_*` variables that no setting reads: usually a slip of the pen."""
    known = {variable(path) for path, _ in _fields(Settings)}
    known |= {f"{name}_FILE" for name in known}
    ours = (name for name in environment if name.upper().startswith(PREFIX))
    return tuple(sorted(name for name in ours if name.upper() not in known))


def variable(path: str) -> str:
    """The environment variable of a setting's path."""
    return PREFIX + path.replace(".", "_").upper()


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, _Group):
            yield from _fields(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def _by_source(overrides: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    env, dotenv = EnvSettingsSource(Settings), DotEnvSettingsSource(Settings)
    files = _ValueFiles(Settings)
    sources = [("environment", env()), ("file named in the environment", files()), (".env", dotenv())]
    secrets = Settings.model_config.get("secrets_dir")
    if secrets:
        sources.append((f"secret file in {secrets}", SecretsSettingsSource(Settings)()))
    return [("argument", overrides), *sources]


def _at(values: object, path: str) -> object:
    for name in path.split("."):
        values = values.get(name) if isinstance(values, Mapping) else getattr(values, name, None)
    return values


def _shown(value: object) -> str:
    if value is None or value == ():
        return ""
    if isinstance(value, SecretStr):
        return "********"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _explain(error: ValidationError) -> str:
    """Each problem as `SUBTEXT_X: what is wrong`; the value itself may be a secret and is never repeated."""
    lines = (
        f"{variable('.'.join(map(str, item['loc'])))}: {item['msg'].removeprefix('Value error, ')}"
        for item in error.errors(include_input=False, include_url=False, include_context=False)
    )
    return "; ".join(lines)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
