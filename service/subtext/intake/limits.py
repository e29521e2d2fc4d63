"""What an intake may cost: time, bytes, memory. The values are those of the settings' defaults."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """For fetching by URL. `private_hosts` are the exceptions from "public addresses only" (host, host:port, CIDR)."""

    enabled: bool = True
    private_hosts: tuple[str, ...] = ()
    deadline_s: float = 10.0
    max_bytes: int = 5_000_000


@dataclass(frozen=True, slots=True)
class ExtractLimits:
    """For one extraction, and how many processes are kept for them."""

    deadline_s: float = 3.0
    max_html_bytes: int = 2_000_000
    memory_bytes: int = 512_000_000
    workers: int = 2


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """For every way that an article comes in."""

    max_text_chars: int = 1_000_000
    fetch: FetchLimits = field(default_factory=FetchLimits)
    extract: ExtractLimits = field(default_factory=ExtractLimits)
