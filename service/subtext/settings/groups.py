"""The settings of one concern each, as groups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import NoDecode

from subtext.analysis.ports import DEADLINE_MAX_S


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return value.rstrip("/")


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class SettingsGroup(BaseModel):
    """Settings that belong together: a variable is named after the group and the field."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class LLMSettings(SettingsGroup):
    """The OpenAI-compatible server; without `base_url` and `model` there is only the embedded engine."""

    base_url: Annotated[str, AfterValidator(_http_url)] | None = Field(
        None, description="Base URL of an OpenAI-compatible API, such as https://llm.example/v1."
    )
    api_key: SecretStr | None = Field(None, description="Key for that API; better given as a file.")
    model: str | None = Field(None, min_length=1, description="Model to ask for.")
    ca_file: Path | None = Field(
        None, description="PEM file with the authorities of that server's certificate, trusted beside the system's."
    )
    attempt_timeout_s: float | None = Field(
        None,
        gt=0,
        le=DEADLINE_MAX_S,
        description="Longest time for one attempt, in all (seconds); empty: as long as SUBTEXT_DEADLINE_S allows.",
    )
    max_attempts: int = Field(3, ge=1, le=10, description="Attempts for one request, the first included.")
    max_output_tokens: int = Field(2_000, ge=256, le=64_000, description="Room for the model's answer, in tokens.")
    max_response_bytes: int = Field(2_000_000, ge=10_000, description="Largest response body read from the model.")
    passage_tokens: int = Field(
        6_000,
        ge=500,
        le=1_000_000,
        description="Longest text for one call, in tokens; a longer one is read in passages.",
    )
    parallel: int = Field(8, ge=1, le=64, description="Passages of one article that are read at a time.")
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


class SecondLLMSettings(LLMSettings):
    """A second server, asked where the first gives no answer; all as for the first."""


class ResilienceSettings(SettingsGroup):
    """What spares a model's server in trouble; each server has its own."""

    max_in_flight: int = Field(32, ge=1, le=10_000, description="Requests at one model's server at a time.")
    queue: int = Field(64, ge=0, le=100_000, description="Requests that may wait for a place there.")
    queue_wait_s: float = Field(
        2.0,
        gt=0,
        le=DEADLINE_MAX_S,
        description="Longest wait for a place (s); then it is a 503. A local model with one place may need minutes.",
    )
    failures: int = Field(5, ge=1, le=1_000, description="Failures in a row after which a server is left alone.")
    open_s: float = Field(
        15.0, gt=0, le=600, description="For how long at first (s); doubled each time that it still fails."
    )
    open_max_s: float = Field(120.0, gt=0, le=3_600, description="For how long at most (s).")
    retry_share: float = Field(0.1, ge=0, le=1, description="Retries as a share of all requests to a server.")


class LoadSettings(SettingsGroup):
    """How much the service answers at a time; what is beyond is a 503."""

    in_flight: int = Field(128, ge=1, le=100_000, description="Requests answered at a time.")
    queue: int = Field(256, ge=0, le=1_000_000, description="Requests that may wait for a place.")
    queue_wait_s: float = Field(5.0, gt=0, le=60, description="Longest wait for a place (s).")


class CacheSettings(SettingsGroup):
    """Answers kept in memory."""

    enabled: bool = Field(True, description="Whether answers are kept, and equal requests share one call.")  # noqa: FBT003 - a default
    ttl_s: float = Field(3_600.0, gt=0, le=604_800, description="How long an answer is kept (s).")
    max_entries: int = Field(1_000, ge=1, description="Answers kept at most.")
    max_chars: int = Field(20_000_000, ge=10_000, description="Characters of articles kept with them at most.")


class FetchSettings(SettingsGroup):
    """Fetching of articles by URL."""

    enabled: bool = Field(True, description="Whether URLs are fetched at all.")  # noqa: FBT003 - a default
    private_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (),
        description="Private hosts or networks that may be fetched, comma-separated (`host`, `host:port` or CIDR).",
    )
    deadline_s: float = Field(10.0, gt=0, le=60, description="Longest time to fetch one page, redirects included (s).")
    max_bytes: int = Field(5_000_000, ge=10_000, description="Largest page read from the wire (bytes).")


class ExtractSettings(SettingsGroup):
    """Extraction of the article from a page."""

    deadline_s: float = Field(3.0, gt=0, le=60, description="Longest time to extract one page (s); then it is stopped.")
    max_html_bytes: int = Field(2_000_000, ge=10_000, description="Largest HTML handed to the extractor (bytes).")
    memory_bytes: int = Field(512_000_000, ge=128_000_000, description="Memory that one extraction may take (bytes).")
    workers: int = Field(2, ge=1, le=32, description="Extractor processes kept warm.")


