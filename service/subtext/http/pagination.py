"""Pages of lists. A cursor is where one ended, as a string that callers hand back and do not read."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import Response

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def encode_cursor(last: str) -> str:
    """The cursor after the entry with this id."""
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str:
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


class PageParams(BaseModel):
    """Which entries are asked for, and how many at a time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=100, description="`next_cursor` of the page before.")

    @property
    def after_id(self) -> str | None:
        """The id that the page begins after; raises `RequestInvalid`."""
        return None if self.cursor is None else decode_cursor(self.cursor)


class HasId(Protocol):
    """An entry of a list."""

    @property
    def id(self) -> str:
        """Its place in the list too: ids grow with time."""


Entry = TypeVar("Entry", bound=HasId)


def paginate(
    found: Sequence[Entry], asked: PageParams, path: str, response: Response
) -> tuple[Sequence[Entry], str | None]:
    """The entries of a page and the cursor to the next, which is also told in `ChainedEngine`.

    `found` holds one entry more than was asked for, where there is one.
    """
    if len(found) <= asked.limit:
        return found, None
    following = encode_cursor(found[asked.limit - 1].id)
    given = asked.model_dump(mode="json", exclude_none=True, exclude={"cursor"})
    response.headers["Link"] = f'<{path}?{urlencode({**given, "cursor": following})}>; rel="next"'
    return found[: asked.limit], following
