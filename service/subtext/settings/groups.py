"""Define the groups of settings, one for each concern."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import NoDecode

from subtext.analysis.ports import DEADLINE_MAX_S
from subtext.settings.lists import split_commas


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return value.rstrip("/")


def _header_secret(value: SecretStr) -> SecretStr:
    """Refuse a key that no header can carry, such as one that was pasted with typographic quotes."""
    if any(not "!" <= sign <= "~" for sign in value.get_secret_value()):
        raise ValueError("must be visible ASCII characters in one line, as the server issued it")
    return value


class SettingsGroup(BaseModel):
    """Base of the groups: a variable is named after its group and its field."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class LLMSettings(SettingsGroup):
    """Model behind an OpenAI-compatible server; without `base_url` and `model` only the embedded engine runs."""

    base_url: Annotated[str, AfterValidator(_http_url)] | None = Field(
        None, description="Base URL of an OpenAI-compatible API, such as https://llm.example/v1."
    )
    api_key: Annotated[SecretStr, AfterValidator(_header_secret)] | None = Field(
        None, description="API key for that server; a file is safer."
    )
    model: str | None = Field(None, min_length=1, description="Model name to send with each request.")
    ca_file: Path | None = Field(
        None, description="PEM file of CA certificates to trust for that server, besides the system's."
    )
    attempt_timeout_s: float | None = Field(
        None,
        gt=0,
        le=DEADLINE_MAX_S,
        description="Time limit of one attempt (s); empty: as long as SUBTEXT_DEADLINE_S allows.",
    )
    max_attempts: int = Field(3, ge=1, le=10, description="Attempts for one request, including the first.")
    max_output_tokens: int = Field(2_000, ge=256, le=64_000, description="Largest answer of the model (tokens).")
    max_response_bytes: int = Field(
        2_000_000, ge=10_000, description="Largest response body accepted from the model (bytes)."
    )
    passage_tokens: int = Field(
        6_000,
        ge=500,
        le=1_000_000,
        description="Longest text for one call (tokens); a longer text is read in passages.",
    )
    parallel: int = Field(8, ge=1, le=64, description="Passages of one article that are read at the same time.")
    price_input: float | None = Field(
        None, ge=0, description="Price of a million input tokens; empty: no cost is reported."
    )
    price_output: float | None = Field(None, ge=0, description="Price of a million output tokens.")
    price_cached: float | None = Field(
        None, ge=0, description="Price of a million input tokens that the server read from its cache."
    )
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="Currency of these prices (ISO 4217).")

    @property
    def is_configured(self) -> bool:
        """Return whether a server and a model are set."""
        return self.base_url is not None and self.model is not None


class SecondLLMSettings(LLMSettings):
    """Second server, used if the first one fails; the same settings as for the first."""


class ResilienceSettings(SettingsGroup):
    """Bulkhead, circuit breaker and retry budget of each model server."""

    max_in_flight: int = Field(32, ge=1, le=10_000, description="Concurrent requests to one model server.")
    queue: int = Field(64, ge=0, le=100_000, description="Requests that may queue for that server.")
    queue_wait_s: float = Field(
        2.0,
        gt=0,
        le=DEADLINE_MAX_S,
        description="Longest wait in that queue (s), then 503. A local model with one slot may need minutes.",
    )
    failures: int = Field(5, ge=1, le=1_000, description="Consecutive failures after which the circuit breaker opens.")
    open_s: float = Field(
        15.0, gt=0, le=600, description="How long it stays open at first (s); doubled each time the server still fails."
    )
    open_max_s: float = Field(120.0, gt=0, le=3_600, description="How long it stays open at most (s).")
    retry_share: float = Field(
        0.1, ge=0, le=1, description="Retry budget: retries as a share of all requests to a server."
    )


