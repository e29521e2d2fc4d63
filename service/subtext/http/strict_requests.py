"""Strict requests: refuse ambiguous JSON and parameters given more than once; and the request id."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from email.message import Message
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from starlette.requests import Request

from subtext.http.state import get_request_state
from subtext.ids import new_request_id
from subtext.schemas.bounded_json import INLINE_MAX_BYTES, parse_request
from subtext.schemas.problem import FieldProblem, HTTPProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.datastructures import QueryParams
    from starlette.responses import Response

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def get_request_id(request: Request) -> str:
    """Return the request id: the client's `X-Request-ID` if it is well-formed, else a new one."""
    state = get_request_state(request.scope)
    if state.request_id is None:
        state.request_id = _valid_or_new(request.headers.get("x-request-id"))
    return state.request_id


def _valid_or_new(value: str | None) -> str:
    return value if value and _REQUEST_ID.fullmatch(value) else new_request_id()


class StrictRoute(APIRoute):
    """Route requests whose JSON body is parsed by `StrictRequest`, and whose query has each parameter once."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the usual handler so that it gets a strict request; no parameter of a query takes a list."""
        handle = super().get_route_handler()
        names = {field.alias for field in get_flat_params(Dependant(query_params=self.dependant.query_params))}

        async def handle_strictly(request: Request) -> Response:
            _require_single(request.query_params, names)
            return await handle(StrictRequest(request.scope, request.receive))

        return handle_strictly


def _require_single(query: QueryParams, names: set[str]) -> None:
    """Reject parameters that are given more than once, of which only one would count; raises `HTTPProblem` (422)."""
    counts = Counter(name for name, _ in query.multi_items() if name in names)
    repeated = [name for name, count in counts.items() if count > 1]
    if repeated:
        message = "given more than once: give it once"
        fields = [FieldProblem(pointer=name, code="parameter_repeated", message=message) for name in repeated]
        raise HTTPProblem(422, fields=fields)


class StrictRequest(Request):
    """Parse JSON strictly: refuse what parsers disagree about (RFC 8259, sections 4, 6 and 8)."""

    async def body(self) -> bytes:
        """Return the body; raises `HTTPProblem` (415) unless it is declared as plain JSON in UTF-8."""
        if not _is_json(plain_media_type(self.headers.get("content-type"), self.headers.get("content-encoding"))):
            raise HTTPProblem(415, "send the body as application/json in UTF-8, without a Content-Encoding")
        return await super().body()

    async def json(self) -> Any:
        """Parse the body; duplicate names, NaN, numbers out of range and lone surrogates are refused."""
        body = await self.body()
        return parse_request(body) if len(body) <= INLINE_MAX_BYTES else await asyncio.to_thread(parse_request, body)


# Callers send a few spellings, again and again.
@lru_cache(maxsize=32)
def plain_media_type(content_type: str | None, encoding: str | None) -> str | None:
    """Return the media type of a body in UTF-8 without a Content-Encoding; None for any other."""
    header = Message()
    header["content-type"] = content_type or ""
    charset = str(header.get_param("charset", "utf-8")).lower()
    is_plain = charset in {"utf-8", "utf8"} and (encoding or "identity").lower() == "identity"
    return header.get_content_type() if is_plain else None


def _is_json(media_type: str | None) -> bool:
    kind, _, subtype = (media_type or "").partition("/")
    return kind == "application" and (subtype == "json" or subtype.endswith("+json"))
