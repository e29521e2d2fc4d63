"""Parse JSON strictly: reject what parsers disagree about (RFC 8259, sections 4, 6 and 8)."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from subtext.schemas.problem import HTTPProblem

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(body: bytes) -> Any:
    """Parse one JSON value; raises `HTTPProblem` (400) that says where and what, and repeats nothing of the body."""
    try:
        text = body.decode()
        value = json.loads(
            text, object_pairs_hook=_reject_duplicates, parse_constant=_reject_constant, parse_float=_parse_finite
        )
        if _SURROGATE_ESCAPE.search(text):
            # Pairs are joined by now; a lone surrogate cannot be encoded.
            json.dumps(value, ensure_ascii=False).encode()
        return value  # noqa: TRY300 - what may fail is the whole of it
    except UnicodeDecodeError as error:
        raise _malformed(f"the body is not UTF-8: byte {error.start} cannot be read; send UTF-8") from error
    except UnicodeEncodeError as error:
        raise _malformed("a string has a lone surrogate, half of a character: send valid Unicode") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _malformed(f"the body is not one JSON value: correct it at {place}") from error
    except RecursionError as error:
        raise _malformed("the body is nested too deeply: use fewer levels") from error
    except ValueError as error:
        raise _malformed("the body has a number with too many digits: send a shorter one") from error


def _reject_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _malformed("an object has the same name twice: give each name once")
    return value


def _reject_constant(_: str) -> NoReturn:
    raise _malformed("NaN and Infinity are not JSON: send a number or null")


def _parse_finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _malformed("a number is out of range: send one that a double can hold")
    return value


def _malformed(detail: str) -> HTTPProblem:
    return HTTPProblem(400, detail)