class LoadSettings(SettingsGroup):
    """Concurrency limit of the whole service; requests beyond it get a 503."""

    in_flight: int = Field(
        64,
        ge=1,
        le=100_000,
        description="Concurrent requests of the whole service. Keep it below `SUBTEXT_GUARD_MAX_IN_FLIGHT` + "
        "`SUBTEXT_GUARD_QUEUE`, or requests are read before they are rejected.",
    )
    queue: int = Field(256, ge=0, le=1_000_000, description="Requests that may queue; beyond that, 503.")
    queue_wait_s: float = Field(5.0, gt=0, le=60, description="Longest wait in the queue (s).")


class CacheSettings(SettingsGroup):
    """In-memory cache of analyses."""

    enabled: bool = Field(True, description="Whether analyses are cached and equal requests share a call.")
    ttl_s: float = Field(3_600.0, gt=0, le=604_800, description="How long an analysis is cached (s).")
    max_entries: int = Field(1_000, ge=1, description="Most analyses in the cache.")
    max_chars: int = Field(20_000_000, ge=10_000, description="Most characters of article text in the cache.")


class FetchSettings(SettingsGroup):
    """Fetching of articles by URL."""

    enabled: bool = Field(True, description="Whether articles may be given by URL.")
    private_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_commas)] = Field(
        (),
        description="Private hosts or networks that may be fetched, comma-separated (`host`, `host:port` or CIDR).",
    )
    deadline_s: float = Field(
        10.0, gt=0, le=60, description="Time limit for fetching one page, including redirects (s)."
    )
    max_bytes: int = Field(5_000_000, ge=10_000, description="Largest response body of a page (bytes).")


class ExtractSettings(SettingsGroup):
    """Extraction of the article from a page."""

    deadline_s: float = Field(
        3.0, gt=0, le=60, description="Time limit for extracting one page (s); its process is then killed."
    )
    max_html_bytes: int = Field(2_000_000, ge=10_000, description="Largest HTML passed to the extractor (bytes).")
    memory_bytes: int = Field(512_000_000, ge=128_000_000, description="Memory limit of one extraction (bytes).")
    workers: int = Field(2, ge=1, le=32, description="Extractor processes in the pool.")


class LocalSettings(SettingsGroup):
    """Embedded engine."""

    scorer: Literal["auto", "encoder", "words"] = Field(
        "auto",
        description="Framing classifier: trained encoder (extra `encoder`) or word lists; `auto`: the installed one.",
    )


class KeySettings(SettingsGroup):
    """API keys, and the rate limits of those that have none of their own."""

    pepper: SecretStr | None = Field(
        None, description="Secret for hashing API keys, at least 32 characters; without it there are no keys."
    )
    requests_per_minute: int | None = Field(
        600, ge=1, description="Requests per minute for keys without a limit of their own."
    )
    tokens_per_day: int | None = Field(
        None, ge=1, description="Model tokens per day for keys without a limit of their own; empty: no limit."
    )
    failures_per_minute: int = Field(10, ge=1, description="Invalid keys per minute from one address, then 429.")
    fresh_s: float = Field(
        5.0, ge=0, le=300, description="How long a revoked key may still work (s), as keys are cached."
    )
    session_hours: float = Field(12.0, gt=0, le=720, description="How long a browser stays signed in at most (hours).")
    session_idle_hours: float = Field(
        2.0, gt=0, le=720, description="How long it stays signed in without opening a page (hours)."
    )
    redis_url: str | None = Field(
        None, description="Redis that counts requests and tokens for all replicas (redis://…, extra `redis`)."
    )


class StoreSettings(SettingsGroup):
    """Database of analyses, feedback, keys and batches."""

    enabled: bool = Field(True, description="Whether analyses are stored in the database.")
    database_url: str = Field(
        "sqlite:///subtext.db",
        description="The database: sqlite:///file, or postgresql://host/name with the extra `postgres`.",
    )
    migrate: bool = Field(
        True,
        description="Whether to migrate the database at start; otherwise run `subtext db upgrade`.",
    )
    text: bool = Field(
        False,
        description="Whether the article's text is stored with an analysis; its digest and the quotes always are.",
    )
    retention_days: float | None = Field(
        None,
        gt=0,
        le=36_500,  # a century: what is older than the calendar cannot be asked for
        description="Days after which analyses, their feedback and finished batches are deleted; empty: never.",
    )


