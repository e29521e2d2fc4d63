"""Mask the secrets inside URLs: passwords, and parameters that are named like secrets."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "********"
# Up to the last @ of the URL, because a password that was not quoted may hold /, ?, # and @ itself.
_USERINFO: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<user>[^:@/?#\s]*)(?P<password>:?[^\s]*)@", re.IGNORECASE
)
_NAMES: Final = r"(?:pass|pwd|secret|token|key|sig|auth|credential)"
_PARAMETER: Final = re.compile(rf"(?P<name>[?&;][^=&;#\s]*{_NAMES}[^=&;#\s]*=)[^&;#\s]*", re.IGNORECASE)


def mask_url_secrets(text: str) -> str:
    """Return a text in which the secrets of URLs are masked; a user's name stays, unless it is a token by itself."""
    if "://" not in text:
        return text
    return _PARAMETER.sub(rf"\g<name>{MASK}", _USERINFO.sub(_mask_userinfo, text))


def _mask_userinfo(match: re.Match[str]) -> str:
    is_user = bool(match["password"]) or not match["scheme"].lower().startswith("http")
    user = match["user"] if is_user else ""
    password = f":{MASK}" if match["password"] or not is_user else ""
    return f"{match['scheme']}://{user}{password}@"
