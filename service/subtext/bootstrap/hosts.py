"""Build what knows the names of the service and its proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.http.host_policy import HostPolicy, build_host_policy
from subtext.http.trusted_proxies import TrustedProxies
from subtext.settings import requires_keys

if TYPE_CHECKING:
    from subtext.settings import Settings


def host_policy(settings: Settings) -> HostPolicy:
    """Build the host policy; without required keys, a service answers to its own names alone."""
    return build_host_policy(
        settings.public_url, frozenset(settings.allowed_hosts), settings.host, is_open=not requires_keys(settings)
    )


def trusted_proxies(settings: Settings) -> TrustedProxies:
    """Build the trusted proxies."""
    return TrustedProxies.parse(settings.trusted_proxies)