class IdempotencySettings(SettingsGroup):
    """Idempotency-Key of requests."""

    keep_hours: float = Field(24.0, ge=1, le=720, description="How long a response is stored for replay (hours).")
    lease_s: float = Field(
        12.0, ge=1, le=600, description="Time after which another process takes over a request of one that died (s)."
    )


class BatchSettings(SettingsGroup):
    """Batches (extra `batch`)."""

    enabled: bool = Field(False, description="Whether batches are accepted; needs the extra `batch`.")
    work: bool = Field(True, description="Whether the service processes them itself; otherwise run `subtext worker`.")
    parallel: int = Field(16, ge=1, le=10_000, description="Concurrent items in one process.")
    parallel_over_all: int | None = Field(None, ge=1, description="Concurrent items in all processes together.")
    per_second: float | None = Field(None, gt=0, description="Items per second in all processes together.")
    heartbeat_file: Path | None = Field(
        None,
        description="File that `subtext worker` writes every five seconds, and `subtext healthcheck --worker` reads; "
        "empty: one in the folder for temporary files.",
    )
    max_bytes: int = Field(200_000_000, ge=10_000, description="Largest upload (bytes).")
    upload_deadline_s: float = Field(600.0, gt=0, le=3_600, description="Time limit for receiving an upload (s).")


class WebhookSettings(SettingsGroup):
    """Webhooks that report the end of a batch; available if batches are enabled."""

    private_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_commas)] = Field(
        (),
        description="Private hosts or networks that webhooks may use, comma-separated (`host`, `host:port` or CIDR).",
    )
    timeout_s: float = Field(15.0, gt=0, le=60, description="Time limit of one delivery attempt (s).")
    max_per_owner: int = Field(
        20, ge=1, le=1_000, description="Most webhooks of one owner; those beyond a lowered limit are kept."
    )


class McpSettings(SettingsGroup):
    """Model Context Protocol over HTTP (extra `mcp`)."""

    enabled: bool = Field(
        False,
        description="Whether the service offers its tools to assistants at /mcp (Model Context Protocol).",
    )


class WatchSettings(SettingsGroup):
    """Receivers of `subtext watch`."""

    secret: SecretStr | None = Field(
        None, description="Secret (`whsec_` and Base64) that signs what `subtext watch --webhook` posts."
    )


class SlackSettings(SettingsGroup):
    """Slack app (extra `slack`); enabled by a signing secret or an app token."""

    signing_secret: SecretStr | None = Field(None, description="Signing secret; needed for deliveries over HTTP.")
    app_token: SecretStr | None = Field(None, description="App-level token (xapp-…); needed for Socket Mode.")
    bot_token: SecretStr | None = Field(None, description="Bot token (xoxb-…), if the app serves one workspace only.")
    client_id: str | None = Field(None, description="OAuth client id; lets many workspaces install the app.")
    client_secret: SecretStr | None = Field(None, description="OAuth client secret, set together with the client id.")
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(split_commas)] = Field(
        (),
        description="Keys that encrypt stored tokens of workspaces, comma-separated; the first encrypts, all decrypt.",
    )
    api_url: Annotated[str, AfterValidator(_http_url)] = Field(
        "https://slack.com/api", description="Base URL of Slack's Web API."
    )
    lease_s: float = Field(
        30.0,
        ge=1,
        le=600,
        description="Time after which another process takes over a delivery of one that died (s).",
    )

    @property
    def is_configured(self) -> bool:
        """Return whether deliveries can arrive, over HTTP or a socket."""
        return self.signing_secret is not None or self.app_token is not None
