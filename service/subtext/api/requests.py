"""Requests, read strictly: what arrives is UTF-8 JSON without tricks, or a problem that says what it is instead."""

from __future__ import annotations

import json
import math
import re
from email.message import Message
from typing import TYPE_CHECKING, Any, NoReturn

from fastapi.routing import APIRoute
from starlette.requests import Request

from subtext.api.state import get_request_state
from subtext.ids import new_request_id
from subtext.schemas.problem import HTTPProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.responses import Response

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def request_id_of(request: Request) -> str:
    """The id of this request: the client's `X-Request-ID` where it is well-formed, else one of ours."""
    state = get_request_state(request.scope)
    if state.request_id is None:
        state.request_id = _accepted(request.headers.get("x-request-id"))
    return state.request_id


def _accepted(given: str | None) -> str:
    return given if given and _REQUEST_ID.fullmatch(given) else new_request_id()


class StrictRoute(APIRoute):
    """A route whose JSON body is read by `StrictRequest`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The usual handler, over a strict request."""
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return strictly


class StrictRequest(Request):
    """A request that refuses what JSON parsers disagree about (RFC 8259, sections 4, 6 and 8)."""

    async def body(self) -> bytes:
        """The body, if it is declared as plain JSON in UTF-8."""
        _require_json(self.headers.get("content-type"), self.headers.get("content-encoding"))
        return await super().body()

    async def json(self) -> Any:
        """The body's value: no duplicate names, no NaN, no number out of range, no half characters."""
        return parse_json(await self.body())


def parse_json(body: bytes) -> Any:
    """One JSON value; raises `HTTPProblem` (400) that says where and what, and repeats nothing of the body."""
    try:
        text = body.decode()
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)
        if _HALF.search(text):
            # Halves that make a whole are joined by now; one that is left cannot be encoded.
            json.dumps(value, ensure_ascii=False).encode()
        return value  # noqa: TRY300 - what may fail is the whole of it
    except UnicodeDecodeError as error:
        raise _malformed(f"the body is not UTF-8: byte {error.start} cannot be read; send UTF-8") from error
    except UnicodeEncodeError as error:
        raise _malformed("a string has a lone surrogate, half of a character: send valid Unicode") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _malformed(f"the body is not one JSON value: mend it at {place}") from error
    except RecursionError as error:
        raise _malformed("the body is nested too deeply: send it flatter") from error
    except ValueError as error:
        raise _malformed("the body has a number with too many digits: send a shorter one") from error


def _require_json(content_type: str | None, encoding: str | None) -> None:
    header = Message()
    header["content-type"] = content_type or ""
    charset = str(header.get_param("charset", "utf-8")).lower()
    subtype = header.get_content_subtype()
    is_json = header.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))
    if not is_json or charset not in {"utf-8", "utf8"} or (encoding or "identity").lower() != "identity":
        raise HTTPProblem(415, "send the body as application/json in UTF-8, without a Content-Encoding")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("an object has the same name twice: give each name once")
    return found


def _refuse_constant(_: str) -> NoReturn:
    raise _malformed("NaN and Infinity are no JSON: send a number or null")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _malformed("a number is out of range: send one that a double can hold")
    return value


def _malformed(detail: str) -> HTTPProblem:
    return HTTPProblem(400, detail)
