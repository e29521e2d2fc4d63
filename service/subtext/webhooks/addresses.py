"""Where messages may go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.domain.errors import UrlRefused
from subtext.intake.addresses import address_in
from subtext.intake.urls import target_of

if TYPE_CHECKING:
    from subtext.intake.addresses import PrivateHosts
    from subtext.intake.urls import Target


def require_address(url: str, private: PrivateHosts) -> Target:
    """The address that messages go to; raises `UrlRefused`. In clear they go to hosts that the operator names alone."""
    target = target_of(url, private)
    address = address_in(target.host)
    is_named = private.names(target.host, target.port) or (address is not None and private.holds(address))
    if target.scheme != "https" and not is_named:
        raise UrlRefused("messages are sent over https alone: give an https:// address")
    return target
