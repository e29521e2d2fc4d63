"""Cursors: where a page of a list ended, as a string that callers hand back and do not read."""

from __future__ import annotations

import base64
import binascii
import re

from subtext.domain.errors import RequestInvalid

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def cursor_of(last: str) -> str:
    """The cursor after the entry with this id."""
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")


def id_of(cursor: str) -> str:
    """The id that a cursor stands for; raises `RequestInvalid` for one that is not ours."""
    try:
        found = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeError, ValueError):
        found = ""
    if _ID.fullmatch(found) is None:
        raise RequestInvalid(
            "the cursor is not one of this service: hand back `next_cursor` as it came, or leave it out"
        )
    return found
