"""Model endpoint: which server and model to ask, and the limits of requests; plain values made from the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from subtext.engines.llm.usage import Prices
from subtext.telemetry.chat_span import ChatServer

if TYPE_CHECKING:
    from pathlib import Path

# A hosted model answers within the first of these; the second is for one more attempt after a request that was lost.
_HOSTED_ATTEMPT_S, _LAST_ATTEMPT_S = 20.0, 10.0


@dataclass(frozen=True, slots=True)
class ModelEndpoint:
    """Name the server and the model to ask.

    `api_key` is None if the server wants none, `temperature` None if the model takes none. `ca_file` holds the
    certificates of authorities that are trusted beside the system's, as PEM.
    """

    base_url: str
    model: str
    api_key: str | None = None
    temperature: float | None = 0.0
    name: str = "llm"
    prices: Prices = field(default_factory=Prices)
    ca_file: Path | None = None

    @property
    def variables(self) -> str:
        """Return the prefix of this server's settings, such as `SUBTEXT_LLM2`."""
        return f"SUBTEXT_{self.name.upper()}"

    @property
    def server(self) -> ChatServer:
        """Return the server as traces and metrics name it."""
        return ChatServer(self.name, self.model, self.base_url)


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Limit how long and how often a server is asked, and how much of an answer is read (seconds, tokens, bytes).

    A longer article than `passage_tokens` is read in passages, `parallel` of them at a time. `attempt_timeout_s` is
    None if an attempt may take as long as the deadline allows; `servers` share that deadline.
    """

    max_attempts: int = 3
    attempt_timeout_s: float | None = None
    connect_timeout_s: float = 2.0
    max_output_tokens: int = 2_000
    max_response_bytes: int = 2_000_000
    passage_tokens: int = 6_000
    parallel: int = 8
    servers: int = 1

    def limit_attempt(self, left_s: float) -> float:
        """Return an attempt's time-out when so much time is left: all but what one more attempt needs (s)."""
        if self.attempt_timeout_s is not None:
            return min(self.attempt_timeout_s, left_s)
        return min(left_s, max(_HOSTED_ATTEMPT_S, left_s - _LAST_ATTEMPT_S))
