"""Where messages may go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.domain.errors import UrlRefused
from subtext.intake.addresses import address_in
from subtext.intake.urls import NOT_PUBLIC, target_of

if TYPE_CHECKING:
    from subtext.intake.addresses import PrivateHosts
    from subtext.intake.urls import Target

_NOT_PUBLIC = (
    "the address leads to no public host: give a public one, or have the operator name yours in "
    "SUBTEXT_WEBHOOKS_PRIVATE_HOSTS"
)


def require_address(url: str, private: PrivateHosts) -> Target:
    """The address that messages go to; raises `UrlRefused`. In clear they go to hosts that the operator names alone."""
    try:
        target = target_of(url, private)
    except UrlRefused as error:
        # What is said there advises who wants an article read.
        raise (UrlRefused(_NOT_PUBLIC) if error.detail == NOT_PUBLIC else error) from error
    address = address_in(target.host)
    is_named = private.names(target.host, target.port) or (address is not None and private.holds(address))
    if target.scheme != "https" and not is_named:
        raise UrlRefused("messages are sent over https alone: give an https:// address")
    return target