class LocalSettings(SettingsGroup):
    """The embedded engine."""

    scorer: Literal["auto", "encoder", "words"] = Field(
        "auto",
        description="What judges framing: the trained encoder (extra `encoder`), or words; `auto`: what is installed.",
    )


class KeySettings(SettingsGroup):
    """API keys: who may use the service, and how much of it."""

    pepper: SecretStr | None = Field(
        None, description="Secret that keys are digested with, 32 characters or more; without it there are no keys."
    )
    requests_per_minute: int | None = Field(
        600, ge=1, description="Requests a minute for keys without a limit of their own."
    )
    tokens_per_day: int | None = Field(
        None, ge=1, description="Tokens of models a day for keys without a limit of their own; empty: no limit."
    )
    failures_per_minute: int = Field(10, ge=1, description="Bad keys a minute from one address; then it is a 429.")
    fresh_s: float = Field(5.0, ge=0, le=300, description="How long a revoked key may still be good (s).")
    redis_url: str | None = Field(
        None, description="Where requests and tokens are counted for all replicas (redis://…, extra `redis`)."
    )


class StoreSettings(SettingsGroup):
    """What is kept in the database: analyses, feedback, keys, and batches."""

    enabled: bool = Field(True, description="Whether analyses are kept.")  # noqa: FBT003 - a default
    database_url: str = Field(
        "sqlite:///subtext.db",
        description="The database: sqlite:///file, or postgresql://host/name with the extra `postgres`.",
    )
    migrate: bool = Field(
        True,  # noqa: FBT003 - a default
        description="Whether the tables are brought up to date at start; else `subtext db upgrade` does it.",
    )
    text: bool = Field(
        False,  # noqa: FBT003 - a default
        description="Whether the article's text is kept with an analysis; its digest and the quotes always are.",
    )
    retention_days: float | None = Field(
        None,
        gt=0,
        description="After how many days analyses, feedback on them and ended batches are forgotten; empty: never.",
    )


class IdempotencySettings(SettingsGroup):
    """Requests with an Idempotency-Key."""

    keep_hours: float = Field(24.0, ge=1, le=720, description="For how long a request is known again (hours).")
    lease_s: float = Field(
        30.0, ge=1, le=600, description="After how long another may answer for a process that died (s)."
    )


class BatchSettings(SettingsGroup):
    """Batches (extra `batch`)."""

    enabled: bool = Field(False, description="Whether batches are taken; needs the extra `batch`.")  # noqa: FBT003 - a default
    work: bool = Field(True, description="Whether the service works on them itself; else `subtext worker` does.")  # noqa: FBT003 - a default
    parallel: int = Field(16, ge=1, le=10_000, description="Items at a time in one process.")
    parallel_over_all: int | None = Field(None, ge=1, description="Items at a time over all processes.")
    per_second: float | None = Field(None, gt=0, description="Items a second over all processes.")
    max_bytes: int = Field(200_000_000, ge=10_000, description="Largest upload (bytes).")
    upload_deadline_s: float = Field(600.0, gt=0, le=3_600, description="Longest time for an upload to arrive (s).")


class WebhookSettings(SettingsGroup):
    """Webhooks: where the end of a batch is told; there are some wherever batches are taken."""

    private_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (),
        description="Private hosts or networks that may be told, comma-separated (`host`, `host:port` or CIDR).",
    )
    timeout_s: float = Field(15.0, gt=0, le=60, description="Longest time for one try to hand a message over (s).")


class SlackSettings(SettingsGroup):
    """The Slack app (extra `slack`): on as soon as a signing secret or an app token is set."""

    signing_secret: SecretStr | None = Field(None, description="Signing secret; deliveries over HTTP need it.")
    app_token: SecretStr | None = Field(None, description="App-level token (xapp-…); deliveries over a socket need it.")
    bot_token: SecretStr | None = Field(None, description="Bot token (xoxb-…) of the one workspace that it serves.")
    client_id: str | None = Field(None, description="Client id; lets many workspaces install the app.")
    client_secret: SecretStr | None = Field(None, description="Client secret, beside the client id.")
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (), description="Keys that seal the workspaces' tokens at rest, comma-separated; the first seals, each opens."
    )
    api_url: Annotated[str, AfterValidator(_http_url)] = Field(
        "https://slack.com/api", description="Slack's Web API, or what stands in for it."
    )
    lease_s: float = Field(
        30.0,
        ge=1,
        le=600,
        description="For how long a process that died keeps what it had in hand (s); then others do.",
    )

    @property
    def is_configured(self) -> bool:
        """Whether there is a way for deliveries to come in."""
        return self.signing_secret is not None or self.app_token is not None


class LogSettings(SettingsGroup):
    """Logging, to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    format: Literal["json", "console"] = Field("json", description="One JSON object a line, or lines for people.")
