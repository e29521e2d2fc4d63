"""Cursor pagination of lists: opaque cursors, a page's parameters, and the `Link` header to the next page."""

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


def encode_cursor(last_id: str) -> str:
    """Encode the cursor of the page after the entry with this id (URL-safe Base64, without padding)."""
    return base64.urlsafe_b64encode(last_id.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str:
    """Decode a cursor to the id that it was made from; raises `RequestInvalid` for a malformed one."""
    try:
        last_id = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeError, ValueError):
        last_id = ""
    if _ID.fullmatch(last_id) is None:
        raise RequestInvalid(
            "the cursor is not one of this service: hand back `next_cursor` as it came, or leave it out"
        )
    return last_id


class PageParams(BaseModel):
    """Parse the query parameters of a page: cursor and limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=100, description="`next_cursor` of the page before.")

    @property
    def after_id(self) -> str | None:
        """Return the id after which the page begins; raises `RequestInvalid`."""
        return None if self.cursor is None else decode_cursor(self.cursor)


class HasId(Protocol):
    """Match entries of a list by their `id`, which grows with time and so orders the list."""

    @property
    def id(self) -> str:
        """Return the id."""


Entry = TypeVar("Entry", bound=HasId)


def paginate(
    rows: Sequence[Entry], params: PageParams, path: str, response: Response
) -> tuple[Sequence[Entry], str | None]:
    """Return the entries of a page and the cursor to the next, which the `Link` header has as well (RFC 8288).

    `rows` holds one entry more than the limit if there is another page.
    """
    if len(rows) <= params.limit:
        return rows, None
    next_cursor = encode_cursor(rows[params.limit - 1].id)
    query = params.model_dump(mode="json", exclude_none=True, exclude={"cursor"})
    response.headers["Link"] = f'<{path}?{urlencode({**query, "cursor": next_cursor})}>; rel="next"'
    return rows[: params.limit], next_cursor
